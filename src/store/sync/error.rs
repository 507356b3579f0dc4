//! Why a sync did not come to its end.

use super::Objections;
use crate::format::merge::Conflict;
use crate::store::git::GitError;
use crate::store::writer::WriteError;
use gix::ObjectId;

/// Why nothing was brought in, or not everything was sent. The clone is whole in each case, and nothing is lost.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// There is nobody to sync with.
    #[error("{0}")]
    NoRemote(String),
    /// Another sync is under way in this clone.
    #[error("another sync of this clone is under way")]
    Busy,
    /// The remote could not be reached.
    #[error("`{remote}` could not be reached: {source}")]
    Unreachable {
        /// The remote.
        remote: String,
        /// How many commits wait here to be sent.
        waiting: usize,
        /// What git said.
        source: GitError,
    },
    /// The remote's branch no longer holds what it held.
    #[error("`{branch}` at `{remote}` was rewritten: it was {had}, and {has} does not come from it")]
    Rewritten {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
        /// Where it was.
        had: ObjectId,
        /// Where it is.
        has: ObjectId,
    },
    /// The remote's branch is gone.
    #[error("`{branch}` at `{remote}` was deleted: it was {had}")]
    Gone {
        /// The remote.
        remote: String,
        /// The branch.
        branch: String,
        /// Where it was.
        had: ObjectId,
    },
    /// Both have nothing in common.
    #[error("`{name}` is another company's: {theirs} and {ours} here have no commit in common")]
    Unrelated {
        /// The remote and its branch.
        name: String,
        /// Its commit.
        theirs: ObjectId,
        /// The commit here.
        ours: ObjectId,
    },
    /// What came would add errors or cannot lie in a company.
    #[error("what came from `{name}` is not taken in: it adds {}", count(objections.diagnostics.len(), "error"))]
    Objections {
        /// The remote and its branch.
        name: String,
        /// The commit that came.
        commit: ObjectId,
        /// What is wrong.
        objections: Objections,
    },
    /// Both sides changed the same.
    #[error("both sides changed the same in {}", count(files(conflicts), "file"))]
    Conflicts {
        /// The remote and its branch.
        name: String,
        /// The commit that came.
        commit: ObjectId,
        /// What, by path.
        conflicts: Vec<(String, Conflict)>,
    },
    /// Others were faster every time.
    #[error("others pushed to `{remote}` each of {times} times; what was made here is here, and is sent next time")]
    Contended {
        /// The remote.
        remote: String,
        /// How often it was tried.
        times: u32,
    },
    /// There is no such branch.
    #[error("there is no branch `{0}`, here or at the remote")]
    NoBranch(String),
    /// The remote does not take anything from here.
    #[error("`{remote}` takes nothing from here: {reason}")]
    Refused {
        /// The remote.
        remote: String,
        /// Its own words.
        reason: String,
    },
    /// It could not be written here.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// git's own data could not be read or written.
    #[error("the repository could not be read or written: {0}")]
    Git(String),
}

impl SyncError {
    pub(super) fn git(error: impl std::fmt::Display) -> Self {
        Self::Git(error.to_string())
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn files(conflicts: &[(String, Conflict)]) -> usize {
    let mut paths: Vec<&str> = conflicts.iter().map(|(path, _)| path.as_str()).collect();
    paths.dedup();
    paths.len()
}
