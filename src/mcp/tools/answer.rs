//! `answer`: answers a question in a thread.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::Ask;

pub(super) const TOOL: Tool = Tool {
    name: "answer",
    title: "Answer a question",
    about: "Answer a question in a ticket's thread.",
    effect: Effect::Adds,
    fields: &[
        Field::needed("ticket", Kind::Text, "The ticket, such as ACME-12"),
        Field::needed("text", Kind::Text, "The answer"),
        Field::optional(
            "question",
            Kind::Text,
            "The file of the question, as `show_ticket` names it; needed when several are open",
        ),
    ],
    ask: |given| {
        Ok(Ask::Answer { ticket: given.text("ticket"), question: given.maybe("question"), text: given.text("text") })
    },
};
