//! A run is announced: its ticket checked out, its ceiling reserved, its record written. Only then does it start.

use super::making::Making;
use crate::engine::budget::Scopes;
use crate::engine::refusal::Refusal;
use crate::engine::wakes::{Context, Worker, checks_out, is_own};
use crate::model::plan::{Answer, Edit, Effect, Plan, Reason, TicketChange};
use crate::model::run::{Run, RunState, Wake, WakeCause};
use crate::model::status::TicketStatus;
use crate::model::ticket::{Lock, Ticket};
use crate::model::{Actor, Choice as _};

/// Announces a run for a wake whose rules have all been asked.
pub(super) fn admit(mut making: Making<'_>, worker: Worker<'_>, wake: &Wake) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let clone = snapshot.local.clone.clone().ok_or(Refusal::NoHome)?;
    let ticket = wake.ticket.as_ref().map(|id| making.ticket(id)).transpose()?;
    let reserved = worker.ceiling();
    let scopes = Scopes::of(snapshot, worker.slug, ticket.map(AsRef::as_ref));
    let queued = wake.queued.as_ref().and_then(|id| snapshot.run(id.as_str()));
    let id = queued.map_or_else(|| making.run_id(), |run| run.id.clone());
    let run = Run {
        id: id.clone(),
        wake: Wake { queued: None, ..wake.clone() },
        ticket: ticket.map(|ticket| ticket.id.clone()),
        project: scopes.project,
        goal: scopes.goal,
        routine: scopes.routine,
        queued: queued.and_then(|run| run.queued),
        clone: Some(clone.clone()),
        reserved,
        progress: false,
        state: RunState::Open { announced: making.now },
    };
    making.edit(Edit::Run(Box::new(run)));
    let mut fence = None;
    let context = Context { snapshot, worker, now: making.now };
    if let Some(ticket) = ticket.filter(|ticket| takes(context, ticket, wake.cause)) {
        let next = ticket.head.fence + 1;
        fence = Some(next);
        making.change(&ticket.id, TicketChange::Fence(next));
        making.status(ticket, TicketStatus::InProgress);
        let lock = Lock {
            holder: worker.slug.clone(),
            run: Some(id.clone()),
            clone,
            fence: next,
            since: making.now,
            reserved,
        };
        making.edit(Edit::Lock { ticket: ticket.id.clone(), lock: Box::new(lock) });
    }
    making.effect(Effect::Start { run: id.clone() });
    let agent = worker.slug;
    let subject = match (ticket, fence) {
        (Some(ticket), Some(_)) => format!("{agent} takes {}: {}", ticket.id, ticket.head.title),
        (Some(ticket), None) => format!("{agent} looks at {}", ticket.id),
        (None, _) if wake.cause == WakeCause::Scheduled => format!("{agent} wakes for its heartbeat"),
        (None, _) => format!("{agent} wakes"),
    };
    let reason = Reason {
        run: Some(id.clone()),
        tickets: ticket.map(|ticket| ticket.id.clone()).into_iter().collect(),
        cause: Some(cause_words(wake)),
        fence,
        ..Reason::new(Actor::Corp, subject)
    };
    Ok(making.plan(reason, Answer::Starting { run: id }))
}

/// Whether a run for this cause checks the ticket out.
fn takes(context: Context<'_>, ticket: &Ticket, cause: WakeCause) -> bool {
    let workable = match ticket.head.status {
        TicketStatus::Todo | TicketStatus::InProgress | TicketStatus::Blocked => true,
        TicketStatus::Backlog | TicketStatus::InReview | TicketStatus::Done | TicketStatus::Cancelled => false,
    };
    workable && checks_out(cause) && is_own(context, ticket)
}

/// What led to a run, in one line.
pub(super) fn cause_words(wake: &Wake) -> String {
    let slot = wake.slot.map(|slot| format!(" {slot}")).unwrap_or_default();
    let by = wake.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    format!("wake {}{slot}{by}", wake.cause.word())
}
