//! `comment`: says something in a thread.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::Ask;

pub(super) const TOOL: Tool = Tool {
    name: "comment",
    title: "Comment on a ticket",
    about: "Say something in a ticket's thread: what you found, what you did, what is left. `@slug` names an agent or a person and wakes that agent.",
    effect: Effect::Adds,
    fields: &[
        Field::needed("ticket", Kind::Text, "The ticket, such as ACME-12"),
        Field::needed("text", Kind::Text, "What is said, in Markdown"),
    ],
    ask: |given| Ok(Ask::Comment { ticket: given.text("ticket"), text: given.text("text") }),
};
