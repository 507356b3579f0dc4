//! Decides: what is due, what a heartbeat would do. No files, no clock, no processes.

pub mod cadence;
pub mod heartbeat;
pub mod reply;
