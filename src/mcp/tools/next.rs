//! `next`: finds the next ticket and checks it out.

use crate::mcp::tool::{Effect, Tool};
use crate::runtime::wire::Ask;

pub(super) const TOOL: Tool = Tool {
    name: "next",
    title: "Take the next ticket",
    about: "Find the ticket that is yours to do next and check it out in one step. Answers `checked_out` with the ticket, or `nothing`. While you hold a ticket in this run, that one is the answer.",
    effect: Effect::AddsOnce,
    fields: &[],
    ask: |_| Ok(Ask::Next { agent: None }),
};
