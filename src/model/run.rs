//! A run of an agent: why it was started, what it reserved, how it ended, what it cost.
//!
//! A run is one file in `ledger/open/` from the moment it is queued or announced until it is sealed into a segment.
//! Whether its process is alive is never read from there ([`super::local`]).

use super::{ApprovalId, CloneId, Money, RunId, Slug, TicketId};
use crate::choice;
use jiff::Timestamp;

choice! {
    /// Where a wake comes from.
    pub enum WakeSource {
        /// The agent's heartbeat.
        "timer" => Timer,
        /// A ticket of its own.
        "assignment" => Assignment,
        /// Somebody asked for it.
        "on_demand" => OnDemand,
        /// Something else in the company happened.
        "automation" => Automation,
    }
}

choice! {
    /// Why an agent is woken.
    pub enum WakeCause {
        /// A ticket was given to it.
        "ticket_assigned" => TicketAssigned,
        /// It worked on the ticket, and the ticket is still open.
        "ticket_continued" => TicketContinued,
        /// Its last run on the ticket failed or was lost.
        "ticket_retried" => TicketRetried,
        /// Somebody said something about its ticket.
        "commented" => Commented,
        /// Somebody named it in a thread.
        "mentioned" => Mentioned,
        /// Somebody asked it something.
        "asked" => Asked,
        /// Its word is asked on work of somebody else.
        "review_requested" => ReviewRequested,
        /// What its ticket waited for is done.
        "blockers_resolved" => BlockersResolved,
        /// All parts of its ticket are done or cancelled.
        "children_done" => ChildrenDone,
        /// Its last run on the ticket left no word about it.
        "missing_comment" => MissingComment,
        /// The ticket would lie there for ever: somebody is to look at it once more.
        "stranded" => Stranded,
        /// What it asked of the board is decided.
        "approval_resolved" => ApprovalResolved,
        /// Its heartbeat.
        "scheduled" => Scheduled,
        /// Somebody asked for it with `corp wake`.
        "requested" => Requested,
    }
}

impl WakeCause {
    /// Where such a wake comes from.
    pub fn source(self) -> WakeSource {
        match self {
            Self::Scheduled => WakeSource::Timer,
            Self::TicketAssigned | Self::TicketContinued | Self::TicketRetried => WakeSource::Assignment,
            Self::Requested => WakeSource::OnDemand,
            Self::Commented
            | Self::Mentioned
            | Self::Asked
            | Self::ReviewRequested
            | Self::BlockersResolved
            | Self::ChildrenDone
            | Self::MissingComment
            | Self::Stranded
            | Self::ApprovalResolved => WakeSource::Automation,
        }
    }
}

/// What wakes an agent: one of each (agent, cause, ticket) at a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wake {
    /// The agent.
    pub agent: Slug,
    /// The ticket it is about, if it is about one.
    pub ticket: Option<TicketId>,
    /// Why.
    pub cause: WakeCause,
    /// For a heartbeat: the instant it was due. A beat is known by it, so that it is never run twice.
    pub slot: Option<Timestamp>,
    /// The run that was queued for it, if one was.
    pub queued: Option<RunId>,
    /// Who asked, if somebody did.
    pub by: Option<Slug>,
    /// What was said about it: the reason given with `corp wake`, the file of the comment.
    pub note: Option<String>,
    /// The approval that was decided.
    pub approval: Option<ApprovalId>,
    /// The tasks of its `HEARTBEAT.md` that are due.
    pub tasks: Vec<String>,
}

impl Wake {
    /// A wake for this cause and nothing more.
    pub fn new(agent: Slug, ticket: Option<TicketId>, cause: WakeCause) -> Self {
        Self { agent, ticket, cause, slot: None, queued: None, by: None, note: None, approval: None, tasks: Vec::new() }
    }
}

choice! {
    /// How a run ended.
    pub enum RunOutcome {
        "succeeded" => Succeeded, "failed" => Failed, "cancelled" => Cancelled, "timed_out" => TimedOut,
        "interrupted" => Interrupted, "lost" => Lost,
    }
}

impl RunOutcome {
    /// Whether it counts towards failures in a row. What somebody stopped on purpose does not.
    pub fn is_failure(self) -> bool {
        match self {
            Self::Failed | Self::TimedOut | Self::Lost => true,
            Self::Succeeded | Self::Cancelled | Self::Interrupted => false,
        }
    }
}

choice! {
    /// How a run is paid for.
    pub enum Billing {
        "metered" => Metered, "subscription" => Subscription, "credits" => Credits, "fixed" => Fixed, "unknown" => Unknown,
    }
}

choice! {
    /// What a line of the ledger says.
    pub enum LineKind {
        /// What a run cost.
        "run" => Run,
        /// A correction of an earlier line.
        "correction" => Correction,
        /// A routine fired.
        "firing" => Firing,
    }
}

