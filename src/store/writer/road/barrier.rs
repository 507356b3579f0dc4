//! What makes a group durable beside its own record: commits of git's own are synced before ours stand upon them, and a journal
//! that is full is emptied.

use super::Writer;
use crate::store::writer::journal::{self, Intent, Record};
use crate::store::writer::{Durability, WriteError, reference};
use gix::ObjectId;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

impl Writer {
    /// Makes a commit of git's own durable, which git has not synced. What we build upon must not vanish from under us.
    pub(super) fn sync_theirs(&mut self, base: Option<ObjectId>) -> Result<(), WriteError> {
        if self.options.durability == Durability::Full && base.is_some() && base != self.durable {
            self.sync()?;
            self.durable = base;
        }
        Ok(())
    }

    /// Makes everything durable where git keeps it, and begins the journal anew.
    pub(super) fn checkpoint(&mut self) -> Result<(), WriteError> {
        self.sync()?;
        self.journal()?.reset()?;
        let tip = reference::read(&self.repository, &self.options.branch)?.map(|id| id.to_string());
        if let (false, Some(tip)) = (self.behind.is_empty(), tip) {
            // What is not shown yet must not be forgotten with the journal.
            let branch = self.options.branch.clone();
            let intent = Intent {
                branch,
                old: Some(tip.clone()),
                new: tip,
                paths: self.behind.clone(),
                modes: BTreeMap::new(),
                whole: false,
            };
            let payload = journal::encode(&Record { intent, objects: Vec::new() });
            let durability = self.options.durability;
            self.journal()?.append(&payload, durability)?;
        }
        Ok(())
    }

    /// Syncs the file systems of the repository and the work tree. That takes as long as the disk has anything to write, of
    /// whomever, and git does not wait for its index: one that was taken before is let go of first, and taken again if the
    /// branch is still where it was.
    pub(super) fn sync(&mut self) -> Result<(), WriteError> {
        self.ahead = None;
        sync(self.repository.git_dir())?;
        sync(&self.options.root)
    }
}

#[cfg(target_os = "linux")]
fn sync(path: &Path) -> Result<(), WriteError> {
    let folder = fs::File::open(path).map_err(WriteError::io(path))?;
    rustix::fs::syncfs(&folder).map_err(std::io::Error::from).map_err(WriteError::io(path))
}

#[cfg(not(target_os = "linux"))]
fn sync(path: &Path) -> Result<(), WriteError> {
    rustix::fs::sync();
    fs::File::open(path).and_then(|folder| folder.sync_all()).map_err(WriteError::io(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::writer::Options;

    #[test]
    fn while_the_disk_is_synced_git_finds_its_index_free() {
        let folder = tempfile::tempdir().unwrap();
        gix::init(folder.path()).unwrap();
        let mut writer = Writer::open(Options::new(folder.path())).unwrap();
        let _lock = writer.lock().unwrap();
        writer.catch_up().unwrap();
        writer.ahead = Some(writer.index().unwrap());
        let locked = folder.path().join(".git/index.lock");
        assert!(locked.exists());
        writer.sync().unwrap();
        assert!(!locked.exists());
    }
}
