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
mod judge;
mod remote;

pub use clone::{CloneRequest, Cloned, clone};
pub use combine::{Chosen, Side};
pub use judge::Objections;
pub use remote::{Remote, remote};

use super::courier::{Courier, Pushed};
use super::git::GitError;
use super::history::{History, compare};
use super::pack;
use super::writer::{self, Arrival, Author, Committed, Merge, MergedContent, WriteError, Writer};
use crate::format::difference::{Difference, words};
use crate::format::merge::Conflict;
use crate::model::{CloneId, Slug, TicketId};
use crate::store::message::{Message, Trailers};
use combine::{Combined, Trees};
use gix::refs::transaction::PreviousValue;
use gix::{ObjectId, Repository};
use judge::Incoming;
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The last commit of the branch that was judged. What the branch has beyond it was made in this clone.
pub const TRUSTED: &str = "refs/corp/trusted";

/// How often a push that came too late is tried again, with what came meanwhile merged in.
const PUSHES_MAX: u32 = 16;

/// Longest wait before a push is tried again, in milliseconds; the first one is at most a sixteenth of it. Chance decides
/// how much of it is waited, so that many clones do not meet again.
const WAIT_MAX_MS: u64 = 4_000;

/// How often something is decided again because the branch moved in this clone.
const TRIES_MAX: usize = 32;

/// How often of these it is decided beside whoever writes here; then with the writer's lock held, which holds others up for
/// as long as one decision takes. A person's git moves the branch all the same.
const TRIES_BESIDE: usize = 4;

/// Most characters of a remote's name; it becomes a part of names of ours.
const REMOTE_CHARACTERS_MAX: usize = 60;

/// What is to be synced, and as whom.
#[derive(Debug, Clone)]
pub struct Request {
    /// The company's folder.
    pub root: PathBuf,
    /// Its branch.
    pub branch: String,
    /// The remote's name; without it the branch's own, then `origin`.
    pub remote: Option<String>,
    /// Who brings in what came.
    pub author: Author,
    /// This clone.
    pub clone: CloneId,
    /// A commit that a person looked at and takes as it is: the beginning of its id.
    pub accept: Option<String>,
    /// Which side a person chose where both changed the same.
    pub chosen: Chosen,
    /// Whether git may ask for a password on the terminal.
    pub ask: bool,
    /// Now.
    pub at: jiff::Timestamp,
}

/// What a sync did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The remote's name.
    pub remote: String,
    /// What came in, in words.
    pub came: Vec<Difference>,
    /// The commits that came in, without a merge of ours.
    pub commits: usize,
    /// The branch's commit, if something came in; and where a person's unsaved-to-git work was kept beside it.
    pub brought: Option<Committed>,
    /// Tickets that had the same number on both sides: the number, and what one of the two is called now.
    pub renumbered: Vec<(TicketId, TicketId)>,
    /// What was sent.
    pub sent: Sent,
    /// Branches at the remote that wait for home to merge them.
    pub waiting: Vec<String>,
}

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sent {
    /// There was nothing to send.
    #[default]
    Nothing,
    /// So many commits.
    Commits(usize),
    /// The remote does not take the branch from here; so many commits are on a branch of this clone's and wait for home.
    Waits {
        /// The branch at the remote.
        branch: String,
        /// How many commits.
        commits: usize,
        /// The remote's own words.
        reason: String,
    },
}

