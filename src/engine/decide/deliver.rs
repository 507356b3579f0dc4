//! What a ticket has to come with before it is done. Whether it is there only the shell can see; what follows from it is
//! decided here.

use super::making::Making;
use crate::engine::refusal::Refusal;
use crate::model::plan::{Answer, Effect, Plan, Reason};
use crate::model::status::TicketStatus;
use crate::model::ticket::Ticket;
use crate::model::{Actor, Snapshot, TicketId};

/// Whether everything is there that a ticket has to come with.
///
/// # Errors
/// [`Refusal::NotLooked`]: nobody has looked yet. [`Refusal::Undelivered`]: what is missing.
pub(super) fn are_there(snapshot: &Snapshot, ticket: &Ticket) -> Result<(), Refusal> {
    let wanted = &ticket.head.deliverables;
    if wanted.is_empty() {
        return Ok(());
    }
    match snapshot.local.looked.get(&ticket.id).filter(|looked| looked.of == *wanted) {
        None => Err(Refusal::NotLooked(ticket.id.clone())),
        Some(looked) if looked.missing.is_empty() => Ok(()),
        Some(looked) => Err(Refusal::Undelivered { ticket: ticket.id.clone(), missing: looked.missing.clone() }),
    }
}

/// A file that says done asks for it: until it is known that everything is there, the ticket is in review. Whether that is
/// so here.
pub(super) fn by_hand(making: &mut Making<'_>, by: &Actor, before: Option<&Ticket>, after: &Ticket) -> bool {
    let was_done = before.is_some_and(|before| before.head.status == TicketStatus::Done);
    if was_done || after.head.status != TicketStatus::Done || after.head.deliverables.is_empty() {
        return false;
    }
    making.status(after, TicketStatus::InReview);
    making.effect(Effect::Look { ticket: after.id.clone(), by: by.clone() });
    true
}

/// What the commit says of it.
pub(super) fn waits_words(ticket: &TicketId) -> String {
    format!("{ticket} is in review until what it has to come with was looked at")
}

/// It was looked at: the ticket is done, or whoever set it to done is told what is missing.
pub(super) fn looked(mut making: Making<'_>, by: &Actor, id: &TicketId) -> Result<Plan, Refusal> {
    let ticket = making.ticket(id)?;
    if ticket.head.status != TicketStatus::InReview {
        return Ok(making.nothing(Answer::Already));
    }
    let subject = match are_there(making.snapshot, ticket) {
        Ok(()) => {
            making.status(ticket, TicketStatus::Done);
            format!("{} is done, as {by} wanted: everything is there", ticket.id)
        }
        Err(Refusal::Undelivered { missing, .. }) => {
            let whom = match by {
                Actor::Person(person) => format!("@{person}: "),
                Actor::Agent { .. } | Actor::Corp => String::new(),
            };
            let list: String = missing.iter().map(|one| format!("- {one}\n")).collect();
            let id = &ticket.id;
            making.notice(
                ticket,
                &format!(
                    "{whom}{id} was set to done and is in review, because this is not there:\n\n{list}\nPut it there and set \
                     `status: done` again (`corp ticket close {id}`), or take it out of `deliverables`."
                ),
            );
            format!("{id} is not done: {} of what it has to come with is not there", missing.len())
        }
        Err(other) => return Err(other),
    };
    let reason = Reason { tickets: vec![ticket.id.clone()], ..Reason::new(Actor::Corp, subject) };
    Ok(making.plan(reason, Answer::Done))
}
