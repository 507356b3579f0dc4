//! git's own locks (`index.lock`, `HEAD.lock`, `main.lock`), taken so that a dead holder can be proved.
//!
//! Before a lock appears under git's name, its file lies in our folder under a name of ours; it becomes git's lock by
//! a hard link. So a lock with the same inode as a file in our folder is ours, and since the writer's lock is held by
//! whoever looks, its maker is dead. Any other lock belongs to somebody else and is never touched.

use super::WriteError;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two tries to take a lock that git has.
const TRY_EVERY: Duration = Duration::from_millis(3);

/// What the names of our own files begin with.
const OURS: &str = "held-";

/// A lock of git's, held until it is dropped or becomes the file it guards.
#[derive(Debug)]
pub(super) struct GitLock {
    /// The file that is guarded.
    target: PathBuf,
    /// `<target>.lock`
    lock: PathBuf,
    /// The same file under our name.
    ours: PathBuf,
    file: File,
    /// It is git's lock, and not only our file yet.
    taken: bool,
    done: bool,
}

impl GitLock {
    /// Takes the lock on `target`, waiting up to `patience_ms`.
    pub(super) fn take(folder: &Path, target: &Path, patience_ms: u64) -> Result<Self, WriteError> {
        Ready::new(folder, target)?.take(patience_ms)
    }

    /// The same as [`Self::replace`], and the file keeps the permissions it had.
    pub(super) fn replace_like(self, content: &[u8]) -> Result<fs::Metadata, WriteError> {
        let found = fs::metadata(&self.target).map_err(WriteError::io(&self.target))?;
        self.file.set_permissions(found.permissions()).map_err(WriteError::io(&self.lock))?;
        self.replace(content)
    }

    /// The same as [`Self::replace`], and returns the file: as long as it is open, no other file has its number.
    pub(super) fn replace_held(self, content: &[u8]) -> Result<(fs::Metadata, File), WriteError> {
        let file = self.file.try_clone().map_err(WriteError::io(&self.lock))?;
        Ok((self.replace(content)?, file))
    }

    /// Writes `content` and puts it in the place of the file that is guarded. Returns what the file is.
    pub(super) fn replace(mut self, content: &[u8]) -> Result<fs::Metadata, WriteError> {
        self.file.write_all(content).map_err(WriteError::io(&self.lock))?;
        fs::rename(&self.lock, &self.target).map_err(WriteError::io(&self.target))?;
        self.done = true;
        self.file.metadata().map_err(WriteError::io(&self.target))
    }
}

impl Drop for GitLock {
    fn drop(&mut self) {
        if self.taken && !self.done {
            drop(fs::remove_file(&self.lock));
        }
        drop(fs::remove_file(&self.ours));
    }
}

/// A lock of git's whose file is made and that is not taken yet: where a file system looks long for a free number, to make
/// the file takes longer than what is done under the lock.
#[derive(Debug)]
pub(super) struct Ready(GitLock);

impl Ready {
    /// Makes the file of the lock on `target`.
    pub(super) fn new(folder: &Path, target: &Path) -> Result<Self, WriteError> {
        let (ours, lock) = names(folder, target);
        // A leftover of ours without a link is nobody's.
        drop(fs::remove_file(&ours));
        let file = File::options().write(true).create_new(true).open(&ours).map_err(WriteError::io(&ours))?;
        Ok(Self(GitLock { target: target.to_owned(), lock, ours, file, taken: false, done: false }))
    }

    /// Takes the lock, waiting up to `patience_ms`.
    pub(super) fn take(mut self, patience_ms: u64) -> Result<GitLock, WriteError> {
        let mut waited = Duration::ZERO;
        loop {
            match fs::hard_link(&self.0.ours, &self.0.lock) {
                Ok(()) => {
                    self.0.taken = true;
                    return Ok(self.0);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    if waited.as_millis() >= u128::from(patience_ms) {
                        return Err(WriteError::GitLock { path: self.0.lock.clone() });
                    }
                    std::thread::sleep(TRY_EVERY);
                    waited += TRY_EVERY;
                }
                Err(source) => return Err(WriteError::Io { path: self.0.lock.clone(), source }),
            }
        }
    }
}

/// Waits up to `patience_ms` until the lock at `lock`, somebody else's, is gone. It is not taken.
pub(super) fn until_gone(lock: &Path, patience_ms: u64) -> Result<(), WriteError> {
    let mut waited = Duration::ZERO;
    while lock.exists() {
        if waited.as_millis() >= u128::from(patience_ms) {
            return Err(WriteError::GitLock { path: lock.to_owned() });
        }
        std::thread::sleep(TRY_EVERY);
        waited += TRY_EVERY;
    }
    Ok(())
}

/// The name of ours and git's name of the lock on `target`. Ours tells `refs/heads/HEAD` from `HEAD`.
fn names(folder: &Path, target: &Path) -> (PathBuf, PathBuf) {
    let below = folder.parent().and_then(|git_dir| target.strip_prefix(git_dir).ok()).unwrap_or(target);
    let name = below.to_string_lossy().replace('/', "+");
    (folder.join(format!("{OURS}{name}")), PathBuf::from(format!("{}.lock", target.display())))
}

/// Removes the locks of `targets` that a dead predecessor left. The caller holds the writer's lock.
pub(super) fn sweep(folder: &Path, targets: &[PathBuf]) -> Vec<PathBuf> {
    let mut removed = Vec::new();
    for target in targets {
        let (ours, lock) = names(folder, target);
        if let (Ok(one), Ok(other)) = (fs::symlink_metadata(&ours), fs::symlink_metadata(&lock))
            && (one.dev(), one.ino()) == (other.dev(), other.ino())
            && fs::remove_file(&lock).is_ok()
        {
            removed.push(lock);
        }
        drop(fs::remove_file(&ours));
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lock_of_ours_is_swept() {
        let git_dir = tempfile::tempdir().unwrap();
        let root = git_dir.path();
        let folder = root.join("corp");
        fs::create_dir(&folder).unwrap();
        let target = root.join("index");
        let held = GitLock::take(&folder, &target, 0).unwrap();
        assert!(root.join("index.lock").exists());
        assert!(matches!(GitLock::take(&folder, &target, 0), Err(WriteError::GitLock { .. })));
        // As if its holder had been killed.
        std::mem::forget(held);
        drop(fs::remove_file(folder.join("held-index")));
        assert_eq!(sweep(&folder, std::slice::from_ref(&target)), Vec::<PathBuf>::new(), "without proof it stays");
        assert!(root.join("index.lock").exists());
        fs::remove_file(root.join("index.lock")).unwrap();

        std::mem::forget(GitLock::take(&folder, &target, 0).unwrap());
        assert_eq!(sweep(&folder, std::slice::from_ref(&target)), [root.join("index.lock")]);

        fs::write(root.join("index.lock"), "git's").unwrap();
        assert!(sweep(&folder, std::slice::from_ref(&target)).is_empty());
        assert!(root.join("index.lock").exists());
    }

    #[test]
    fn a_lock_becomes_the_file_it_guards() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("index");
        fs::write(&target, "old").unwrap();
        GitLock::take(folder.path(), &target, 0).unwrap().replace(b"new").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left over");
    }
}
