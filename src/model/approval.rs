//! A decision asked of the board.

use super::status::ApprovalStatus;
use super::{RunId, Slug, TicketId};
use crate::choice;
use jiff::Timestamp;

choice! {
    /// What kind of decision is asked.
    pub enum ApprovalKind {
        "hire" => Hire, "strategy" => Strategy, "budget_override" => BudgetOverride, "agent_edit" => AgentEdit,
        "request" => Request,
    }
}

choice! {
    /// What a member of the board decides.
    pub enum Verdict { "approved" => Approved, "rejected" => Rejected, "revision_requested" => RevisionRequested }
}

/// What one member of the board decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub by: Slug,
    /// For whom, if delegated.
    pub on_behalf_of: Option<Slug>,
    /// What.
    pub verdict: Verdict,
    /// When.
    pub at: Option<Timestamp>,
}

/// A decision asked of the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// What is asked, in a few words.
    pub title: String,
    /// What kind of decision it is.
    pub kind: ApprovalKind,
    /// Where it stands.
    pub status: ApprovalStatus,
    /// Who asks.
    pub requested_by: Option<Slug>,
    /// The run that asks.
    pub run: Option<RunId>,
    /// The ticket it is about.
    pub ticket: Option<TicketId>,
    /// The agent it is about.
    pub agent: Option<Slug>,
    /// The branch or commit that is put before the board.
    pub proposal: Option<String>,
    /// Who may decide; empty: everyone on the board whose role allows it.
    pub deciders: Vec<Slug>,
    /// How many of them are needed.
    pub needs: u64,
    /// What a member of the board wrote into the file; setting it decides.
    pub decision: Option<Verdict>,
    /// The decisions so far.
    pub decisions: Vec<Decision>,
    /// When it lapses.
    pub expires: Option<Timestamp>,
    /// When it was asked.
    pub created: Option<Timestamp>,
}

impl Approval {
    /// When the last decision was made, if one was.
    pub fn decided(&self) -> Option<Timestamp> {
        self.decisions.iter().filter_map(|decision| decision.at).max()
    }
}
