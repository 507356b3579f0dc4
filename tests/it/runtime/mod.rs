//! Runs, with real processes.

mod beside;
mod daemon;
mod races;
mod supervise;
mod upkeep;
