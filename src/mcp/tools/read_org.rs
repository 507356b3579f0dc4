//! `read_org`: who works here.

use crate::mcp::tool::{Effect, Tool};
use crate::runtime::wire::Ask;
use crate::view::look::Look;

pub(super) const TOOL: Tool = Tool {
    name: "read_org",
    title: "Read the org",
    about: "Who works here, who reports to whom, and what each works on at this moment.",
    effect: Effect::Looks,
    fields: &[],
    ask: |_| Ok(Ask::Look(Look::Org)),
};
