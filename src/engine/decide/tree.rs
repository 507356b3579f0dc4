//! Files changed by another hand. They are in force already; here is what else comes of it: checkouts that are over, runs
//! that are stopped, dates that a person does not write.

use super::approval;
use super::deliver;
use super::edit::{ask_those_who_wait, interrupt};
use super::making::Making;
use super::review;
use super::roster::{limit_runs, stop_agent, stop_all};
use crate::engine::foreign::Change;
use crate::engine::refusal::Refusal;
use crate::engine::wakes::stranded::by_nothing;
use crate::model::company::NotifyEvent;
use crate::model::plan::{Answer, Edit, Plan, Reason, TicketChange};
use crate::model::status::TicketStatus;
use crate::model::ticket::{Ticket, TicketHead};
use crate::model::{Actor, Snapshot};
use std::sync::Arc;

/// What comes of changes by another hand.
pub(super) fn changed(mut making: Making<'_>, by: &Actor, changes: &[Change]) -> Result<Plan, Refusal> {
    let snapshot: &Snapshot = making.snapshot;
    // Other clones look and do not act.
    if !snapshot.is_home() {
        return Ok(making.nothing(Answer::Already));
    }
    let mut tickets = Vec::new();
    let mut said = Vec::new();
    for change in changes {
        match change {
            Change::Ticket { id, before } => {
                let Some(after) = snapshot.ticket(id) else { continue };
                let mut taken = after.clone();
                if let Some(before) = before {
                    let (head, words) = review::by_hand(&mut making, by, before, after);
                    said.extend(words);
                    if head != after.head {
                        for change in differing(&after.head, &head) {
                            making.change(id, change);
                        }
                        taken = Arc::new(Ticket { head, ..(**after).clone() });
                    }
                }
                let after = &taken;
                if let Some(before) = before {
                    let moved = before.head.status != after.head.status || before.head.assignee != after.head.assignee;
                    if moved {
                        interrupt(&mut making, by, before, after);
                    }
                    let cancelled = TicketStatus::Cancelled;
                    if after.head.status == cancelled && before.head.status != cancelled {
                        ask_those_who_wait(&mut making, id);
                    }
                }
                if before.is_some() && deliver::by_hand(&mut making, by, before.as_deref(), after) {
                    said.push(deliver::waits_words(id));
                    tickets.push(id.clone());
                    continue;
                }
                let is_blocked = |ticket: &Ticket| ticket.head.status == TicketStatus::Blocked;
                if is_blocked(after) && !before.as_deref().is_some_and(is_blocked) && by_nothing(snapshot, after) {
                    name_owner(&mut making, by, after);
                }
                let closed = after.head.status.is_closed();
                if closed && after.head.closed.is_none() {
                    making.change(id, TicketChange::Closed(Some(making.now)));
                } else if !closed && after.head.closed.is_some() {
                    making.change(id, TicketChange::Closed(None));
                }
                if after.head.created.is_none() {
                    making.change(id, TicketChange::Created(making.now));
                }
                tickets.push(id.clone());
            }
            Change::Agent { slug, before } => {
                let Some(worker) = snapshot.worker(slug.as_str()) else { continue };
                if worker.status() != *before {
                    stop_agent(&mut making, slug, worker.status(), &format!("{by} set {slug} to {}", worker.status()));
                }
            }
            Change::Trespass { by, path, commit, why, paper } => {
                let about = format!("trespass:{commit}:{path}");
                if let Some(paper) = paper {
                    making.edit(Edit::Paper(Box::new(paper.clone())));
                    said.push(format!("what {by} changed in {path} is taken back: {why}"));
                    let title = format!("what {by} changed in {path} is taken back");
                    let text = format!("{why}. `corp show {commit}` has what it was");
                    making.tell(NotifyEvent::Incident, about, title, text);
                } else {
                    let title = format!("{by} changed {path} and may not, and it stands");
                    let text = format!(
                        "{why}. It was changed again since, or is no text, so nobody but a person takes it back: `corp undo {commit}`"
                    );
                    making.tell(NotifyEvent::Incident, about, title, text);
                }
            }
            Change::Approval { .. } => said.extend(approval::taken_in(&mut making, change)),
            Change::Budgets => {
                said.extend(approval::overtaken(&mut making));
                limit_runs(&mut making, None);
            }
            Change::Company { before } => {
                if snapshot.company.status != *before {
                    stop_all(&mut making, snapshot.company.status, &format!("{by} paused the company"));
                }
            }
        }
    }
    if making.is_idle() {
        return Ok(making.nothing(Answer::Already));
    }
    let shown: Vec<String> = tickets.iter().map(ToString::to_string).collect();
    let subject = match &shown[..] {
        _ if !said.is_empty() => said.join("; "),
        [] => format!("what {by} changed is taken in"),
        [one] => format!("what {by} changed in {one} is taken in"),
        [first, ..] => format!("what {by} changed in {first} and {} more is taken in", shown.len() - 1),
    };
    let reason = Reason { tickets, ..Reason::new(Actor::Corp, subject) };
    Ok(making.plan(reason, Answer::Done))
}

/// What of a ticket is to be different, of what its stages decide.
fn differing(before: &TicketHead, after: &TicketHead) -> Vec<TicketChange> {
    let changes = [
        (before.status != after.status).then_some(TicketChange::Status(after.status)),
        (before.stages != after.stages).then(|| TicketChange::Stages(after.stages.clone())),
        (before.reviews != after.reviews).then(|| TicketChange::Reviews(after.reviews.clone())),
    ];
    changes.into_iter().flatten().collect()
}

/// A file says blocked, and nothing that would end it: whoever wrote it, or the board, is named, and told what to add.
fn name_owner(making: &mut Making<'_>, by: &Actor, ticket: &Ticket) {
    let company = &making.snapshot.company;
    let own = match by {
        Actor::Person(person) => company.person(person),
        Actor::Agent { .. } | Actor::Corp => None,
    };
    let Some(owner) = own.or_else(|| company.first_in_charge()).map(|person| person.id.clone()) else { return };
    making.change(&ticket.id, TicketChange::UnblockOwner(Some(owner.clone())));
    making.notice(
        ticket,
        &format!(
            "@{owner}: {} was set to blocked, and nothing said what would let it go on; until then it is you. Name tickets it \
             waits for in `blocked_by`, somebody in `unblock_owner`, or ask in the thread.",
            ticket.id
        ),
    );
}
