//! What a company is: ids, money, time, schedules, statuses and the tables of what may follow what.
//!
//! Nothing here reads a file, a clock or the environment. How these things are written in files is
//! [`crate::format`]'s business; what is decided about them is [`crate::engine`]'s.

pub mod budget;
pub mod choice;
pub mod ecma;
pub mod heartbeat;
pub mod id;
pub mod money;
pub mod scalar;
pub mod schedule;
pub mod status;
pub mod time;
pub mod when;

pub use choice::Choice;
pub use id::{ApprovalId, CloneId, RunId, SecretName, Slug, TicketId};
pub use money::{Currency, Money};
pub use scalar::Scalar;
pub use time::{Interval, Zone};
pub use when::When;
