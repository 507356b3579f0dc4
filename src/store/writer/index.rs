//! git's index: exactly the changed paths are brought along, and what a person staged stays staged.

mod cone;
mod split;

pub(in crate::store) use split::is_split;

use super::gitlock::GitLock;
use super::journal::{self, Moved};
use super::laid::Laid;
use super::objects;
use super::sparse::{self, Sparse};
use super::stale::{Recent, Staged, Stamp};
use super::worktree::{self, Brought};
use super::{WriteError, folded};
use crate::store::cone::Cone;
use crate::store::reading::{Below as _, Reading as _};
use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::index::entry::{Flags, Mode, Stage, Stat};
use gix::objs::Kind;
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The index, read under its lock.
pub(super) struct Index {
    pub(super) file: gix::index::File,
    lock: GitLock,
    /// The file that was read; `None` if it could not be.
    stamp: Option<Stamp>,
    skip_hash: bool,
    /// Entries that were not there before.
    new: BTreeMap<BString, (ObjectId, Stat, Mode)>,
    git_dir: PathBuf,
    folder: PathBuf,
    patience_ms: u64,
    /// What the work tree leaves out, if that is a cone.
    cone: Option<Cone>,
    /// Tickets that the cone leaves out were left out by us: what changes comes back.
    kept: bool,
    /// The whole cone was begun by us.
    begun: bool,
    /// The cone changed and must be written.
    widened: bool,
    /// The bytes, kept in step with the entries, if they are known.
    laid: Option<Laid>,
    /// The file that is read, which the file system takes its time to let go of: once nobody waits for the lock.
    _former: Option<std::fs::File>,
}

/// The index as we left it. Whoever finds the same file there need not read it.
#[derive(Debug)]
pub(super) struct Left {
    file: gix::index::File,
    laid: Option<Laid>,
    stamp: Stamp,
    /// Kept open: as long as it is, no other file has its number.
    held: std::fs::File,
}

impl Left {
    /// The index as somebody else left it, read before its lock is taken: git would find it locked for as long as that takes.
    /// `None` if it cannot be, or is written in this moment; then whoever has the lock reads it.
    pub(super) fn by_others(repository: &Repository) -> Option<Self> {
        let path = repository.index_path();
        let held = std::fs::File::open(&path).ok()?;
        let stamp = Stamp::of(&held.metadata().ok()?);
        let file = gix::index::File::at(&path, repository.object_hash(), true, Default::default()).ok()?;
        let laid = if file.is_sparse() || !skips_hash(repository) { None } else { Some(Laid::of(&file).ok()?) };
        let same = std::fs::metadata(&path).is_ok_and(|now| Stamp::of(&now) == stamp);
        same.then_some(Self { file, laid, stamp, held })
    }

    /// What tells it from others.
    pub(super) fn stamp(&self) -> Stamp {
        self.stamp
    }
}

/// Most new entries that are put into their places one by one; beyond, everything is sorted once.
const PLACED_MAX: usize = 64;

impl Index {
    /// Takes the index lock and reads the index.
    pub(super) fn lock(
        repository: &Repository,
        folder: &Path,
        patience_ms: u64,
        left: Option<Left>,
    ) -> Result<Self, WriteError> {
        let lock = GitLock::take(folder, &repository.index_path(), patience_ms)?;
        Self::read(repository, folder, lock, patience_ms, left)
    }

    /// Reads the index, whose `lock` is held, if it is not as we `left` it. A damaged one is made anew from `HEAD`.
    pub(super) fn read(
        repository: &Repository,
        folder: &Path,
        lock: GitLock,
        patience_ms: u64,
        left: Option<Left>,
    ) -> Result<Self, WriteError> {
        let path = repository.index_path();
        let options = gix::index::decode::Options::default();
        // Whether the checksum is there is the configuration's; whether it is right is `corp doctor`'s question.
        let stamp = std::fs::metadata(&path).ok().map(|file| Stamp::of(&file));
        let mut former = None;
        let (mut file, laid, damaged) = match left.filter(|left| stamp == Some(left.stamp)) {
            Some(left) => {
                former = Some(left.held);
                (left.file, left.laid, false)
            }
            None => match gix::index::File::at(&path, repository.object_hash(), true, options) {
                Ok(file) => (file, None, false),
                Err(_) => (from_head(repository)?, None, true),
            },
        };
        let former = former.or_else(|| std::fs::File::open(&path).ok());
        let git_dir = repository.git_dir().to_owned();
        let cone = match sparse::read(&git_dir)? {
            Sparse::Cone(cone) => Some(cone),
            Sparse::None | Sparse::Patterns => None,
        };
        if let (true, Some(cone)) = (damaged, &cone) {
            leave_out(&mut file, cone);
        }
        let skip_hash = skips_hash(repository);
        let kept = cone.is_some() && sparse::is_kept(folder);
        let begun = kept && sparse::was_begun(folder);
        let folder = folder.to_owned();
        let new = BTreeMap::new();
        Ok(Self {
            file,
            lock,
            stamp,
            skip_hash,
            new,
            git_dir,
            folder,
            patience_ms,
            cone,
            kept,
            begun,
            widened: false,
            laid,
            _former: former,
        })
    }

