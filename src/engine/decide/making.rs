//! [`Making`]: a plan while it is made. Edits are seen by what is decided after them.

use crate::engine::limits::TOLD_AGAIN_MS;
use crate::engine::refusal::Refusal;
use crate::model::actor::CORP;
use crate::model::company::NotifyEvent;
use crate::model::mentions;
use crate::model::plan::{Answer, Edit, Effect, Notice, Plan, Reason, StopReason, TicketChange};
use crate::model::run::Run;
use crate::model::status::TicketStatus;
use crate::model::ticket::{Entry, EntryKind, Ticket};
use crate::model::{Actor, LocalFacts, Nonce, RunId, Scalar as _, Slug, Snapshot, TicketId};
use jiff::Timestamp;
use std::sync::Arc;

/// A plan while it is made.
#[derive(Debug, Clone)]
pub(super) struct Making<'s> {
    /// The company as it is.
    pub(super) snapshot: &'s Snapshot,
    /// Now.
    pub(super) now: Timestamp,
    nonce: Nonce,
    used: u64,
    edits: Vec<Edit>,
    effects: Vec<Effect>,
}

impl<'s> Making<'s> {
    pub(super) fn new(snapshot: &'s Snapshot, nonce: Nonce, now: Timestamp) -> Self {
        // Files keep whole milliseconds; what is decided and what is read again must be the same instant.
        let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        Self { snapshot, now, nonce, used: 0, edits: Vec::new(), effects: Vec::new() }
    }

    /// A nonce nobody has used.
    pub(super) fn fresh(&mut self) -> Nonce {
        self.used += 1;
        self.nonce.nth(self.used)
    }

    /// The id of a new run, which no other has.
    pub(super) fn run_id(&mut self) -> RunId {
        loop {
            let id = self.fresh().run_id(self.now);
            if self.snapshot.run(id.as_str()).is_none() {
                return id;
            }
        }
    }

    /// Where a ticket without a number can lie, which no other does.
    pub(super) fn draft_path(&mut self) -> String {
        loop {
            let path = Ticket::draft_path(self.fresh().number());
            if !self.snapshot.drafts().contains_key(&path) {
                return path;
            }
        }
    }

    pub(super) fn edit(&mut self, edit: Edit) {
        self.edits.push(edit);
    }

    /// Changes a ticket.
    pub(super) fn change(&mut self, ticket: &TicketId, change: TicketChange) {
        self.edits.push(Edit::Ticket { id: ticket.clone(), change });
    }

    /// Sets a ticket's status, with the date of its end.
    pub(super) fn status(&mut self, ticket: &Ticket, status: TicketStatus) {
        if ticket.head.status != status {
            self.change(&ticket.id, TicketChange::Status(status));
        }
        if status.is_closed() && !ticket.head.status.is_closed() {
            self.change(&ticket.id, TicketChange::Closed(Some(self.now)));
        } else if !status.is_closed() && ticket.head.closed.is_some() {
            self.change(&ticket.id, TicketChange::Closed(None));
        }
        if status != TicketStatus::Blocked && ticket.head.unblock_owner.is_some() {
            self.change(&ticket.id, TicketChange::UnblockOwner(None));
        }
    }

    /// Takes a checkout away, if there is one.
    pub(super) fn unlock(&mut self, ticket: &Ticket) {
        if ticket.lock.is_some() {
            self.edits.push(Edit::Unlock { ticket: ticket.id.clone() });
        }
    }

    /// Adds an entry to a thread.
    pub(super) fn say(&mut self, ticket: &Ticket, mut entry: Entry, body: &str) -> String {
        // Names of files begin with the second; what was said before must come before.
        while ticket.thread.iter().any(|other| other.file == entry.file) {
            entry.file = Entry::new(entry.author.clone(), entry.kind, entry.at, &self.fresh().letters(4)).file;
        }
        let file = entry.file.clone();
        let mut body = body.trim_end().to_owned();
        body.push('\n');
        entry.mentions = mentions::find(&body);
        self.edits.push(Edit::NewEntry { ticket: ticket.id.clone(), entry: Box::new(entry), body });
        file
    }

    /// The head of an entry by whoever acts.
    pub(super) fn entry(&mut self, by: &Actor, kind: EntryKind) -> Entry {
        let author = author(by);
        let letters = self.fresh().letters(4);
        let mut entry = Entry::new(author, kind, self.now, &letters);
        entry.run = by.run().cloned();
        entry
    }

