//! `goals`: what the company is after.

use crate::mcp::tool::{Effect, Tool};
use crate::runtime::wire::Ask;
use crate::view::look::Look;

pub(super) const TOOL: Tool = Tool {
    name: "goals",
    title: "Read the goals",
    about: "The goals of the company, how they serve each other, and how far each is.",
    effect: Effect::Looks,
    fields: &[],
    ask: |_| Ok(Ask::Look(Look::Goals)),
};
