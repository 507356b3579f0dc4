//! Bringing a clone and its remote together: fetch, judge, merge by what files say, commit, push. Never by force.
//!
//! git only carries ([`Courier`]). What came is merged in memory ([`combine`]), judged as the company it would become
//! ([`judge`]), and walks the writer's road like every other change; the branch never stands on something that was not
//! judged. What is not taken waits as `refs/corp/incoming/<remote>`, and `refs/corp/trusted` is the last commit that was
//! judged. Everything here can be killed at any moment and is simply begun anew.
//!
//! Why and how: `docs/sync.md`.

mod clone;
mod combine;
mod error;
mod judge;
mod remote;
mod repository;
mod request;
mod taking;

pub use clone::{CloneRequest, Cloned, clone};
pub use combine::{Chosen, Side};
pub use error::SyncError;
pub use judge::Objections;
pub use remote::{Remote, remote};
pub use request::{Report, Request, Sent};

use super::courier::{Courier, Pushed};
use super::git::GitError;
use super::pack;
use super::writer::{self, WriteError, Writer};
use gix::ObjectId;
use repository::{Clone, lock, open, seen};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// The last commit of the branch that was judged. What the branch has beyond it was made in this clone.
pub const TRUSTED: &str = "refs/corp/trusted";

/// How often a push that came too late is tried again, with what came meanwhile merged in.
const PUSHES_MAX: u32 = 16;

/// Longest wait before a push is tried again, in milliseconds; the first one is at most a sixteenth of it. Chance decides
/// how much of it is waited, so that many clones do not meet again.
const WAIT_MAX_MS: u64 = 4_000;

/// Most characters of a remote's name; it becomes a part of names of ours.
const REMOTE_CHARACTERS_MAX: usize = 60;

/// Syncs the clone with its remote. `chance` decides how long is waited between two pushes.
///
/// # Errors
/// [`SyncError`]; what was brought in before the error is in, and what was not sent is sent next time.
pub fn sync(writer: &mut Writer, request: &Request, chance: &mut dyn FnMut() -> u64) -> Result<Report, SyncError> {
    let clone = Clone::open(request)?;
    let _lock = lock(clone.repository.common_dir())?;
    // What a predecessor was killed in the middle of is finished even if there is nothing else to do.
    writer.recover()?;
    let remote = remote(&clone.repository, &request.root, &request.branch, request.remote.as_deref())?;
    let courier = Courier::open(clone.repository.common_dir(), request.ask).map_err(SyncError::git)?;
    let mut report = Report { remote: remote.name.clone(), ..Report::default() };
    // Larger fetches leave packs, which nobody else puts together in a company.
    if let Err(error) = pack::gather(clone.repository.common_dir()) {
        tracing::warn!("{error}");
    }
    for round in 0..PUSHES_MAX {
        if round > 0 {
            std::thread::sleep(pause(round, chance()));
        }
        let unreachable = |source| clone.unreachable(&remote, source);
        let branches = courier.fetch(&remote.fetch, clone.tip()?).map_err(unreachable)?;
        clone.mirror(&remote, &branches)?;
        clone.bring_in(writer, &remote, &branches, &mut report)?;
        let Some(tip) = clone.tip()? else { return Ok(report) };
        let theirs = branches.get(&request.branch).copied();
        report.waiting = clone.waiting(tip, &branches);
        if theirs == Some(tip) {
            return Ok(report);
        }
        let commits = clone.ahead(tip, theirs);
        let pushed = courier.push(&remote.push, tip, &request.branch).map_err(unreachable)?;
        match pushed {
            Pushed::Done => {
                clone.saw(&remote, &request.branch, tip)?;
                report.sent = Sent::Commits(commits);
                return Ok(report);
            }
            Pushed::Behind => {}
            Pushed::Refused(reason) => {
                report.sent = clone.send_aside(&courier, &remote, tip, theirs, &branches, reason)?;
                return Ok(report);
            }
        }
    }
    Err(SyncError::Contended { remote: remote.name, times: PUSHES_MAX })
}

