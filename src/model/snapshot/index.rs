//! [`Index`]: what belongs to what, so that no question goes through all tickets. Derived, kept up with every change.

use crate::model::approval::Approval;
use crate::model::budget::{Scope, Window};
use crate::model::run::{Run, RunState};
use crate::model::status::{Priority, TicketStatus};
use crate::model::ticket::{EntryKind, Ticket};
use crate::model::{ApprovalId, RunId, Slug, TicketId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The order in which work is taken: the more urgent, then the older, then the lower number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// How urgent it is.
    pub priority: Priority,
    /// When it was created; what does not say comes first.
    pub created: Option<Timestamp>,
    /// The ticket.
    pub ticket: TicketId,
}

impl Turn {
    /// The turn of a ticket.
    pub fn of(ticket: &Ticket) -> Self {
        Self { priority: ticket.head.priority, created: ticket.head.created, ticket: ticket.id.clone() }
    }
}

/// What belongs to what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// Open tickets of an agent or person, in their order.
    pub assigned: BTreeMap<Slug, BTreeSet<Turn>>,
    /// Tickets that are to do and nobody's yet, in their order: whoever asks for the next may take them.
    pub unassigned: BTreeSet<Turn>,
    /// Open tickets in whose thread somebody is named or asked.
    pub named: BTreeMap<Slug, BTreeSet<TicketId>>,
    /// Tickets that are blocked until somebody sees to it.
    pub owned: BTreeMap<Slug, BTreeSet<TicketId>>,
    /// Open tickets of somebody that wait for something: another ticket, an answer, a look, whoever unblocks them.
    pub waiting: BTreeMap<Slug, BTreeSet<TicketId>>,
    /// Tickets that are parts of one.
    pub children: BTreeMap<TicketId, BTreeSet<TicketId>>,
    /// Tickets that wait for one.
    pub blocked: BTreeMap<TicketId, BTreeSet<TicketId>>,
    /// Tickets made from a task, by its folder.
    pub seeds: BTreeMap<String, BTreeSet<TicketId>>,
    /// Tickets whose file is not where their id belongs, by its path.
    pub elsewhere: BTreeMap<String, TicketId>,
    /// Ids that tickets had before.
    pub formerly: BTreeMap<TicketId, TicketId>,
    /// Runs that were announced and have not ended, by agent.
    pub open: BTreeMap<Slug, BTreeSet<RunId>>,
    /// Runs that wait for their turn, by agent.
    pub queued: BTreeMap<Slug, BTreeSet<RunId>>,
    /// The same by the ticket they are about.
    pub queued_about: BTreeMap<TicketId, BTreeSet<RunId>>,
    /// Open runs by the ticket they work on.
    pub working: BTreeMap<TicketId, BTreeSet<RunId>>,
    /// Approvals by who asked for them.
    pub asked: BTreeMap<Slug, BTreeSet<ApprovalId>>,
    /// Approvals by the ticket they are about.
    pub about: BTreeMap<TicketId, BTreeSet<ApprovalId>>,
    /// Approvals that are to be decided and lapse, by when.
    pub lapsing: BTreeSet<(Timestamp, ApprovalId)>,
    /// Approvals about more than a budget allows, by the budget.
    pub raises: BTreeMap<(Scope, Window), BTreeSet<ApprovalId>>,
}

impl Index {
    /// Puts a ticket in.
    pub(super) fn put(&mut self, ticket: &Ticket) {
        self.turn(ticket, true);
    }

    /// Takes a ticket out, as it was put in.
    pub(super) fn take(&mut self, ticket: &Ticket) {
        self.turn(ticket, false);
    }

