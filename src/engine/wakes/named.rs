//! Tickets of others in which an agent is named or asked something, or whose work it is asked to judge.

use super::{Candidate, Context, Finding, Hold, Rule, is_own, ticket};
use crate::engine::stages;
use crate::model::run::{Wake, WakeCause};
use crate::model::ticket::{EntryKind, Ticket};

/// How often a reviewer looks at work that it says nothing about: twice, so that one run that went wrong is made up for.
const LOOKS_MAX: usize = 2;

/// What there is to look at. In its own tickets every word counts anyway ([`ticket`]).
pub fn find(context: Context<'_>) -> Vec<Finding> {
    let named = context.snapshot.index().named.get(context.worker.slug).into_iter().flatten();
    let tickets = named.filter_map(|id| context.snapshot.ticket(id)).filter(|ticket| !is_own(context, ticket));
    tickets.filter_map(|ticket| one(context, ticket)).collect()
}

/// The newest entry of a ticket that names the agent, if it has not seen it.
pub fn one(context: Context<'_>, ticket: &Ticket) -> Option<Finding> {
    let Context { snapshot, worker, .. } = context;
    let since = snapshot.history().on(worker.slug, &ticket.id).last().map(|note| note.announced);
    if let Some(candidate) = judged(context, ticket) {
        return Some(held_back(context, ticket, candidate));
    }
    let asks = |entry: &crate::model::ticket::Entry| {
        entry.kind == EntryKind::Question && entry.to.as_ref() == Some(worker.slug)
    };
    let names = |entry: &crate::model::ticket::Entry| entry.mentions.contains(worker.slug) || asks(entry);
    let unseen = ticket.thread.iter().rev().take_while(|entry| since.is_none_or(|since| entry.at > since));
    let entry = unseen.into_iter().find(|entry| ticket::speaks_to(entry, worker.slug) && names(entry))?;
    let cause = if asks(entry) { WakeCause::Asked } else { WakeCause::Mentioned };
    let mut wake = Wake::new(worker.slug.clone(), Some(ticket.id.clone()), cause);
    wake.by = Some(entry.author.clone());
    wake.note = Some(entry.file.clone());
    let candidate = Candidate::new(wake, ticket.head.priority, Some(entry.at));
    let left_out = ticket::wakes_on(cause).is_some_and(|reason| !worker.wakes_on(reason));
    if left_out {
        let words = format!("`wake_on` of {} leaves this out", worker.slug);
        return Some(Finding::Held(candidate, Hold::new(Rule::WakeOn, words)));
    }
    Some(held_back(context, ticket, candidate))
}

fn held_back(context: Context<'_>, ticket: &Ticket, candidate: Candidate) -> Finding {
    match ticket::back_off(context, ticket) {
        Some(hold) if hold.until.is_none_or(|until| until > context.now) => Finding::Held(candidate, hold),
        Some(_) | None => Finding::Ready(candidate),
    }
}

/// Work that waits for the agent's word. What it looked at and said nothing about it looks at once more, and then only if
/// something new is said.
fn judged(context: Context<'_>, ticket: &Ticket) -> Option<Candidate> {
    let Context { snapshot, worker, .. } = context;
    if !stages::awaits(&ticket.head, worker.slug) {
        return None;
    }
    let submitted = ticket.head.reviews.iter().rfind(|review| review.by != *worker.slug)?;
    let notes = snapshot.history().on(worker.slug, &ticket.id);
    let looks = notes.iter().filter(|note| submitted.at.is_none_or(|at| note.announced > at)).count();
    if looks >= LOOKS_MAX {
        return None;
    }
    let mut wake = Wake::new(worker.slug.clone(), Some(ticket.id.clone()), WakeCause::ReviewRequested);
    wake.by = Some(submitted.by.clone());
    Some(Candidate::new(wake, ticket.head.priority, submitted.at))
}
