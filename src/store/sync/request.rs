//! What is asked of a sync, and what came of it.

use super::Chosen;
use crate::format::difference::Difference;
use crate::model::{CloneId, TicketId};
use crate::store::writer::{Author, Committed};
use std::path::PathBuf;

/// What is to be synced, and as whom.
#[derive(Debug, Clone)]
pub struct Request {
    /// The company's folder.
    pub root: PathBuf,
    /// Its branch.
    pub branch: String,
    /// The remote's name; without it the branch's own, then `origin`.
    pub remote: Option<String>,
    /// Who brings in what came.
    pub author: Author,
    /// This clone.
    pub clone: CloneId,
    /// A commit that a person looked at and takes as it is: the beginning of its id.
    pub accept: Option<String>,
    /// Which side a person chose where both changed the same.
    pub chosen: Chosen,
    /// Whether git may ask for a password on the terminal.
    pub ask: bool,
    /// Now.
    pub at: jiff::Timestamp,
}

/// What a sync did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The remote's name.
    pub remote: String,
    /// What came in, in words.
    pub came: Vec<Difference>,
    /// The commits that came in, without a merge of ours.
    pub commits: usize,
    /// The branch's commit, if something came in; and where a person's unsaved-to-git work was kept beside it.
    pub brought: Option<Committed>,
    /// Tickets that had the same number on both sides: the number, and what one of the two is called now.
    pub renumbered: Vec<(TicketId, TicketId)>,
    /// What was sent.
    pub sent: Sent,
    /// Branches at the remote that wait for home to merge them.
    pub waiting: Vec<String>,
}

/// What was sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sent {
    /// There was nothing to send.
    #[default]
    Nothing,
    /// So many commits.
    Commits(usize),
    /// The remote does not take the branch from here; so many commits are on a branch of this clone's and wait for home.
    Waits {
        /// The branch at the remote.
        branch: String,
        /// How many commits.
        commits: usize,
        /// The remote's own words.
        reason: String,
    },
}
