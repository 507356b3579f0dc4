//! [`Plan`]: what is to be done, with nothing left to choose. [`Edit`]s become one commit; [`Effect`]s happen after it.

use super::approval::{Approval, ApprovalChange};
use super::budget::Budget;
use super::company::{CompanyStatus, Home, NotifyEvent};
use super::money::Amount;
use super::price::Price;
use super::run::{Ceiling, Correction, Firing, Run};
use super::status::{AgentStatus, ApprovalStatus, Priority, TicketStatus};
use super::ticket::{Entry, Lock, Review, Stage, Ticket, TicketHead};
use super::{Actor, ApprovalId, Money, RunId, Slug, TicketId};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;

/// A commit of the company: 40 hexadecimal digits, or empty before there is one.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(pub Box<str>);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is to be done. Without edits there is no commit, and effects happen at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The commit it was decided on. Plans chain: it is also good upon the edits of plans decided before it on the same
    /// snapshot, in that order.
    pub base: Revision,
    /// Becomes subject and trailers.
    pub reason: Reason,
    /// Exactly one commit, or none.
    pub edits: Vec<Edit>,
    /// Happen only after that commit is durable, in this order.
    pub effects: Vec<Effect>,
    /// What whoever asked is told, after the commit.
    pub answer: Answer,
}

/// Why something is done: the message of the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Who causes it.
    pub actor: Actor,
    /// What a person would write, such as "cto takes ACME-12".
    pub subject: String,
    /// More, if there is more to say.
    pub body: Option<String>,
    /// The run it belongs to.
    pub run: Option<RunId>,
    /// The tickets it is about.
    pub tickets: Vec<TicketId>,
    /// What led to it, in one line: the wake, the exit, the word of a person.
    pub cause: Option<String>,
    /// What was spent.
    pub cost: Option<Money>,
    /// The ticket's fence at the time.
    pub fence: Option<u64>,
    /// What held the run that ended.
    pub confinement: Option<String>,
}

impl Reason {
    /// A reason with a subject and nothing more.
    pub fn new(actor: Actor, subject: impl Into<String>) -> Self {
        Self {
            run: actor.run().cloned(),
            actor,
            subject: subject.into(),
            body: None,
            tickets: Vec::new(),
            cause: None,
            cost: None,
            fence: None,
            confinement: None,
        }
    }
}

/// One change of the company. `format::edit` makes it in the text, [`super::Snapshot::apply`] in the snapshot, and both
/// come to the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// One key of a ticket's front matter.
    Ticket {
        /// The ticket.
        id: TicketId,
        /// What becomes of it.
        change: TicketChange,
    },
    /// A ticket that was not there.
    NewTicket(Box<NewTicket>),
    /// A ticket that has no number yet, since this clone gives none.
    NewDraft {
        /// Where it lies until home numbers it.
        path: String,
        /// What it says.
        head: Box<TicketHead>,
        /// What is wanted.
        body: String,
    },
    /// A further entry of a thread.
    NewEntry {
        /// The ticket.
        ticket: TicketId,
        /// Its head.
        entry: Box<Entry>,
        /// What is said.
        body: String,
    },
    /// A question to the board. Created exclusively.
    NewApproval {
        /// Its id.
        id: ApprovalId,
        /// What it says.
        approval: Box<Approval>,
        /// What is asked, in full.
        body: String,
    },
    /// One key of an approval's front matter.
    Approval {
        /// The approval.
        id: ApprovalId,
        /// What becomes of it.
        change: ApprovalChange,
    },
    /// A checkout. Created exclusively.
    Lock {
        /// The ticket.
        ticket: TicketId,
        /// Who has it.
        lock: Box<Lock>,
    },
    /// A checkout goes.
    Unlock {
        /// The ticket.
        ticket: TicketId,
    },
    /// A run's file in `ledger/open/`, whole: it is the program's.
    Run(Box<Run>),
    /// A firing's file in `ledger/open/`.
    Firing(Box<Firing>),
    /// A correction's file in `ledger/open/`.
    Correction(Box<Correction>),
    /// Whether an agent works: `status` of its `agent.yaml`.
    AgentStatus {
        /// The agent.
        agent: Slug,
        /// What becomes of it.
        status: AgentStatus,
    },
    /// Whether the company works: `status` of `corp.yaml`.
    CompanyStatus(CompanyStatus),
    /// Which clone executes: `home.yaml`, whole.
    Home(Box<Home>),
    /// The limit of a budget in `budgets.yaml`.
    BudgetLimit {
        /// The budget as it is: the first in the file that is this one.
        budget: Box<Budget>,
        /// What its limit becomes.
        limit: Amount,
    },
    /// A further price in `prices.yaml`.
    NewPrice(Box<Price>),
    /// A paper of an agent, whole: what nobody reads for its keys.
    Paper(Box<Paper>),
}

