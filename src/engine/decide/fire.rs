//! A routine fires: a ticket for its assignee, a word in the ticket that is still being worked on, or a message.

use super::edit::numbered;
use super::making::Making;
use crate::engine::refusal::Refusal;
use crate::engine::routines;
use crate::engine::wakes::beat::late;
use crate::model::plan::{Answer, Body, Edit, NewTicket, Plan, Reason};
use crate::model::routine::{Concurrency, Payload, Routine};
use crate::model::run::Firing;
use crate::model::status::TicketStatus;
use crate::model::ticket::{EntryKind, TicketHead};
use crate::model::{Actor, Slug, TicketId};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Fires a routine for the firing that was due at `slot`.
pub(super) fn fire(mut making: Making<'_>, slug: &Slug, trigger: usize, slot: Timestamp) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let routine = snapshot.routines().get(slug).ok_or_else(|| Refusal::NoRoutine(slug.clone()))?;
    let found = routines::find(snapshot, slug, routine, making.now);
    let found = found.into_iter().find(|found| found.trigger == trigger);
    match found.map(|found| found.due) {
        Some(Ok(due)) if due == slot => {}
        Some(Ok(_)) | None => return Err(Refusal::NotDue("it has fired, or its triggers changed")),
        Some(Err(hold)) => return Err(super::wake::refused(hold)),
    }
    if let Some(hold) = late(snapshot, slot, making.now) {
        return Err(super::wake::refused(hold));
    }
    let agent = routine.task.assignee.clone().ok_or_else(|| Refusal::NoRoutine(slug.clone()))?;
    let key = routine.triggers.get(trigger).map(crate::model::routine::Trigger::key).unwrap_or_default();
    let active = routines::active(snapshot, routine).filter(|_| routine.concurrency == Concurrency::CoalesceIfActive);
    let (ticket, subject): (Option<TicketId>, String) = match (routine.payload, active) {
        (Payload::Message, _) => (None, format!("{slug} leaves a message for {agent}")),
        (Payload::Ticket, Some(ticket)) => {
            let entry = making.entry(&Actor::Corp, EntryKind::Notice);
            making.say(ticket, entry, &format!("@{agent} the routine `{slug}` fired again ({key})."));
            (Some(ticket.id.clone()), format!("{slug} fires again while {} is open", ticket.id))
        }
        (Payload::Ticket, None) => {
            let values = values(snapshot, routine, slot);
            let head = head(slug, routine, &values);
            let ticket = numbered(&making, &Actor::Corp, &head, true)?;
            let id = ticket.id.clone();
            let body = Body::Task { path: format!("{}/TASK.md", routine.folder), variables: values };
            let subject = format!("{slug} opens {id} for {agent}: {}", ticket.head.title);
            making.edit(Edit::NewTicket(Box::new(NewTicket { ticket, body })));
            (Some(id), subject)
        }
    };
    let id = making.run_id();
    let firing =
        Firing { id, routine: slug.clone(), trigger: key, agent, slot, at: making.now, ticket: ticket.clone() };
    making.edit(Edit::Firing(Box::new(firing)));
    let reason = Reason {
        tickets: ticket.clone().into_iter().collect(),
        cause: Some(format!("routine {slug} {slot}")),
        ..Reason::new(Actor::Corp, subject)
    };
    let answer = ticket.map_or(Answer::Done, |ticket| Answer::Created { ticket });
    Ok(making.plan(reason, answer))
}

/// What is filled in for `{{name}}`: the routine's variables, and `date` and `time` of the firing in the company's zone.
fn values(snapshot: &crate::model::Snapshot, routine: &Routine, slot: Timestamp) -> BTreeMap<String, String> {
    let local = slot.to_zoned(snapshot.company.timezone.rules().clone());
    let mut values = BTreeMap::from([
        ("date".to_owned(), local.strftime("%Y-%m-%d").to_string()),
        ("time".to_owned(), local.strftime("%H:%M").to_string()),
    ]);
    for (name, variable) in &routine.variables {
        if let Some(default) = &variable.default {
            values.insert(name.clone(), default.clone());
        }
    }
    values
}

fn head(slug: &Slug, routine: &Routine, values: &BTreeMap<String, String>) -> TicketHead {
    let task = &routine.task;
    let title = task.title.as_deref().unwrap_or(slug.as_str());
    TicketHead {
        status: TicketStatus::Todo,
        assignee: task.assignee.clone(),
        project: task.project.clone(),
        priority: task.priority.unwrap_or(crate::model::status::Priority::Medium),
        labels: task.labels.clone(),
        seed: Some(routine.folder.clone()),
        ..TicketHead::new(crate::model::fill::filled(title, values))
    }
}