/// Why nothing was brought in, or not everything was sent. The clone is whole in each case, and nothing is lost.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// There is nobody to sync with.
    #[error("{0}")]
    NoRemote(String),
    /// Another sync is under way in this clone.
    #[error("another sync of this clone is under way")]
    Busy,
    /// The remote could not be reached.
    #[error("`{remote}` could not be reached: {source}")]
    Unreachable {
        /// The remote.
        remote: String,
        /// How many commits wait here to be sent.
        waiting: usize,
        /// What git said.
        source: GitError,
    },
    /// The remote's branch no longer holds what it held.
    #[error("`{branch}` at `{remote}` was rewritten: it was {had}, and {has} does not come from it")]
    Rewritten {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
        /// Where it was.
        had: ObjectId,
        /// Where it is.
        has: ObjectId,
    },
    /// The remote's branch is gone.
    #[error("`{branch}` at `{remote}` was deleted: it was {had}")]
    Gone {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
        /// Where it was.
        had: ObjectId,
    },
    /// Both have nothing in common.
    #[error("`{name}` is another company's: {theirs} and {ours} here have no commit in common")]
    Unrelated {
        /// The remote and its branch.
        name: String,
        /// Its commit.
        theirs: ObjectId,
        /// The commit here.
        ours: ObjectId,
    },
    /// What came would add errors or cannot lie in a company.
    #[error("what came from `{name}` is not taken in: it adds {}", count(objections.diagnostics.len(), "error"))]
    Objections {
        /// The remote and its branch.
        name: String,
        /// The commit that came.
        commit: ObjectId,
        /// What is wrong.
        objections: Objections,
    },
    /// Both sides changed the same.
    #[error("both sides changed the same in {}", count(files(conflicts), "file"))]
    Conflicts {
        /// The remote and its branch.
        name: String,
        /// The commit that came.
        commit: ObjectId,
        /// What, by path.
        conflicts: Vec<(String, Conflict)>,
    },
    /// Others were faster every time.
    #[error("others pushed to `{remote}` each of {times} times; what was made here is here, and is sent next time")]
    Contended {
        /// The remote.
        remote: String,
        /// How often it was tried.
        times: u32,
    },
    /// There is no such branch.
    #[error("there is no branch `{0}`, here or at the remote")]
    NoBranch(String),
    /// The remote does not take anything from here.
    #[error("`{remote}` takes nothing from here: {reason}")]
    Refused {
        /// The remote.
        remote: String,
        /// Its own words.
        reason: String,
    },
    /// It could not be written here.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// git's own data could not be read or written.
    #[error("the repository could not be read or written: {0}")]
    Git(String),
}

impl SyncError {
    fn git(error: impl std::fmt::Display) -> Self {
        Self::Git(error.to_string())
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn files(conflicts: &[(String, Conflict)]) -> usize {
    let mut paths: Vec<&str> = conflicts.iter().map(|(path, _)| path.as_str()).collect();
    paths.dedup();
    paths.len()
}

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

/// Opens the repository for its objects and refs; what moves is logged in our name.
fn open(root: &Path) -> Result<Repository, SyncError> {
    let by = ["committer.name=corp", "committer.email=corp@localhost"];
    let options = super::repository::options().config_overrides(by);
    let mut repository = gix::open_opts(root, options).map_err(SyncError::git)?;
    repository.object_cache_size_if_unset(16 << 20);
    Ok(repository)
}

/// Held while a sync is under way; the kernel lets go of it when its holder dies.
fn lock(git_dir: &Path) -> Result<File, SyncError> {
    let folder = git_dir.join("corp");
    std::fs::create_dir_all(&folder).map_err(SyncError::git)?;
    let file = File::options().write(true).create(true).truncate(false).open(folder.join("sync.lock"));
    let file = file.map_err(SyncError::git)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SyncError::Busy),
        Err(TryLockError::Error(error)) => Err(SyncError::git(error)),
    }
}

/// The repository that is synced.
struct Clone<'r> {
    request: &'r Request,
    repository: Repository,
    history: History,
}

impl<'r> Clone<'r> {
    fn open(request: &'r Request) -> Result<Self, SyncError> {
        let history = History::open(&request.root).map_err(SyncError::git)?;
        Ok(Self { request, repository: open(&request.root)?, history })
    }

    fn reference(&self, name: &str) -> Result<Option<ObjectId>, SyncError> {
        let found = self.repository.try_find_reference(name).map_err(SyncError::git)?;
        Ok(found.and_then(|reference| reference.try_id().map(gix::Id::detach)))
    }

    fn set(&self, name: &str, id: ObjectId) -> Result<(), SyncError> {
        if self.reference(name)? == Some(id) {
            return Ok(());
        }
        let set = self.repository.reference(name, id, PreviousValue::Any, "corp: sync");
        set.map(drop).map_err(SyncError::git)
    }

