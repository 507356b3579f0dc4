//! `budget_left`: what may still be spent.

use crate::mcp::tool::{Effect, Tool};
use crate::runtime::wire::Ask;
use crate::view::look::Look;

pub(super) const TOOL: Tool = Tool {
    name: "budget_left",
    title: "Budget left",
    about: "What this run may still spend, and what is left in every budget it counts in.",
    effect: Effect::Looks,
    fields: &[],
    ask: |_| Ok(Ask::Look(Look::BudgetLeft { run: None })),
};
