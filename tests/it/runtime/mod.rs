//! Runs, with real processes.

mod supervise;
