//! Growth: loose objects become packs before they are many.
//!
//! Every change leaves about five small files in `.git/objects`, each a block or more of the disk. Past a bound they
//! become a pack ([`mod@gather`]), and packs of about the same size become one ([`mod@merge`]), so that a byte is written again
//! only a few times in its life. Nothing is ever pruned: an object that no branch reaches yet, because its commit is
//! just being shown, is packed like the others.
//!
//! No git runs here, and no setting of the repository is heeded: whoever wrote them, they have no say.

mod delta;
mod gather;
mod lines;
mod loose;
mod merge;
mod there;
mod write;

pub use loose::{Loose, loose};
pub(super) use loose::{bytes_at_most, loose_bytes_guessed};
pub(super) use there::sweep_damaged;

use gix::ObjectId;
use gix::objs::Kind;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Loose bytes at which packing begins: a few thousand objects, packed in about a second.
pub const LOOSE_BYTES_START: u64 = 16 << 20;

/// Loose bytes at which the writer waits for packing: what comes while it packs stays below 64 MiB.
pub const LOOSE_BYTES_MAX: u64 = 48 << 20;

/// Small packs at which packing begins: readers look into each.
pub(super) const SMALL_START: usize = 48;

/// Small packs at which the writer waits for packing.
pub(super) const SMALL_MAX: usize = 384;

/// The priority of packing: it takes what nobody else wants.
#[cfg(target_os = "linux")]
const NICE: i32 = 19;

/// An object that is ready to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ready<'a> {
    pub(super) id: ObjectId,
    pub(super) kind: Kind,
    pub(super) content: &'a [u8],
}

/// Writes a group of new objects as one small pack: two files instead of one for each. Nothing is waited for; the caller
/// has them in the journal, and holds the writer's lock.
///
/// # Errors
/// [`PackError::Io`].
pub(super) fn write_group(git_dir: &Path, objects: &[Ready<'_>]) -> Result<(), PackError> {
    let bytes = objects.iter().map(|object| object.content.len()).sum();
    let purpose = if there::is_small(objects.len(), bytes) { write::Purpose::ForNow } else { write::Purpose::AtOnce };
    gather::write(&git_dir.join("objects/pack"), objects, purpose)?.publish().map(drop)
}

/// What a pack of the writer's may be called while it is written; with `packing`, one that packing writes as well.
pub(super) fn temporary(git_dir: &Path, packing: bool) -> Vec<PathBuf> {
    let mut names = write::temporary(&git_dir.join("objects/pack"), write::Purpose::ForNow);
    if packing {
        names.extend(write::temporary(&git_dir.join("objects/pack"), write::Purpose::ToStay));
    }
    names
}

/// The lock of packing, if nobody packs.
pub(super) fn alone(git_dir: &Path) -> Option<File> {
    let own = own(git_dir);
    fs::create_dir_all(&own).ok()?;
    let lock = File::options().write(true).create(true).truncate(false).open(own.join("lock")).ok()?;
    lock.try_lock().is_ok().then_some(lock)
}

/// How many small packs there are.
///
/// # Errors
/// [`PackError::Io`].
pub(super) fn small(git_dir: &Path) -> Result<usize, PackError> {
    let packs = git_dir.join("objects/pack");
    let superseded = there::Superseded::read(&packs, &own(git_dir));
    Ok(there::all(&packs)?.iter().filter(|pack| pack.is_small() && !superseded.contains(&pack.path)).count())
}

/// What a repack did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packed {
    /// Loose before.
    pub before: Loose,
    /// Loose afterwards: what came in the meantime.
    pub after: Loose,
}

/// Why objects could not be packed. None is lost; they take more room.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A pack is not what it was when it was written, or what was written into it is not read from it.
    #[error("{0} is damaged; nothing was removed, and `git fsck` tells more")]
    Changed(PathBuf),
    /// The system gave no thread.
    #[error("the objects could not be packed: no thread is left for it")]
    Thread,
    /// The objects could not be listed, or our own folder not be written.
    #[error("could not work with {path}: {source}")]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A clone without all its objects is packed by the git that fetches the others.
    #[error("this is a partial clone; pack it with `git repack -d --geometric=2`")]
    Partial,
}

impl PackError {
    fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

/// Packs from which they are put together: each is looked into for every object, and few are quick to look into.
const PACKS_MAX: usize = 24;

/// Puts packs together if there are many. `None`: there are not.
///
/// # Errors
/// [`PackError`].
pub fn gather(git_dir: &Path) -> Result<Option<Packed>, PackError> {
    let folder = git_dir.join("objects/pack");
    let superseded = there::Superseded::read(&folder, &own(git_dir));
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let packs = entries.filter(|path| path.extension().is_some_and(|extension| extension == "pack"));
    let packs = packs.filter(|path| !superseded.contains(&path.with_extension(""))).count();
    if packs <= PACKS_MAX { Ok(None) } else { repack(git_dir).map(Some) }
}

/// Packs the loose objects of the repository in `git_dir` if they are many. `None`: they are not.
///
/// For whoever keeps a company going: called now and then, from a thread that may wait.
///
/// # Errors
/// [`PackError`].
pub fn tend(git_dir: &Path) -> Result<Option<Packed>, PackError> {
    if loose(git_dir)?.bytes < LOOSE_BYTES_START { Ok(None) } else { repack(git_dir).map(Some) }
}

/// Packs the loose objects of the repository in `git_dir`, beside whatever else works there, at the lowest priority.
/// One packs at a time; whoever comes second waits, and finds little left to do.
///
/// # Errors
/// [`PackError`].
pub fn repack(git_dir: &Path) -> Result<Packed, PackError> {
    let own = own(git_dir);
    let packs = git_dir.join("objects/pack");
    if is_partial(&packs) {
        return Err(PackError::Partial);
    }
    fs::create_dir_all(&own).map_err(PackError::io(&own))?;
    let lock = own.join("lock");
    let lock = File::options().write(true).create(true).truncate(false).open(&lock).map_err(PackError::io(&lock))?;
    lock.lock().map_err(PackError::io(&own))?;
    let before = loose(git_dir)?;
    // A thread of its own has the low priority, and ours stays as it is.
    std::thread::scope(|scope| {
        let packing = scope.spawn(|| {
            // A system that refuses packs at the usual priority.
            #[cfg(target_os = "linux")]
            let _lowered = rustix::process::setpriority_process(None, NICE);
            let mut superseded = there::Superseded::read(&packs, &own);
            superseded.remove();
            gather::gather(git_dir, &packs, &mut superseded)?;
            merge::merge(&packs, &mut superseded)
        });
        packing.join().unwrap_or(Err(PackError::Thread))
    })?;
    Ok(Packed { before, after: loose(git_dir)? })
}

/// Our folder of packing.
fn own(git_dir: &Path) -> PathBuf {
    git_dir.join("corp").join("packing")
}

fn is_partial(packs: &Path) -> bool {
    let Ok(entries) = fs::read_dir(packs) else { return false };
    entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "promisor"))
}