    /// The blob that is staged at a path.
    pub(super) fn version(&self, path: &str) -> Option<String> {
        let entry = self.file.entry_by_path_and_stage(BStr::new(path), Stage::Unconflicted);
        entry.map(|entry| entry.id.to_string())
    }

    /// After a power cut: an index whose checksum is wrong is made anew from `HEAD`.
    pub(super) fn check(&mut self, repository: &Repository) -> Result<(), WriteError> {
        if self.file.verify_integrity().is_err() || self.file.verify_entries().is_err() {
            self.file = from_head(repository)?;
        }
        Ok(())
    }

    /// After a power cut: what was staged and is gone is staged again from the work tree, or as it was committed.
    pub(super) fn mend(&mut self, repository: &Repository, root: &Path) -> Result<(), WriteError> {
        let gone: Vec<(String, ObjectId)> = (self.file.entries().iter())
            .filter(|entry| entry.mode.contains(Mode::FILE) && !repository.has_object(entry.id))
            .map(|entry| (entry.path(&self.file).to_string(), entry.id))
            .collect();
        let tree = repository.read_head_tree().map_err(WriteError::git("read"))?;
        for (path, id) in gone {
            let content = worktree::content(root, &path)?.unwrap_or_default();
            let again = objects::put(repository, Kind::Blob, &content)?;
            if again != id {
                let committed = tree.read_entry(&path).map_err(WriteError::git("read"))?;
                self.set(BStr::new(path.as_str()), committed.map(|entry| entry.object_id()), Stat::default(), None);
            }
        }
        Ok(())
    }

    /// Brings up what git wrote back from before ours, where the branch is at `base`. Returns the paths.
    pub(super) fn bring_up(
        &mut self,
        repository: &Repository,
        root: &Path,
        recent: &Recent,
        base: Option<ObjectId>,
    ) -> Result<Vec<String>, WriteError> {
        if recent.is_as_left(self.stamp) {
            return Ok(Vec::new());
        }
        let behind = recent.behind(repository, root, base, &|path| {
            let name = BStr::new(path);
            match self.file.entry_by_path_and_stage(name, Stage::Unconflicted) {
                Some(entry) if entry.flags.contains(Flags::SKIP_WORKTREE) => Staged::Other,
                Some(entry) => Staged::Version(Some(entry.id)),
                // Another stage of it is a conflict.
                None if self.file.entry_by_path(name).is_some() => Staged::Other,
                None if folded::covering(&self.file, path).is_some() => Staged::Other,
                None => Staged::Version(None),
            }
        })?;
        for (path, wanted) in &behind {
            // What lies in the work tree may be a person's; git looks for itself.
            self.set(BStr::new(path.as_str()), *wanted, Stat::default(), None);
        }
        Ok(behind.into_iter().map(|(path, _)| path).collect())
    }

    /// Puts `id` at `name`, or takes the entry away; `program` says whether it becomes a program or none any more.
    fn set(&mut self, name: &BStr, id: Option<ObjectId>, stat: Stat, program: Option<bool>) {
        let Some(id) = id else {
            self.new.remove(name);
            if let Some(at) = self.file.entry_index_by_path_and_stage(name, Stage::Unconflicted) {
                self.file.remove_entry_at_index(at);
                self.laid.iter_mut().for_each(|laid| laid.remove(at));
            }
            return;
        };
        if let Some(at) = self.file.entry_index_by_path_and_stage(name, Stage::Unconflicted) {
            let entry = &mut self.file.entries_mut()[at];
            (entry.id, entry.stat) = (id, stat);
            entry.flags.remove(Flags::INTENT_TO_ADD);
            if let Some(program) = program {
                entry.mode = mode(program);
            }
            let changed = self.laid.as_mut().map(|laid| laid.change(&self.file, at));
            self.forget_if_failed(changed);
        } else {
            // Sorted in once all are known: sorting for each of ten thousand would be felt.
            self.new.insert(name.to_owned(), (id, stat, mode(program.unwrap_or(false))));
        }
    }

    /// Bytes that could not be brought along are laid out anew.
    fn forget_if_failed(&mut self, changed: Option<std::io::Result<()>>) {
        if matches!(changed, Some(Err(_))) {
            self.laid = None;
        }
    }

