//! What `corp doctor` asks of the writer: how things stand, and the few repairs that are the writer's to make.
//!
//! Looking takes no lock and changes nothing; a repair holds the same locks as every change.

use super::index::{self, Index};
use super::journal::{self, Journal};
use super::lock::{self, Lock};
use super::sparse::{self, Sparse};
use super::{Options, WriteError, Writer, folded, recover, settings, shelve};
use crate::store::history::History;
use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::index::State;
use gix::index::entry::Stat;
use gix::objs::CommitRefIter;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How the journal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalState {
    /// Nothing was written here yet.
    None,
    /// Everything that is durable is shown.
    Sound,
    /// So many groups of commits are durable and not shown.
    Unfinished(usize),
    /// Tickets were leaving the work tree, or coming back.
    Archiving,
    /// It is not a journal of ours.
    Odd,
}

/// Looks at the journal below `git_dir`.
pub(in crate::store) fn journal_state(git_dir: &Path) -> JournalState {
    let folder = lock::folder(git_dir);
    let Ok(metadata) = fs::metadata(folder.join("journal")) else { return JournalState::None };
    if metadata.len() != journal::JOURNAL_BYTES {
        return JournalState::Odd;
    }
    let Ok((journal, records)) = Journal::open(&folder) else { return JournalState::Odd };
    let Ok(open) = recover::unfinished(&folder, records, journal.last()) else { return JournalState::Odd };
    match open.groups() {
        // After a restart of the machine everything is looked at again; that is no sign of a crash.
        0 if sparse::wanted(&folder).is_some() => JournalState::Archiving,
        0 => JournalState::Sound,
        _ if open.after_cut => JournalState::Sound,
        groups => JournalState::Unfinished(groups),
    }
}

/// The commits with one parent that writers of this clone made, as far back as the journal tells. What a merge brings was
/// made elsewhere.
pub fn made_here(history: &History) -> BTreeSet<ObjectId> {
    let Ok((_, records)) = Journal::open(&lock::folder(history.repository().git_dir())) else { return BTreeSet::new() };
    let objects = records.into_iter().flat_map(|(_, record)| record.objects);
    objects
        .filter(|object| object.kind == gix::objs::Kind::Commit)
        .filter(|object| {
            let kind = gix::hash::Kind::Sha1;
            CommitRefIter::from_bytes(&object.content, kind).parent_ids().count() <= 1
        })
        .filter_map(|object| {
            let known = object.id;
            known.or_else(|| gix::objs::compute_hash(gix::hash::Kind::Sha1, object.kind, &object.content).ok())
        })
        .collect()
}

/// Whether a writer is at work.
pub(in crate::store) fn is_busy(git_dir: &Path) -> bool {
    lock::is_held(git_dir)
}

/// The files with the repository's own settings, the one that counts most last.
pub(in crate::store) fn own_settings(git_dir: &Path) -> Result<Vec<(PathBuf, gix::config::File)>, WriteError> {
    settings::files(git_dir)
}

/// Folders on top of the work tree or the last commit that a cone of ours leaves out by accident.
pub(in crate::store) fn left_out_on_top(git_dir: &Path, root: &Path) -> Vec<String> {
    let (Ok(Sparse::Cone(cone)), true) = (sparse::read(git_dir), sparse::was_begun(&lock::folder(git_dir))) else {
        return Vec::new();
    };
    let options = crate::store::repository::options();
    let folders = gix::open_opts(root, options).ok().and_then(|repository| shelve::folders(&repository, root).ok());
    folders.into_iter().flat_map(|folders| folders.top).filter(|folder| !cone.touches(folder)).collect()
}

/// An entry the index has twice, or beside the folder entry that stands for it.
pub(in crate::store) fn contradiction(index: &State) -> Option<String> {
    let mut before: Option<(&[u8], u32)> = None;
    for entry in index.entries() {
        let path = entry.path(index);
        let key = (path.as_ref(), entry.stage_raw());
        let is_beside = !entry.mode.is_sparse() && folded::covering(index, &path.to_str_lossy()).is_some();
        if before == Some(key) || is_beside {
            return Some(path.to_str_lossy().into_owned());
        }
        before = Some(key);
    }
    None
}

impl Writer {
    /// Opens a repository that [`Self::open`] refuses because its index is split, to put it together again.
    ///
    /// # Errors
    /// [`WriteError::Unsuitable`] for what cannot be mended.
    pub fn open_to_mend(options: Options) -> Result<Self, WriteError> {
        Self::open_as(options, true)
    }

    /// Writes a split index as one file. True: entries were lost, and it was made anew from the last commit.
    ///
    /// # Errors
    /// [`WriteError`]
    pub fn join_index(&mut self) -> Result<bool, WriteError> {
        self.under_lock(|repository, folder, options| {
            let path = repository.index_path();
            let decode = gix::index::decode::Options::default();
            let read = gix::index::File::at(&path, repository.object_hash(), true, decode);
            let index = Index::lock(repository, folder, options.patience_ms, None)?;
            let committed = index::from_head(repository)?.entries().len();
            // A part that cannot be found leaves an index that is empty, or none.
            let lost = !read.is_ok_and(|index| !index.entries().is_empty() || committed == 0);
            if lost {
                index.write_anew(repository)?;
            } else {
                index.write().map(drop)?;
            }
            for entry in fs::read_dir(repository.git_dir()).map_err(WriteError::io(repository.git_dir()))?.flatten() {
                if entry.file_name().as_encoded_bytes().starts_with(b"sharedindex.") {
                    fs::remove_file(entry.path()).map_err(WriteError::io(entry.path()))?;
                }
            }
            Ok(lost)
        })
    }

    /// Makes the index anew from the last commit. What was staged is lost; the work tree stays as it is.
    ///
    /// # Errors
    /// [`WriteError`]
    pub fn remake_index(&mut self) -> Result<(), WriteError> {
        self.under_lock(|repository, folder, options| {
            Index::lock(repository, folder, options.patience_ms, None)?.write_anew(repository)
        })
    }

    /// Sets a journal aside that cannot be read, so that one can be begun. Returns where it is now.
    ///
    /// # Errors
    /// [`WriteError`]
    pub fn set_journal_aside(&mut self) -> Result<Option<PathBuf>, WriteError> {
        self.under_lock(|repository, folder, _| {
            if journal_state(repository.git_dir()) != JournalState::Odd {
                return Ok(None);
            }
            let (from, to) = (folder.join("journal"), folder.join("journal.odd"));
            fs::rename(&from, &to).map_err(WriteError::io(&from))?;
            Ok(Some(to))
        })
    }

    /// Does something under the writer's lock alone, without looking what a predecessor left.
    fn under_lock<T>(
        &mut self,
        work: impl FnOnce(&gix::Repository, &Path, &Options) -> Result<T, WriteError>,
    ) -> Result<T, WriteError> {
        let (repository, folder, options) = self.parts();
        let _lock = Lock::take(repository.git_dir(), options.patience_ms)?;
        work(repository, folder, options)
    }
}

impl Index {
    /// Writes the last commit as the index, whatever was read.
    fn write_anew(mut self, repository: &gix::Repository) -> Result<(), WriteError> {
        let mut file = index::from_head(repository)?;
        if let Some(cone) = self.cone() {
            index::leave_out(&mut file, cone);
        }
        for entry in file.entries_mut() {
            // git looks at each file anew.
            entry.stat = Stat::default();
        }
        self.file = file;
        self.write().map(drop)
    }
}
