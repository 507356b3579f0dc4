//! What would happen next in a company, and why: what `corp plan` shows.

use super::{Considered, agent_rules, considered, first_no, words};
use crate::engine::decide;
use crate::engine::event::{Due, Event, What};
use crate::engine::pending::pending;
use crate::engine::routines;
use crate::engine::wakes::{Context, beat, others, seconds, ticket};
use crate::model::company::Home;
use crate::model::status::TicketStatus;
use crate::model::{Nonce, Slug, Snapshot};
use jiff::Timestamp;
use serde::Serialize;

/// How many things to come are named.
const COMING_MAX: usize = 8;

/// What would happen next, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// What keeps everything from happening; empty if nothing does.
    pub stopped: String,
    /// What happens now, in the order in which it is decided.
    pub now: Vec<Step>,
    /// What waits, and for what.
    pub waiting: Vec<Considered>,
    /// What comes by time alone, the soonest first.
    pub coming: Vec<Coming>,
    /// When somebody looks again by time alone.
    #[serde(serialize_with = "super::instant")]
    pub next: Option<Timestamp>,
}

/// Something that happens now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What: the subject of its commit.
    pub what: String,
    /// Why, in words.
    pub why: String,
    /// What keeps it from happening after all, when what stands above it has happened; empty if nothing does.
    pub not: String,
}

/// Something that comes by time alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Coming {
    /// When.
    #[serde(serialize_with = "at")]
    pub at: Timestamp,
    /// What.
    pub what: String,
}

fn at<S: serde::Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    seconds(*at).to_string().serialize(serializer)
}

/// What would happen next in the company. Each step is decided on the company as those before it leave it.
pub fn outlook(snapshot: &Snapshot, now: Timestamp) -> Outlook {
    if let (None, Some(clone)) = (&snapshot.home, &snapshot.local.clone) {
        // Whoever founds a company wants to know what it will do.
        let mut founded = snapshot.clone();
        let home = Home { clone: clone.clone(), machine: None, host: None, fence: 1, since: Some(now) };
        founded.put_home(Some(home));
        let stopped = "no clone is home yet; with `corp up` this one becomes it, and then".to_owned();
        return Outlook { stopped, ..outlook(&founded, now) };
    }
    let pending = pending(snapshot, now);
    let mut after = snapshot.clone();
    let mut steps = Vec::new();
    let mut starting = Vec::new();
    for (place, due) in (0..).zip(&pending.due) {
        let event = Event { nonce: Nonce([0; 16]).nth(place), what: What::Due(due.clone()) };
        let (what, why) = due_words(snapshot, due);
        steps.push(match decide(&after, &event, now) {
            Ok(plan) => {
                after.apply_all(&plan.edits);
                if let Due::Wake(wake) = due {
                    starting.push((wake.agent.clone(), wake.ticket.clone(), wake.slot));
                }
                Step { what: plan.reason.subject, why, not: String::new() }
            }
            Err(refusal) => Step { what, why, not: refusal.to_string() },
        });
    }
    let starts = |one: &Considered| {
        starting.iter().any(|(agent, ticket, slot)| {
            *agent == one.agent && *ticket == one.ticket && (ticket.is_some() || slot.is_some() == one.beat)
        })
    };
    let waiting = snapshot.workers().flat_map(|worker| waits(Context { snapshot, worker, now }));
    let waiting = waiting.filter(|one| !starts(one)).collect();
    Outlook { stopped: stopped(snapshot, now), now: steps, waiting, coming: coming(snapshot, now), next: pending.next }
}

/// What stops everything, if something does: the same for every agent.
fn stopped(snapshot: &Snapshot, now: Timestamp) -> String {
    use crate::engine::wakes::Rule::{Company, Home, Machine, Policy};
    let Some(worker) = snapshot.workers().next() else { return "there are no agents".to_owned() };
    let rules = agent_rules(Context { snapshot, worker, now });
    let of_all = rules.iter().find(|asked| !asked.passes && matches!(asked.rule, Home | Company | Machine | Policy));
    of_all.map(|asked| asked.words.clone()).unwrap_or_default()
}

/// What there is for an agent and does not start. Its parked tickets and a beat that is not due are no news.
fn waits(context: Context<'_>) -> Vec<Considered> {
    let Context { snapshot, worker, .. } = context;
    let rules = agent_rules(context);
    let hold = first_no(&rules);
    let own = snapshot.index().assigned.get(worker.slug).into_iter().flatten();
    let own = own.filter_map(|turn| snapshot.ticket(&turn.ticket));
    let own = own.filter(|one| one.head.status != TicketStatus::Backlog && one.lock.is_none());
    let own = own.map(|one| considered(context, ticket::find(context, one), Some(&one.id), hold));
    let others = others(context).into_iter().map(|finding| considered(context, finding, None, hold));
    own.chain(others.filter(|one| one.wakes)).collect()
}

/// Beats and firings that are still to come.
fn coming(snapshot: &Snapshot, now: Timestamp) -> Vec<Coming> {
    if !snapshot.is_home() {
        return Vec::new();
    }
    let mut coming = Vec::new();
    for worker in snapshot.workers() {
        let context = Context { snapshot, worker, now };
        if first_no(&agent_rules(context)).is_some_and(|hold| hold.until.is_none() && !hold.room) {
            continue;
        }
        let next = worker.beat().and_then(|settings| beat::slots(context, settings).next);
        coming.extend(next.map(|at| Coming { at, what: format!("the heartbeat of {}", worker.slug) }));
    }
    for (slug, routine) in snapshot.routines() {
        let next = routines::find(snapshot, slug, routine, now).into_iter().filter_map(|found| found.next).min();
        coming.extend(next.map(|at| Coming { at, what: format!("the routine {slug}") }));
    }
    coming.sort();
    coming.truncate(COMING_MAX);
    coming
}

/// Something that is due, in words: what, and why.
fn due_words(snapshot: &Snapshot, due: &Due) -> (String, String) {
    let title = |slug: &Slug| format!("the routine {slug} fires");
    match due {
        Due::Wake(wake) => (words::wake(snapshot, wake), words::because(wake)),
        Due::Fire { routine, slot, .. } => (title(routine), format!("its time was {}", seconds(*slot))),
        Due::AskForMore { agent, .. } => ("the board is asked for more".to_owned(), format!("{agent} waits for money")),
        Due::Lapse { approval } => (format!("{approval} lapses"), "nobody decided in time".to_owned()),
        Due::Number { draft } => (format!("{draft} gets a number"), "somebody put it there".to_owned()),
        Due::Restore { run } => (
            format!("the record of {run} is written again"),
            "its file is gone, and what was spent stays spent".to_owned(),
        ),
        Due::Price { runs } => {
            let words = format!("{} run{} get a price", runs.len(), if runs.len() == 1 { "" } else { "s" });
            (words, "their model has one now".to_owned())
        }
        Due::Strand { ticket } => (format!("{ticket} is put before the board"), "nothing else brings it on".to_owned()),
        Due::Unqueue { run, why } => (format!("{run} is taken out of the queue"), why.clone()),
    }
}