    fn forget(&self, name: &str) -> Result<(), SyncError> {
        match self.repository.try_find_reference(name).map_err(SyncError::git)? {
            Some(reference) => reference.delete().map_err(SyncError::git),
            None => Ok(()),
        }
    }

    fn tip(&self) -> Result<Option<ObjectId>, SyncError> {
        self.reference(&format!("refs/heads/{}", self.request.branch))
    }

    fn is_ancestor(&self, ancestor: ObjectId, of: ObjectId) -> Result<bool, SyncError> {
        self.history.is_ancestor(ancestor, of).map_err(SyncError::git)
    }

    /// How many commits `tip` has that `theirs` has not; told to people, and nothing is decided by it.
    fn ahead(&self, tip: ObjectId, theirs: Option<ObjectId>) -> usize {
        let Some(theirs) = theirs else {
            return self.repository.rev_walk([tip]).all().map_or(0, |walk| walk.flatten().count());
        };
        self.history.only_in(tip, theirs).map_or(0, |only| only.len())
    }

    fn unreachable(&self, remote: &Remote, source: GitError) -> SyncError {
        let seen = self.reference(&seen(remote)).ok().flatten();
        let waiting = self.tip().ok().flatten().map_or(0, |tip| self.ahead(tip, seen));
        SyncError::Unreachable { remote: remote.name.clone(), waiting, source }
    }

    /// Brings git's own idea of the remote up to date, so that `git status` tells the truth.
    fn mirror(&self, remote: &Remote, branches: &BTreeMap<String, ObjectId>) -> Result<(), SyncError> {
        for (branch, id) in branches {
            self.set(&format!("refs/remotes/{}/{branch}", remote.name), *id)?;
        }
        for gone in self.mirrored(remote)?.into_keys().filter(|branch| !branches.contains_key(branch)) {
            self.forget(&format!("refs/remotes/{}/{gone}", remote.name))?;
        }
        Ok(())
    }

