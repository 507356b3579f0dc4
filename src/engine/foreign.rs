//! What others changed, in words: a commit by hand, a pull, a revert. How it was found out is not told here.

use crate::model::approval::Approval;
use crate::model::company::CompanyStatus;
use crate::model::plan::Paper;
use crate::model::status::AgentStatus;
use crate::model::ticket::Ticket;
use crate::model::{Actor, ApprovalId, Slug, TicketId};
use jiff::Timestamp;
use std::sync::Arc;

/// One commit that changed a question to the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Who made it.
    pub by: Actor,
    /// What their word in it is worth.
    pub worth: Worth,
    /// When, as the commit says.
    pub at: Timestamp,
    /// What the file said after it.
    pub approval: Approval,
}

/// What somebody's word in a commit is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Worth {
    /// It counts: signed with a key of theirs, or they list none.
    Counts,
    /// It does not, and why.
    Nothing(String),
    /// The commit was made here, after it was decided.
    Ours,
}

/// One thing that changed by another hand.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// A ticket.
    Ticket {
        /// The ticket.
        id: TicketId,
        /// What it was; `None`: it is new.
        before: Option<Arc<Ticket>>,
    },
    /// An agent.
    Agent {
        /// The agent.
        slug: Slug,
        /// Whether it worked, before.
        before: AgentStatus,
    },
    /// A question to the board.
    Approval {
        /// The approval.
        id: ApprovalId,
        /// What it was; `None`: it is new.
        before: Option<Arc<Approval>>,
        /// What became of it step by step, the oldest first, and by whom. The last is what it is now.
        steps: Vec<Step>,
    },
    /// Somebody changed what they may not.
    Trespass {
        /// Who.
        by: Actor,
        /// The file.
        path: String,
        /// The commit, as it is called for short.
        commit: String,
        /// Why they may not.
        why: String,
        /// What takes it back; `None`: it stands with others, or was changed since.
        paper: Option<Paper>,
    },
    /// What may be spent.
    Budgets,
    /// How the company is operated.
    Company {
        /// Whether it worked, before.
        before: CompanyStatus,
    },
}
