//! A run is over: what it left is read, what it asked and was not answered is done first, and then it is settled.

use super::{Asked, Office};
use crate::adapters::FailureKind;
use crate::engine::reply::{self, Mode};
use crate::engine::{Lost, Report, What, Work};
use crate::model::run::{Billing, RunOutcome, Spent, Usage, WakeSource};
use crate::model::session::{SoFar, Talked};
use crate::model::{Choice as _, Money, RunId, Scalar as _};
use crate::runtime::control_group::Group;
use crate::runtime::machine;
use crate::runtime::run::{Alive, Completion, End, Folder, FolderError, Used};
use crate::runtime::session::{self, Begun};
use crate::runtime::supervise::{MARK, mark};
use crate::runtime::wire::Request;
use crate::sandbox::Trail;

impl Office {
    /// What is to walk the road once a run's supervisor is gone: what was kept at its door, and its end. `proof` is the
    /// supervisor's lock.
    ///
    /// # Errors
    /// The folder could not be read or written; the run stays open until it can.
    pub fn over(&mut self, run: &RunId, proof: &Alive) -> Result<Vec<Asked>, FolderError> {
        self.snapshot.local.live.remove(run);
        let folder = self.folder(run);
        let end = folder.end()?;
        let lost = match end {
            Some(_) => None,
            // Before its desk is looked at: nothing of the run may write there any more.
            None => Some(self.lost(run, &folder, proof)?),
        };
        let mut asked = self.kept(&folder);
        self.take_up(run)
            .map_err(|why| folder.error("take up what is on the desk of", "", std::io::Error::other(why)))?;
        clear(&folder);
        let talked = end.as_ref().and_then(|end| self.talked(&folder, end));
        let what = match (end, lost) {
            (Some(end), _) => {
                let report = Report { talked, ..self.report(run, &end) };
                What::RunEnded { run: run.clone(), report: Box::new(report) }
            }
            (None, lost) => {
                // What it had used is not known, so that nothing is to be counted on from there.
                if let Some(begun) = begun(&folder) {
                    session::forget(&self.place, &begun.place);
                }
                What::RunLost { run: run.clone(), why: lost.unwrap_or(Lost::SupervisorDied) }
            }
        };
        asked.push(Asked::Happened(what));
        Ok(asked)
    }

    /// Requests that were kept while the daemon was away, in order.
    fn kept(&self, folder: &Folder) -> Vec<Asked> {
        self.kept_requests(folder).into_iter().map(Asked::Request).collect()
    }

    /// The same as they were asked.
    pub(super) fn kept_requests(&self, folder: &Folder) -> Vec<Request> {
        let mut files: Vec<_> =
            std::fs::read_dir(folder.path().join("requests")).into_iter().flatten().flatten().collect();
        files.sort_by_key(std::fs::DirEntry::file_name);
        let read = files.iter().filter_map(|file| std::fs::read(file.path()).ok());
        read.filter_map(|bytes| serde_json::from_slice::<Request>(&bytes).ok()).collect()
    }

    /// Makes sure that nothing of a run whose supervisor died is left, and that a late supervisor does nothing.
    fn lost(&self, run: &RunId, folder: &Folder, proof: &Alive) -> Result<Lost, FolderError> {
        let supervisor = folder.supervisor()?;
        let group = supervisor.as_ref().and_then(|supervisor| supervisor.group.as_deref());
        if let Some(group) = group.and_then(|path| Group::noted(path, &self.place.key, run.as_str()))
            && !group.end()
        {
            return Err(folder.error(
                "end the control group of",
                "",
                std::io::Error::other("its processes do not end"),
            ));
        }
        let left = machine::end_marked(MARK, &mark(&self.place.key, run.as_str()));
        if !left.is_empty() {
            return Err(folder.error("end the processes of", "", std::io::Error::other("they do not end")));
        }
        folder.bury(proof)?;
        Ok(match supervisor {
            None => Lost::NeverStarted,
            Some(supervisor) if supervisor.boot != machine::boot() => Lost::Rebooted,
            Some(_) => Lost::SupervisorDied,
        })
    }