/// Merges a branch of this repository or of its remote, as it was fetched last, into the company's.
///
/// # Errors
/// As [`sync`].
pub fn merge(writer: &mut Writer, request: &Request, name: &str) -> Result<Report, SyncError> {
    let clone = Clone::open(request)?;
    let _lock = lock(clone.repository.common_dir())?;
    let remote = remote(&clone.repository, &request.root, &request.branch, request.remote.as_deref()).ok();
    let at_remote = remote.as_ref().map(|remote| format!("refs/remotes/{}/{name}", remote.name));
    let names = [Some(format!("refs/heads/{name}")), at_remote, Some(format!("refs/remotes/{name}"))];
    let mut theirs = None;
    for name in names.into_iter().flatten() {
        theirs = theirs.or(clone.reference(&name)?);
    }
    let theirs = theirs.ok_or_else(|| SyncError::NoBranch(name.to_owned()))?;
    let mut report = Report::default();
    writer.recover()?;
    clone.take(writer, name, "refs/corp/incoming/branch", theirs, &mut report)?;
    Ok(report)
}

/// Brings in a commit whose objects are here and no branch's, such as a person's word that was signed.
///
/// # Errors
/// As [`sync`].
pub fn take(writer: &mut Writer, request: &Request, name: &str, commit: &str) -> Result<Report, SyncError> {
    let clone = Clone::open(request)?;
    let _lock = lock(clone.repository.common_dir())?;
    let theirs = ObjectId::from_hex(commit.as_bytes()).map_err(SyncError::git)?;
    let mut report = Report::default();
    writer.recover()?;
    clone.take(writer, name, "refs/corp/incoming/word", theirs, &mut report)?;
    Ok(report)
}

/// The names of branches that were fetched and wait to be merged: those of clones whose remote does not take the
/// company's branch from them.
///
/// # Errors
/// [`SyncError::Git`].
pub fn waiting(request: &Request) -> Result<Vec<String>, SyncError> {
    let clone = Clone::open(request)?;
    let remote = remote(&clone.repository, &request.root, &request.branch, request.remote.as_deref())?;
    let Some(tip) = clone.tip()? else { return Ok(Vec::new()) };
    Ok(clone.waiting(tip, &clone.mirrored(&remote)?))
}

/// How long is waited before the push number `round`: a part of a time that doubles, by chance.
fn pause(round: u32, chance: u64) -> Duration {
    let most = (WAIT_MAX_MS / 16) << round.saturating_sub(1).min(4);
    Duration::from_millis(chance % most)
}

impl Clone<'_> {
    fn unreachable(&self, remote: &Remote, source: GitError) -> SyncError {
        let seen = self.reference(&seen(remote)).ok().flatten();
        let waiting = self.tip().ok().flatten().map_or(0, |tip| self.ahead(tip, seen));
        SyncError::Unreachable { remote: remote.name.clone(), waiting, source }
    }

    /// Sends what the remote does not take on its branch to a branch of this clone's, from where home merges it.
    fn send_aside(
        &self,
        courier: &Courier,
        remote: &Remote,
        tip: ObjectId,
        theirs: Option<ObjectId>,
        branches: &BTreeMap<String, ObjectId>,
        reason: String,
    ) -> Result<Sent, SyncError> {
        let branch = self.aside();
        let commits = self.ahead(tip, theirs);
        if branches.get(&branch) != Some(&tip) {
            match courier.push(&remote.push, tip, &branch).map_err(|source| self.unreachable(remote, source))? {
                Pushed::Done => self.set(&format!("refs/remotes/{}/{branch}", remote.name), tip)?,
                Pushed::Behind => {
                    let reason = format!("{reason}; and its branch `{branch}` has something else");
                    return Err(SyncError::Refused { remote: remote.name.clone(), reason });
                }
                Pushed::Refused(also) => {
                    let reason = format!("{reason}; {also}");
                    return Err(SyncError::Refused { remote: remote.name.clone(), reason });
                }
            }
        }
        Ok(Sent::Waits { branch, commits, reason })
    }
}

/// Whether there is anybody to sync with.
///
/// # Errors
/// [`SyncError::Git`].
pub fn has_remote(root: &Path) -> Result<bool, SyncError> {
    Ok(!open(root)?.remote_names().is_empty())
}

/// The writer of a company with a remote, as the usual options say.
///
/// # Errors
/// [`WriteError`].
pub fn writer(root: &Path, branch: &str) -> Result<Writer, WriteError> {
    Writer::open(writer::Options { branch: branch.to_owned(), ..writer::Options::new(root) })
}
