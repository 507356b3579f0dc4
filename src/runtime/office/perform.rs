//! What a committed plan is followed by: runs begin, are asked to stop, the board is told. How a run is made ready is
//! [`super::start`]'s.

use super::Office;
use super::road::Asked;
use crate::engine::limits::TOLD_AGAIN_MS;
use crate::engine::may_tell;
use crate::engine::secrets::given;
use crate::model::RunId;
use crate::model::plan::{Effect, Notice, StopReason};
use crate::runtime::run::{Ceiling, Stop};
use crate::runtime::secrets::elsewhere::{Fetch, Fetched};
use crate::runtime::{chance, notify};
use std::process::Child;

/// A run whose supervisor is to be waited for.
#[derive(Debug)]
pub struct Started {
    /// The run.
    pub run: RunId,
    /// The supervisor, if this process started it; its lock means something only once this is gone.
    pub child: Option<Child>,
}

impl Office {
    /// Does what follows a commit.
    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Start { run } => match self.to_fetch(&run) {
                Some(fetch) => {
                    self.snapshot.local.live.insert(run.clone());
                    self.fetching.insert(run);
                    self.fetches.push(fetch);
                }
                None => self.begin(run, &Fetched::new()),
            },
            Effect::Stop { run, why, words } => {
                if self.fetching.remove(&run) {
                    self.snapshot.local.live.remove(&run);
                    self.failed.push((run, words));
                    return;
                }
                let folder = self.folder(&run);
                let stop = Stop { why: words, cancelled: why == StopReason::Cancelled };
                if folder.exists()
                    && let Err(error) = folder.ask_to_stop(&stop)
                {
                    tracing::error!(run = run.as_str(), %error, "a run could not be asked to stop");
                }
            }
            Effect::Look { ticket, by } => self.looks.push((ticket, by)),
            Effect::Limit { run, ceiling } => {
                let folder = self.folder(&run);
                if folder.exists()
                    && let Err(error) = folder.set_ceiling(&Ceiling::from(&ceiling))
                {
                    tracing::error!(run = run.as_str(), %error, "a run could not be told what it may spend now");
                }
            }
            // Of those that were decided upon together, each knew nothing of the others.
            Effect::Tell(notice) if !may_tell(&self.snapshot.local, &notice.about, self.clock.now()) => {}
            Effect::Tell(notice) => {
                self.snapshot.local.note_told(&notice.about, self.clock.now(), TOLD_AGAIN_MS);
                tracing::info!(about = notice.about, "{}", notice.title);
                self.put_aside(&notice);
            }
        }
    }

    /// Begins a run, with what it needs of what is elsewhere, if that was asked for before.
    fn begin(&mut self, run: RunId, fetched: &Fetched) {
        match self.start(&run, fetched) {
            Ok(child) => self.begun(run, Some(child)),
            Err(why) => {
                tracing::warn!(run = run.as_str(), why, "a run could not be started");
                self.failed.push((run, why));
            }
        }
    }

    /// What a run needs of what is elsewhere, if somebody asks for it beside deciding.
    fn to_fetch(&self, run: &RunId) -> Option<Fetch> {
        let known = self.snapshot.run(run.as_str()).filter(|_| self.fetches_beside)?;
        let worker = self.snapshot.worker(known.agent().as_str())?;
        let wanted = given(&self.snapshot, worker, known.project.as_ref(), known.routine.as_ref()).ok()?;
        let asks: Vec<_> = wanted.iter().filter_map(|given| self.shelf().elsewhere(&given.name)).collect();
        (!asks.is_empty()).then(|| Fetch { run: run.clone(), asks })
    }

    /// From now on what is elsewhere is asked for by whoever takes it with [`Office::take_fetches`]: programs may be slow.
    pub fn fetch_beside(&mut self) {
        self.fetches_beside = true;
    }

    /// What runs that wait need of what is elsewhere, since the last call.
    pub fn take_fetches(&mut self) -> Vec<Fetch> {
        std::mem::take(&mut self.fetches)
    }

    /// What a run waited for came, or did not: it begins. Returns what is to be decided about one that cannot.
    pub fn fetched(&mut self, run: RunId, fetched: &Fetched) -> Vec<Asked> {
        if self.fetching.remove(&run) {
            self.snapshot.local.live.remove(&run);
            if self.snapshot.run(run.as_str()).is_some_and(|run| run.is_open()) {
                self.begin(run, fetched);
            }
        }
        let failed = std::mem::take(&mut self.failed);
        failed.into_iter().map(|(run, why)| Asked::Happened(self.not_started(run, why))).collect()
    }

    /// Puts aside what the board is to be told, and that it was: the daemon tells it, or the next one.
    fn put_aside(&mut self, notice: &Notice) {
        self.aside = true;
        let channels = &self.snapshot.company.notify;
        let now = self.clock.now();
        let put = notify::put(&self.place, channels, notice, now, chance::number())
            .and_then(|()| notify::remember(&self.place, &self.snapshot.local.told));
        if let Err(error) = put {
            tracing::error!(%error, about = notice.about, "the board is not told");
        }
    }

    /// Notes that a run's supervisor is to be waited for.
    pub(super) fn begun(&mut self, run: RunId, child: Option<Child>) {
        self.snapshot.local.live.insert(run.clone());
        self.started.push(Started { run, child });
    }
}
