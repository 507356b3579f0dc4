//! Growth: loose objects become packs before they are many.
//!
//! Every change leaves about five small files in `.git/objects`, each a block or more of the disk. Past a bound they
//! become a pack ([`gather`]), and packs of about the same size become one ([`merge`]), so that a byte is written again
//! only a few times in its life. Nothing is ever pruned: an object that no branch reaches yet, because its commit is
//! just being shown, is packed like the others.
//!
//! No git runs here, and no setting of the repository is heeded: whoever wrote them, they have no say.

mod delta;
mod gather;
mod lines;
mod loose;
mod merge;
mod write;

pub use loose::{Loose, loose};
pub(super) use loose::{bytes_at_most, loose_bytes_guessed};

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Loose bytes at which packing begins: a few thousand objects, packed in about a second.
pub const LOOSE_BYTES_START: u64 = 16 << 20;

/// Loose bytes at which the writer waits for packing: what comes while it packs stays below 64 MiB.
pub const LOOSE_BYTES_MAX: u64 = 48 << 20;

/// The priority of packing: it takes what nobody else wants.
const NICE: i32 = 19;

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
    let own = git_dir.join("corp").join("packing");
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
            gather::gather(git_dir, &packs)?;
            merge::merge(&packs)
        });
        packing.join().unwrap_or(Err(PackError::Thread))
    })?;
    Ok(Packed { before, after: loose(git_dir)? })
}

fn is_partial(packs: &Path) -> bool {
    let Ok(entries) = fs::read_dir(packs) else { return false };
    entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "promisor"))
}
