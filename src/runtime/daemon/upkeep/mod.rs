//! What the daemon does beside deciding: it brings the clone and its remote together, lets closed tickets leave the work
//! tree, packs, and looks whether the repository is sound. Each has a schedule of its own ([`Job::every_ms`]) and is done in
//! a thread of its own, so that nothing that is decided waits for it. What a job commits is taken in by the company's thread
//! like what anybody else commits.
//!
//! [`carry`] is the sync, [`tidy`] are the chores, for which a quiet moment is waited.

mod carry;
mod tidy;

pub(super) use tidy::lower_priority;

use super::company::later;
use super::letters::Letter;
use crate::model::Interval;
use crate::runtime::office::Office;
use crate::store::archive;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::mpsc::Sender;

/// Between two looks for tickets that may leave the work tree, in milliseconds: they leave after weeks, and nobody waits.
const ARCHIVE_EVERY_MS: i64 = 3_600_000;

/// Between two looks whether much lies loose, in milliseconds. The writer packs by itself when it is a lot; this is so that
/// it has not to in the middle of work.
const PACK_EVERY_MS: i64 = 3_600_000;

/// Between two looks of the doctor, in milliseconds: what it finds, such as a full disk of watches or a lock that a killed
/// git left, lasts for hours.
const LOOK_EVERY_MS: i64 = 6 * 3_600_000;

/// How long nothing was committed and nothing ran before a chore begins, in milliseconds.
const QUIET_MS: i64 = 5_000;

/// A chore that found no quiet moment for so long is done all the same, in milliseconds.
const OVERDUE_MS: i64 = 3_600_000;

/// Longest pause between two tries while the remote cannot be reached, in milliseconds.
const OFFLINE_MS_MAX: i64 = 900_000;

/// Shortest pause between two syncs, in milliseconds: a remote is somebody's machine.
const SYNC_MS_MIN: i64 = 1_000;

/// Something that is done beside deciding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Job {
    /// The clone and its remote are brought together.
    Sync,
    /// Closed tickets leave the work tree.
    Archive,
    /// Loose objects are packed.
    Pack,
    /// The doctor looks at what costs little to look at.
    Look,
}

impl Job {
    const ALL: [Self; 4] = [Self::Sync, Self::Archive, Self::Pack, Self::Look];

    /// The word for it, as `corp status` shows it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Archive => "archive",
            Self::Pack => "repack",
            Self::Look => "doctor",
        }
    }

    /// How long after one the next comes, in milliseconds. `None`: never.
    fn every_ms(self, sync_every: Interval) -> Option<i64> {
        match self {
            Self::Sync if sync_every.ms() == 0 => None,
            Self::Sync => Some(i64::try_from(sync_every.ms()).unwrap_or(i64::MAX).max(SYNC_MS_MIN)),
            Self::Archive => Some(ARCHIVE_EVERY_MS),
            Self::Pack => Some(PACK_EVERY_MS),
            Self::Look => Some(LOOK_EVERY_MS),
        }
    }
}

/// What came of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Came {
    /// It is done; what there is to say of it, if anything was to be done.
    Done(Option<String>),
    /// It could not be done now, and that is no fault: the remote is out of reach. In words.
    Away(String),
    /// It could not be done, or found something; in words, with what to type.
    Wrong(String),
}

/// What is known of a job.
#[derive(Debug, Default)]
struct State {
    /// When it is to be done next; `None`: at once.
    next: Option<Timestamp>,
    is_running: bool,
    /// When it was done last.
    last: Option<Timestamp>,
    /// What was said of it last, with when.
    said: Option<(Timestamp, String)>,
    /// What is wrong with it now.
    wrong: Option<String>,
    /// How often in a row the remote was out of reach.
    away: u32,
}

/// The jobs of one company.
#[derive(Debug)]
pub(super) struct Upkeep {
    own: Sender<Letter>,
    jobs: BTreeMap<Job, State>,
    /// Since when nothing happens.
    quiet_since: Timestamp,
}

impl Upkeep {
    /// The jobs among `wanted`, all of which are due.
    pub(super) fn new(own: &Sender<Letter>, only_sync: bool, now: Timestamp) -> Self {
        let wanted = Job::ALL.into_iter().filter(|job| !only_sync || *job == Job::Sync);
        Self { own: own.clone(), jobs: wanted.map(|job| (job, State::default())).collect(), quiet_since: now }
    }

    /// Something happened in the company.
    pub(super) fn stir(&mut self, now: Timestamp) {
        self.quiet_since = now;
    }

    /// Whether a job is under way, or a sync still to be tried for the first time.
    pub(super) fn is_busy(&self) -> bool {
        self.jobs.iter().any(|(job, state)| state.is_running || (*job == Job::Sync && state.next.is_none()))
    }

