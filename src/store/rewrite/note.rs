//! What is remembered of a branch: where it was last (`refs/corp/tip/<branch>`, so that no collection of garbage takes
//! it), and what a person is asked (`.git/corp/asked.json`).

use super::super::history::Id;
use super::super::whole::{self, Lasts, Readers};
use super::super::writer::make_folders;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::Path;

/// A question to a person: the branch does not come from where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The branch.
    pub branch: String,
    /// Where it was, 40 hexadecimal digits.
    pub known: String,
    /// The ref that keeps it.
    pub rescue: String,
    /// How many commits are gone.
    pub commits: usize,
    /// How many lines of the ledger are gone.
    pub lines: usize,
    /// How many checkouts are gone.
    pub checkouts: usize,
}

impl Asked {
    /// What is gone, in words: `3 commits, 1 line of the ledger`.
    pub fn told(&self) -> String {
        let count = |number: usize, one: &str, more: &str| match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{number} {more}")),
        };
        let parts = [
            count(self.commits, "commit", "commits"),
            count(self.lines, "line of the ledger", "lines of the ledger"),
            count(self.checkouts, "checkout", "checkouts"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { "the whole branch".to_owned() } else { parts.join(", ") }
    }

    /// The last part of the ref's name.
    pub fn name(&self) -> &str {
        self.rescue.rsplit('/').next().unwrap_or(&self.rescue)
    }
}

/// The name of the ref that says where `branch` was last.
pub fn tip_ref(branch: &str) -> String {
    format!("refs/corp/tip/{branch}")
}

/// Where `branch` was last, as far as it is remembered.
pub fn known(repository: &gix::Repository, branch: &str) -> Option<Id> {
    let reference = repository.try_find_reference(tip_ref(branch).as_str()).ok()??;
    reference.try_id().map(gix::Id::detach)
}

/// Remembers where `branch` is. Not synced: after a power cut an older commit is remembered, which the branch comes from
/// all the same.
///
/// # Errors
/// The file could not be written.
pub fn remember(git_dir: &Path, branch: &str, tip: Id) -> io::Result<()> {
    let path = git_dir.join(tip_ref(branch));
    make_folders(git_dir, &path)?;
    // Not beside it: a file among references is one to git.
    let temporary = git_dir.join("corp/tip-new");
    fs::write(&temporary, format!("{tip}\n"))?;
    fs::rename(temporary, path)
}

/// What is asked, oldest first. A file that cannot be read asks nothing; the commits are kept all the same.
pub fn asked(git_dir: &Path) -> Vec<Asked> {
    let text = fs::read(git_dir.join("corp/asked.json")).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// Writes down what is asked, durably.
///
/// # Errors
/// The file could not be written.
pub fn ask(git_dir: &Path, asked: &[Asked]) -> io::Result<()> {
    let path = git_dir.join("corp/asked.json");
    if asked.is_empty() {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    }
    whole::write(&path, &serde_json::to_vec_pretty(asked)?, Lasts::New, Readers::AsUsual)
}
