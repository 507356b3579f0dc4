//! Runs, with real processes.

mod daemon;
mod races;
mod supervise;
