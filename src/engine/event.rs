//! What can happen: [`Event`]. A closed list, so that a new thing has to be answered everywhere.

use super::foreign::Change;
use super::proposal::{Branch, TakenUp};
use crate::model::approval::{Approval, Terms, Verdict};
use crate::model::company::CompanyStatus;
use crate::model::plan::{Body, TicketChange};
use crate::model::price::Price;
use crate::model::run::{RunOutcome, Spent, Usage, Wake};
use crate::model::session::Talked;
use crate::model::status::AgentStatus;
use crate::model::ticket::{Attached, EntryKind, Product, TicketHead};
use crate::model::{Actor, ApprovalId, Money, Nonce, RunId, Slug, TicketId};
use jiff::Timestamp;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What new names are made from. The shell gives every event a fresh one.
    pub nonce: Nonce,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Somebody asks for something.
    Request {
        /// Who.
        by: Actor,
        /// What.
        verb: Verb,
    },
    /// The time has come for something that [`super::pending()`] named.
    Due(Due),
    /// A run's process is over, and all of its processes are gone. May arrive twice.
    RunEnded {
        /// The run.
        run: RunId,
        /// How it went.
        report: Box<Report>,
    },
    /// A run is proved to be gone without having said how it ended. May arrive twice.
    RunLost {
        /// The run.
        run: RunId,
        /// How that is known.
        why: Lost,
    },
    /// Files changed by another hand, and the snapshot has taken it in: an edit, a pull, a revert.
    TreeChanged {
        /// Who, as far as it is known.
        by: Actor,
        /// What.
        changes: Vec<Change>,
    },
    /// An agent changed files on its desk, and they were judged ([`super::proposal`]).
    Papers {
        /// The run.
        run: RunId,
        /// What is taken of it, and what is not.
        taken: Box<TakenUp>,
    },
    /// What somebody proposes on a branch was looked at ([`super::proposal`]).
    Branch(Box<Branch>),
    /// What a ticket has to come with was looked at, since somebody set it to done by hand. What was found is in
    /// [`LocalFacts::looked`](crate::model::LocalFacts).
    Looked {
        /// The ticket.
        ticket: TicketId,
        /// Who set it to done.
        by: Actor,
    },
    /// The daemon has started, and the snapshot has been loaded.
    Started,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// A ticket is to be checked out to `holder`, or to whoever asks.
    Checkout {
        /// The ticket.
        ticket: TicketId,
        /// For whom, if not for whoever asks.
        holder: Option<Slug>,
    },
    /// A checkout is given back; the ticket is `todo` again.
    Release {
        /// The ticket.
        ticket: TicketId,
        /// Why, if it was said.
        reason: Option<String>,
    },
    /// The next ticket of an agent is to be found and checked out.
    Next {
        /// For whom, if not for whoever asks.
        agent: Option<Slug>,
    },
    /// Somebody's checkout is taken away.
    Unlock {
        /// The ticket.
        ticket: TicketId,
        /// Why.
        reason: String,
    },
    /// An agent is to be woken.
    Wake {
        /// The agent.
        agent: Slug,
        /// About which ticket.
        ticket: Option<TicketId>,
        /// What it is told.
        why: Option<String>,
    },
    /// An agent is paused, resumed, hired (out of `pending_approval`) or terminated.
    AgentStatus {
        /// The agent.
        agent: Slug,
        /// What becomes of it.
        status: AgentStatus,
        /// Why, if it was said.
        reason: Option<String>,
    },
    /// The whole company is paused or resumed.
    CompanyStatus {
        /// What becomes of it.
        status: CompanyStatus,
        /// Why, if it was said.
        reason: Option<String>,
    },
    /// Something is said in a ticket's thread.
    Comment {
        /// The ticket.
        ticket: TicketId,
        /// What is said.
        said: Box<Said>,
    },
    /// A ticket is made. Its status and dates are set by the rules.
    NewTicket {
        /// What it says.
        head: Box<TicketHead>,
        /// Whether `head.status` was chosen; otherwise it is `todo` with an assignee and `backlog` without.
        with_status: bool,
        /// Its text.
        body: Body,
    },
    /// A ticket is changed.
    EditTicket {
        /// The ticket.
        ticket: TicketId,
        /// What becomes of it.
        changes: Vec<TicketChange>,
        /// Whether a closed ticket may be opened again.
        reopen: bool,
        /// Why, if it was said.
        reason: Option<String>,
    },
    /// Work that is in review is judged.
    Review {
        /// The ticket.
        ticket: TicketId,
        /// Whether it is good; otherwise it goes back.
        approves: bool,
        /// What was found.
        comment: String,
    },
    /// A run is stopped.
    StopRun {
        /// The run.
        run: RunId,
        /// Why, if it was said.
        reason: Option<String>,
    },
    /// The board is asked.
    AskBoard {
        /// What; where it stands and when it was asked is set by the rules.
        approval: Box<Approval>,
        /// What is asked and why, in full.
        body: String,
    },
    /// A member of the board decides.
    Decide {
        /// What is decided.
        approval: ApprovalId,
        /// How.
        verdict: Verdict,
        /// For a budget: to what it is raised, and for how long.
        terms: Terms,
        /// For whom, if not for oneself.
        on_behalf_of: Option<Slug>,
        /// In words.
        comment: Option<String>,
        /// Whether it will stand in a commit that whoever decides has signed.
        signed: bool,
    },
    /// What was to be revised is put before the board again.
    Resubmit {
        /// What was asked.
        approval: ApprovalId,
        /// The text that takes the place of the old one.
        body: Option<String>,
        /// What is different, in words.
        comment: Option<String>,
    },
    /// A question to the board is taken back.
    CallOff {
        /// What was asked.
        approval: ApprovalId,
        /// Why.
        reason: Option<String>,
    },
    /// This clone becomes home.
    TakeHome,
    /// A model is to have a price.
    SetPrice(Box<Price>),
    /// Somebody knows what a run came to.
    CorrectRun {
        /// The run; it is over.
        run: RunId,
        /// What it cost.
        cost: Money,
        /// What it used; `None`: what is known of that stays.
        usage: Option<Usage>,
        /// How that is known.
        reason: String,
    },
}