/// A paper of an agent and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The file, relative to the company's root, with `/`.
    pub path: String,
    /// What it must be now; `None`: it must not be there.
    pub before: Option<String>,
    /// What it becomes; `None`: it goes.
    pub after: Option<String>,
}

/// One key of a ticket's front matter and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketChange {
    /// `title`
    Title(String),
    /// `status`
    Status(TicketStatus),
    /// `priority`
    Priority(Priority),
    /// `assignee`
    Assignee(Option<Slug>),
    /// `project`
    Project(Option<Slug>),
    /// `goal`
    Goal(Option<Slug>),
    /// `parent`
    Parent(Option<TicketId>),
    /// `blocked_by`
    BlockedBy(Vec<TicketId>),
    /// `branch`
    Branch(Option<String>),
    /// `unblock_owner`
    UnblockOwner(Option<Slug>),
    /// `labels`
    Labels(Vec<String>),
    /// `stages`
    Stages(Vec<Stage>),
    /// `reviews`
    Reviews(Vec<Review>),
    /// `fence`
    Fence(u64),
    /// `created`
    Created(Timestamp),
    /// `created_by`
    CreatedBy(Slug),
    /// `closed`
    Closed(Option<Timestamp>),
    /// Everything below the front matter.
    Body(String),
}

/// A ticket that was not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTicket {
    /// What it says; neither lock nor thread.
    pub ticket: Ticket,
    /// Where its text comes from.
    pub body: Body,
}

/// Where the text of a new ticket comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// From whoever asked for it.
    Text(String),
    /// From the body of a TASK.md, with `{{name}}` filled in.
    Task {
        /// The path of the file.
        path: String,
        /// What is filled in.
        variables: BTreeMap<String, String>,
    },
    /// From a file without an id, which is moved: everything a person wrote in it stays.
    Draft {
        /// The path of the file, which goes.
        path: String,
    },
}

/// What happens after the commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The announced run is started.
    Start {
        /// The run.
        run: RunId,
    },
    /// A run is asked to stop, and made to after its grace.
    Stop {
        /// The run.
        run: RunId,
        /// Whether it is cancelled or interrupted, as its outcome will say.
        why: StopReason,
        /// In words: what the agent and the log are told.
        words: String,
    },
    /// What a ticket has to come with is looked at, since somebody set it to done by hand.
    Look {
        /// The ticket.
        ticket: TicketId,
        /// Who.
        by: Actor,
    },
    /// A run that goes on may spend no more than this from now on. One that has spent it already is stopped.
    Limit {
        /// The run.
        run: RunId,
        /// What it may spend now; never more than what is reserved for it.
        ceiling: Ceiling,
    },
    /// The board is told, through whatever `notify` of `corp.yaml` names.
    Tell(Notice),
}

/// Why a run is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StopReason {
    /// Somebody stopped this run.
    Cancelled,
    /// What it worked on was taken from it: closed, reassigned, or its agent was paused.
    Interrupted,
}

/// Something the board is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What kind of thing it is.
    pub event: NotifyEvent,
    /// What it is about, for telling the same thing only once: `blocked:ACME-12`.
    pub about: String,
    /// In a few words.
    pub title: String,
    /// In full.
    pub text: String,
}

/// What whoever asked is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is done, and there is nothing to add.
    Done,
    /// It was so already; nothing was committed.
    Already,
    /// A ticket was made.
    Created {
        /// The ticket.
        ticket: TicketId,
    },
    /// A ticket was made that gets its number at home.
    Drafted {
        /// Where it lies until then.
        path: String,
    },
    /// A ticket is checked out to whoever asked.
    CheckedOut {
        /// The ticket.
        ticket: TicketId,
        /// Its fence, to be shown with every change.
        fence: u64,
        /// It was already, by the same holder.
        again: bool,
    },
    /// There is nothing to take.
    Nothing,
    /// An agent will be woken by this run, which starts now.
    Starting {
        /// The run.
        run: RunId,
    },
    /// An agent will be woken by this run, which waits for its turn.
    Queued {
        /// The run.
        run: RunId,
        /// What it waits for.
        why: String,
    },
    /// An entry was added to a thread.
    Added {
        /// The ticket.
        ticket: TicketId,
        /// The name of the entry's file.
        file: String,
    },
    /// The board is asked.
    Asking {
        /// The approval.
        approval: ApprovalId,
    },
    /// A decision counts, and this is where the approval stands now.
    Decided {
        /// The approval.
        approval: ApprovalId,
        /// Where it stands.
        status: ApprovalStatus,
        /// How many more have to say yes.
        missing: u64,
    },
    /// Something was asked to stop.
    Stopping {
        /// The runs.
        runs: Vec<RunId>,
    },
}
