//! Tickets of others in which an agent is named or asked something.

use super::{Candidate, Context, Finding, Hold, Rule, is_own, ticket};
use crate::model::run::{Wake, WakeCause};
use crate::model::ticket::{EntryKind, Ticket};

/// What there is to look at. In its own tickets every word counts anyway ([`ticket`]).
pub fn find(context: Context<'_>) -> Vec<Finding> {
    let named = context.snapshot.index().named.get(context.worker.slug).into_iter().flatten();
    let tickets = named.filter_map(|id| context.snapshot.ticket(id)).filter(|ticket| !is_own(context, ticket));
    tickets.filter_map(|ticket| one(context, ticket)).collect()
}

/// The newest entry of a ticket that names the agent, if it has not seen it.
pub fn one(context: Context<'_>, ticket: &Ticket) -> Option<Finding> {
    let Context { snapshot, worker, now } = context;
    let since = snapshot.history().on(worker.slug, &ticket.id).last().map(|note| note.announced);
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
    Some(match ticket::back_off(context, ticket) {
        Some(hold) if hold.until.is_none_or(|until| until > now) => Finding::Held(candidate, hold),
        Some(_) | None => Finding::Ready(candidate),
    })
}
