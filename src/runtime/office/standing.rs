//! How the company stands, for `corp status`: how many tickets stand where, and what keeps something from working. Who asks
//! the daemon is told the same as who reads the files.

use super::Office;
use crate::model::Slug;
use crate::runtime::{confine, notify, programs};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// How the company stands.
#[derive(Debug, Serialize, Deserialize)]
pub struct Standing {
    /// How many tickets there are, by where they stand.
    pub tickets: BTreeMap<String, usize>,
    /// Files that hold errors, with the first of them.
    pub broken: BTreeMap<String, String>,
    /// How runs are held, where that is less than the kernel could.
    pub unconfined: Vec<String>,
    /// How the board's channels are doing.
    pub channels: Vec<Value>,
    /// What keeps agents from being called here, and the agents it keeps.
    pub unready: BTreeMap<String, Vec<Slug>>,
    /// Decisions that do not count.
    pub void: Vec<Void>,
    /// Files whose last good version is in force.
    pub out_of_force: Vec<String>,
}

/// A decision that does not count.
#[derive(Debug, Serialize, Deserialize)]
pub struct Void {
    /// What it is of.
    pub approval: String,
    /// Whose it is.
    pub by: String,
    /// Why it does not count.
    pub why: String,
}

impl Office {
    /// How the company stands.
    pub fn standing(&self) -> Standing {
        let snapshot = &self.snapshot;
        let mut tickets = BTreeMap::new();
        for ticket in snapshot.tickets() {
            *tickets.entry(ticket.head.status).or_insert(0) += 1;
        }
        let void = snapshot.approvals().iter().flat_map(|(id, approval)| {
            let void = |(said, why): (&crate::model::approval::Decision, &str)| Void {
                approval: id.to_string(),
                by: said.by.to_string(),
                why: why.to_owned(),
            };
            approval.voided().map(void)
        });
        Standing {
            tickets: tickets.into_iter().map(|(status, count)| (status.to_string(), count)).collect(),
            broken: snapshot.broken().clone(),
            unconfined: confine::told(snapshot),
            channels: notify::status(&self.place, &snapshot.company.notify),
            unready: programs::unready(snapshot, &self.place),
            void: void.collect(),
            out_of_force: self.out_of_force().map(str::to_owned).collect(),
        }
    }
}
