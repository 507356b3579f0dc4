//! The repository that is synced: its objects, and the refs in which a sync notes what it has seen.

use super::remote::Remote;
use super::{Request, SyncError, TRUSTED};
use crate::store::history::History;
use crate::store::reading::Reading as _;
use gix::refs::transaction::PreviousValue;
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::Path;

/// Opens the repository for its objects and refs; what moves is logged in our name.
pub(super) fn open(root: &Path) -> Result<Repository, SyncError> {
    let by = ["committer.name=corp", "committer.email=corp@localhost"];
    let options = crate::store::repository::options().config_overrides(by);
    let mut repository = gix::open_opts(root, options).map_err(SyncError::git)?;
    repository.object_cache_size_if_unset(16 << 20);
    Ok(repository)
}

/// Held while a sync is under way; the kernel lets go of it when its holder dies.
pub(super) fn lock(git_dir: &Path) -> Result<File, SyncError> {
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
pub(super) struct Clone<'r> {
    pub(super) request: &'r Request,
    pub(super) repository: Repository,
    pub(super) history: History,
}

impl<'r> Clone<'r> {
    pub(super) fn open(request: &'r Request) -> Result<Self, SyncError> {
        let history = History::open(&request.root).map_err(SyncError::git)?;
        Ok(Self { request, repository: open(&request.root)?, history })
    }

    pub(super) fn reference(&self, name: &str) -> Result<Option<ObjectId>, SyncError> {
        let found = self.repository.try_find_reference(name).map_err(SyncError::git)?;
        Ok(found.and_then(|reference| reference.try_id().map(gix::Id::detach)))
    }

    pub(super) fn set(&self, name: &str, id: ObjectId) -> Result<(), SyncError> {
        if self.reference(name)? == Some(id) {
            return Ok(());
        }
        let set = self.repository.reference(name, id, PreviousValue::Any, "corp: sync");
        set.map(drop).map_err(SyncError::git)
    }

    pub(super) fn forget(&self, name: &str) -> Result<(), SyncError> {
        match self.repository.try_find_reference(name).map_err(SyncError::git)? {
            Some(reference) => reference.delete().map_err(SyncError::git),
            None => Ok(()),
        }
    }

    pub(super) fn tip(&self) -> Result<Option<ObjectId>, SyncError> {
        self.reference(&format!("refs/heads/{}", self.request.branch))
    }

    pub(super) fn is_ancestor(&self, ancestor: ObjectId, of: ObjectId) -> Result<bool, SyncError> {
        self.history.is_ancestor(ancestor, of).map_err(SyncError::git)
    }

    /// How many commits `tip` has that `theirs` has not; told to people, and nothing is decided by it.
    pub(super) fn ahead(&self, tip: ObjectId, theirs: Option<ObjectId>) -> usize {
        let Some(theirs) = theirs else {
            return self.repository.read_back(&[tip], None, usize::MAX).commits.len();
        };
        self.history.only_in(tip, theirs).map_or(0, |only| only.len())
    }

    /// Brings git's own idea of the remote up to date, so that `git status` tells the truth.
    pub(super) fn mirror(&self, remote: &Remote, branches: &BTreeMap<String, ObjectId>) -> Result<(), SyncError> {
        for (branch, id) in branches {
            self.set(&format!("refs/remotes/{}/{branch}", remote.name), *id)?;
        }
        for gone in self.mirrored(remote)?.into_keys().filter(|branch| !branches.contains_key(branch)) {
            self.forget(&format!("refs/remotes/{}/{gone}", remote.name))?;
        }
        Ok(())
    }

    /// The remote's branches as they were seen last.
    pub(super) fn mirrored(&self, remote: &Remote) -> Result<BTreeMap<String, ObjectId>, SyncError> {
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
    pub(super) fn waiting(&self, tip: ObjectId, branches: &BTreeMap<String, ObjectId>) -> Vec<String> {
        let own = self.aside();
        let waits = |(name, id): (&String, &ObjectId)| {
            let others = name.starts_with("corp/") && *name != own;
            (others && !self.is_ancestor(*id, tip).unwrap_or(false)).then(|| name.clone())
        };
        branches.iter().filter_map(waits).collect()
    }

    /// The branch of this clone's at a remote that does not take the company's from it.
    pub(super) fn aside(&self) -> String {
        format!("corp/{}", self.request.clone)
    }

    /// Whether a person said that this commit is to be taken as it is.
    pub(super) fn accepted(&self, id: ObjectId) -> bool {
        let wanted = self.request.accept.as_deref();
        wanted.is_some_and(|wanted| wanted.len() >= 7 && id.to_string().starts_with(&wanted.to_ascii_lowercase()))
    }

    /// Notes that the remote's branch was seen at `id`, and that ours is judged up to where it is.
    pub(super) fn saw(&self, remote: &Remote, branch: &str, id: ObjectId) -> Result<(), SyncError> {
        self.set(&format!("refs/remotes/{}/{branch}", remote.name), id)?;
        self.set(&seen(remote), id)?;
        self.forget(&incoming(remote))?;
        match self.tip()? {
            Some(tip) => self.set(TRUSTED, tip),
            None => Ok(()),
        }
    }
}

/// Notes what a fresh clone knows of its remote.
pub(super) fn note_clone(
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
pub(super) fn seen(remote: &Remote) -> String {
    format!("refs/corp/seen/{}", remote.name)
}

/// Where what was not taken in is kept.
pub(super) fn incoming(remote: &Remote) -> String {
    format!("refs/corp/incoming/{}", remote.name)
}
