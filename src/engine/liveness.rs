//! Whether something brings an open ticket on: a run, a wake that comes, or somebody who is waited for. What has neither is
//! stranded, and is handed to the board. Derived from the state, like everything that is due.

use super::wakes::{Context, Finding, Rule, stranded as waits, ticket as own};
use crate::model::status::{AgentStatus, TicketStatus};
use crate::model::ticket::{Entry, EntryKind, Ticket};
use crate::model::{Slug, Snapshot, TicketId};
use jiff::Timestamp;

/// What brings a ticket on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Path {
    /// A run works on it, or one comes by itself.
    Live(String),
    /// It waits for somebody or something that is there.
    Waiting(String),
    /// Nothing does.
    Stranded(String),
}

/// What brings an open ticket on.
pub fn path(snapshot: &Snapshot, ticket: &Ticket, now: Timestamp) -> Path {
    let (id, head) = (&ticket.id, &ticket.head);
    if head.status.is_closed() {
        return Path::Waiting(format!("it is {}", head.status));
    }
    let Some(assignee) = &head.assignee else { return Path::Waiting("it is nobody's yet".to_owned()) };
    if head.status == TicketStatus::Backlog {
        return Path::Waiting("it is parked in the backlog".to_owned());
    }
    let index = snapshot.index();
    if ticket.lock.is_some() || index.working.contains_key(id) || index.queued_about.contains_key(id) {
        return Path::Live("somebody has it, or a run about it waits for its turn".to_owned());
    }
    if snapshot.company.person(assignee).is_some() {
        return Path::Waiting(format!("it is {assignee}'s"));
    }
    let Some(worker) = snapshot.worker(assignee.as_str()) else {
        return Path::Stranded(format!("{assignee}, who does it, is neither an agent nor on the board"));
    };
    match worker.status() {
        AgentStatus::Terminated => return Path::Stranded(format!("{assignee}, who does it, has left")),
        AgentStatus::Paused => return Path::Waiting(format!("{assignee} is paused")),
        AgentStatus::PendingApproval => return Path::Waiting(format!("{assignee} is not hired yet")),
        AgentStatus::Active => {}
    }
    match own::find(Context { snapshot, worker, now }, ticket) {
        Finding::Ready(_) => Path::Live(format!("{assignee} is woken for it")),
        Finding::Held(_, hold) if hold.rule == Rule::Blockers => blockers(snapshot, ticket),
        Finding::Held(_, hold) if hold.rule == Rule::WakeOn => Path::Waiting(hold.words),
        Finding::Held(_, hold) => Path::Live(hold.words),
        Finding::Nothing(hold) => resting(snapshot, ticket, hold.words),
    }
}

/// A ticket for which nobody is woken by itself.
fn resting(snapshot: &Snapshot, ticket: &Ticket, words: String) -> Path {
    let head = &ticket.head;
    if head.status == TicketStatus::Blocked {
        if let Some(owner) = &head.unblock_owner {
            return somebody(snapshot, owner, ticket, "is to unblock it");
        }
        if own::open_blocker(snapshot, ticket).is_some() {
            return blockers(snapshot, ticket);
        }
    }
    if let Some(question) = ticket.open_questions().next() {
        return match &question.to {
            Some(to) => somebody(snapshot, to, ticket, "was asked"),
            None => Path::Stranded("a question in it is put to nobody".to_owned()),
        };
    }
    if snapshot.approvals_about(&ticket.id).any(|(_, approval)| approval.is_open()) {
        return Path::Waiting(words);
    }
    match head.status {
        TicketStatus::Blocked => Path::Stranded("it is blocked, and nothing says by what".to_owned()),
        TicketStatus::InReview if !head.stages.is_empty() => Path::Waiting(words),
        // Whoever asked for it looks at it, and otherwise the board.
        TicketStatus::InReview => match reviewer(snapshot, ticket) {
            Some(who) => Path::Waiting(format!("{who} is to look at it")),
            None => Path::Stranded("it is in review, and nobody is there to look at it".to_owned()),
        },
        // Its parts.
        TicketStatus::Backlog
        | TicketStatus::Todo
        | TicketStatus::InProgress
        | TicketStatus::Done
        | TicketStatus::Cancelled => Path::Waiting(words),
    }
}

