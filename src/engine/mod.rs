//! Decides: what is due, what a request comes to, what becomes of a run. No files, no clock, no processes.
//!
//! ```text
//! pending(&Snapshot, now) -> what the time has come for      (derived from the state, never a queue)
//! decide(&Snapshot, &Event, now) -> Plan | Refusal           (edits: one commit; effects: after it)
//! ```
//!
//! [`event`] lists what can happen, [`refusal`] how it can be answered with no.

pub mod cadence;
pub mod event;
pub mod heartbeat;
pub mod refusal;
pub mod reply;

pub use event::{Change, Due, Event, Lost, Report, Said, Verb, What};
pub use refusal::Refusal;
