//! Which routines are to fire: derived from the last firing that was committed, never from a stored next time.

use super::cadence;
use super::limits::{CATCH_UP_EACH_MS, CATCH_UP_MAX};
use super::wakes::beat::{is_late, last_and_next};
use super::wakes::{Hold, Rule, later};
use crate::model::company::CompanyStatus;
use crate::model::routine::{CatchUp, Concurrency, Payload, Routine, RoutineStatus, Trigger, TriggerTime};
use crate::model::status::AgentStatus;
use crate::model::ticket::Ticket;
use crate::model::{Slug, Snapshot};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// A trigger at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triggered {
    /// Its place in the routine.
    pub trigger: usize,
    /// The firing that is due, by its instant, stagger included; or why there is none.
    pub due: Result<Timestamp, Hold>,
    /// When somebody has to look again.
    pub next: Option<Timestamp>,
}

/// What each trigger of a routine comes to.
pub fn find(snapshot: &Snapshot, slug: &Slug, routine: &Routine, now: Timestamp) -> Vec<Triggered> {
    let hold = gate(snapshot, slug, routine).err();
    let triggers = routine.triggers.iter().enumerate();
    triggers
        .map(|(place, trigger)| match &hold {
            Some(hold) => Triggered { trigger: place, due: Err(hold.clone()), next: None },
            None => one(snapshot, slug, routine, place, trigger, now),
        })
        .collect()
}

/// What keeps a whole routine from firing.
///
/// # Errors
/// The first rule that holds.
pub fn gate(snapshot: &Snapshot, slug: &Slug, routine: &Routine) -> Result<(), Hold> {
    if !snapshot.is_home() {
        return Err(Hold::new(Rule::Home, "this clone is not home"));
    }
    if snapshot.company.status == CompanyStatus::Paused {
        return Err(Hold::new(Rule::Company, "the company is paused"));
    }
    match routine.status {
        RoutineStatus::Active => {}
        RoutineStatus::Paused => return Err(Hold::new(Rule::Agent, format!("{slug} is paused"))),
        RoutineStatus::Archived => return Err(Hold::new(Rule::Agent, format!("{slug} is archived"))),
    }
    for path in ["corp.yaml", &format!("{}/routine.yaml", routine.folder), &format!("{}/TASK.md", routine.folder)] {
        if let Some(error) = snapshot.broken().get(path) {
            return Err(Hold::new(Rule::Policy, format!("{path} holds an error: {error}")));
        }
    }
    let Some(assignee) = &routine.task.assignee else {
        return Err(Hold::new(Rule::Agent, format!("the task of {slug} has no assignee")));
    };
    let Some(worker) = snapshot.worker(assignee.as_str()) else {
        return Err(Hold::new(Rule::Agent, format!("there is no agent `{assignee}`")));
    };
    if worker.status() != AgentStatus::Active {
        return Err(Hold::new(Rule::Agent, format!("{assignee} is {}", worker.status())));
    }
    let missing = routine.variables.iter().find(|(_, variable)| variable.required && variable.default.is_none());
    match missing {
        Some((name, _)) => Err(Hold::new(Rule::Heartbeat, format!("the variable `{name}` has no value"))),
        None => Ok(()),
    }
}

/// The ticket of an earlier firing that is still being worked on.
pub fn active<'s>(snapshot: &'s Snapshot, routine: &Routine) -> Option<&'s Arc<Ticket>> {
    let seeds = snapshot.index().seeds.get(&routine.folder).into_iter().flatten();
    let mut tickets = seeds.filter_map(|id| snapshot.ticket(id));
    tickets.find(|ticket| !ticket.head.status.is_closed())
}