/// The most one run may spend; this is what is reserved.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ceiling {
    /// Money.
    pub money: Option<Money>,
    /// Tokens.
    pub tokens: Option<u64>,
}

/// What a run used, in tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Usage {
    /// Input tokens that were not in the cache.
    pub input: u64,
    /// Input tokens read from the cache.
    pub cached_input: u64,
    /// Tokens written to the cache.
    pub cache_write: u64,
    /// Output tokens.
    pub output: u64,
}

impl Usage {
    /// All of them together.
    pub fn total(&self) -> u64 {
        self.input.saturating_add(self.cached_input).saturating_add(self.cache_write).saturating_add(self.output)
    }
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Spent {
    /// Tokens; `None`: nobody said, and the reservation counts as used.
    pub usage: Option<Usage>,
    /// Money; `None`: the price is unknown, and the reservation stays spent.
    pub cost: Option<Money>,
    /// Who named the cost: `reported` by the program, or `computed` from prices. `assumed`: nobody said what was used, and it counts
    /// as it was reserved.
    pub cost_source: Option<String>,
    /// Whose model it used.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// How it is paid for.
    pub billing: Option<Billing>,
}

/// How a run ended, and what it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// How it ended.
    pub outcome: RunOutcome,
    /// When.
    pub at: Timestamp,
    /// When its process started; `None`: it never did.
    pub started: Option<Timestamp>,
    /// What it came to.
    pub spent: Spent,
    /// Why it ended so, in words, if there is more to say than the outcome.
    pub note: Option<String>,
    /// The SHA-256 of its transcript.
    pub transcript: Option<String>,
    /// The conversation it was in.
    pub talked: Option<super::session::Talked>,
    /// What held it: the level of confinement that was reached, and by what; or that none was, and why.
    pub confinement: Option<String>,
}

/// Where a run is in its life. What its process does is not among it: that is a fact of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// Somebody asked for it, and it waits for its turn.
    Queued,
    /// It was announced with its reservation, and has not ended.
    Open {
        /// When it was announced.
        announced: Timestamp,
    },
    /// It ended and is settled.
    Ended {
        /// When it was announced; `None`: it was taken out of the queue.
        announced: Option<Timestamp>,
        /// How it ended.
        end: Box<End>,
    },
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// What woke the agent. Its `ticket` is the one the wake was about, its `queued` is empty.
    pub wake: Wake,
    /// The ticket it works on: the wake's, or one it took later.
    pub ticket: Option<TicketId>,
    /// The ticket's project at the time.
    pub project: Option<Slug>,
    /// The ticket's goal at the time.
    pub goal: Option<Slug>,
    /// The routine that made the ticket.
    pub routine: Option<Slug>,
    /// When it was queued, if it waited.
    pub queued: Option<Timestamp>,
    /// The clone that announced it.
    pub clone: Option<CloneId>,
    /// What is reserved for it.
    pub reserved: Ceiling,
    /// Whether it has changed anything but logs and its own comments, as far as is known.
    pub progress: bool,
    /// Where it is in its life.
    pub state: RunState,
}

impl Run {
    /// The agent.
    pub fn agent(&self) -> &Slug {
        &self.wake.agent
    }

    /// When it was announced, if it was.
    pub fn announced(&self) -> Option<Timestamp> {
        match &self.state {
            RunState::Queued => None,
            RunState::Open { announced } => Some(*announced),
            RunState::Ended { announced, .. } => *announced,
        }
    }

    /// Whether it was announced and has not ended.
    pub fn is_open(&self) -> bool {
        matches!(self.state, RunState::Open { .. })
    }

    /// How it ended, if it did.
    pub fn end(&self) -> Option<&End> {
        match &self.state {
            RunState::Ended { end, .. } => Some(end),
            RunState::Queued | RunState::Open { .. } => None,
        }
    }
}

/// A routine fired: a line of the ledger of its own, since what it made may leave the work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The line's id.
    pub id: RunId,
    /// The routine.
    pub routine: Slug,
    /// Which of its triggers, by what it says: `cron 0 9 * * *`.
    pub trigger: String,
    /// The assignee.
    pub agent: Slug,
    /// The instant it was due, stagger included; it is known by it.
    pub slot: Timestamp,
    /// When it fired.
    pub at: Timestamp,
    /// The ticket it made, or was added to; `None`: a message for the next heartbeat.
    pub ticket: Option<TicketId>,
}

/// A line that corrects what an earlier one said was spent: it stands in its place.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Correction {
    /// The line's id.
    pub id: String,
    /// The run whose spending is corrected.
    pub run: RunId,
    /// Whose run it was.
    pub agent: Slug,
    /// What it came to.
    pub spent: Spent,
}
