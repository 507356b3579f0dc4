//! `show_ticket`: a ticket in full.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::Ask;
use crate::view::look::Look;

pub(super) const TOOL: Tool = Tool {
    name: "show_ticket",
    title: "Show a ticket",
    about: "A ticket in full: what is wanted, where it stands, what it waits for, its parts, and its thread with questions, answers and documents.",
    effect: Effect::Looks,
    fields: &[Field::needed("ticket", Kind::Text, "The ticket, such as ACME-12")],
    ask: |given| Ok(Ask::Look(Look::Ticket { ticket: given.text("ticket") })),
};
