//! `write_document`: a document in a thread, revision by revision.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::Ask;

pub(super) const TOOL: Tool = Tool {
    name: "write_document",
    title: "Write a document in a thread",
    about: "Write a document into a ticket's thread, such as a plan or a report, or write it anew. A new revision names the one \
            it was made from; if somebody wrote another meanwhile it is refused: look again and merge.",
    effect: Effect::Adds,
    fields: &[
        Field::needed("ticket", Kind::Text, "The ticket, such as ACME-12"),
        Field::needed("name", Kind::Text, "Its short name, such as `plan`: small letters, digits and hyphens"),
        Field::needed("text", Kind::Text, "The whole document, in Markdown"),
        Field::optional(
            "based_on",
            Kind::Number,
            "The revision it was made from, as `show_ticket` tells; left out for the first",
        ),
    ],
    ask: |given| {
        Ok(Ask::Document {
            ticket: given.text("ticket"),
            name: given.text("name"),
            based_on: given.number("based_on"),
            text: given.text("text"),
        })
    },
};
