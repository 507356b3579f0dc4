//! Growth: loose objects become packs before they are many.
//!
//! Every change leaves about five small files in `.git/objects`, each a block or more of the disk. Past a bound they
//! are packed together with the packs of about their size (`git repack --geometric`), so that a byte is packed again
//! only a few times in its life. Nothing is ever pruned: an object that no branch reaches yet, because its commit is
//! just being shown, is packed like the others.
//!
//! git works here in a repository of our own that has nothing but the company's objects: it sees none of the company's
//! settings, hooks, branches or files, whoever wrote them.

use super::git::{self, GitError};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// Loose bytes at which packing begins: a few thousand objects, packed in about a second.
pub const LOOSE_BYTES_START: u64 = 16 << 20;

/// Loose bytes at which the writer waits for packing: what comes while it packs stays below 64 MiB.
pub const LOOSE_BYTES_MAX: u64 = 48 << 20;

/// The smallest part of the disk a file takes.
const BLOCK_BYTES: u64 = 4 << 10;

/// How much each pack is larger than the next at least; the usual.
const GEOMETRIC: &str = "--geometric=2";

/// How often a running repack is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Looks at a repack before it is given up: half an hour, for a large history on a slow, busy machine.
const LOOKS_MAX: u32 = 180_000;

/// The priority of packing: it takes what nobody else wants.
const NICE: i32 = 19;

/// What git is told: our packs serve one machine, and are made on one processor.
const SETTINGS: [&str; 3] = ["pack.threads=1", "repack.writeBitmaps=false", "core.fsync=pack,pack-metadata"];

/// Objects that lie in files of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Loose {
    /// How many.
    pub objects: u64,
    /// What they take of the disk, in bytes.
    pub bytes: u64,
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
    /// git could not do it.
    #[error("the objects could not be packed: {0}")]
    Git(#[from] GitError),
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

/// Counts the loose objects of the repository in `git_dir`.
///
/// # Errors
/// [`PackError::Io`].
pub fn loose(git_dir: &Path) -> Result<Loose, PackError> {
    let mut found = Loose::default();
    for first in 0..=u8::MAX {
        add(&folder(git_dir, first), &mut found)?;
    }
    Ok(found)
}

/// Bytes of loose objects, guessed from some of their folders: ids spread evenly.
///
/// # Errors
/// [`PackError::Io`].
pub(super) fn loose_bytes_guessed(git_dir: &Path) -> Result<u64, PackError> {
    const LOOKED_AT: u8 = 8;
    let mut found = Loose::default();
    for number in 0..LOOKED_AT {
        add(&folder(git_dir, number * (u8::MAX / LOOKED_AT) + 17), &mut found)?;
    }
    Ok(found.bytes * 256 / u64::from(LOOKED_AT))
}

/// What an object of this size takes of the disk at most.
pub(super) fn bytes_at_most(content: usize) -> u64 {
    (content as u64 + 64).div_ceil(BLOCK_BYTES) * BLOCK_BYTES
}

fn folder(git_dir: &Path, first: u8) -> PathBuf {
    git_dir.join("objects").join(format!("{first:02x}"))
}

fn add(folder: &Path, found: &mut Loose) -> Result<(), PackError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(PackError::Io { path: folder.to_owned(), source }),
    };
    for entry in entries {
        let entry = entry.map_err(PackError::io(folder))?;
        // One that was packed and removed between the two looks counts no more.
        let Ok(metadata) = entry.metadata() else { continue };
        found.objects += 1;
        found.bytes += metadata.blocks() * 512;
    }
    Ok(())
}

/// Packs from which they are put together: each is looked into for every object, and few are quick to look into.
const PACKS_MAX: usize = 24;

/// Puts packs together if there are many. `None`: there are not.
///
/// # Errors
/// [`PackError`].
pub fn gather(git_dir: &Path) -> Result<Option<Packed>, PackError> {
    let folder = git_dir.join("objects/pack");
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let packs = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "pack")).count();
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
    let own = git_dir.join("corp").join("packing");
    let objects = git_dir.join("objects");
    if is_partial(&objects.join("pack")) {
        return Err(PackError::Partial);
    }
    fs::create_dir_all(own.join("refs")).map_err(PackError::io(&own))?;
    let lock = own.join("lock");
    let lock = File::options().write(true).create(true).truncate(false).open(&lock).map_err(PackError::io(&lock))?;
    lock.lock().map_err(PackError::io(&own))?;
    for (name, text) in [("HEAD", "ref: refs/heads/none\n"), ("config", CONFIG)] {
        fs::write(own.join(name), text).map_err(PackError::io(own.join(name)))?;
    }
    let before = loose(git_dir)?;
    let objects = fs::canonicalize(&objects).map_err(PackError::io(&objects))?;
    // A thread of its own takes the low priority with it into the child, and ours stays as it is.
    std::thread::scope(|scope| {
        let child = scope.spawn(|| run(&own, &objects));
        child.join().unwrap_or(Err(PackError::Git(GitError::Unexpected("pack"))))
    })?;
    Ok(Packed { before, after: loose(git_dir)? })
}

/// The settings of the repository git works in.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";

fn run(own: &Path, objects: &Path) -> Result<(), PackError> {
    // A system that refuses packs at the usual priority.
    #[cfg(target_os = "linux")]
    let _lowered = rustix::process::setpriority_process(None, NICE);
    let messages = own.join("messages");
    let mut command = git::hardened(own);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command.arg("--git-dir=.").args(["repack", "-q", "-d", "-l", "-n", GEOMETRIC]);
    command.env("GIT_OBJECT_DIRECTORY", objects).stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(File::create(&messages).map_err(PackError::io(&messages))?);
    git::wait(command, "pack the objects", &messages, LOOK_EVERY, LOOKS_MAX)?;
    Ok(())
}

fn is_partial(packs: &Path) -> bool {
    let Ok(entries) = fs::read_dir(packs) else { return false };
    entries.flatten().any(|entry| entry.path().extension().is_some_and(|extension| extension == "promisor"))
}
