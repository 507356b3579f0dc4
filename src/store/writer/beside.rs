//! The people who work in the work tree while the writer does: what they saved is an edit of some version, and the
//! writer's change is brought into it as such ([`crate::store::opened`]).

use super::lock::Lock;
use super::replaced::{KEPT_MAX, Replaced};
use super::spare::Spare;
use super::worktree::{self, Beside, Brought};
use super::{Committed, Mutation, Paused, WriteError, Writer, objects, reference, state};
use crate::format::merge::{self, Conflict};
use crate::store::opened::memory::Memory;
use crate::store::opened::{self, Saved};
use crate::store::reading::{Below as _, Reading as _};
use gix::{ObjectId, Repository};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Most overruled changes that are kept until somebody asks for them.
const OVERRULED_MAX: usize = 1_000;

/// A change of the program's over which a person's save of the same field went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overruled {
    /// The file.
    pub path: String,
    /// What was changed on both sides; `ours` is the person's.
    pub conflicts: Vec<Conflict>,
}

/// What is known of the people beside the writer.
#[derive(Debug, Default)]
pub(super) struct Present {
    folder: PathBuf,
    memory: Option<Memory>,
    replaced: Replaced,
    /// Files made ahead.
    spare: Spare,
    /// What a change that is being made was made from.
    seen: BTreeMap<String, Vec<u8>>,
    overruled: Vec<Overruled>,
}

/// A file whose committed content changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    /// Its path.
    pub(super) path: &'a str,
    /// What it was; `None` if it was not there.
    pub(super) old: Option<&'a [u8]>,
    /// What it is; `None` if it is not there any more.
    pub(super) new: Option<&'a [u8]>,
    /// Whether it becomes a program, or none any more, if that changes.
    pub(super) program: Option<bool>,
}

impl Present {
    /// What is known in our folder of the repository.
    pub(super) fn open(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), replaced: Replaced::open(folder), ..Self::default() }
    }

    /// Brings one file of the work tree along. `base` is the commit the change was made on.
    pub(super) fn bring(
        &mut self,
        repository: &Repository,
        root: &Path,
        base: Option<ObjectId>,
        change: Change<'_>,
        at: Timestamp,
    ) -> Result<Brought, WriteError> {
        let Change { path, old, new, .. } = change;
        let Self { folder, memory, replaced, spare, seen, overruled } = self;
        let mut merge = |current: &[u8]| {
            let (Some(base), Some(old), Some(new)) = (base, old, new) else { return Some(current.to_vec()) };
            let memory = memory.get_or_insert_with(|| Memory::read(folder));
            let saved = Saved { path, content: current, written: opened::written(&root.join(path)) };
            let base = opened::base(repository, memory, base, old, saved, at);
            let (wanted, conflicts) = merged(path, &base, current, new);
            memory.add(repository, path, current, Some(&base.content), at);
            if wanted != new {
                memory.add(repository, path, &wanted, Some(new), at);
            }
            if !conflicts.is_empty() && overruled.len() < OVERRULED_MAX {
                overruled.push(Overruled { path: path.to_owned(), conflicts });
            }
            Some(wanted)
        };
        let seen = seen.get(path).map(Vec::as_slice);
        worktree::bring(root, change, &mut Beside { seen, merge: &mut merge, replaced, spare })
    }

    /// Makes files ahead, for a change of this many.
    pub(super) fn prepare(&mut self, files: usize) {
        self.spare.prepare(&self.folder, files);
    }

    /// Removes the files that were made ahead and not used.
    pub(super) fn unprepare(&mut self) {
        self.spare.clear();
    }

    /// Remembers, while a change is made, the contents of the work tree it was made from.
    pub(super) fn expect(&mut self, seen: BTreeMap<String, Vec<u8>>) {
        self.seen = seen;
    }

    /// The overruled changes since the last call.
    pub(super) fn take_overruled(&mut self) -> Vec<Overruled> {
        std::mem::take(&mut self.overruled)
    }

    /// Writes what was remembered. The caller holds the writer's lock.
    pub(super) fn write(&mut self) {
        if let Some(mut memory) = self.memory.take() {
            memory.write();
        }
    }

    /// Looks at replaced files if there are many, or `now`. The caller holds the writer's lock.
    pub(super) fn look_at_replaced(&mut self, repository: &Repository, root: &Path, now: bool) {
        if now || self.replaced.len() >= KEPT_MAX {
            self.replaced.look(repository, root);
        }
    }

    /// Whether replaced files wait to be looked at.
    pub(super) fn has_replaced(&self) -> bool {
        self.replaced.len() > 0
    }
}

