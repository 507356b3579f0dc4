//! What people and programs are shown: values put together for reading, as text and as JSON.
//!
//! Nothing here decides anything ([`crate::engine`] does) or writes anywhere (`cli::ui` does).

pub mod chart;
pub mod explain;
pub mod heartbeat;
pub mod look;
pub mod prompt;
pub mod report;
