//! `propose_change`: has what was changed on the desk taken up.

use crate::mcp::tool::{Effect, Tool};
use crate::runtime::wire::Ask;

pub(super) const TOOL: Tool = Tool {
    name: "propose_change",
    title: "Propose what you changed on your desk",
    about: "Have the files you changed on your desk (`CORP_DESK`) taken up now; it happens by itself when your run ends. Your \
            memory is written into the company in your name; of everything else you are told what is taken, and why the rest \
            is not.",
    effect: Effect::Changes,
    fields: &[],
    ask: |_| Ok(Ask::Propose),
};