    /// The conversation a run was in, which is remembered for the next one.
    fn talked(&self, folder: &Folder, end: &End) -> Option<Talked> {
        let begun = begun(folder)?;
        let gone = end.failure_kind() == Some(FailureKind::Session);
        let used = &end.used;
        let input = used.input.saturating_add(used.cached_input).saturating_add(used.cache_write);
        let remembered = match session::after(&begun, end.session.as_deref(), gone, input) {
            Some(known) => session::write(&self.place, &begun.place, &known),
            None => {
                session::forget(&self.place, &begun.place);
                Ok(())
            }
        };
        if let Err(error) = remembered {
            tracing::warn!(%error, "a conversation cannot be remembered; the next run begins one");
        }
        let so_far = end.used_so_far.as_ref().map(|used| SoFar {
            usage: usage_of(used),
            cost: used.cost.as_deref().and_then(|cost| Money::parse(cost).ok()),
        });
        end.session.clone().map(|id| Talked { id, so_far })
    }

    fn report(&self, run: &RunId, end: &End) -> Report {
        let beat = self.snapshot.run(run.as_str()).is_some_and(|run| run.wake.cause.source() == WakeSource::Timer);
        let limit = self
            .snapshot
            .run(run.as_str())
            .and_then(|run| self.snapshot.worker(run.agent().as_str())?.beat()?.ack_max_chars);
        // Lengths beyond what a float holds exactly mean "everything" either way.
        let limit = limit.map_or(reply::ACK_MAX_CHARS, |limit| u32::try_from(limit).map_or(f64::MAX, f64::from));
        let alert = beat.then(|| reply::strip(&end.reply, Mode::Heartbeat, limit)).filter(|left| !left.skip);
        let used = &end.used;
        let said = used.cost.is_some() || used.input + used.output + used.cached_input + used.cache_write > 0;
        let usage = usage_of(used);
        // A run that never began used nothing.
        let said = said || end.started.is_none();
        Report {
            outcome: match end.completion {
                Completion::Succeeded => RunOutcome::Succeeded,
                Completion::Failed | Completion::OverCeiling => RunOutcome::Failed,
                Completion::Stopped => RunOutcome::Interrupted,
                Completion::Cancelled => RunOutcome::Cancelled,
                Completion::TimedOut => RunOutcome::TimedOut,
            },
            at: end.ended,
            started: end.started,
            spent: Spent {
                usage: said.then_some(usage),
                cost: used.cost.as_deref().and_then(|cost| Money::parse(cost).ok()),
                cost_source: used
                    .cost
                    .as_ref()
                    .map(|_| end.cost_source.clone().unwrap_or_else(|| "reported".to_owned())),
                provider: end.provider.clone(),
                model: end.model.clone(),
                billing: end.billing.as_deref().and_then(Billing::from_word),
            },
            at_least: end.used_at_least.as_ref().map(usage_of),
            over_ceiling: end.completion == Completion::OverCeiling || end.failure_kind() == Some(FailureKind::Limit),
            changed: end.changed.unwrap_or(false),
            note: (!end.why.is_empty()).then(|| end.why.clone()),
            transcript: (!end.transcript_sha256.is_empty()).then(|| end.transcript_sha256.clone()),
            last_words: (!end.reply.trim().is_empty()).then(|| end.reply.clone()),
            alert: alert.map(|left| left.text),
            talked: None,
            confinement: end.confinement.clone(),
            work: Work {
                branch: end.work.branch.clone(),
                notices: end.work.notices.clone(),
                uncommitted: end.work.uncommitted.clone(),
                trouble: end.work.trouble.clone(),
            },
        }
    }
}

/// Removes what was made for the run alone. What cannot be removed is in nobody's way.
fn clear(folder: &Folder) {
    let state = folder.path().ancestors().nth(2).map(|state| Trail::of(state).real);
    for path in folder.job().map(|job| job.passing).unwrap_or_default() {
        // Where the run itself led by a link there is nothing of ours.
        if path.parent().is_some_and(|above| Trail::of(above).link_in(&state).is_some()) {
            continue;
        }
        let removed = match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_dir() => std::fs::remove_dir_all(&path),
            Ok(_) => std::fs::remove_file(&path),
            Err(_) => Ok(()),
        };
        if let Err(error) = removed {
            tracing::debug!(path = %path.display(), %error, "what a run leaves behind stays");
        }
    }
}

fn usage_of(used: &Used) -> Usage {
    Usage { input: used.input, cached_input: used.cached_input, cache_write: used.cache_write, output: used.output }
}

/// What a run was told about its conversation.
fn begun(folder: &Folder) -> Option<Begun> {
    folder.job().ok()?.begun
}
