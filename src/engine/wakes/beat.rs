//! An agent's heartbeat: which beat is due, derived from the last one that was run and from when somebody asked for it.
//!
//! A beat is an instant ("slot"), known before it comes. What it does is judged as of that instant, so that looking
//! again later gives the same answer: a beat that starts nothing leaves no trace and needs none.

use super::{Candidate, Context, Finding, Hold, Rule, failed, in_a_row, later};
use crate::engine::cadence;
use crate::engine::heartbeat::{self, Beat, Decision, Missing};
use crate::engine::limits::{LATE_AT_ONCE, LATE_EVERY_MS, backoff_ms};
use crate::model::agent::BeatSettings;
use crate::model::heartbeat::HeartbeatState;
use crate::model::run::{Wake, WakeCause};
use crate::model::snapshot::history::{LATE_MS, NOTES_MAX};
use crate::model::status::Priority;
use crate::model::{RunId, Snapshot, Zone};
use jiff::{SignedDuration, Timestamp};

/// The beat that is due, and when the next one comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slots {
    /// The latest beat that has come and was not run.
    pub due: Option<Timestamp>,
    /// The first beat to come.
    pub next: Option<Timestamp>,
}

/// The agent's heartbeat.
pub fn find(context: Context<'_>) -> Finding {
    let Context { snapshot, worker, .. } = context;
    let nothing = |words: String| Hold::new(Rule::Heartbeat, words);
    let Some(settings) = worker.beat() else {
        return Finding::Nothing(nothing(format!("{} is woken by events only", worker.slug)));
    };
    let Slots { due, next } = slots(context, settings);
    let Some(slot) = due else {
        let words = match next {
            Some(_) => format!("the next beat of {} has not come", worker.slug),
            None => format!("{} has no beat to come", worker.slug),
        };
        return Finding::Nothing(nothing(words).until(next));
    };
    let mut wake = Wake::new(worker.slug.clone(), None, WakeCause::Scheduled);
    wake.slot = Some(slot);
    let zone = settings.timezone.as_ref().unwrap_or(&snapshot.company.timezone);
    let none = HeartbeatState::default();
    let message = message(context);
    let beat = Beat {
        file: worker.agent.heartbeat.as_deref(),
        missing: Missing::StartNothing,
        path: "HEARTBEAT.md",
        prompt: settings.prompt.as_deref(),
        state: snapshot.history().of(worker.slug).map_or(&none, |history| &history.tasks),
        now: slot,
        zone: zone.rules(),
        hours: settings.active_hours,
        reason: if message.is_some() { "cron:routine" } else { "interval" },
    };
    let candidate = |wake| Candidate::new(wake, Priority::Medium, Some(slot));
    match heartbeat::decide(&beat) {
        Decision::Skip(skip) => {
            let rule = match skip {
                heartbeat::Skip::QuietHours => Rule::ActiveHours,
                heartbeat::Skip::EmptyFile | heartbeat::Skip::NoTasksDue | heartbeat::Skip::NoFile => Rule::Heartbeat,
            };
            let words = format!("the beat of {} starts nothing: {}", super::seconds(slot), skip_words(skip));
            return Finding::Nothing(Hold::new(rule, words).until(next));
        }
        Decision::Run { tasks, .. } => {
            let file = worker.agent.heartbeat.as_deref();
            let names = tasks.iter().filter_map(|index| file?.tasks.get(*index)).map(|task| task.name.clone());
            wake.tasks = names.collect();
            wake.note = message;
        }
    }
    match still_runs(context).or_else(|| after_failures(context)) {
        Some(hold) => Finding::Held(candidate(wake), hold),
        None => Finding::Ready(candidate(wake)),
    }
}

/// What kept a beat from starting anything, for people.
pub fn skip_words(skip: heartbeat::Skip) -> &'static str {
    match skip {
        heartbeat::Skip::QuietHours => "it is outside of the active hours",
        heartbeat::Skip::EmptyFile => "HEARTBEAT.md says nothing",
        heartbeat::Skip::NoTasksDue => "no task of HEARTBEAT.md is due",
        heartbeat::Skip::NoFile => "there is neither a HEARTBEAT.md nor a prompt",
    }
}

