//! `checkout`: takes a ticket.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::Ask;

pub(super) const TOOL: Tool = Tool {
    name: "checkout",
    title: "Check out a ticket",
    about: "Take a ticket to work on it. Nobody else works on it until you are done, block it, or give it back. Again by you: it succeeds.",
    effect: Effect::AddsOnce,
    fields: &[Field::needed("ticket", Kind::Text, "The ticket, such as ACME-12")],
    ask: |given| Ok(Ask::Checkout { ticket: given.text("ticket"), holder: None }),
};