fn one(
    snapshot: &Snapshot,
    slug: &Slug,
    routine: &Routine,
    place: usize,
    trigger: &Trigger,
    now: Timestamp,
) -> Triggered {
    let none = |hold, next| Triggered { trigger: place, due: Err(hold), next };
    if !trigger.enabled {
        return none(Hold::new(Rule::Heartbeat, format!("{} is switched off", trigger.key())), None);
    }
    let zone = trigger.timezone.as_ref().unwrap_or(&snapshot.company.timezone);
    let job = format!("{}:{slug}", snapshot.company.name);
    let explicit = trigger.stagger.map(crate::model::Interval::ms);
    let next_after = |after: Timestamp| match &trigger.time {
        TriggerTime::Cron(cron) => cron.next_after(after, zone),
        TriggerTime::At(at) => at.instant(zone).filter(|at| *at > after),
        TriggerTime::Every(every) if every.ms() == 0 => None,
        TriggerTime::Every(every) => {
            let phase = cadence::phase_ms("", &job, every.ms());
            Timestamp::from_millisecond(cadence::next_on_phase_ms(after.as_millisecond(), every.ms(), phase)).ok()
        }
    };
    let stagger = match &trigger.time {
        TriggerTime::Cron(cron) => cadence::stagger_ms(cron.as_str(), explicit),
        TriggerTime::Every(_) | TriggerTime::At(_) => explicit.unwrap_or(0),
    };
    let offset = cadence::stagger_offset_ms(&job, stagger);
    let baseline = baseline(snapshot, slug, routine, trigger, now);
    let (last, next) = last_and_next(next_after, baseline, now, offset);
    let next = next.map(|next| later(next, offset));
    let Some(last) = last else {
        return none(Hold::new(Rule::Heartbeat, format!("{} has not come", trigger.key())).until(next), next);
    };
    if let Some(ticket) = active(snapshot, routine) {
        let id = &ticket.id;
        match routine.concurrency {
            Concurrency::AlwaysEnqueue => {}
            Concurrency::SkipIfActive => {
                let words = format!("{id} of an earlier firing is still being worked on");
                return none(Hold::new(Rule::AgentRuns, words), next);
            }
            Concurrency::CoalesceIfActive => {
                let seen = routine.task.assignee.as_ref().map(|agent| snapshot.history().on(agent, id));
                if seen.is_none_or(<[_]>::is_empty) {
                    let words = format!("{id} of an earlier firing waits to be looked at, and this one is part of it");
                    return none(Hold::new(Rule::AgentRuns, words), next);
                }
            }
        }
    }
    let slot = match routine.catch_up {
        CatchUp::SkipMissed => last,
        CatchUp::EnqueueMissedWithCap => first_to_catch_up(next_after, baseline, last),
    };
    let slot = later(slot, offset);
    if is_late(slot, now) && routine.catch_up == CatchUp::SkipMissed {
        let words = format!("the firing of {slot} was missed, and `catch_up` leaves it out");
        return none(Hold::new(Rule::Late, words).until(next), next);
    }
    Triggered { trigger: place, due: Ok(slot), next }
}

/// Firings up to here have been seen to: fired, or part of what was worked on.
fn baseline(snapshot: &Snapshot, slug: &Slug, routine: &Routine, trigger: &Trigger, now: Timestamp) -> Timestamp {
    let fired = snapshot.history().routines.get(slug).and_then(|history| history.last_slots.get(&trigger.key()));
    // Where it is not known since when it is asked for, its last firing tells, so that what was missed while no daemon was
    // there is found; what never fired begins with this daemon.
    let unknown = if fired.is_some() { Timestamp::MIN } else { snapshot.local.started };
    let since = snapshot.local.routines_since.get(slug).copied().unwrap_or(unknown);
    // A firing in the future is a clock that went back: it is waited for, so that nothing fires twice.
    let mut baseline = fired.map_or(since, |fired| (*fired).max(since));
    if routine.payload == Payload::Ticket && routine.concurrency != Concurrency::AlwaysEnqueue {
        let seeds = snapshot.index().seeds.get(&routine.folder).into_iter().flatten();
        for ticket in seeds.filter_map(|id| snapshot.ticket(id)) {
            let looked = ticket
                .head
                .assignee
                .as_ref()
                .and_then(|agent| snapshot.history().on(agent, &ticket.id).last().map(|note| note.announced));
            let looked = looked.filter(|_| routine.concurrency == Concurrency::CoalesceIfActive);
            for at in ticket.head.closed.into_iter().chain(looked).filter(|at| *at <= now) {
                baseline = baseline.max(at);
            }
        }
    }
    baseline
}

/// The oldest missed firing that is made up for: of schedules that come every hour or more slowly the last 25, of others
/// only the last.
fn first_to_catch_up(
    next_after: impl Fn(Timestamp) -> Option<Timestamp>,
    baseline: Timestamp,
    last: Timestamp,
) -> Timestamp {
    let gap = next_after(last).map(|next| next.as_millisecond().saturating_sub(last.as_millisecond()));
    if gap.is_some_and(|gap| gap < CATCH_UP_EACH_MS) {
        return last;
    }
    // Nothing that comes so seldom has more than this many firings in the time looked back over.
    let back = gap.map_or(i64::MAX, |gap| gap.saturating_mul(40));
    let from = last.checked_sub(SignedDuration::from_millis(back)).unwrap_or(Timestamp::MIN).max(baseline);
    let mut missed: Vec<Timestamp> =
        std::iter::successors(next_after(from), |at| next_after(*at)).take_while(|at| *at <= last).collect();
    let keep = missed.len().saturating_sub(CATCH_UP_MAX);
    missed.drain(..keep);
    missed.first().copied().unwrap_or(last)
}
