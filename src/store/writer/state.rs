//! What git is in the middle of: a person's merge, rebase or commit message is waited for, never interrupted.

use super::at_work;
use crate::store::rewrite::Asked;
use std::path::{Path, PathBuf};

/// Why nothing is written now. It resumes by itself once the reason is gone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Paused {
    /// Another branch, or no branch, is checked out.
    #[error("{} is checked out, and the company lives on `{branch}`; `git switch {branch}` goes on", found.as_deref().map_or_else(|| "no branch".to_owned(), |name| format!("the branch `{name}`")))]
    Branch {
        /// What is checked out; `None` for a detached HEAD.
        found: Option<String>,
        /// The company's branch.
        branch: String,
    },
    /// A merge, rebase, cherry-pick, revert or bisect is under way.
    #[error("a {what} is under way; finish it, or give it up with `git {what} --abort`")]
    InProgress {
        /// git's word for it.
        what: &'static str,
    },
    /// The branch was put elsewhere, and what it lost is not a person's own.
    #[error("`{}` has lost {}, kept as {}; `git merge {}` brings that back, `corp rescue accept {}` lets it go", asked.branch, asked.told(), asked.rescue, asked.rescue, asked.name())]
    Rewritten {
        /// What is asked.
        asked: Asked,
    },
    /// What is checked out cannot be read.
    #[error("what is checked out cannot be read, from {head}: {reason}", head = head.display())]
    Unknown {
        /// git's file.
        head: PathBuf,
        /// Why.
        reason: String,
    },
    /// Somebody has the editor with a commit message open.
    #[error("a commit message is open in an editor; close it to go on")]
    MessageOpen,
}

/// Returns what git is in the middle of, if anything.
pub(in crate::store) fn paused(git_dir: &Path, branch: &str) -> Option<Paused> {
    stopped(git_dir, branch).or_else(|| message_open(git_dir).then_some(Paused::MessageOpen))
}

/// The same without an open message: for that every process is looked at, which is not done while git finds a lock taken.
pub(super) fn stopped(git_dir: &Path, branch: &str) -> Option<Paused> {
    let there = |name: &str| git_dir.join(name).exists();
    let what = [
        ("rebase-merge", "rebase"),
        ("rebase-apply", "rebase"),
        ("MERGE_HEAD", "merge"),
        ("CHERRY_PICK_HEAD", "cherry-pick"),
        ("REVERT_HEAD", "revert"),
        ("sequencer", "cherry-pick"),
        ("BISECT_LOG", "bisect"),
    ];
    if let Some((_, what)) = what.into_iter().find(|(name, _)| there(name)) {
        return Some(Paused::InProgress { what });
    }
    let head = match std::fs::read_to_string(git_dir.join("HEAD")) {
        Ok(head) => head,
        Err(error) => {
            return Some(Paused::Unknown { head: git_dir.join("HEAD"), reason: error.to_string() });
        }
    };
    match head.trim().strip_prefix("ref: ") {
        Some(name) if name == format!("refs/heads/{branch}") => {}
        Some(name) => {
            let found = Some(name.strip_prefix("refs/heads/").unwrap_or(name).to_owned());
            return Some(Paused::Branch { found, branch: branch.to_owned() });
        }
        None => return Some(Paused::Branch { found: None, branch: branch.to_owned() }),
    }
    None
}

/// Whether a `git commit` has its message open: a commit made meanwhile would make it fail.
///
/// Only Linux tells which process works where; elsewhere a person's commit may have to be made twice.
fn message_open(git_dir: &Path) -> bool {
    let changed = |name: &str| std::fs::metadata(git_dir.join(name)).and_then(|file| file.modified()).ok();
    let Some(message) = changed("COMMIT_EDITMSG") else { return false };
    // A commit that was made is in the log; most of the time this spares looking at every process.
    if changed("logs/HEAD").is_some_and(|log| log > message) {
        return false;
    }
    at_work::is_message_open(git_dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_is_in_the_middle_of_has_a_name_and_a_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let git_dir = folder.path();
        std::fs::write(git_dir.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(paused(git_dir, "main"), None);
        assert_eq!(
            paused(git_dir, "trunk").unwrap().to_string(),
            "the branch `main` is checked out, and the company lives on `trunk`; `git switch trunk` goes on"
        );
        for (file, what) in
            [("MERGE_HEAD", "merge"), ("rebase-merge", "rebase"), ("REVERT_HEAD", "revert"), ("BISECT_LOG", "bisect")]
        {
            std::fs::write(git_dir.join(file), "").unwrap();
            assert_eq!(paused(git_dir, "main"), Some(Paused::InProgress { what }));
            std::fs::remove_file(git_dir.join(file)).unwrap();
        }
        std::fs::write(git_dir.join("HEAD"), "0123456789012345678901234567890123456789\n").unwrap();
        assert_eq!(
            paused(git_dir, "main").unwrap().to_string(),
            "no branch is checked out, and the company lives on `main`; `git switch main` goes on"
        );
    }
}
