//! Decides: what is due, what a request comes to, what becomes of a run. No files, no clock, no processes.
//!
//! ```text
//! pending(&Snapshot, now) -> what the time has come for      (derived from the state, never a queue)
//! decide(&Snapshot, &Event, now) -> Plan | Refusal           (edits: one commit; effects: after it)
//! ```
//!
//! [`event`] lists what can happen, [`mod@decide`] answers each in a file of its own, [`refusal`] is how it can be
//! answered with no. [`wakes`] finds who is to be woken and asks the rules, [`routines`] what is to fire, [`mod@pending`]
//! puts both in order. `docs/engine.md` tells the story.

pub mod budget;
pub mod cadence;
pub mod decide;
pub mod event;
pub mod heartbeat;
pub mod limits;
pub mod pending;
pub mod refusal;
pub mod reply;
pub mod routines;
pub mod wakes;

pub use decide::{check_hand_edit, decide};
pub use event::{Change, Due, Event, Lost, Report, Said, Verb, What};
pub use pending::{Agenda, Pending, pending};
pub use refusal::Refusal;

use std::collections::BTreeMap;

/// A text with `{{name}}` filled in; names without a value stay as they are.
pub fn filled(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let Some(close) = rest[open..].find("}}").map(|close| open + close) else { break };
        filled.push_str(&rest[..open]);
        match values.get(rest[open + 2..close].trim()) {
            Some(value) => filled.push_str(value),
            None => filled.push_str(&rest[open..close + 2]),
        }
        rest = &rest[close + 2..];
    }
    filled.push_str(rest);
    filled
}