    /// Puts the new entries where they belong.
    fn place(&mut self) {
        let new = std::mem::take(&mut self.new);
        let one_by_one = new.len() <= PLACED_MAX;
        for (path, (id, stat, mode)) in &new {
            let outside = self.cone.as_ref().is_some_and(|cone| !cone.holds(&path.to_str_lossy()));
            let flags = if outside { folded::LEFT_OUT } else { Flags::empty() };
            // An entry with more flags than usual may be the first of its kind, and the head of the file tells.
            self.laid.take_if(|_| outside);
            let at = self.file.entry_index_by_path(path.as_bstr()).unwrap_or_else(|at| at);
            self.file.dangerously_push_entry(*stat, *id, flags, *mode, path.as_bstr());
            if one_by_one {
                self.file.entries_mut()[at..].rotate_right(1);
                let inserted = self.laid.as_mut().map(|laid| laid.insert(&self.file, at));
                self.forget_if_failed(inserted);
            }
        }
        if !one_by_one {
            self.file.sort_entries();
            self.laid = None;
        }
    }

    /// Brings one path along.
    pub(super) fn bring(
        &mut self,
        repository: &Repository,
        root: &Path,
        moved: &Moved,
        program: Option<bool>,
        brought: Brought,
    ) -> Result<(), WriteError> {
        let (path, old, new) = moved;
        let id = |text: &Option<String>| text.as_deref().and_then(journal::id);
        let (old, new) = (id(old), id(new));
        let name = BStr::new(path.as_str());
        let staged = self.file.entry_by_path_and_stage(name, Stage::Unconflicted).map(|entry| entry.id);
        let wanted = if staged == old { new } else { both(repository, path, old, staged, new)? };
        let full = root.join(path);
        let stat = match gix::index::fs::Metadata::from_path_no_follow(&full) {
            // Only what is known to be this content may be believed without another look.
            Ok(metadata) if brought == Brought::Clean && wanted == new => {
                Stat::from_fs(&metadata).map_err(WriteError::git("read"))?
            }
            _ => Stat::default(),
        };
        self.set(name, wanted, stat, program);
        Ok(())
    }

    /// Writes the index and gives the lock back. Returns the index as it is left.
    pub(super) fn write(mut self) -> Result<Left, WriteError> {
        if let (true, Some(cone)) = (self.widened, &self.cone) {
            sparse::write(&self.git_dir, &self.folder, cone, self.patience_ms)?;
        }
        self.place();
        // The cached trees speak of what was; git makes them again.
        drop(self.file.remove_tree());
        let failed = |error: std::io::Error| WriteError::Git { doing: "written", reason: error.to_string() };
        let (metadata, held) = if self.skip_hash && !self.file.is_sparse() {
            let mut laid = self.laid.take().map_or_else(|| Laid::of(&self.file), Ok).map_err(failed)?;
            let written = self.lock.replace_held(laid.content())?;
            self.laid = Some(laid);
            written
        } else {
            self.laid = None;
            let mut bytes = Vec::new();
            let options = gix::index::write::Options { skip_hash: self.skip_hash, ..Default::default() };
            self.file.write_to(&mut bytes, options).map_err(WriteError::git("written"))?;
            self.lock.replace_held(&bytes)?
        };
        Ok(Left { file: self.file, laid: self.laid, stamp: Stamp::of(&metadata), held })
    }
}

/// Whether the index has no checksum.
fn skips_hash(repository: &Repository) -> bool {
    repository.config_snapshot().boolean("index.skipHash").unwrap_or(false)
}

fn mode(program: bool) -> Mode {
    if program { Mode::FILE_EXECUTABLE } else { Mode::FILE }
}

pub(super) fn from_head(repository: &Repository) -> Result<gix::index::File, WriteError> {
    let tree = repository.read_head_tree().map_err(WriteError::git("read"))?;
    repository.read_index_of(tree.id).map_err(WriteError::git("read"))
}

/// Marks what the cone does not hold as left out, in an index that was made anew.
pub(super) fn leave_out(file: &mut gix::index::File, cone: &Cone) {
    let (entries, paths) = file.entries_mut_and_pathbacking();
    for entry in entries {
        if entry.path_in(paths).to_str().is_ok_and(|path| !cone.holds(path)) {
            entry.flags.insert(folded::LEFT_OUT);
        }
    }
}

/// What stays staged when a person has staged a version of their own: both changes, theirs first.
fn both(
    repository: &Repository,
    path: &str,
    old: Option<ObjectId>,
    staged: Option<ObjectId>,
    new: Option<ObjectId>,
) -> Result<Option<ObjectId>, WriteError> {
    let (Some(old), Some(kept), Some(new)) = (old, staged, new) else { return Ok(staged) };
    let read = |id| objects::blob(repository, id);
    let (old, content, new) = (read(old)?, read(kept)?, read(new)?);
    match worktree::merged(path, Some(&old), Some(&content), Some(&new)) {
        Some(merged) if merged != content => objects::put(repository, Kind::Blob, &merged).map(Some),
        _ => Ok(Some(kept)),
    }
}
