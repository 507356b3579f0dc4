//! [`LocalFacts`]: what only this machine knows. Gathered by the shell, never stored in the company.

use super::plan::Paper;
use super::ticket::Deliverable;
use super::{ApprovalId, CloneId, RunId, SecretName, Slug, TicketId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What only this machine knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFacts {
    /// This clone. `None`: it has no id yet, and executes nothing.
    pub clone: Option<CloneId>,
    /// The machine, as the clone id is bound to it.
    pub machine: Option<String>,
    /// The machine's name, for people.
    pub host: Option<String>,
    /// Since when the daemon runs.
    pub started: Timestamp,
    /// Runs whose process was seen alive (the kernel lock of its supervisor is held), or is being started.
    pub live: BTreeSet<RunId>,
    /// Most runs this machine carries at the same time, all companies together, less those of other companies.
    pub slots: u64,
    /// When what wakes an agent by time was last changed: the commit that last touched its `AGENTS.md`, `agent.yaml` or
    /// `HEARTBEAT.md`. Of an agent without an entry it is taken to be [`started`](Self::started): a beat that would have
    /// come before somebody asked for it never comes.
    pub agents_since: BTreeMap<Slug, Timestamp>,
    /// The same of routines: the commit that last touched `routine.yaml`.
    pub routines_since: BTreeMap<Slug, Timestamp>,
    /// Accounts with providers of models that were told to come back later, by [`Worker::account`](super::agent::Worker::account).
    pub holds: BTreeMap<String, AccountHold>,
    /// Secrets that this machine cannot open, with why and what to type.
    pub unopened: BTreeMap<SecretName, String>,
    /// Why nothing may start on this machine right now, such as a full disk; `None`: it may.
    pub halted: Option<String>,
    /// What the board was told by this process, by what it is about, and when last: [`note_told`](Self::note_told).
    pub told: BTreeMap<String, Timestamp>,
    /// What was found of deliverables that were looked at for what is decided now, by ticket. They lie outside of the
    /// company, and are looked at anew each time somebody says done.
    pub looked: BTreeMap<TicketId, Looked>,
    /// What becomes of what a question to the board is about, if it is approved now.
    pub proposed: BTreeMap<ApprovalId, Proposed>,
}

/// What was found when a ticket's deliverables were looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// What was looked at; once the ticket asks for something else, this tells nothing any more.
    pub of: Vec<Deliverable>,
    /// What of it is not there, each in words.
    pub missing: Vec<String>,
}

/// What a proposed change comes to, upon the company as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proposed {
    /// What is written.
    pub papers: Vec<Paper>,
    /// What cannot be taken over any more, each path with why.
    pub wrong: Vec<(String, String)>,
}

/// Most runs a machine carries, whatever companies ask for: a program that waits for its model takes some hundred MiB and
/// little time. The company's own `limits.runs` is what usually holds.
const SLOTS: u64 = 64;

/// That nothing is to be asked of a provider on one account for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountHold {
    /// Until when.
    pub until: Timestamp,
    /// Which run was told so.
    pub run: String,
}

impl LocalFacts {
    /// The facts of a machine on which nothing runs yet.
    pub fn new(started: Timestamp) -> Self {
        Self {
            clone: None,
            machine: None,
            host: None,
            started,
            live: BTreeSet::new(),
            slots: SLOTS,
            agents_since: BTreeMap::new(),
            routines_since: BTreeMap::new(),
            holds: BTreeMap::new(),
            unopened: BTreeMap::new(),
            halted: None,
            told: BTreeMap::new(),
            looked: BTreeMap::new(),
            proposed: BTreeMap::new(),
        }
    }

    /// Notes that the board is told about something now. What was told more than `for_ms` before is forgotten.
    pub fn note_told(&mut self, about: &str, now: Timestamp, for_ms: i64) {
        self.told.retain(|_, at| now.as_millisecond().saturating_sub(at.as_millisecond()) < for_ms);
        self.told.insert(about.to_owned(), now);
    }
}