impl Writer {
    /// What git is in the middle of, if anything: nothing is written before it is over.
    pub fn paused(&self) -> Option<Paused> {
        state::paused(self.repository.git_dir(), &self.options.branch)
    }

    /// The changes a person's save of the same field went over, since the last call: they are to be decided again.
    pub fn take_overruled(&mut self) -> Vec<Overruled> {
        self.present.take_overruled()
    }

    /// Whether there are replaced files that somebody may write to yet.
    pub fn has_replaced(&self) -> bool {
        self.present.has_replaced()
    }

    /// Looks at replaced files that somebody may have written to, and gives back what was written. False: none wait.
    ///
    /// # Errors
    /// The same as [`Self::commit`].
    pub fn look_at_replaced(&mut self) -> Result<bool, WriteError> {
        if !self.present.has_replaced() {
            return Ok(false);
        }
        let _lock = Lock::take(self.repository.git_dir(), self.options.patience_ms)?;
        self.present.look_at_replaced(&self.repository, &self.options.root, true);
        Ok(self.present.has_replaced())
    }

    /// Looks at work tree and history while no writer is between the two.
    pub(crate) fn quiet<T>(
        &mut self,
        look: impl FnOnce(&Repository, Option<ObjectId>, &mut Memory) -> T,
    ) -> Result<T, WriteError> {
        let _lock = Lock::take(self.repository.git_dir(), self.options.patience_ms)?;
        self.catch_up()?;
        let tip = reference::read(&self.repository, &self.options.branch)?;
        let mut memory = Memory::read(&self.folder);
        let found = look(&self.repository, tip, &mut memory);
        memory.write();
        Ok(found)
    }

    /// Makes a person's edits a commit. `seen` is what they saved; it may be replaced by what was made of it.
    pub(crate) fn commit_seen(
        &mut self,
        mutation: Mutation,
        seen: BTreeMap<String, Vec<u8>>,
    ) -> Result<Committed, WriteError> {
        self.present.expect(seen);
        let answer = self.commit(&[mutation]).pop();
        self.present.expect(BTreeMap::new());
        answer.unwrap_or_else(|| Err(WriteError::Unsuitable { reason: "nothing was asked for".to_owned() }))
    }

    /// Brings files along whose content is exactly `seen`, which nobody wants to keep, to what the last commit has.
    pub(crate) fn bring_along(&mut self, seen: &BTreeMap<String, Vec<u8>>) -> Result<(), WriteError> {
        let _lock = Lock::take(self.repository.git_dir(), self.options.patience_ms)?;
        self.catch_up()?;
        if self.paused().is_some() {
            return Ok(());
        }
        self.courtesy.begin();
        let base = reference::read(&self.repository, &self.options.branch)?;
        // Who has just committed is looked at again before long.
        let Some(mut index) = self.index_at_rest(base)? else { return Ok(()) };
        let tree = self.repository.read_head_tree().map_err(WriteError::git("read"))?;
        for (path, content) in seen {
            let entry = tree.read_entry(path).map_err(WriteError::git("read"))?;
            let Some(id) = entry.map(|entry| entry.object_id()) else { continue };
            if index.left_out(&self.repository, &self.options.root, path)? {
                continue;
            }
            let committed = objects::blob(&self.repository, id)?;
            let mut merge = |current: &[u8]| Some(current.to_vec());
            let Present { replaced, spare, .. } = &mut self.present;
            let mut beside = Beside { seen: Some(content), merge: &mut merge, replaced, spare };
            let change = Change { path, old: Some(content.as_slice()), new: Some(&committed), program: None };
            let brought = worktree::bring(&self.options.root, change, &mut beside)?;
            let id = Some(id.to_string());
            index.bring(&self.repository, &self.options.root, &(path.clone(), id.clone(), id), None, brought)?;
        }
        drop(tree);
        self.left(index.write()?);
        Ok(())
    }
}

/// What a file with a person's work becomes when `new` is committed; bytes that are no text stay.
fn merged(path: &str, base: &opened::Base, current: &[u8], new: &[u8]) -> (Vec<u8>, Vec<Conflict>) {
    if base.choice == opened::Choice::Behind {
        return (new.to_vec(), Vec::new());
    }
    let text = std::str::from_utf8;
    match (text(&base.content), text(current), text(new)) {
        (Ok(base), Ok(current), Ok(new)) => {
            let merged = merge::merge(path, base, current, new);
            (merged.text.into_bytes(), merged.conflicts)
        }
        _ => (current.to_vec(), Vec::new()),
    }
}
