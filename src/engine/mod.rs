//! Decides: what is due, what a heartbeat would do. No files, no clock, no processes.