    /// Whether the clone and its remote are being brought together.
    pub(super) fn is_syncing(&self) -> bool {
        self.jobs.get(&Job::Sync).is_some_and(|state| state.is_running)
    }

    /// Whether a job is under way.
    pub(super) fn is_running(&self) -> bool {
        self.jobs.values().any(|state| state.is_running)
    }

    /// Begins what is due.
    pub(super) fn begin(&mut self, office: &Office, now: Timestamp) {
        let sync_every = office.snapshot().company.sync_every;
        let quiet = office.snapshot().local.live.is_empty() && later(self.quiet_since, QUIET_MS) <= now;
        let mut chore = self.jobs.iter().any(|(job, state)| *job != Job::Sync && state.is_running);
        for (job, state) in &mut self.jobs {
            let next = state.next.unwrap_or(Timestamp::MIN);
            if state.is_running || next > now {
                continue;
            }
            let Some(every) = job.every_ms(sync_every) else {
                *state = State { next: Some(later(now, SYNC_MS_MIN)), ..State::default() };
                continue;
            };
            if *job != Job::Sync {
                // One after the other, and the first of a daemon's life waits for quiet as long as the others.
                let overdue = later(state.next.unwrap_or(self.quiet_since), OVERDUE_MS) <= now;
                if chore || !(quiet || overdue) {
                    continue;
                }
                chore = true;
            }
            state.next = Some(later(now, every));
            state.is_running = start(*job, office, &self.own, now);
        }
    }

    /// Takes note of what came of a job.
    pub(super) fn came(&mut self, job: Job, came: Came, office: &Office, now: Timestamp) {
        let every = job.every_ms(office.snapshot().company.sync_every);
        let Some(state) = self.jobs.get_mut(&job) else { return };
        state.is_running = false;
        state.last = Some(now);
        let every = every.unwrap_or(SYNC_MS_MIN);
        let word = job.word();
        match came {
            Came::Done(said) => {
                if state.wrong.take().is_some() {
                    tracing::info!("{word}: all is well again");
                }
                state.away = 0;
                if let Some(said) = said {
                    tracing::info!("{word}: {said}");
                    state.said = Some((now, said));
                }
            }
            Came::Away(words) => {
                state.away = state.away.saturating_add(1);
                // Being offline is normal, and said once.
                if state.away == 1 {
                    tracing::info!("{word}: {words}");
                }
                state.wrong = Some(words);
            }
            Came::Wrong(words) => {
                state.away = 0;
                if state.wrong.as_ref() != Some(&words) {
                    tracing::warn!("{word}: {words}");
                }
                state.wrong = Some(words);
            }
        }
        let pause = every.saturating_mul(1 << state.away.min(6)).min(OFFLINE_MS_MAX.max(every));
        // A tenth more or less, so that many clones do not come at the same moment.
        let part = pause / 10;
        let chance = i64::try_from(crate::runtime::chance::number() >> 1).unwrap_or(0);
        state.next = Some(later(now, pause - part / 2 + chance % part.max(1)));
    }

    /// What `corp status` shows.
    pub(super) fn status(&self) -> Value {
        let shown = |state: &State| {
            json!({
                "running": state.is_running,
                "last": state.last.map(|at| at.to_string()),
                "next": state.next.map(|at| at.to_string()),
                "said": state.said.as_ref().map(|(_, said)| said),
                "said_at": state.said.as_ref().map(|(at, _)| at.to_string()),
                "wrong": state.wrong,
            })
        };
        self.jobs
            .iter()
            .map(|(job, state)| (job.word().to_owned(), shown(state)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

/// Has a job done in a thread, which writes a letter when it is. False: there is nothing to do, or no thread to do it.
fn start(job: Job, office: &Office, own: &Sender<Letter>, now: Timestamp) -> bool {
    let (root, branch) = (office.place.root.clone(), office.branch().to_owned());
    let work: Box<dyn FnOnce() -> Came + Send> = match job {
        Job::Sync => {
            let Some(clone) = office.snapshot().local.clone.clone() else { return false };
            Box::new(move || carry::sync(&root, &branch, clone, now))
        }
        Job::Archive => {
            // What is in force is at hand; reading all of it once more would take its memory twice.
            let plan = archive::plan(office.draft(), office.snapshot().company.archive_after, now);
            Box::new(move || tidy::archive(&root, plan))
        }
        Job::Pack => Box::new(move || tidy::pack(&root)),
        Job::Look => Box::new(move || tidy::look(&root, now)),
    };
    let own = own.clone();
    let body = move || {
        if job != Job::Sync {
            lower_priority();
        }
        // A daemon that has gone hears nothing more.
        drop(own.send(Letter::Kept(job, work())));
    };
    match std::thread::Builder::new().name(job.word().to_owned()).spawn(body) {
        Ok(_) => true,
        Err(error) => {
            tracing::error!(%error, "{} cannot be done now", job.word());
            false
        }
    }
}