/// The person who looks at a ticket in review for which nobody is named: who asked for it, otherwise the first of the board.
pub fn reviewer<'s>(snapshot: &'s Snapshot, ticket: &Ticket) -> Option<&'s Slug> {
    let company = &snapshot.company;
    let creator = ticket.head.created_by.as_ref().and_then(|who| company.person(who));
    creator.or_else(|| company.first_in_charge()).map(|person| &person.id)
}

/// Somebody is waited for: a person sees it in the inbox, an agent was or is woken for it.
fn somebody(snapshot: &Snapshot, who: &Slug, ticket: &Ticket, words: &str) -> Path {
    if snapshot.company.person(who).is_some() {
        return Path::Waiting(format!("{who} {words}"));
    }
    let status = snapshot.worker(who.as_str()).map(crate::model::agent::Worker::status);
    match status {
        None => Path::Stranded(format!("{who}, who {words}, is neither an agent nor on the board")),
        Some(AgentStatus::Terminated) => Path::Stranded(format!("{who}, who {words}, has left")),
        Some(AgentStatus::Paused | AgentStatus::PendingApproval) => {
            Path::Waiting(format!("{who}, who {words}, does not work now"))
        }
        Some(AgentStatus::Active) => match waits::since(snapshot, who, ticket) {
            Some(since) if waits::woken_since(snapshot, who, ticket, since) => {
                let working = snapshot.index().open.get(who).into_iter().flatten();
                let on_it = working.filter_map(|run| snapshot.run(run.as_str()));
                if on_it.into_iter().any(|run| run.ticket.as_ref() == Some(&ticket.id)) {
                    return Path::Live(format!("{who} looks at it"));
                }
                Path::Stranded(format!("{who}, who {words}, was woken for it and did nothing"))
            }
            Some(_) | None => Path::Live(format!("{who}, who {words}, is woken for it")),
        },
    }
}

/// It waits for other tickets.
fn blockers(snapshot: &Snapshot, ticket: &Ticket) -> Path {
    for id in &ticket.head.blocked_by {
        let Some(blocker) = snapshot.ticket(id) else {
            return Path::Stranded(format!("it waits for {id}, which does not exist"));
        };
        // A notice asked whoever made it what becomes of it.
        let asked = |entry: &Entry| entry.kind == EntryKind::Notice && !entry.mentions.is_empty();
        if blocker.head.status == TicketStatus::Cancelled && !ticket.thread.iter().any(|entry| asked(entry)) {
            return Path::Stranded(format!("it waits for {id}, which was cancelled"));
        }
    }
    let open = own::open_blocker(snapshot, ticket).map(ToString::to_string).unwrap_or_default();
    Path::Waiting(format!("it waits for {open}"))
}

/// Whether the board can be given a ticket: somebody is there, and does not have it already.
pub fn can_be_handed(snapshot: &Snapshot, ticket: &Ticket) -> bool {
    let Some(person) = snapshot.company.first_in_charge() else { return false };
    let readable = !snapshot.broken().contains_key(&ticket.path);
    readable && !(ticket.head.status == TicketStatus::Blocked && ticket.head.unblock_owner.as_ref() == Some(&person.id))
}

/// Tickets of somebody that are to be handed to the board.
pub(super) fn stranded(snapshot: &Snapshot, who: &Slug, now: Timestamp) -> Vec<TicketId> {
    let index = snapshot.index();
    let works = snapshot.worker(who.as_str()).is_some_and(|worker| worker.status() != AgentStatus::Terminated);
    let ids: Vec<&TicketId> = if works {
        index.waiting.get(who).into_iter().flatten().collect()
    } else {
        index.assigned.get(who).into_iter().flatten().map(|turn| &turn.ticket).collect()
    };
    let tickets = ids.into_iter().filter_map(|id| snapshot.ticket(id));
    let lost = tickets.filter(|ticket| matches!(path(snapshot, ticket, now), Path::Stranded(_)));
    lost.filter(|ticket| can_be_handed(snapshot, ticket)).map(|ticket| ticket.id.clone()).collect()
}
