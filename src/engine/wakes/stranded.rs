//! Others wait for an agent in a ticket that is not its own: it was asked and has looked away, or it is named to unblock
//! something. It is woken for that once; after that [`crate::engine::liveness`] calls the ticket stranded.

use super::{Candidate, Context, Finding, ticket};
use crate::model::run::{Wake, WakeCause};
use crate::model::status::TicketStatus;
use crate::model::ticket::Ticket;
use crate::model::{Slug, Snapshot};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Tickets of others in which the agent is the one that everybody waits for.
pub fn find(context: Context<'_>) -> Vec<Finding> {
    let (snapshot, slug) = (context.snapshot, context.worker.slug);
    let index = snapshot.index();
    let named = index.named.get(slug).into_iter().flatten();
    let all: BTreeSet<_> = named.chain(index.owned.get(slug).into_iter().flatten()).collect();
    let tickets = all.into_iter().filter_map(|id| snapshot.ticket(id));
    let waiting = tickets.filter_map(|ticket| Some((ticket, since(snapshot, slug, ticket)?)));
    let due = waiting.filter(|(ticket, since)| !woken_since(snapshot, slug, ticket, *since));
    due.map(|(ticket, since)| {
        let wake = Wake::new(slug.clone(), Some(ticket.id.clone()), WakeCause::Stranded);
        let candidate = Candidate::new(wake, ticket.head.priority, Some(since));
        match ticket::back_off(context, ticket) {
            Some(hold) if hold.until.is_none_or(|until| until > context.now) => Finding::Held(candidate, hold),
            Some(_) | None => Finding::Ready(candidate),
        }
    })
    .collect()
}

/// Since when a ticket waits for the agent alone, who knows of it; `None`: it does not, or the agent was not woken by what
/// was said to it yet.
pub fn since(snapshot: &Snapshot, agent: &Slug, ticket: &Ticket) -> Option<Timestamp> {
    if ticket.head.status.is_closed() || ticket.head.assignee.as_ref() == Some(agent) {
        return None;
    }
    let owns = ticket.head.status == TicketStatus::Blocked && ticket.head.unblock_owner.as_ref() == Some(agent);
    if owns {
        // Files do not say since when; the last run of whoever does it is when it was found out.
        let runs = ticket.head.assignee.as_ref().and_then(|who| snapshot.history().on(who, &ticket.id).last());
        let said = ticket.thread.last().map(|entry| entry.at);
        return runs.map(|note| note.announced).max(said).or(ticket.head.created).or(Some(Timestamp::MIN));
    }
    let asked = ticket.open_questions().find(|question| question.to.as_ref() == Some(agent))?.at;
    let looked = snapshot.history().on(agent, &ticket.id).last()?;
    (looked.announced > asked && looked.ended.is_some()).then_some(asked)
}

/// Whether the agent was woken for that since then.
pub fn woken_since(snapshot: &Snapshot, agent: &Slug, ticket: &Ticket, since: Timestamp) -> bool {
    let notes = snapshot.history().on(agent, &ticket.id).iter().rev();
    // What it says itself in that run is later than the run, and gives it no further wake.
    let mut own = notes.filter(|note| note.cause == WakeCause::Stranded);
    let others = |note: Timestamp| {
        ticket.thread.iter().rev().any(|entry| entry.at > note && entry.author != *agent && entry.at >= since)
    };
    own.any(|note| note.announced >= since || !others(note.announced))
}

/// Whether a blocked ticket says nothing that would end it.
pub fn by_nothing(snapshot: &Snapshot, ticket: &Ticket) -> bool {
    ticket.head.unblock_owner.is_none()
        && ticket::open_blocker(snapshot, ticket).is_none()
        && ticket.open_questions().next().is_none()
}

/// Whether whoever does a ticket was woken since a person last said something, because it would lie there for ever.
pub fn was_woken(context: Context<'_>, ticket: &Ticket) -> bool {
    let notes = super::counted(context.snapshot, context.worker.slug, ticket);
    notes.iter().any(|note| note.cause == WakeCause::Stranded)
}