    /// The program says something in a thread.
    pub(super) fn notice(&mut self, ticket: &Ticket, body: &str) {
        let entry = self.entry(&Actor::Corp, EntryKind::Notice);
        self.say(ticket, entry, body);
    }

    /// The program says something about a run in a thread. That the run came to something it does not say, so that the
    /// agent has no fresh start by it.
    pub(super) fn notice_of(&mut self, run: &RunId, ticket: &Ticket, body: &str) {
        let mut entry = self.entry(&Actor::Corp, EntryKind::Notice);
        entry.run = Some(run.clone());
        self.say(ticket, entry, body);
    }

    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Asks a run to stop.
    pub(super) fn stop(&mut self, run: &RunId, why: StopReason, words: impl Into<String>) {
        self.effects.push(Effect::Stop { run: run.clone(), why, words: words.into() });
    }

    /// Tells the board, unless it heard of the same thing a short time ago.
    pub(super) fn tell(&mut self, event: NotifyEvent, about: String, title: String, text: String) {
        if may_tell(&self.snapshot.local, &about, self.now) {
            self.effects.push(Effect::Tell(Notice { event, about, title, text }));
        }
    }

    /// Whether the program said something in a thread a short time ago, before this daemon began: what it told the board
    /// then, nobody remembers, and the notice stands for it.
    pub(super) fn told_before(&self, ticket: &Ticket) -> bool {
        let last =
            ticket.thread.iter().rev().find(|entry| entry.kind == EntryKind::Notice && entry.author.as_str() == CORP);
        last.is_some_and(|entry| entry.at < self.snapshot.local.started && lately(entry.at, self.now))
    }

    /// Notes that the run in which an agent acts has changed something.
    pub(super) fn progress(&mut self, by: &Actor) {
        let Some(run) = by.run().and_then(|id| self.snapshot.run(id.as_str())) else { return };
        let noted = self.edits.iter().any(|edit| matches!(edit, Edit::Run(other) if other.id == run.id));
        if run.is_open() && !run.progress && !noted {
            self.edits.push(Edit::Run(Box::new(Run { progress: true, ..(**run).clone() })));
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.edits.is_empty() && self.effects.is_empty()
    }

    /// The ticket, or the one that had the id before.
    pub(super) fn ticket(&self, id: &TicketId) -> Result<&'s Arc<Ticket>, Refusal> {
        self.snapshot.ticket(id).ok_or_else(|| Refusal::NoTicket(id.clone()))
    }

    /// The plan.
    pub(super) fn plan(self, reason: Reason, answer: Answer) -> Plan {
        Plan { base: self.snapshot.revision.clone(), reason, edits: self.edits, effects: self.effects, answer }
    }

    /// The plan of something that is so already.
    pub(super) fn nothing(self, answer: Answer) -> Plan {
        let reason = Reason::new(Actor::Corp, "nothing to do");
        Plan { base: self.snapshot.revision.clone(), reason, edits: Vec::new(), effects: Vec::new(), answer }
    }
}

/// Whether the board may be told about something now: at most once an hour about the same thing.
pub fn may_tell(local: &LocalFacts, about: &str, now: Timestamp) -> bool {
    !local.told.get(about).is_some_and(|at| lately(*at, now))
}

/// A time in the future is a clock that went back, and no reason to keep quiet.
fn lately(at: Timestamp, now: Timestamp) -> bool {
    (0..TOLD_AGAIN_MS).contains(&now.as_millisecond().saturating_sub(at.as_millisecond()))
}

/// The name under which somebody writes.
pub(super) fn author(by: &Actor) -> Slug {
    match by {
        Actor::Person(person) => person.clone(),
        Actor::Agent { agent, .. } => agent.clone(),
        Actor::Corp => Slug::parse(CORP).expect("`corp` is a slug"),
    }
}

/// What a commit says of an entry: "cto asks in ACME-12".
pub fn entry_subject(author: &str, kind: EntryKind, ticket: &TicketId) -> String {
    match kind {
        EntryKind::Comment => format!("{author} comments on {ticket}"),
        EntryKind::Question => format!("{author} asks in {ticket}"),
        EntryKind::Answer => format!("{author} answers in {ticket}"),
        EntryKind::Decision => format!("{author} decides in {ticket}"),
        EntryKind::Document => format!("{author} writes a document of {ticket}"),
        EntryKind::Attachment => format!("{author} attaches a file to {ticket}"),
        EntryKind::Product => format!("{author} records what was made for {ticket}"),
        EntryKind::Notice => format!("a notice in {ticket}"),
    }
}
