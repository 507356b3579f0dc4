//! `home.yaml`: which clone executes. Written by the program.

use crate::model::CloneId;
use crate::model::time::Instant;
use crate::record;

record! {
    /// Which clone of the company executes: wakes agents, gives numbers, settles money.
    pub struct HomeFile {
        /// The clone.
        "clone" => clone: CloneId, required;
        /// The machine it lives on.
        "machine" => machine: String;
        /// The machine's name, for people.
        "host" => host: String;
        /// Grows each time another clone becomes home.
        "fence" => fence: u64;
        /// Since when.
        "since" => since: Instant;
    }
}
