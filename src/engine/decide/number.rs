//! A file that somebody dropped into `tickets/` becomes a ticket: it gets the next number and its place.

use super::edit::numbered;
use super::making::Making;
use crate::engine::refusal::Refusal;
use crate::model::Actor;
use crate::model::plan::{Answer, Body, Edit, NewTicket, Plan, Reason};

/// Gives a draft its number. Only home does.
pub(super) fn number(mut making: Making<'_>, path: &str) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    if !snapshot.is_home() {
        return Err(Refusal::NoHome);
    }
    let Some(head) = snapshot.drafts().get(path) else { return Ok(making.nothing(Answer::Already)) };
    // What was said about its status stays; the default was filled in when it was read.
    let ticket = numbered(&making, &Actor::Corp, head, true)?;
    let id = ticket.id.clone();
    let subject = format!("{path} becomes {id}: {}", ticket.head.title);
    making.edit(Edit::NewTicket(Box::new(NewTicket { ticket, body: Body::Draft { path: path.to_owned() } })));
    let reason = Reason { tickets: vec![id.clone()], ..Reason::new(Actor::Corp, subject) };
    Ok(making.plan(reason, Answer::Created { ticket: id }))
}
