//! Why something runs or does not, rule by rule, in words: `corp explain`, `corp plan`.
//!
//! The same rules are asked that the daemon asks; nothing is decided here.

use crate::engine::wakes::{self, Candidate, Context, Finding, Hold};
use crate::engine::{Due, Event, What, decide, pending};
use crate::model::run::{Run, RunState, Wake};
use crate::model::ticket::Ticket;
use crate::model::{Nonce, Slug, Snapshot};
use jiff::Timestamp;

/// What would happen next, and why: a line each.
pub fn plan(snapshot: &Snapshot, now: Timestamp) -> Vec<String> {
    let found = pending(snapshot, now);
    let mut lines = Vec::new();
    if !snapshot.is_home() {
        let home = snapshot.home.as_ref().map_or("no clone is", |_| "another clone is");
        lines.push(format!("nothing: {home} home, and only home executes"));
    }
    for due in &found.due {
        // Each is decided on the company as it is: what comes of the one before may keep the next from happening.
        let event = Event { nonce: Nonce([0; 16]), what: What::Due(due.clone()) };
        lines.push(match decide(snapshot, &event, now) {
            Ok(plan) => format!("now: {}{}", plan.reason.subject, because(due)),
            Err(no) => format!("not now: {}: {no}", what(due)),
        });
    }
    if let Some(next) = found.next {
        lines.push(format!("then: looked at again at {next}"));
    }
    if found.due.is_empty() {
        lines.push("now: nothing is due".to_owned());
    }
    lines
}

fn what(due: &Due) -> String {
    match due {
        Due::Wake(wake) => woken(wake),
        Due::Fire { routine, slot, .. } => format!("{routine} fires for {slot}"),
        Due::Number { draft } => format!("{draft} gets a number"),
        Due::Restore { run } => format!("the record of {run} is written again"),
        Due::Unqueue { run, .. } => format!("{run} leaves the queue"),
    }
}

fn because(due: &Due) -> String {
    match due {
        Due::Wake(wake) => format!(" ({})", wake.cause.to_string().replace('_', " ")),
        Due::Unqueue { why, .. } => format!(" ({why})"),
        Due::Fire { .. } | Due::Number { .. } | Due::Restore { .. } => String::new(),
    }
}

fn woken(wake: &Wake) -> String {
    let ticket = wake.ticket.as_ref().map(|ticket| format!(" for {ticket}")).unwrap_or_default();
    format!("{} is woken{ticket}: {}", wake.agent, wake.cause.to_string().replace('_', " "))
}

/// Why an agent runs or does not.
pub fn agent(snapshot: &Snapshot, slug: &Slug, now: Timestamp) -> Option<Vec<String>> {
    let worker = snapshot.worker(slug.as_str())?;
    let context = Context { snapshot, worker, now };
    let mut lines = Vec::new();
    for id in snapshot.index().open.get(slug).into_iter().flatten() {
        if let Some(run) = snapshot.run(id.as_str()) {
            lines.push(format!("at work: {}", self::run(run).join("; ")));
        }
    }
    match wakes::gate::agent(context) {
        Ok(free) => lines.push(format!("it is {}, and {free} more of its runs may start", worker.status())),
        Err(hold) => lines.push(format!("nothing of it starts: {}", held(&hold))),
    }
    lines.extend(wakes::others(context).into_iter().map(|finding| found(wakes::gated(context, finding))));
    for turn in snapshot.index().assigned.get(slug).into_iter().flatten() {
        if let Some(ticket) = snapshot.ticket(&turn.ticket) {
            lines.push(found(wakes::gated(context, wakes::ticket::find(context, ticket))));
        }
    }
    Some(lines)
}

/// Why a ticket is worked on or not.
pub fn ticket(snapshot: &Snapshot, ticket: &Ticket, now: Timestamp) -> Vec<String> {
    let mut lines = vec![format!("{} is {}: {}", ticket.id, ticket.head.status, ticket.head.title)];
    match &ticket.lock {
        Some(lock) => {
            let run = lock.run.as_ref().map(|run| format!(" by {run}")).unwrap_or_default();
            lines.push(format!("checked out by {}{run} since {}", lock.holder, lock.since));
        }
        None => lines.push("nobody has it checked out".to_owned()),
    }
    let Some(assignee) = &ticket.head.assignee else {
        lines.push("it is assigned to nobody".to_owned());
        return lines;
    };
    match snapshot.worker(assignee.as_str()) {
        Some(worker) => {
            let context = Context { snapshot, worker, now };
            if let Err(hold) = wakes::gate::agent(context) {
                lines.push(format!("nothing of {assignee} starts: {}", held(&hold)));
            }
            lines.push(found(wakes::gated(context, wakes::ticket::find(context, ticket))));
        }
        None if snapshot.company.person(assignee).is_some() => lines.push(format!("it waits for {assignee}, a person")),
        None => lines.push(format!("there is no agent `{assignee}`")),
    }
    lines
}

/// Why a run was started, and what came of it.
pub fn run(run: &Run) -> Vec<String> {
    let mut lines = vec![format!("{}: {}", run.id, woken(&run.wake))];
    if let Some(by) = &run.wake.by {
        lines.push(format!("{by} asked for it"));
    }
    if let Some(note) = &run.wake.note {
        lines.push(note.clone());
    }
    match &run.state {
        RunState::Queued => lines.push("it waits for its turn".to_owned()),
        RunState::Open { announced } => lines.push(format!("announced at {announced}, not over yet")),
        RunState::Ended { end, .. } => {
            let cost = end.spent.cost.map(|cost| format!(", for {cost}")).unwrap_or_default();
            lines.push(format!("{} at {}{cost}", end.outcome, end.at));
            lines.extend(end.note.clone());
        }
    }
    lines
}

fn found(finding: Finding) -> String {
    let about = |candidate: &Candidate| woken(&candidate.wake);
    match finding {
        Finding::Ready(candidate) => format!("ready: {}", about(&candidate)),
        Finding::Held(candidate, hold) => format!("held: {}: {}", about(&candidate), held(&hold)),
        Finding::Nothing(hold) => format!("no wake: {}", held(&hold)),
    }
}

fn held(hold: &Hold) -> String {
    let until = hold.until.map(|until| format!(", until {until}")).unwrap_or_default();
    format!("{} ({}){until}", hold.words, hold.rule)
}
