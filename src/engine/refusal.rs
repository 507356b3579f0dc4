//! [`Refusal`]: a normal answer, with its reason and what to do next. Never retried by an agent.

use super::wakes::{Rule, seconds};
use crate::model::status::{AgentStatus, ApprovalStatus, TicketStatus};
use crate::model::{ApprovalId, RunId, Slug, TicketId};
use jiff::Timestamp;

/// Why something is not done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such ticket.
    #[error("there is no ticket {0}")]
    NoTicket(TicketId),
    /// There is no such agent.
    #[error("there is no agent `{0}`")]
    NoAgent(Slug),
    /// There is no such run, or it is over.
    #[error("there is no open run {0}")]
    NoRun(RunId),
    /// There is no such routine.
    #[error("there is no routine `{0}`")]
    NoRoutine(Slug),
    /// There is no such question to the board.
    #[error("there is no approval {0}; `corp approval list` shows what is asked")]
    NoApproval(ApprovalId),
    /// It is decided already.
    #[error("{approval} is {status} already")]
    Decided {
        /// The approval.
        approval: ApprovalId,
        /// What it is.
        status: ApprovalStatus,
    },
    /// Somebody else has the ticket.
    #[error("{ticket} is checked out by {holder} since {}", seconds(*since))]
    Held {
        /// The ticket.
        ticket: TicketId,
        /// Who has it.
        holder: Slug,
        /// Since when.
        since: Timestamp,
    },
    /// A run of somebody else works on the ticket.
    #[error("a run of {agent} works on {ticket} since {}", seconds(*since))]
    Busy {
        /// The ticket.
        ticket: TicketId,
        /// Whose run.
        agent: Slug,
        /// Since when.
        since: Timestamp,
    },
    /// The ticket is somebody else's.
    #[error("{ticket} is assigned to {assignee}")]
    AssignedElsewhere {
        /// The ticket.
        ticket: TicketId,
        /// To whom.
        assignee: Slug,
    },
    /// Nobody has it checked out.
    #[error("nobody has {0} checked out")]
    NotHeld(TicketId),
    /// A ticket does not go from the one status to the other.
    #[error(
        "{ticket} is {from}, and does not become {to} from there; `corp ticket move {ticket}` takes it to {}",
        ways(*.from)
    )]
    Transition {
        /// The ticket.
        ticket: TicketId,
        /// What it is.
        from: TicketStatus,
        /// What it should become.
        to: TicketStatus,
    },
    /// A closed ticket is changed without being reopened.
    #[error("{ticket} is {status}; reopen it first")]
    Closed {
        /// The ticket.
        ticket: TicketId,
        /// What it is.
        status: TicketStatus,
    },
    /// What it waits for is not done.
    #[error("{ticket} waits for {blocker}")]
    Blocked {
        /// The ticket.
        ticket: TicketId,
        /// What it waits for.
        blocker: TicketId,
    },
    /// `blocked` without anything that would unblock it.
    #[error(
        "{0} cannot be blocked by nothing: name a ticket it waits for (`--on`), who unblocks it (`--owner`, `board` if you \
         know nobody), or ask somebody first (`corp ticket ask`)"
    )]
    BlockedByNothing(TicketId),
    /// What a ticket has to come with was not looked at yet. The shell looks, and asks again.
    #[error("what {0} has to come with was not looked at")]
    NotLooked(TicketId),
    /// What a ticket has to come with is not there.
    #[error("{ticket} is not done: {}; put that right and say done again", missing.join("; "))]
    Undelivered {
        /// The ticket.
        ticket: TicketId,
        /// What is missing, each in words.
        missing: Vec<String>,
    },
    /// Tickets would wait for each other, or be parts of each other, in a circle.
    #[error("{0} would wait for itself: {1}")]
    Circle(TicketId, String),
    /// In progress without anybody who does it.
    #[error("{0} is assigned to nobody")]
    Unassigned(TicketId),
    /// The agent does not work.
    #[error("{agent} is {status}")]
    NotWorking {
        /// The agent.
        agent: Slug,
        /// What it is.
        status: AgentStatus,
    },
    /// No clone executes yet, or another one does.
    #[error("no run starts here: this clone is not home; `corp up` or `corp home take` makes it home")]
    NoHome,
    /// A rule keeps it waiting.
    #[error("{words}{}", until.map(|until| format!(", until {}", seconds(until))).unwrap_or_default())]
    Waits {
        /// The rule.
        rule: Rule,
        /// Why, in words.
        words: String,
        /// When asking again may help, if time alone helps.
        until: Option<Timestamp>,
    },
    /// What was due is not due any more.
    #[error("it is not due any more: {0}")]
    NotDue(&'static str),
    /// Whoever asks may not do that.
    #[error("{who} may not {what}: {why}")]
    NotAllowed {
        /// Who.
        who: String,
        /// What.
        what: String,
        /// Why not.
        why: String,
    },
    /// What was given cannot be used.
    #[error("{0}")]
    Invalid(String),
}

/// Where a ticket may go from a status, in words.
fn ways(from: TicketStatus) -> String {
    let words: Vec<String> = from.next().map(|next| next.to_string()).collect();
    match words.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        Some((only, _)) => only.clone(),
        None => "nowhere".to_owned(),
    }
}

impl Refusal {
    /// When asking again may help, if that is known.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Waits { until, .. } => *until,
            Self::NoTicket(_)
            | Self::NoAgent(_)
            | Self::NoRun(_)
            | Self::NoRoutine(_)
            | Self::NoApproval(_)
            | Self::Decided { .. }
            | Self::Held { .. }
            | Self::Busy { .. }
            | Self::AssignedElsewhere { .. }
            | Self::NotHeld(_)
            | Self::Transition { .. }
            | Self::Closed { .. }
            | Self::Blocked { .. }
            | Self::BlockedByNothing(_)
            | Self::NotLooked(_)
            | Self::Undelivered { .. }
            | Self::Circle(..)
            | Self::Unassigned(_)
            | Self::NotWorking { .. }
            | Self::NoHome
            | Self::NotDue(_)
            | Self::NotAllowed { .. }
            | Self::Invalid(_) => None,
        }
    }
}
