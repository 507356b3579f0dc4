//! What runs cost on this machine: the real daemon in a real company, beside what the same thing costs without it.
//!
//! Every figure stands beside its floor, measured in the same minute: a program that is started bare, a change that is
//! made durable bare. When a program began is what its supervisor wrote down, not what is guessed from outside.

mod assigned;
mod company;
mod confined;
mod daemon;
mod floor;
mod idle;
mod lists;
mod money;
mod saved;
mod timers;
mod wakes;

pub use lists::{ListsAsked, lists};
pub use money::{MoneyAsked, money};

use super::client::AskError;
use crate::store::bench::BenchError;
use crate::store::writer::WriteError;
use daemon::Daemon;
use jiff::Timestamp;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What is measured, and how much of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Tickets of the made-up company.
    pub tickets: usize,
    /// Its agents.
    pub agents: usize,
    /// Runs that are started one after the other for each figure; ten times as many at once.
    pub runs: usize,
    /// How long the idle daemon is watched.
    pub idle: Duration,
    /// How long the agents are on timers; zero leaves it out.
    pub timers: Duration,
    /// Tickets that are assigned at once to fifty agents; zero leaves it out.
    pub assigned: usize,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Finding {
    /// What it is.
    pub what: String,
    /// Of how many it is the median, or the sum.
    pub count: usize,
    /// In which unit.
    pub unit: &'static str,
    /// The least it could be on this machine, measured in the same run.
    pub floor: Option<f64>,
    /// The figure.
    pub value: f64,
    /// One of a hundred is larger.
    pub p99: Option<f64>,
    /// What is wanted: at most so much above the floor.
    pub wanted: Option<f64>,
}

impl Finding {
    fn figure(what: impl Into<String>, count: usize, unit: &'static str, value: f64) -> Self {
        Self { what: what.into(), count, unit, floor: None, value, p99: None, wanted: None }
    }

    /// The median of these times, in milliseconds.
    fn times(what: impl Into<String>, times: &mut [f64]) -> Self {
        times.sort_by(f64::total_cmp);
        let p99 = Some(share(times, 0.99));
        Self { p99, ..Self::figure(what, times.len(), "ms", share(times, 0.5)) }
    }

    fn above(self, floor: f64, wanted: f64) -> Self {
        Self { floor: Some(floor), wanted: Some(wanted), ..self }
    }

    fn wanting(self, wanted: f64) -> Self {
        Self { wanted: Some(wanted), ..self }
    }
}

/// The value that this share of `sorted` is below.
fn share(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len() as f64 * share) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum RunsError {
    /// The company could not be made, or a file of it not be written.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// The floor could not be measured.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The daemon does not answer.
    #[error("the daemon that is measured: {0}")]
    Ask(#[from] AskError),
    /// Something did not happen that had to.
    #[error("{what}; what the daemon said is in {log}")]
    Not {
        /// What did not.
        what: String,
        /// The daemon's log.
        log: PathBuf,
    },
    /// The system refused.
    #[error("could not {doing}: {source}")]
    System {
        /// What was being done.
        doing: String,
        /// Why not.
        source: io::Error,
    },
}

fn system(doing: impl Into<String>) -> impl FnOnce(io::Error) -> RunsError {
    let doing = doing.into();
    move |source| RunsError::System { doing, source }
}

/// Measures in a folder made in `parent` and removed afterwards. `tell` hears of each figure as it is found.
///
/// # Errors
/// [`RunsError`].
pub fn measure(parent: &Path, asked: &Asked, tell: &mut dyn FnMut(&Finding)) -> Result<Vec<Finding>, RunsError> {
    // The daemon is told of folders by its environment, which takes whole paths only.
    let parent = parent.canonicalize().map_err(system(format!("find {}", parent.display())))?;
    let parent = parent.as_path();
    let mut found = Vec::new();
    let mut say = |finding: Finding| {
        tell(&finding);
        found.push(finding);
    };
    {
        let company = company::waiting(parent, asked)?;
        let floor = floor::measure(&company, asked.runs, &mut say)?;
        confined::measure(&company, asked, &mut say)?;
        let mut daemon = Daemon::start(&company)?;
        idle::measure(&daemon, asked, &mut say)?;
        wakes::one_by_one(&daemon, asked, floor, &mut say)?;
        wakes::many(&daemon, asked, &mut say)?;
        saved::measure(&daemon, &company, asked, floor, &mut say)?;
        daemon.memory("memory of the daemon in the end")?.into_iter().for_each(&mut say);
        daemon.end()?;
    }
    if asked.assigned > 0 {
        assigned::measure(parent, asked, &mut say)?;
    }
    if !asked.timers.is_zero() {
        timers::measure(parent, asked, &mut say)?;
    }
    Ok(found)
}

/// How long ago that was, in milliseconds.
fn since(then: Timestamp, now: Timestamp) -> f64 {
    now.duration_since(then).as_secs_f64() * 1e3
}
