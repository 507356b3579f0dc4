//! `ask`: asks somebody something in a thread.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::Ask;

pub(super) const TOOL: Tool = Tool {
    name: "ask",
    title: "Ask somebody",
    about: "Ask an agent or a person something in a ticket's thread. An agent is woken with it, a person finds it in their inbox; you are woken with the answer.",
    effect: Effect::Adds,
    fields: &[
        Field::needed("ticket", Kind::Text, "The ticket, such as ACME-12"),
        Field::needed("to", Kind::Text, "Who should answer: the slug of an agent, or the id of a person of the board"),
        Field::needed("text", Kind::Text, "What is asked"),
    ],
    ask: |given| Ok(Ask::Question { ticket: given.text("ticket"), to: given.text("to"), text: given.text("text") }),
};
