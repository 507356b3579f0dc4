//! Whether a ticket is one that can be: what it names is there, it waits for something that can come, and it goes where
//! it may.

use crate::engine::refusal::Refusal;
use crate::engine::wakes::ticket;
use crate::model::plan::TicketChange;
use crate::model::status::TicketStatus;
use crate::model::ticket::{Ticket, TicketHead};
use crate::model::{Snapshot, TicketId};
use std::collections::BTreeSet;

/// Whether a ticket may go from where it stands to `to`.
pub(super) fn transition(ticket: &Ticket, to: TicketStatus) -> Result<(), Refusal> {
    let from = ticket.head.status;
    if from.may_become(to) {
        return Ok(());
    }
    Err(Refusal::Transition { ticket: ticket.id.clone(), from, to })
}

/// What a new ticket names is there: a name nobody has would break its file.
pub(super) fn all_there(snapshot: &Snapshot, head: &TicketHead) -> Result<(), Refusal> {
    let named = [
        TicketChange::Assignee(head.assignee.clone()),
        TicketChange::Project(head.project.clone()),
        TicketChange::Goal(head.goal.clone()),
        TicketChange::Parent(head.parent.clone()),
    ];
    named.iter().try_for_each(|change| is_there(snapshot, change))
}

/// The same of what a change names.
pub(super) fn is_there(snapshot: &Snapshot, change: &TicketChange) -> Result<(), Refusal> {
    match change {
        TicketChange::Assignee(Some(who))
            if snapshot.worker(who.as_str()).is_none() && snapshot.company.person(who).is_none() =>
        {
            Err(Refusal::Invalid(format!("no agent and nobody on the board is called `{who}`")))
        }
        TicketChange::Project(Some(project)) if !snapshot.projects().contains_key(project) => {
            Err(Refusal::Invalid(format!("there is no project `{project}`")))
        }
        TicketChange::Goal(Some(goal)) if !snapshot.goals().contains_key(goal) => {
            Err(Refusal::Invalid(format!("there is no goal `{goal}`")))
        }
        TicketChange::Parent(Some(parent)) if snapshot.ticket(parent).is_none() => {
            Err(Refusal::NoTicket(parent.clone()))
        }
        _ => Ok(()),
    }
}

/// What holds for every ticket.
pub(super) fn check(snapshot: &Snapshot, ticket: &Ticket) -> Result<(), Refusal> {
    let (id, head) = (&ticket.id, &ticket.head);
    if head.status == TicketStatus::InProgress && head.assignee.is_none() {
        return Err(Refusal::Unassigned(id.clone()));
    }
    let by_something =
        !head.blocked_by.is_empty() || head.unblock_owner.is_some() || ticket.open_questions().next().is_some();
    if head.status == TicketStatus::Blocked && !by_something {
        return Err(Refusal::BlockedByNothing(id.clone()));
    }
    if let Some(way) = circle(id, head.blocked_by.clone(), |other| {
        snapshot.ticket(other).map(|other| other.head.blocked_by.clone()).unwrap_or_default()
    }) {
        return Err(Refusal::Circle(id.clone(), way));
    }
    if let Some(way) = circle(id, head.parent.iter().cloned().collect(), |other| {
        snapshot.ticket(other).and_then(|other| other.head.parent.clone()).into_iter().collect()
    }) {
        return Err(Refusal::Circle(id.clone(), way));
    }
    Ok(())
}

/// Whether something would let a ticket go on that is blocked now: words alone do not.
pub(super) fn may_block(snapshot: &Snapshot, ticket: &Ticket) -> Result<(), Refusal> {
    let head = &ticket.head;
    if let Some(owner) = &head.unblock_owner
        && snapshot.worker(owner.as_str()).is_none()
        && snapshot.company.person(owner).is_none()
    {
        return Err(Refusal::Invalid(format!(
            "`{owner}` unblocks nothing: no agent and nobody on the board is called so"
        )));
    }
    let waits = ticket::open_blocker(snapshot, ticket).is_some();
    if waits || head.unblock_owner.is_some() || ticket.open_questions().next().is_some() {
        return Ok(());
    }
    Err(Refusal::BlockedByNothing(ticket.id.clone()))
}

/// The way from `first` back to `id`, if there is one.
fn circle(id: &TicketId, first: Vec<TicketId>, next: impl Fn(&TicketId) -> Vec<TicketId>) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut ways: Vec<Vec<TicketId>> = first.into_iter().map(|id| vec![id]).collect();
    while let Some(way) = ways.pop() {
        let last = &way[way.len() - 1];
        if last == id {
            let shown: Vec<String> = way.iter().map(ToString::to_string).collect();
            return Some(format!("{id} -> {}", shown.join(" -> ")));
        }
        if seen.insert(last.clone()) {
            for further in next(last) {
                ways.push(way.iter().cloned().chain([further]).collect());
            }
        }
    }
    None
}