/// The name of a routine whose message waits for this agent.
fn message(context: Context<'_>) -> Option<String> {
    let last = context.snapshot.history().of(context.worker.slug).and_then(|history| {
        history.without_ticket.iter().rev().find(|note| note.cause == WakeCause::Scheduled).map(|note| note.announced)
    });
    let waits = |(at, agent): (&Timestamp, &crate::model::Slug)| {
        agent == context.worker.slug && last.is_none_or(|last| *at > last)
    };
    let routines = context.snapshot.history().routines.iter();
    let mut names =
        routines.filter(|(_, routine)| routine.messages.iter().any(waits)).map(|(slug, _)| slug.to_string());
    names.next()
}

/// Which beat is due, and which comes next.
pub fn slots(context: Context<'_>, settings: &BeatSettings) -> Slots {
    let Context { snapshot, worker, now } = context;
    let since = snapshot.local.agents_since.get(worker.slug).copied();
    let Some(baseline) = baseline(context, since) else { return Slots { due: None, next: None } };
    let zone = settings.timezone.as_ref().unwrap_or(&snapshot.company.timezone);
    if let Some(every) = settings.every.filter(|every| every.ms() > 0) {
        let phase = cadence::phase_ms(&snapshot.company.name, worker.slug.as_str(), every.ms());
        let ms = now.as_millisecond();
        let next = cadence::next_on_phase_ms(ms, every.ms(), phase);
        let last = next.saturating_sub(i64::try_from(every.ms()).unwrap_or(i64::MAX));
        let at = |ms| Timestamp::from_millisecond(ms).ok();
        return Slots { due: at(last).filter(|slot| *slot > baseline), next: at(next) };
    }
    if let Some(cron) = &settings.cron {
        let spread = cadence::stagger_ms(cron.as_str(), None);
        let offset = cadence::stagger_offset_ms(&format!("{}:{}", snapshot.company.name, worker.slug), spread);
        let (due, next) = last_and_next(|after| cron.next_after(after, zone), baseline, now, offset);
        return Slots { due: due.map(|due| later(due, offset)), next: next.map(|next| later(next, offset)) };
    }
    if let Some(at) = settings.at.as_ref().and_then(|at| at.instant(zone)) {
        let to_come = (at > now).then_some(at);
        return Slots { due: (at > baseline && at <= now).then_some(at), next: to_come };
    }
    Slots { due: None, next: None }
}

/// Beats up to here are over: run, or from before anybody asked for them. `None`: nobody can tell.
///
/// Where it is not known since when they are asked for, the last one that was run tells, so that those of a time in which
/// no daemon was there are made up for; who never beat begins with this daemon.
fn baseline(context: Context<'_>, since: Option<Timestamp>) -> Option<Timestamp> {
    let ran = context.snapshot.history().of(context.worker.slug).is_some_and(|history| history.last_slot.is_some());
    let unknown = if ran { Timestamp::MIN } else { context.snapshot.local.started };
    let since = since.unwrap_or(unknown);
    let Some(history) = context.snapshot.history().of(context.worker.slug) else { return Some(since) };
    let tomorrow = later(context.now, CLOCK_AHEAD_MS);
    match history.last_slot {
        None => Some(since),
        // A clock that was put back a little: the beats it has run already are waited for.
        Some(last) if last <= tomorrow => Some(last.max(since)),
        // A clock that was far ahead. Runs that are dated as they should be tell what is over; if there is no room left
        // for them among those of the future, no beat comes before somebody has looked.
        Some(_) => {
            let sound = history.without_ticket.iter().rev().find(|note| note.announced <= tomorrow);
            match sound {
                Some(note) => Some(note.announced.max(since)),
                None => (history.without_ticket.len() < NOTES_MAX).then_some(since),
            }
        }
    }
}

/// How far ahead a beat may have been dated and still be waited for, in milliseconds: a day.
const CLOCK_AHEAD_MS: u64 = 86_400_000;

