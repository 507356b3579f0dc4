//! What git takes back unseen. git reads the index first and locks it then, so a person's commit that read before
//! ours writes an index back that knows nothing of ours. git itself notices that the branch has moved and fails; the
//! person commits again, and that commit would take our change back in their name.
//!
//! So what was written lately is remembered: an index that holds a former version of a file whose work tree has not
//! gone back is brought up again ([`Recent::behind`]), and where such an index was committed already, the change is
//! made again ([`Recent::taken_back`]). A person who takes a change back on purpose takes it back in the work tree.

use super::journal::{self, Intent};
use super::{Author, Expect, FileChange, Mutation, WriteError, objects, worktree};
use crate::store::message::{Line, Message, Trailers};
use crate::store::reading::{Below as _, Reading as _};
use gix::{ObjectId, Repository, Tree};
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Most files that are remembered: far more than are written between a person's look and their lock.
const FILES_MAX: usize = 2_000;

/// Most former versions that are remembered of a file.
const FORMER_MAX: usize = 32;

/// What was written lately.
#[derive(Debug, Default)]
pub(super) struct Recent {
    files: BTreeMap<String, Versions>,
    /// The last commit of ours.
    tip: Option<ObjectId>,
    /// The index as we left it.
    index: Option<Stamp>,
    /// The index of others that was given way to.
    theirs: Option<Stamp>,
}

/// What tells one index file from the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    bytes: u64,
    changed: (i64, i64),
}

impl Stamp {
    /// Of this file.
    pub(super) fn of(file: &Metadata) -> Self {
        Self { inode: file.ino(), bytes: file.len(), changed: (file.mtime(), file.mtime_nsec()) }
    }
}

#[derive(Debug)]
struct Versions {
    former: Vec<Option<ObjectId>>,
    now: Option<ObjectId>,
}

impl Recent {
    /// Remembers what a group wrote.
    pub(super) fn add(&mut self, intent: &Intent) {
        self.tip = journal::id(&intent.new);
        if self.files.len() > FILES_MAX || intent.paths.len() > FILES_MAX {
            self.files.clear();
        }
        // A pull of half a company is not what a person's commit runs into at any moment.
        if intent.paths.len() > FILES_MAX {
            return;
        }
        let id = |text: &Option<String>| text.as_deref().and_then(journal::id);
        for (path, old, new) in &intent.paths {
            let (old, new) = (id(old), id(new));
            let versions = self.files.entry(path.clone()).or_insert_with(|| Versions { former: Vec::new(), now: None });
            // A version that comes back is no former one.
            versions.former.retain(|former| *former != new && *former != old);
            versions.former.push(old);
            if versions.former.len() > FORMER_MAX {
                versions.former.remove(0);
            }
            versions.now = new;
        }
    }

    /// The last commit of ours that is known.
    pub(super) fn tip(&self) -> Option<ObjectId> {
        self.tip
    }

    /// Remembers the index as we left it.
    pub(super) fn left(&mut self, index: Stamp) {
        self.index = Some(index);
    }

    /// Whether we have left the index once.
    pub(super) fn knows_the_index(&self) -> bool {
        self.index.is_some()
    }

    /// Whether nobody wrote the index since.
    pub(super) fn is_as_left(&self, index: Option<Stamp>) -> bool {
        index.is_some() && self.index == index
    }

    /// Whether somebody else wrote the index since we did, and was not given way to yet.
    pub(super) fn is_by_others(&self, index: Option<Stamp>) -> bool {
        index.is_some() && self.index.is_some() && self.index != index && self.theirs != index
    }

    /// Remembers an index of others that was given way to.
    pub(super) fn seen(&mut self, index: Option<Stamp>) {
        self.theirs = index;
    }

    /// Files whose index entry, as `staged` tells it, is a former version although neither `base` nor the work tree
    /// went back. Each with the version that belongs there.
    pub(super) fn behind(
        &self,
        repository: &Repository,
        root: &Path,
        base: Option<ObjectId>,
        staged: &dyn Fn(&str) -> Staged,
    ) -> Result<Vec<(String, Option<ObjectId>)>, WriteError> {
        let mut found = Vec::new();
        let mut tree = None;
        for (path, versions) in &self.files {
            let Staged::Version(version) = staged(path) else { continue };
            if version == versions.now || !versions.former.contains(&version) {
                continue;
            }
            if tree.is_none() {
                tree = Some(tree_of(repository, base)?);
            }
            let Some(tree) = &tree else { continue };
            if blob_at(tree, path)? == versions.now && !is_in_work_tree(repository, root, path, version)? {
                found.push((path.clone(), versions.now));
            }
        }
        Ok(found)
    }

    /// A mutation that makes again what commits up to `base`, on top of ours, took back although the work tree did
    /// not go back.
    pub(super) fn taken_back(
        &self,
        repository: &Repository,
        root: &Path,
        base: Option<ObjectId>,
    ) -> Result<Option<Mutation>, WriteError> {
        let Some(head) = base else { return Ok(None) };
        let tree = tree_of(repository, base)?;
        let mut changes = Vec::new();
        for (path, versions) in &self.files {
            let committed = blob_at(&tree, path)?;
            if committed == versions.now
                || !versions.former.contains(&committed)
                || !is_in_work_tree(repository, root, path, versions.now)?
            {
                continue;
            }
            let read = |id| objects::blob(repository, id);
            changes.push(FileChange {
                path: path.clone(),
                before: committed.map(read).transpose()?.map_or(Expect::Absent, Expect::Content),
                after: versions.now.map(read).transpose()?,
            });
        }
        let Some(first) = changes.first() else { return Ok(None) };
        let more = match changes.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let subject = format!("make again what a commit took back unseen: {}{more}", first.path);
        let trailers = Trailers { cause: Line::new(&format!("commit {head}")), ..Trailers::default() };
        let message = Message::new(&subject)
            .with_body("git had read the index before these files were committed, and wrote it back afterwards.")
            .with_trailers(trailers);
        let author = Author { name: "corp".to_owned(), email: "corp@localhost".to_owned() };
        Ok(Some(Mutation { author, at: time_of(repository, head)?, message, changes }))
    }
}

/// What the index holds at a path.
pub(super) enum Staged {
    /// This, or nothing.
    Version(Option<ObjectId>),
    /// Something that is not to be touched: a conflict, or a path that is left out on purpose.
    Other,
}

fn tree_of(repository: &Repository, commit: Option<ObjectId>) -> Result<Tree<'_>, WriteError> {
    repository.read_tree_of(commit).map_err(WriteError::git("read"))
}

fn blob_at(tree: &Tree<'_>, path: &str) -> Result<Option<ObjectId>, WriteError> {
    let entry = tree.read_entry(path).map_err(WriteError::git("read"))?;
    Ok(entry.map(|entry| entry.object_id()))
}

/// Whether the file at `path` has this version.
fn is_in_work_tree(
    repository: &Repository,
    root: &Path,
    path: &str,
    version: Option<ObjectId>,
) -> Result<bool, WriteError> {
    let Some(content) = worktree::content(root, path)? else { return Ok(version.is_none()) };
    Ok(version == Some(objects::blob_id(repository, &content)?))
}

/// When a commit was made. The writer has no clock of its own.
fn time_of(repository: &Repository, commit: ObjectId) -> Result<jiff::Timestamp, WriteError> {
    let commit = repository.read_commit(commit).map_err(WriteError::git("read"))?;
    let time = commit.time().map_err(WriteError::git("read"))?;
    Ok(jiff::Timestamp::from_second(time.seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
}
