//! The branch: read, and moved from exactly one commit to another.
//!
//! `HEAD` is locked while the branch moves and until what changed is shown, so that a person who switches branches in that
//! moment is noticed: git waits a tenth of a second for it. The locks are git's own, taken so that they can be told apart after a crash ([`super::gitlock`]).

use super::WriteError;
use super::gitlock::{GitLock, Ready};
use gix::{ObjectId, Repository};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Where the branch is; `None` before its first commit.
pub(super) fn read(repository: &Repository, branch: &str) -> Result<Option<ObjectId>, WriteError> {
    let name = format!("refs/heads/{branch}");
    let found = repository.try_find_reference(name.as_str()).map_err(WriteError::git("read"))?;
    Ok(found.and_then(|reference| reference.try_id().map(gix::Id::detach)))
}

/// The files whose locks are taken here.
pub(super) fn targets(git_dir: &Path, branch: &str) -> Vec<PathBuf> {
    vec![git_dir.join("HEAD"), git_dir.join("refs/heads").join(branch)]
}

/// How a move ended.
#[derive(Debug)]
pub(super) enum Move {
    /// The branch is where it should be, and `HEAD` stays on it as long as this is held.
    Done(Held),
    /// The branch, or `HEAD`, is not where it was.
    Elsewhere,
}

/// `HEAD` is locked, and the log of the move is not written yet: that is done when it is let go of, once git finds the index
/// free. Nobody else writes to these logs meanwhile.
#[derive(Debug)]
pub(super) struct Held {
    _head: GitLock,
    /// The logs, and the line for them.
    logs: [PathBuf; 2],
    line: String,
    /// The branch's former file, which the file system takes its time to let go of: later, when nobody waits for a lock.
    _former: Option<File>,
}

/// The locks of `HEAD` and of the branch, whose files are made.
#[derive(Debug)]
pub(super) struct Locks {
    head: Ready,
    branch: Ready,
}

impl Locks {
    /// Makes their files.
    pub(super) fn ready(repository: &Repository, folder: &Path, branch: &str) -> Result<Self, WriteError> {
        let path = repository.git_dir().join("refs/heads").join(branch);
        make_folders(repository.git_dir(), &path).map_err(WriteError::io(&path))?;
        let head = Ready::new(folder, &repository.git_dir().join("HEAD"))?;
        Ok(Self { head, branch: Ready::new(folder, &path)? })
    }
}

/// Makes the folders on the way from `git_dir` to `path`, but not `git_dir`: a repository that was moved away in this moment
/// is not begun anew in its place.
///
/// # Errors
/// One could not be made, or there is no repository.
pub(in crate::store) fn make_folders(git_dir: &Path, path: &Path) -> std::io::Result<()> {
    let mut missing: Vec<&Path> = path.ancestors().skip(1).take_while(|folder| *folder != git_dir).collect();
    missing.reverse();
    for folder in missing {
        match std::fs::create_dir(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// What is written to the log of the branch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Note<'a> {
    pub(super) seconds: i64,
    pub(super) text: &'a str,
}

/// Moves the branch from `old` to `new`, if it is at `old` and checked out.
pub(super) fn advance(
    repository: &Repository,
    locks: Locks,
    branch: &str,
    old: Option<ObjectId>,
    new: ObjectId,
    note: Note<'_>,
    patience_ms: u64,
) -> Result<Move, WriteError> {
    let git_dir = repository.git_dir();
    let head = locks.head.take(patience_ms)?;
    let text = std::fs::read_to_string(git_dir.join("HEAD")).map_err(WriteError::io(git_dir.join("HEAD")))?;
    if text.trim() != format!("ref: refs/heads/{branch}") {
        return Ok(Move::Elsewhere);
    }
    let path = git_dir.join("refs/heads").join(branch);
    let lock = locks.branch.take(patience_ms)?;
    if read(repository, branch)? != old {
        return Ok(Move::Elsewhere);
    }
    let former = File::open(&path).ok();
    lock.replace(format!("{new}\n").as_bytes())?;
    let logs = [git_dir.join("logs/HEAD"), git_dir.join("logs/refs/heads").join(branch)];
    Ok(Move::Done(Held { _head: head, logs, line: line(old, new, note), _former: former }))
}

impl Held {
    /// Lets go of `HEAD`.
    pub(super) fn let_go(self) {}
}

impl Drop for Held {
    fn drop(&mut self) {
        // The log helps a person find the way back; a log that cannot be written loses nothing.
        for log in &self.logs {
            drop(append(log, &self.line));
        }
    }
}

fn line(old: Option<ObjectId>, new: ObjectId, note: Note<'_>) -> String {
    let old = old.unwrap_or_else(|| ObjectId::null(new.kind()));
    let text: String = note.text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("{old} {new} corp <corp@localhost> {} +0000\t{text}\n", note.seconds)
}

fn append(log: &Path, line: &str) -> std::io::Result<()> {
    if let Some(parent) = log.parent() {
        std::fs::create_dir_all(parent)?;
    }
    File::options().append(true).create(true).open(log)?.write_all(line.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_that_is_gone_is_not_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let git_dir = folder.path().join("company/.git");
        assert!(make_folders(&git_dir, &git_dir.join("refs/corp/tip/main")).is_err());
        assert!(!folder.path().join("company").exists());
        std::fs::create_dir_all(&git_dir).unwrap();
        make_folders(&git_dir, &git_dir.join("refs/corp/tip/main")).unwrap();
        make_folders(&git_dir, &git_dir.join("refs/corp/tip/other")).unwrap();
        assert!(git_dir.join("refs/corp/tip").is_dir() && !git_dir.join("refs/corp/tip/main").exists());
    }
}