/// The last firing after `baseline` that, moved by `offset_ms`, has come, and the first that has not; both unmoved.
pub(crate) fn last_and_next(
    next_after: impl Fn(Timestamp) -> Option<Timestamp>,
    baseline: Timestamp,
    now: Timestamp,
    offset_ms: u64,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let offset = SignedDuration::from_millis(i64::try_from(offset_ms).unwrap_or(i64::MAX));
    let now = now.checked_sub(offset).unwrap_or(Timestamp::MIN);
    let first = next_after(baseline.min(now));
    if first.is_none_or(|first| first > now) {
        return (None, first);
    }
    // Only the last is wanted: look back a little, and further if there was none.
    for back in [SignedDuration::from_hours(1), SignedDuration::from_hours(25), SignedDuration::from_hours(24 * 40)] {
        let from = now.checked_sub(back).unwrap_or(Timestamp::MIN).max(baseline);
        if let (Some(last), next) = walk(&next_after, from, now) {
            return (Some(last), next);
        }
        if from == baseline {
            break;
        }
    }
    walk(&next_after, baseline, now)
}

fn walk(
    next_after: impl Fn(Timestamp) -> Option<Timestamp>,
    from: Timestamp,
    now: Timestamp,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let mut last = None;
    let mut next = next_after(from);
    while let Some(at) = next.filter(|at| *at <= now) {
        last = Some(at);
        next = next_after(at);
    }
    (last, next)
}

/// A beat waits until the one before it is over.
fn still_runs(context: Context<'_>) -> Option<Hold> {
    let open = context.snapshot.index().open.get(context.worker.slug).into_iter().flatten();
    let mut beats = open.filter_map(|id: &RunId| context.snapshot.run(id.as_str()));
    let beat = beats.find(|run| run.wake.cause == WakeCause::Scheduled)?;
    Some(Hold::new(Rule::AgentRuns, format!("the beat before still runs ({})", beat.id)))
}

/// The pause after beats that failed.
fn after_failures(context: Context<'_>) -> Option<Hold> {
    let notes = &context.snapshot.history().of(context.worker.slug)?.without_ticket;
    let row = in_a_row(notes, failed);
    let ends = notes.iter().filter_map(|note| note.ended).map(|(at, _)| at);
    let last = ends.filter(|at| *at <= context.now).max()?;
    let until = later(last, backoff_ms(row));
    let words = format!("{row} run{} in a row failed", if row == 1 { "" } else { "s" });
    (row > 0 && until > context.now).then(|| Hold::new(Rule::BackOff, words).until(Some(until)))
}

/// Whether something that was due at `slot` comes late at `now`.
pub fn is_late(slot: Timestamp, now: Timestamp) -> bool {
    now.as_millisecond().saturating_sub(slot.as_millisecond()) >= LATE_MS
}

/// How many late beats and firings may be made up for now, and when there may be another one: five at once since the
/// daemon started, then one every five seconds. The others wait, so that nobody pays for all of them in one moment.
pub fn late_room(snapshot: &Snapshot, now: Timestamp) -> (usize, Timestamp) {
    let late = &snapshot.history().late;
    let made_up = late.iter().rev().take_while(|(at, _)| *at >= snapshot.local.started).take(LATE_AT_ONCE).count();
    let last = late.last().map(|(at, _)| *at).filter(|at| *at <= now);
    let next = later(last.unwrap_or(now), LATE_EVERY_MS.unsigned_abs());
    let free = match LATE_AT_ONCE - made_up {
        0 => usize::from(next <= now),
        free => free,
    };
    (free, next.max(later(now, 1)))
}

/// The same as a rule.
pub fn late(snapshot: &Snapshot, slot: Timestamp, now: Timestamp) -> Option<Hold> {
    let (free, next) = late_room(snapshot, now);
    let words = format!("what was missed is made up for {LATE_AT_ONCE} at once, and then one every 5 seconds");
    (is_late(slot, now) && free == 0).then(|| Hold::new(Rule::Late, words).until(Some(next)))
}

/// The zone in which an agent's day is told.
pub fn zone_of<'s>(context: Context<'s>) -> &'s Zone {
    let own = context.worker.beat().and_then(|beat| beat.timezone.as_ref());
    own.unwrap_or(&context.snapshot.company.timezone)
}
