//! Runs, with real processes.

mod beside;
mod daemon;
mod http;
mod races;
mod supervise;
mod upkeep;
