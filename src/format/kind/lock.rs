//! `<ID>.lock`: who has a ticket checked out. Written by the program.

use super::agent_settings::Ceiling;
use crate::model::time::Instant;
use crate::model::{CloneId, RunId, Slug};
use crate::record;

record! {
    /// Who has a ticket checked out. Who is alive is never read from this file.
    pub struct LockFile {
        /// The agent or person who has it.
        "holder" => holder: Slug, required;
        /// The run that works on it; a person's checkout has none.
        "run" => run: RunId;
        /// The clone that gave it out.
        "clone" => clone: CloneId, required;
        /// The ticket's fence at the time.
        "fence" => fence: u64, required;
        /// Since when.
        "since" => since: Instant, required;
        /// What is reserved for the run.
        "reserved" => reserved: Ceiling;
    }
}
