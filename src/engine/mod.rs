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

pub mod account;
pub mod budget;
pub mod cadence;
pub mod charge;
pub mod decide;
pub mod event;
pub mod explain;
pub mod foreign;
pub mod heartbeat;
pub mod limits;
pub mod liveness;
pub mod pending;
pub mod proposal;
pub mod refusal;
pub mod reply;
pub mod routines;
pub mod secrets;
pub mod session;
pub mod sight;
pub mod stages;
pub mod strategy;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod trespass;
pub mod wakes;

pub use decide::{decide, is_memory, may, may_tell};
pub use event::{Due, Event, Lost, Report, Said, Verb, What, Work};
pub use foreign::{Change, Step, Worth};
pub use pending::{Agenda, Pending, pending};
pub use refusal::Refusal;
