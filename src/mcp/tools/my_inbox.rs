//! `my_inbox`: what waits for the agent.

use crate::mcp::tool::{Effect, Tool};
use crate::runtime::wire::Ask;
use crate::view::look::Look;

pub(super) const TOOL: Tool = Tool {
    name: "my_inbox",
    title: "My inbox",
    about: "What waits for you: questions to you, where you were named, and your open tickets, the most pressing first.",
    effect: Effect::Looks,
    fields: &[],
    ask: |_| Ok(Ask::Look(Look::Inbox { who: None })),
};