/// What is said in a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// What kind of entry it is.
    pub kind: EntryKind,
    /// What is said.
    pub body: String,
    /// For a question: who should answer.
    pub to: Option<Slug>,
    /// For an answer: the file name of the question.
    pub answers: Option<String>,
    /// For a document: its short name, and the revision it was made from.
    pub document: Option<(Slug, Option<u64>)>,
    /// For an attachment: the file, and its text if it can lie in the history.
    pub attached: Option<(Attached, Option<String>)>,
    /// For a work product: what it is.
    pub product: Option<Product>,
}

impl Said {
    /// A comment.
    pub fn comment(body: impl Into<String>) -> Self {
        Self {
            kind: EntryKind::Comment,
            body: body.into(),
            to: None,
            answers: None,
            document: None,
            attached: None,
            product: None,
        }
    }
}

/// Something the time has come for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// An agent is to be woken.
    Wake(Wake),
    /// A routine is to fire.
    Fire {
        /// The routine.
        routine: Slug,
        /// Which of its triggers, by place.
        trigger: usize,
        /// The instant it was due, stagger included.
        slot: Timestamp,
    },
    /// A file in `tickets/` without an id is to get one.
    Number {
        /// Its path.
        draft: String,
    },
    /// A run's file that somebody removed or turned back is to be written again.
    Restore {
        /// The run.
        run: RunId,
    },
    /// A question to the board lapses: nobody decided in time.
    Lapse {
        /// The approval.
        approval: ApprovalId,
    },
    /// Nothing brings a ticket on any more: it is blocked until somebody of the board sees to it.
    Strand {
        /// The ticket.
        ticket: TicketId,
    },
    /// Work waits for money, and the board is to be asked for more.
    AskForMore {
        /// Whose work.
        agent: Slug,
        /// The ticket it is about.
        ticket: Option<TicketId>,
    },
    /// A queued run whose reason is gone is taken out of the queue.
    Unqueue {
        /// The run.
        run: RunId,
        /// Why.
        why: String,
    },
    /// Runs that were unpriced have a price now.
    Price {
        /// The runs.
        runs: Vec<RunId>,
    },
}

/// How a run went, as its supervisor and its adapter tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How it ended.
    pub outcome: RunOutcome,
    /// When.
    pub at: Timestamp,
    /// When its process started.
    pub started: Option<Timestamp>,
    /// What it came to.
    pub spent: Spent,
    /// What it used at least, where nobody said how much it was.
    pub at_least: Option<Usage>,
    /// Whether it was stopped since it had reached what it may spend.
    pub over_ceiling: bool,
    /// Whether it changed files in its workspace or on its desk.
    pub changed: bool,
    /// Why it ended so, in words, if there is more to say than the outcome.
    pub note: Option<String>,
    /// The SHA-256 of its transcript.
    pub transcript: Option<String>,
    /// Its last words, for the thread of a ticket it has handed on without one.
    pub last_words: Option<String>,
    /// For a heartbeat: what is left of the reply to be delivered to the board ([`super::reply`]).
    pub alert: Option<String>,
    /// The conversation it was in.
    pub talked: Option<Talked>,
    /// What held it, in words.
    pub confinement: Option<String>,
    /// What became of the folder it worked in.
    pub work: Work,
}

/// What became of the folder a run worked in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// The branch that holds what was committed there.
    pub branch: Option<String>,
    /// What whoever reads the ticket should know, in full sentences.
    pub notices: Vec<String>,
    /// What of it is nowhere but in that folder, told once nobody goes on there.
    pub uncommitted: Option<String>,
    /// Why no run can work there until somebody does something about it, and what.
    pub trouble: Option<String>,
}

/// How it is known that a run is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lost {
    /// It was announced, and never started.
    NeverStarted,
    /// Its supervisor died, and all its processes are gone.
    SupervisorDied,
    /// The machine was started again meanwhile.
    Rebooted,
}

impl Lost {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NeverStarted => "it was announced and never started",
            Self::SupervisorDied => "its supervisor died without a word",
            Self::Rebooted => "the machine was restarted while it ran",
        }
    }
}
