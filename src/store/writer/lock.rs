//! The writer's lock: a kernel lock on `.git/corp/lock`, a file that is never deleted.
//!
//! The kernel lets go of it when its holder dies, however it dies, so it is never stale. Beside it lies a note for
//! people on who has it; nothing is decided from the note.

use super::WriteError;
use super::reference::make_folders;
use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two looks at a lock somebody else has. Short, since holders keep it for milliseconds.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// The lock, held until it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    /// Keeps the lock; the kernel frees it with the file.
    file: File,
}

/// The folder of our own state in a repository: never in the work tree, so that `git clean` cannot hurt it.
pub(super) fn folder(git_dir: &Path) -> PathBuf {
    git_dir.join("corp")
}

/// Whether somebody has the lock.
pub(super) fn is_held(git_dir: &Path) -> bool {
    let Ok(file) = File::open(folder(git_dir).join("lock")) else { return false };
    // Shared, so that two who look are not in each other's way.
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

/// Waits until whoever waits for the lock has looked again: for who lets go of it in the middle of a long work.
pub(super) fn let_others() {
    std::thread::sleep(LOOK_EVERY * 3);
}

impl Lock {
    /// Takes the lock, waiting up to `patience_ms`.
    pub(super) fn take(git_dir: &Path, patience_ms: u64) -> Result<Self, WriteError> {
        let folder = folder(git_dir);
        let path = folder.join("lock");
        make_folders(git_dir, &path).map_err(WriteError::io(&folder))?;
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(WriteError::io(&path))?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if waited.as_millis() >= u128::from(patience_ms) => {
                    return Err(WriteError::Busy { holder: holder(&mut file) });
                }
                Err(TryLockError::WouldBlock) => {
                    std::thread::sleep(LOOK_EVERY);
                    waited += LOOK_EVERY;
                }
                Err(TryLockError::Error(source)) => return Err(WriteError::Io { path, source }),
            }
        }
        // The note is for people; a note that cannot be written keeps nobody from working.
        drop(note(&file));
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.file.unlock());
    }
}

/// Says who has the lock, always at the same length: the file keeps its block, and nothing is cleared afterwards, since
/// the note is read only while somebody has the lock.
fn note(file: &File) -> std::io::Result<()> {
    file.write_all_at(format!("process {:<10}\n", std::process::id()).as_bytes(), 0)
}

fn holder(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(200).read_to_string(&mut text).ok()?;
    let text = text.trim();
    if text.is_empty() { None } else { Some(text.to_owned()) }
}
