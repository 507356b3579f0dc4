//! A decision asked of the board.

use super::budget::{Scope, Window};
use super::money::Amount;
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

choice! {
    /// How long more than a budget's limit is allowed.
    pub enum Lasts {
        /// For the window in which it is allowed.
        "once" => Once,
        /// From now on: `budgets.yaml` is changed.
        "for_good" => ForGood,
    }
}

/// More than a budget's limit, as it is put before the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raise {
    /// What the budget holds for.
    pub scope: Scope,
    /// The time it holds for.
    pub window: Window,
    /// Its limit when it was asked. A raise of a limit that is another by now is none.
    pub limit: Amount,
    /// What it is raised to.
    pub to: Amount,
    /// For how long.
    pub lasts: Lasts,
}

/// What a member of the board says of a raise together with a yes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// What the limit becomes, if not what was proposed.
    pub to: Option<Amount>,
    /// For how long, if not as it was proposed.
    pub lasts: Option<Lasts>,
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
    /// In words.
    pub comment: Option<String>,
    /// Why it does not count, if it does not: it stays where it was said, and decides nothing.
    pub void: Option<String>,
}

impl Decision {
    /// Whose voice it is.
    pub fn voice(&self) -> &Slug {
        self.on_behalf_of.as_ref().unwrap_or(&self.by)
    }
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
    /// The budget it is about, and what its limit is to become.
    pub raise: Option<Raise>,
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
    /// When it was decided, lapsed, or was called off by the board.
    pub closed: Option<Timestamp>,
}

/// One key of an approval's front matter and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApprovalChange {
    /// `status`
    Status(ApprovalStatus),
    /// `decision`
    Decision(Option<Verdict>),
    /// `decisions`
    Decisions(Vec<Decision>),
    /// `raise_to`
    RaiseTo(Amount),
    /// `lasts`
    Lasts(Lasts),
    /// `created`
    Created(Timestamp),
    /// `closed`
    Closed(Option<Timestamp>),
    /// Everything below the front matter.
    Body(String),
}

impl Approval {
    /// A question to the board that says no more than what is asked.
    pub fn new(kind: ApprovalKind, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            kind,
            status: ApprovalStatus::Pending,
            requested_by: None,
            run: None,
            ticket: None,
            agent: None,
            proposal: None,
            raise: None,
            deciders: Vec::new(),
            needs: 1,
            decision: None,
            decisions: Vec::new(),
            expires: None,
            created: None,
            closed: None,
        }
    }

    /// Makes a change; that of the body leaves no trace here.
    pub fn change(&mut self, change: &ApprovalChange) {
        match change {
            ApprovalChange::Status(status) => self.status = *status,
            ApprovalChange::Decision(decision) => self.decision = *decision,
            ApprovalChange::Decisions(decisions) => self.decisions.clone_from(decisions),
            ApprovalChange::RaiseTo(to) => {
                if let Some(raise) = &mut self.raise {
                    raise.to = *to;
                }
            }
            ApprovalChange::Lasts(lasts) => {
                if let Some(raise) = &mut self.raise {
                    raise.lasts = *lasts;
                }
            }
            ApprovalChange::Created(created) => self.created = Some(*created),
            ApprovalChange::Closed(closed) => self.closed = *closed,
            ApprovalChange::Body(_) => {}
        }
    }

    /// Whether it is still to be decided.
    pub fn is_open(&self) -> bool {
        match self.status {
            ApprovalStatus::Pending | ApprovalStatus::RevisionRequested => true,
            ApprovalStatus::Approved | ApprovalStatus::Rejected | ApprovalStatus::Cancelled => false,
        }
    }

    /// When the board last said something that ends a round, if it did: what the requester is woken by.
    pub fn decided(&self) -> Option<Timestamp> {
        match self.status {
            ApprovalStatus::Pending => None,
            ApprovalStatus::Approved | ApprovalStatus::Rejected | ApprovalStatus::RevisionRequested => {
                let said = self.decisions.iter().filter(|decision| decision.void.is_none());
                self.closed.max(said.filter_map(|decision| decision.at).max())
            }
            ApprovalStatus::Cancelled => self.closed,
        }
    }

    /// The decisions that do not count and were not said again since, as long as there is something to decide.
    pub fn voided(&self) -> impl Iterator<Item = (&Decision, &str)> {
        self.decisions.iter().enumerate().filter_map(|(at, said)| {
            let again = |later: &Decision| later.void.is_none() && later.by == said.by;
            let stands = self.is_open() && !self.decisions[at + 1..].iter().any(again);
            said.void.as_deref().filter(|_| stands).map(|why| (said, why))
        })
    }

    /// The decisions that count now: those since somebody last wanted it revised, the newest of each voice.
    pub fn round(&self) -> Vec<&Decision> {
        let revised =
            self.decisions.iter().rposition(|one| one.void.is_none() && one.verdict == Verdict::RevisionRequested);
        let mut round: Vec<&Decision> = Vec::new();
        for decision in self.decisions[revised.map_or(0, |at| at + 1)..].iter().filter(|said| said.void.is_none()) {
            round.retain(|other| other.voice() != decision.voice());
            round.push(decision);
        }
        round
    }
}

impl Verdict {
    /// The state that somebody means who writes it into the file by hand.
    pub fn of(status: ApprovalStatus) -> Option<Self> {
        match status {
            ApprovalStatus::Approved => Some(Self::Approved),
            ApprovalStatus::Rejected => Some(Self::Rejected),
            ApprovalStatus::RevisionRequested => Some(Self::RevisionRequested),
            ApprovalStatus::Pending | ApprovalStatus::Cancelled => None,
        }
    }
}
