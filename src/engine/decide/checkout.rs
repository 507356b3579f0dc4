//! Who has a ticket: taking it, giving it back, taking it away. The answer to a second taker is no, with a name.

use super::making::{Making, author};
use crate::engine::budget::{self, Scopes};
use crate::engine::refusal::Refusal;
use crate::engine::wakes::{Rule, ticket::open_blocker};
use crate::model::plan::{Answer, Edit, Plan, Reason, StopReason, TicketChange};
use crate::model::run::{Ceiling, Run, RunState};
use crate::model::status::{AgentStatus, TicketStatus};
use crate::model::ticket::{EntryKind, Lock, Ticket};
use crate::model::{Actor, RunId, Slug, TicketId};
use std::sync::Arc;

/// Checks a ticket out. The same holder again succeeds and changes nothing.
pub(super) fn checkout(making: Making<'_>, by: &Actor, id: &TicketId, holder: Option<&Slug>) -> Result<Plan, Refusal> {
    let ticket = making.ticket(id)?;
    let holder = holder_of(&making, by, holder)?;
    take(making, by, ticket, &holder)
}

/// Finds the next ticket of an agent and checks it out. One that its run holds already is the next.
pub(super) fn next(making: Making<'_>, by: &Actor, agent: Option<&Slug>) -> Result<Plan, Refusal> {
    let holder = holder_of(&making, by, agent)?;
    let snapshot = making.snapshot;
    if let Some(worker) = snapshot.worker(holder.as_str())
        && worker.status() != AgentStatus::Active
    {
        return Err(Refusal::NotWorking { agent: holder, status: worker.status() });
    }
    let mut hold = None;
    // What is nobody's comes after what is one's own.
    let own = snapshot.index().assigned.get(&holder).into_iter().flatten();
    for turn in own.chain(&snapshot.index().unassigned) {
        let Some(ticket) = snapshot.ticket(&turn.ticket) else { continue };
        let mine = ticket.lock.as_ref().is_some_and(|lock| is_same(lock, by, &holder));
        let free = match ticket.head.status {
            TicketStatus::Todo => open_blocker(snapshot, ticket).is_none() && ticket.lock.is_none(),
            TicketStatus::InProgress => ticket.lock.is_none(),
            TicketStatus::Backlog
            | TicketStatus::InReview
            | TicketStatus::Blocked
            | TicketStatus::Done
            | TicketStatus::Cancelled => false,
        };
        if !mine && (!free || snapshot.broken().contains_key(&ticket.path)) {
            continue;
        }
        match take(making.clone(), by, ticket, &holder) {
            Ok(plan) => return Ok(plan),
            // Another project, or another goal, may have room where this one has none.
            Err(refusal) => hold = hold.or(Some(refusal)),
        }
    }
    match hold {
        Some(refusal @ Refusal::Waits { .. }) => Err(refusal),
        Some(_) | None => Ok(making.nothing(Answer::Nothing)),
    }
}

/// Gives a checkout back.
pub(super) fn release(mut making: Making<'_>, by: &Actor, id: &TicketId, why: Option<&str>) -> Result<Plan, Refusal> {
    let ticket = making.ticket(id)?;
    let Some(lock) = &ticket.lock else { return Err(Refusal::NotHeld(ticket.id.clone())) };
    if !is_same(lock, by, &lock.holder) {
        return Err(held(ticket, lock));
    }
    making.unlock(ticket);
    if ticket.head.status == TicketStatus::InProgress {
        making.status(ticket, TicketStatus::Todo);
    }
    if let Some(why) = why {
        let entry = making.entry(by, EntryKind::Comment);
        making.say(ticket, entry, why);
    }
    let reason = about(by, ticket, format!("{} gives {} back", lock.holder, ticket.id), why);
    Ok(making.plan(reason, Answer::Done))
}

/// Takes somebody's checkout away. A run that works on it is stopped.
pub(super) fn unlock(mut making: Making<'_>, by: &Actor, id: &TicketId, why: &str) -> Result<Plan, Refusal> {
    let ticket = making.ticket(id)?;
    if let Actor::Agent { agent, .. } = by {
        return Err(Refusal::NotAllowed {
            who: agent.to_string(),
            what: format!("unlock {}", ticket.id),
            why: "only people take a checkout away".to_owned(),
        });
    }
    if why.trim().is_empty() {
        return Err(Refusal::Invalid("say why the checkout is taken away, with `--reason`".to_owned()));
    }
    let Some(lock) = &ticket.lock else { return Err(Refusal::NotHeld(ticket.id.clone())) };
    making.unlock(ticket);
    if ticket.head.status == TicketStatus::InProgress {
        making.status(ticket, TicketStatus::Todo);
    }
    let entry = making.entry(by, EntryKind::Comment);
    making.say(ticket, entry, &format!("Checkout of {} taken away: {why}", lock.holder));
    let run = lock.run.as_ref().and_then(|run| making.snapshot.run(run.as_str())).filter(|run| run.is_open());
    if let Some(run) = run {
        let id = run.id.clone();
        making.stop(&id, StopReason::Interrupted, format!("{by} took {} away: {why}", ticket.id));
    }
    let subject = format!("{by} takes {} away from {}", ticket.id, lock.holder);
    Ok(making.plan(about(by, ticket, subject, Some(why)), Answer::Done))
}

