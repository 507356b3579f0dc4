//! What a company is: ids, money, time, schedules, statuses and the tables of what may follow what; agents, tickets,
//! runs; the [`Snapshot`] of all of them at one revision, and the [`Plan`] that changes it.
//!
//! Nothing here reads a file, a clock or the environment. How these things are written in files is
//! [`crate::format`]'s business; what is decided about them is [`crate::engine`]'s.

pub mod actor;
pub mod agent;
pub mod approval;
pub mod authority;
pub mod budget;
pub mod choice;
pub mod company;
pub mod ecma;
pub mod fill;
pub mod heartbeat;
pub mod id;
pub mod local;
pub mod mentions;
pub mod money;
pub mod notify;
pub mod place;
pub mod plan;
pub mod price;
pub mod routine;
pub mod run;
pub mod scalar;
pub mod schedule;
pub mod secret;
pub mod session;
pub mod signing;
pub mod skill;
pub mod snapshot;
pub mod status;
pub mod ticket;
pub mod time;
pub mod when;

pub use actor::{Actor, Nonce};
pub use choice::Choice;
pub use id::{ApprovalId, CloneId, RunId, SecretName, Slug, TicketId};
pub use local::LocalFacts;
pub use money::{Currency, Money};
pub use plan::{Edit, Effect, Plan, Reason, Revision};
pub use scalar::Scalar;
pub use snapshot::Snapshot;
pub use time::{Interval, Zone};
pub use when::When;
