//! `review`: judges work that waits for the agent's word.

use crate::mcp::tool::{Effect, Field, Kind, Tool};
use crate::runtime::wire::Ask;

pub(super) const TOOL: Tool = Tool {
    name: "review",
    title: "Judge work that is in review",
    about: "Say whether work of somebody else that waits for your word is good. `approved`: it goes on to the next stage, or is \
            done. `changes_requested`: it goes back to whoever did it. In both cases say what you found.",
    effect: Effect::Changes,
    fields: &[
        Field::needed("ticket", Kind::Text, "The ticket, such as ACME-12"),
        Field::needed("verdict", Kind::Word(&["approved", "changes_requested"]), "What you decide"),
        Field::needed("comment", Kind::Text, "What you found; for changes, what is to be different"),
    ],
    ask: |given| {
        let approves = given.text("verdict") == "approved";
        Ok(Ask::Review { ticket: given.text("ticket"), approves, comment: given.text("comment") })
    },
};
