//! What the work tree leaves out, in the index: entries that stand for folders, and tickets that come back.

use super::Index;
use crate::store::cone::Cone;
use crate::store::writer::beside::Change;
use crate::store::writer::replaced::Replaced;
use crate::store::writer::worktree::{self, Brought};
use crate::store::writer::{WriteError, folded, objects};
use gix::Repository;
use gix::bstr::{BStr, ByteSlice as _};
use gix::index::entry::{Flags, Mode, Stat};
use std::path::Path;

impl Index {
    /// Whether the work tree leaves this path out on purpose. What `corp archive` left out is brought back first.
    pub(in crate::store::writer) fn left_out(
        &mut self,
        repository: &Repository,
        root: &Path,
        path: &str,
    ) -> Result<bool, WriteError> {
        let entry = self.file.entry_by_path(BStr::new(path));
        let skipped = entry.is_some_and(|entry| entry.flags.contains(Flags::SKIP_WORKTREE));
        let covering = folded::covering(&self.file, path);
        let outside = self.cone.as_ref().is_some_and(|cone| !cone.holds(path));
        if !skipped && covering.is_none() && (!outside || entry.is_some()) {
            return Ok(false);
        }
        // More than a few entries may change now; the bytes are laid out anew.
        self.laid = None;
        if self.kept
            && outside
            && let Some(folder) = self.brought_back(path)
            && let Some(cone) = &mut self.cone
        {
            cone.take_in(&folder);
            self.widened = true;
            self.bring_back(repository, root)?;
            return Ok(false);
        }
        if let Some(mut folder) = covering {
            // One level after the other, so that only what lies on the way gets entries.
            loop {
                folded::unfold(repository, &mut self.file, &folder)?;
                match folded::covering(&self.file, path) {
                    Some(inner) => folder = inner,
                    None => break,
                }
            }
        }
        Ok(true)
    }

    /// Writes the files that the cone holds and the index says are left out. A file that is there stays as it is.
    pub(in crate::store::writer) fn bring_back(
        &mut self,
        repository: &Repository,
        root: &Path,
    ) -> Result<usize, WriteError> {
        let Some(cone) = self.cone.clone() else { return Ok(0) };
        self.laid = None;
        folded::unfold_all(repository, &mut self.file, &|folder| cone.touches(folder))?;
        let mut replaced = Replaced::open(&self.folder);
        let (entries, paths) = self.file.entries_mut_and_pathbacking();
        let mut count = 0;
        for entry in entries.iter_mut().filter(|entry| entry.flags.contains(Flags::SKIP_WORKTREE)) {
            let Ok(path) = entry.path_in(paths).to_str() else { continue };
            if entry.mode.is_sparse() || !cone.holds(path) {
                continue;
            }
            entry.flags.remove(Flags::SKIP_WORKTREE);
            entry.stat = Stat::default();
            if !matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE) {
                continue;
            }
            let content = objects::blob(repository, entry.id)?;
            let program = (entry.mode == Mode::FILE_EXECUTABLE).then_some(true);
            let change = Change { path, old: None, new: Some(&content), program };
            let brought = worktree::bring_alone(root, change, &mut replaced)?;
            if let (Brought::Clean, Ok(metadata)) =
                (brought, gix::index::fs::Metadata::from_path_no_follow(&root.join(path)))
            {
                entry.stat = Stat::from_fs(&metadata).map_err(WriteError::git("read"))?;
            }
            count += 1;
        }
        Ok(count)
    }

    /// The folder that comes back when `path` changes: a ticket's bucket, or one on top if the cone is all ours.
    fn brought_back(&self, path: &str) -> Option<String> {
        let mut parts = path.split('/');
        match (parts.next()?, parts.next()?, parts.next()) {
            ("tickets", bucket, Some(_)) => Some(format!("tickets/{bucket}")),
            (top, _, _) => self.begun.then(|| top.to_owned()),
        }
    }

    /// What the work tree leaves out.
    pub(in crate::store::writer) fn cone(&self) -> Option<&Cone> {
        self.cone.as_ref()
    }

    /// Makes `cone` what the work tree is to hold. What else changes with it is the caller's.
    pub(in crate::store::writer) fn set_cone(&mut self, cone: Cone) {
        self.cone = Some(cone);
        self.widened = true;
    }
}