    fn turn(&mut self, ticket: &Ticket, in_or_out: bool) {
        let head = &ticket.head;
        if !head.status.is_closed() {
            if let Some(assignee) = &head.assignee {
                set(&mut self.assigned, assignee, Turn::of(ticket), in_or_out);
            } else if head.status == TicketStatus::Todo {
                let turn = Turn::of(ticket);
                let _known = if in_or_out { self.unassigned.insert(turn) } else { self.unassigned.remove(&turn) };
            }
            let blocked = head.status == TicketStatus::Blocked;
            if let Some(owner) = head.unblock_owner.as_ref().filter(|_| blocked) {
                set(&mut self.owned, owner, ticket.id.clone(), in_or_out);
            }
            let asks = ticket.thread.iter().any(|entry| entry.kind == EntryKind::Question);
            let waits = blocked || head.status == TicketStatus::InReview || !head.blocked_by.is_empty() || asks;
            if let Some(assignee) = head.assignee.as_ref().filter(|_| waits) {
                set(&mut self.waiting, assignee, ticket.id.clone(), in_or_out);
            }
            let named: BTreeSet<&Slug> = ticket
                .thread
                .iter()
                .flat_map(|entry| {
                    let asked = entry.to.as_ref().filter(|_| entry.kind == EntryKind::Question);
                    entry.mentions.iter().chain(asked)
                })
                .collect();
            for name in named {
                set(&mut self.named, name, ticket.id.clone(), in_or_out);
            }
        }
        if ticket.path != Ticket::path_of(&ticket.id) {
            if in_or_out {
                self.elsewhere.insert(ticket.path.clone(), ticket.id.clone());
            } else {
                self.elsewhere.remove(&ticket.path);
            }
        }
        if let Some(parent) = &head.parent {
            set(&mut self.children, parent, ticket.id.clone(), in_or_out);
        }
        for blocker in &head.blocked_by {
            set(&mut self.blocked, blocker, ticket.id.clone(), in_or_out);
        }
        if let Some(seed) = &head.seed {
            set(&mut self.seeds, seed, ticket.id.clone(), in_or_out);
        }
        for id in &head.formerly {
            if in_or_out {
                self.formerly.insert(id.clone(), ticket.id.clone());
            } else if self.formerly.get(id) == Some(&ticket.id) {
                self.formerly.remove(id);
            }
        }
    }

    /// Puts a run in.
    pub(super) fn put_run(&mut self, run: &Run) {
        self.turn_run(run, true);
    }

    /// Takes a run out, as it was put in.
    pub(super) fn take_run(&mut self, run: &Run) {
        self.turn_run(run, false);
    }

    /// Puts an approval in, or takes it out.
    pub(super) fn turn_approval(&mut self, id: &ApprovalId, approval: &Approval, in_or_out: bool) {
        if let Some(by) = &approval.requested_by {
            set(&mut self.asked, by, id.clone(), in_or_out);
        }
        if let Some(ticket) = &approval.ticket {
            set(&mut self.about, ticket, id.clone(), in_or_out);
        }
        if let Some(raise) = &approval.raise {
            set(&mut self.raises, &(raise.scope.clone(), raise.window), id.clone(), in_or_out);
        }
        if let Some(expires) = approval.expires.filter(|_| approval.is_open()) {
            if in_or_out {
                self.lapsing.insert((expires, id.clone()));
            } else {
                self.lapsing.remove(&(expires, id.clone()));
            }
        }
    }

    fn turn_run(&mut self, run: &Run, in_or_out: bool) {
        match run.state {
            RunState::Queued => {
                set(&mut self.queued, run.agent(), run.id.clone(), in_or_out);
                if let Some(ticket) = &run.wake.ticket {
                    set(&mut self.queued_about, ticket, run.id.clone(), in_or_out);
                }
            }
            RunState::Open { .. } => {
                set(&mut self.open, run.agent(), run.id.clone(), in_or_out);
                if let Some(ticket) = &run.ticket {
                    set(&mut self.working, ticket, run.id.clone(), in_or_out);
                }
            }
            RunState::Ended { .. } => {}
        }
    }
}

/// Puts `value` into the set under `key` or takes it out; an empty set goes.
fn set<K: Ord + Clone, V: Ord>(map: &mut BTreeMap<K, BTreeSet<V>>, key: &K, value: V, in_or_out: bool) {
    if in_or_out {
        map.entry(key.clone()).or_default().insert(value);
    } else if let Some(values) = map.get_mut(key) {
        values.remove(&value);
        if values.is_empty() {
            map.remove(key);
        }
    }
}