/// For whom: an agent acts for itself, a person for itself or as an agent.
fn holder_of(making: &Making<'_>, by: &Actor, holder: Option<&Slug>) -> Result<Slug, Refusal> {
    let own = author(by);
    let holder = holder.cloned().unwrap_or_else(|| own.clone());
    if let Actor::Agent { agent, .. } = by {
        if holder != own {
            return Err(Refusal::NotAllowed {
                who: agent.to_string(),
                what: format!("act as {holder}"),
                why: "an agent acts for itself".to_owned(),
            });
        }
    } else if holder != own && making.snapshot.worker(holder.as_str()).is_none() {
        return Err(Refusal::NoAgent(holder));
    }
    Ok(holder)
}

/// Whether a checkout is the asker's own: by the same run of an agent, or by the same person.
fn is_same(lock: &Lock, by: &Actor, holder: &Slug) -> bool {
    match by {
        Actor::Agent { run, .. } => lock.run.as_ref() == Some(run),
        Actor::Person(person) => lock.run.is_none() && (lock.holder == *holder || lock.holder == *person),
        Actor::Corp => false,
    }
}

fn held(ticket: &Ticket, lock: &Lock) -> Refusal {
    Refusal::Held { ticket: ticket.id.clone(), holder: lock.holder.clone(), since: lock.since }
}

fn take(mut making: Making<'_>, by: &Actor, ticket: &Arc<Ticket>, holder: &Slug) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let id = &ticket.id;
    let head = &ticket.head;
    if let Some(lock) = &ticket.lock {
        if lock.holder == *holder && is_same(lock, by, holder) {
            return Ok(making.nothing(Answer::CheckedOut { ticket: id.clone(), fence: lock.fence, again: true }));
        }
        return Err(held(ticket, lock));
    }
    let working = snapshot.index().working.get(id).into_iter().flatten();
    let other = working.filter_map(|run| snapshot.run(run.as_str())).find(|run| by.run() != Some(&run.id));
    if let Some(run) = other {
        let since = run.announced().unwrap_or(making.now);
        return Err(Refusal::Busy { ticket: id.clone(), agent: run.agent().clone(), since });
    }
    if let Some(assignee) = head.assignee.as_ref().filter(|assignee| *assignee != holder) {
        return Err(Refusal::AssignedElsewhere { ticket: id.clone(), assignee: assignee.clone() });
    }
    match head.status {
        TicketStatus::Todo | TicketStatus::InProgress | TicketStatus::InReview | TicketStatus::Blocked => {}
        // Whoever takes a parked ticket takes it out of the backlog.
        TicketStatus::Backlog => {}
        TicketStatus::Done | TicketStatus::Cancelled => {
            return Err(Refusal::Closed { ticket: id.clone(), status: head.status });
        }
    }
    // A person may know better; an agent does not work on what is not ready.
    if let (Actor::Agent { .. }, Some(blocker)) = (by, open_blocker(snapshot, ticket)) {
        return Err(Refusal::Blocked { ticket: id.clone(), blocker: blocker.clone() });
    }
    let clone = snapshot.local.clone.clone().ok_or(Refusal::NoHome)?;
    let reserved = match by.run() {
        Some(run) => rescope(&mut making, run, ticket)?,
        None => Ceiling::default(),
    };
    let fence = head.fence + 1;
    if head.assignee.is_none() {
        making.change(id, TicketChange::Assignee(Some(holder.clone())));
    }
    making.change(id, TicketChange::Fence(fence));
    making.status(ticket, TicketStatus::InProgress);
    let lock = Lock { holder: holder.clone(), run: by.run().cloned(), clone, fence, since: making.now, reserved };
    making.edit(Edit::Lock { ticket: id.clone(), lock: Box::new(lock) });
    let subject = format!("{holder} takes {id}: {}", head.title);
    let reason = Reason { fence: Some(fence), ..about(by, ticket, subject, None) };
    Ok(making.plan(reason, Answer::CheckedOut { ticket: id.clone(), fence, again: false }))
}

/// A run that takes a ticket counts where the ticket counts, from now on; there has to be room.
fn rescope(making: &mut Making<'_>, id: &RunId, ticket: &Arc<Ticket>) -> Result<Ceiling, Refusal> {
    let snapshot = making.snapshot;
    let run = snapshot.run(id.as_str()).ok_or_else(|| Refusal::NoRun(id.clone()))?;
    match run.state {
        RunState::Open { .. } => {}
        RunState::Queued | RunState::Ended { .. } => return Err(Refusal::NoRun(id.clone())),
    }
    let scopes = Scopes::of(snapshot, run.agent(), Some(ticket));
    if Scopes::of_run(run) == scopes {
        return Ok(run.reserved);
    }
    budget::room_without(snapshot, &scopes, &run.reserved, making.now, Some(run)).map_err(|short| Refusal::Waits {
        rule: Rule::Budget,
        words: short.words(),
        until: short.free_at,
    })?;
    let Scopes { ticket, project, goal, routine, .. } = scopes;
    making.edit(Edit::Run(Box::new(Run { ticket, project, goal, routine, ..(**run).clone() })));
    Ok(run.reserved)
}

fn about(by: &Actor, ticket: &Ticket, subject: String, why: Option<&str>) -> Reason {
    Reason {
        tickets: vec![ticket.id.clone()],
        fence: Some(ticket.head.fence),
        cause: why.map(str::to_owned),
        ..Reason::new(by.clone(), subject)
    }
}
