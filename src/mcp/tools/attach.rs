//! `attach`: a file of the run's own workspace, put into a ticket's thread.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::attaching;
use std::path::Path;

pub(super) const TOOL: Tool = Tool {
    name: "attach",
    title: "Attach a file to a ticket",
    about: "Attach a file to a ticket, such as a picture, a log or a table, for whoever reads the ticket. What people should read \
            and discuss is better a document (`write_document`).",
    effect: Effect::Adds,
    fields: &[
        Field::needed("ticket", Kind::Text, "The ticket, such as ACME-12"),
        Field::needed("file", Kind::Text, "The path of the file"),
        Field::optional("name", Kind::Text, "What it is called there, if not by its own name"),
        Field::optional("text", Kind::Text, "What it is, in a sentence"),
    ],
    ask: |given| {
        let (name, text) = (given.maybe("name"), given.text("text"));
        attaching(&given.text("ticket"), Path::new(&given.text("file")), name.as_deref(), &text)
    },
};
