//! `record_product`: where what was made for a ticket is found.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::Ask;

pub(super) const TOOL: Tool = Tool {
    name: "record_product",
    title: "Record a work product",
    about: "Record what was made for a ticket and where it is found: a branch, a commit, a pull request, a preview.",
    effect: Effect::Adds,
    fields: &[
        Field::needed("ticket", Kind::Text, "The ticket, such as ACME-12"),
        Field::needed("kind", Kind::Word(&["branch", "commit", "pull_request", "preview"]), "What it is"),
        Field::needed("reference", Kind::Text, "Its name, its id, or its address"),
        Field::optional("text", Kind::Text, "What it is, in a sentence"),
    ],
    ask: |given| {
        Ok(Ask::Product {
            ticket: given.text("ticket"),
            kind: given.text("kind"),
            reference: given.text("reference"),
            text: given.text("text"),
        })
    },
};
