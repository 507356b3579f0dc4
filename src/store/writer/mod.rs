//! The one road by which a company changes: [`Writer::commit`] turns mutations into commits, each of its own,
//! each durable before it is answered.
//!
//! A group of mutations is built in memory one upon the other ([`build`]), made durable together by one barrier
//! ([`journal`]), and only then shown: objects, branch, index, work tree ([`road`]). Every clone has one writer at a
//! time ([`lock`]); git and people go on working beside it, and what they left in the index or the work tree is
//! never lost ([`index`], [`worktree`]). What a crash left undone is finished at the next start ([`recover`]).
//!
//! What was made elsewhere comes in on the same road ([`arrive`]).
//!
//! Why a journal: `docs/decisions/0006-barrier.md`. What happens beside a person's git: `docs/git.md`.

mod answered;
mod arrive;
mod at_work;
mod beside;
mod build;
mod contents;
mod courtesy;
mod difference;
mod exchange;
mod folded;
mod gitlock;
mod growth;
mod guard;
mod index;
mod journal;
mod laid;
mod leftover;
mod lock;
mod loose;
mod mend;
mod objects;
mod options;
mod packing;
mod recover;
mod reference;
mod replaced;
mod road;
mod settings;
mod settle;
mod shared;
mod shelve;
mod spare;
mod sparse;
mod stale;
mod state;
mod trees;
mod verify;
mod wait;
mod worktree;

pub use arrive::{Arrival, Merge, MergedContent, MergedFile};
pub use beside::Overruled;
pub(super) use build::check_path;
pub(super) use folded::is_left_out;
pub(super) use index::is_split;
pub(super) use journal::JOURNAL_BYTES;
pub(super) use leftover::{leftovers, sweep as sweep_leftovers};
pub use mend::{JournalState, made_here};
pub(super) use mend::{contradiction, is_busy, journal_state, left_out_on_top, own_settings};
pub(in crate::store) use objects::put as put_object;
pub use options::{Durability, Options};
pub use recover::Recovered;
pub(in crate::store) use reference::make_folders;
pub use road::{Step, Writer};
pub use settings::Setting;
pub use shared::Shared;
pub use shelve::Shelved;
pub use state::Paused;
pub(super) use state::paused;

use crate::store::message::Message;
use std::io;
use std::path::PathBuf;

/// Somebody a commit is attributed to.
pub use crate::store::found::Author;

/// What is asked of the writer: one commit, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutation {
    /// Who caused it.
    pub author: Author,
    /// When, by the clock of the edge.
    pub at: jiff::Timestamp,
    /// What the commit says. A mutation id in its trailers makes asking twice harmless.
    pub message: Message,
    /// The files to change. A mutation that changes nothing makes no commit.
    pub changes: Vec<FileChange>,
}

/// One file to write or remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Relative to the company's root, with `/`.
    pub path: String,
    /// What the committed file must be for the decision to hold.
    pub before: Expect,
    /// What it becomes; `None` removes it.
    pub after: Option<Vec<u8>>,
}

/// What a committed file must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    /// Whatever it is. For records only the program writes.
    Anything,
    /// Not there.
    Absent,
    /// Exactly this content.
    Content(Vec<u8>),
}

/// A mutation that is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// The commit, 40 hexadecimal digits. Without a change, the commit it was decided on.
    pub commit: String,
    /// How it came to be.
    pub how: How,
    /// Paths where a person's unsaved work lay beside the change and was kept: merged, not committed.
    pub kept: Vec<String>,
}

/// How a mutation came to be durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// By this call.
    Now,
    /// Earlier, under the same mutation id.
    Before,
    /// There was nothing to change.
    Nothing,
}

/// Why a mutation was not made. Nothing of it is in the history.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file is not what the decision was made on; look again and decide again.
    #[error("{path} is not what it was when this was decided")]
    Moved {
        /// The file.
        path: String,
    },
    /// A path that cannot be one of a company's files.
    #[error("{path:?} is not a path of a file in the company")]
    Path {
        /// The path.
        path: String,
    },
    /// git is in the middle of something that is a person's.
    #[error("{0}")]
    Paused(#[from] Paused),
    /// Another writer has the company.
    #[error("another program is writing to this company{}", holder.as_ref().map(|who| format!(": {who}")).unwrap_or_default())]
    Busy {
        /// Who, as it says of itself.
        holder: Option<String>,
    },
    /// The writer of this program has ended.
    #[error("the writer stopped before it answered; ask again, under the same mutation id if there is one")]
    Stopped,
    /// git has the repository locked for longer than we wait.
    #[error("git holds {path}; if no git is running, it was left by one that died: remove it")]
    GitLock {
        /// The lock.
        path: PathBuf,
    },
    /// The branch moved again and again while we tried.
    #[error("the branch moved {times} times while this was written; try again")]
    Contended {
        /// How often it was tried.
        times: usize,
    },
    /// The repository is not one we can write to.
    #[error("{reason}")]
    Unsuitable {
        /// Why, and what to do.
        reason: String,
    },
    /// The disk or file system refused.
    #[error("could not read or write {path}: {source}")]
    Io {
        /// What was written.
        path: PathBuf,
        /// Why it could not be.
        source: io::Error,
    },
    /// git's own data could not be read or written.
    #[error("the repository could not be {doing}: {reason}")]
    Git {
        /// What was being done.
        doing: &'static str,
        /// What the library said.
        reason: String,
    },
}

impl WriteError {
    fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    fn git<E: std::error::Error>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |error| {
            let mut reason = error.to_string();
            let mut source = error.source();
            while let Some(error) = source {
                let text = error.to_string();
                if !reason.contains(&text) {
                    reason = format!("{reason}: {text}");
                }
                source = error.source();
            }
            Self::Git { doing, reason }
        }
    }
}