    /// The remote's branches as they were seen last.
    fn mirrored(&self, remote: &Remote) -> Result<BTreeMap<String, ObjectId>, SyncError> {
        let prefix = format!("refs/remotes/{}/", remote.name);
        let references = self.repository.references().map_err(SyncError::git)?;
        let found = references.prefixed(prefix.as_str()).map_err(SyncError::git)?;
        let branch = |reference: gix::Reference<'_>| {
            let name = reference.name().as_bstr().to_string().strip_prefix(&prefix)?.to_owned();
            Some((name, reference.try_id()?.detach()))
        };
        Ok(found.flatten().filter_map(branch).collect())
    }

    /// Branches of clones that are not in ours yet.
    fn waiting(&self, tip: ObjectId, branches: &BTreeMap<String, ObjectId>) -> Vec<String> {
        let own = self.aside();
        let waits = |(name, id): (&String, &ObjectId)| {
            let others = name.starts_with("corp/") && *name != own;
            (others && !self.is_ancestor(*id, tip).unwrap_or(false)).then(|| name.clone())
        };
        branches.iter().filter_map(waits).collect()
    }

    /// The branch of this clone's at a remote that does not take the company's from it.
    fn aside(&self) -> String {
        format!("corp/{}", self.request.clone)
    }

    /// Whether a person said that this commit is to be taken as it is.
    fn accepted(&self, id: ObjectId) -> bool {
        let wanted = self.request.accept.as_deref();
        wanted.is_some_and(|wanted| wanted.len() >= 7 && id.to_string().starts_with(&wanted.to_ascii_lowercase()))
    }

    /// Notes that the remote's branch was seen at `id`, and that ours is judged up to where it is.
    fn saw(&self, remote: &Remote, branch: &str, id: ObjectId) -> Result<(), SyncError> {
        self.set(&format!("refs/remotes/{}/{branch}", remote.name), id)?;
        self.set(&seen(remote), id)?;
        self.forget(&incoming(remote))?;
        match self.tip()? {
            Some(tip) => self.set(TRUSTED, tip),
            None => Ok(()),
        }
    }

    /// Brings in the remote's branch, if it may.
    fn bring_in(
        &self,
        writer: &mut Writer,
        remote: &Remote,
        branches: &BTreeMap<String, ObjectId>,
        report: &mut Report,
    ) -> Result<(), SyncError> {
        let branch = &self.request.branch;
        let had = self.reference(&seen(remote))?;
        match (branches.get(branch).copied(), had) {
            (None, Some(had)) if !self.accepted(had) => {
                Err(SyncError::Gone { remote: remote.name.clone(), branch: branch.clone(), had })
            }
            (None, _) => Ok(()),
            (Some(has), Some(had)) if !self.is_ancestor(had, has)? && !self.accepted(has) => {
                self.set(&incoming(remote), has)?;
                Err(SyncError::Rewritten { remote: remote.name.clone(), branch: branch.clone(), had, has })
            }
            (Some(has), _) => {
                let name = format!("{}/{branch}", remote.name);
                self.take(writer, &name, &incoming(remote), has, report)?;
                self.saw(remote, branch, has)
            }
        }
    }

    /// Takes in a commit: forward, or merged with ours. What is not taken is kept as `kept_as`.
    fn take(
        &self,
        writer: &mut Writer,
        name: &str,
        kept_as: &str,
        theirs: ObjectId,
        report: &mut Report,
    ) -> Result<(), SyncError> {
        for round in 0..TRIES_MAX {
            let mut decided = None;
            let decide = |ours: Option<ObjectId>| {
                let (merge, combined) = match ours {
                    Some(ours) if self.is_ancestor(theirs, ours)? => return Ok(None),
                    Some(ours) => self.decide(name, ours, theirs)?,
                    None => (None, Combined::default()),
                };
                decided = Some((ours, combined));
                let onto = ours.map(|id| id.to_string());
                Ok(Some(Arrival { onto, theirs: theirs.to_string(), merge, at: self.request.at }))
            };
            let taken = if round < TRIES_BESIDE {
                let arrival = self.tip().and_then(decide);
                arrival.and_then(|arrival| Ok(arrival.map(|arrival| writer.take_in(&arrival)).transpose()?))
            } else {
                // Whoever writes here without a pause moves the branch while it is decided. So they wait once.
                writer.take_in_as(decide)
            };
            match (taken, decided) {
                (Ok(Some(done)), Some((ours, combined))) => {
                    report.commits += self.ahead(theirs, ours);
                    report.came.extend(self.came(ours, &done)?);
                    report.renumbered.extend(combined.renumbered);
                    report.brought = Some(done);
                    return Ok(());
                }
                (Ok(_), _) => return Ok(()),
                (Err(SyncError::Write(WriteError::Contended { .. })), _) => {}
                (Err(error), _) => {
                    if matches!(
                        error,
                        SyncError::Objections { .. } | SyncError::Conflicts { .. } | SyncError::Unrelated { .. }
                    ) {
                        self.set(kept_as, theirs)?;
                    }
                    return Err(error);
                }
            }
        }
        Err(WriteError::Contended { times: TRIES_MAX }.into())
    }

    /// What becomes of ours with theirs, if it may.
    fn decide(&self, name: &str, ours: ObjectId, theirs: ObjectId) -> Result<(Option<Merge>, Combined), SyncError> {
        let tree = |commit: ObjectId| -> Result<ObjectId, SyncError> {
            let commit = self.repository.find_commit(commit).map_err(SyncError::git)?;
            Ok(commit.tree_id().map_err(SyncError::git)?.detach())
        };
        let base = self.history.parting(ours, theirs).map_err(SyncError::git)?;
        let base = base.ok_or_else(|| SyncError::Unrelated { name: name.to_owned(), theirs, ours })?;
        let forward = base == ours;
        let trees = Trees { base: tree(base)?, ours: tree(ours)?, theirs: tree(theirs)? };
        let changes = combine::changes(&self.repository, Some(trees.base), Some(trees.theirs))?;
        let combined = if forward {
            Combined::default()
        } else {
            combine::combine(&self.repository, trees, &self.request.chosen)?
        };
        if !combined.conflicts.is_empty() {
            let conflicts = combined.conflicts;
            return Err(SyncError::Conflicts { name: name.to_owned(), commit: theirs, conflicts });
        }
        let read = |id: ObjectId| -> Result<Vec<u8>, SyncError> {
            Ok(self.repository.find_object(id).map_err(SyncError::git)?.detach().data)
        };
        let mut files = BTreeMap::new();
        if forward {
            for (path, (_, after)) in &changes {
                let after = after.filter(|file| !file.odd).map(|file| read(file.id)).transpose()?;
                files.insert(path.clone(), after);
            }
        }
        for file in &combined.files {
            let after = match &file.after {
                None => None,
                Some(MergedContent::Bytes(bytes)) => Some(bytes.clone()),
                Some(MergedContent::Object(id)) => {
                    let id = ObjectId::from_hex(id.as_bytes()).map_err(SyncError::git)?;
                    // Another repository has no object here; it is refused by its place.
                    Some(read(id).unwrap_or_default())
                }
            };
            // The same path may go and come, where two tickets had one number.
            if after.is_some() || !files.contains_key(&file.path) {
                files.insert(file.path.clone(), after);
            }
        }
        if !self.accepted(theirs) || changes.values().any(|(was, is)| was.iter().chain(is).any(|file| file.odd)) {
            let (history, repository) = (&self.history, &self.repository);
            let incoming = Incoming { history, repository, trusted: ours, changes: &changes, files: &files };
            let objections = judge::objections(&incoming)?;
            if !objections.diagnostics.is_empty() {
                return Err(SyncError::Objections { name: name.to_owned(), commit: theirs, objections });
            }
        }
        if forward {
            return Ok((None, combined));
        }
        let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let before = |path: &str| -> Option<String> {
            let tree = self.repository.find_tree(trees.ours).ok()?;
            let id = tree.lookup_entry_by_path(path).ok()??.object_id();
            text(&read(id).ok())
        };
        let told = files.iter().filter_map(|(path, after)| {
            crate::format::difference::of_file(path, before(path).as_deref(), text(after).as_deref())
        });
        let subject = format!("merge {name}: {}", words::subject(&told.collect::<Vec<_>>()));
        let actor = self.request.author.name.split_whitespace().next().and_then(Slug::from_name);
        let message = Message::new(&subject).with_trailers(Trailers { actor, ..Trailers::default() });
        let merge = Merge { author: self.request.author.clone(), message, files: combined.files.clone() };
        Ok((Some(merge), combined))
    }

    /// What came, in words.
    fn came(&self, ours: Option<ObjectId>, done: &Committed) -> Result<Vec<Difference>, SyncError> {
        let Some(ours) = ours else { return Ok(Vec::new()) };
        let tip = ObjectId::from_hex(done.commit.as_bytes()).map_err(SyncError::git)?;
        let (sides, _) = self.history.sides(Some(ours), tip).map_err(SyncError::git)?;
        Ok(compare::differences(sides))
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

/// Notes what a fresh clone knows of its remote.
fn note_clone(
    repository: &Repository,
    remote: &str,
    commit: ObjectId,
    branches: &BTreeMap<String, ObjectId>,
) -> Result<(), SyncError> {
    let seen = [(format!("refs/corp/seen/{remote}"), commit), (TRUSTED.to_owned(), commit)];
    let mirrored = branches.iter().map(|(name, id)| (format!("refs/remotes/{remote}/{name}"), *id));
    for (name, id) in mirrored.chain(seen) {
        let set = repository.reference(name.as_str(), id, PreviousValue::Any, "corp: clone");
        set.map_err(SyncError::git)?;
    }
    Ok(())
}

/// Where the remote's branch was when it was taken in last.
fn seen(remote: &Remote) -> String {
    format!("refs/corp/seen/{}", remote.name)
}

/// Where what was not taken in is kept.
fn incoming(remote: &Remote) -> String {
    format!("refs/corp/incoming/{}", remote.name)
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
