//! Why something runs, or does not: every rule, in words, as data. What `corp plan` and `corp explain` show.
//!
//! Nothing is decided here. The same functions are asked that decide; only that the first rule that holds does not end
//! the questions.

use super::event::Due;
use super::pending::{self, pending};
use super::routines;
use super::wakes::{Candidate, Context, Finding, Hold, Rule, beat, gate, gated, is_own, named, others, ticket};
use crate::model::run::{Run, RunState, Wake, WakeCause};
use crate::model::{Choice as _, RunId, Slug, Snapshot, TicketId};
use jiff::Timestamp;
use serde::Serialize;

/// One rule, asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The rule.
    pub rule: Rule,
    /// Whether it lets it through.
    pub passes: bool,
    /// Why not, in words; empty if it does.
    pub words: String,
    /// When asking again may help, if time alone helps.
    #[serde(serialize_with = "instant")]
    pub until: Option<Timestamp>,
}

/// One wake that there is, or might be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Considered {
    /// What it would be: "cto would be woken about ACME-12: ticket_assigned".
    pub what: String,
    /// The agent.
    pub agent: Slug,
    /// The ticket, if it is about one.
    pub ticket: Option<TicketId>,
    /// Whether it would start now.
    pub starts: bool,
    /// The rules that were asked about it, in order.
    pub rules: Vec<Asked>,
}

/// An answer to "why?".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What was asked about: `cto`, `ACME-12`, `r-…`.
    pub about: String,
    /// The answer, in one sentence.
    pub verdict: String,
    /// The rules about the agent, in order.
    pub rules: Vec<Asked>,
    /// The wakes there are, best first.
    pub wakes: Vec<Considered>,
    /// What else there is to know, in sentences.
    pub facts: Vec<String>,
}

/// What would happen next, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outlook {
    /// What the time has come for, in the order in which it is decided.
    pub due: Vec<String>,
    /// What waits, and for what.
    pub waiting: Vec<Considered>,
    /// When the next thing comes by time alone.
    #[serde(serialize_with = "instant")]
    pub next: Option<Timestamp>,
}

fn instant<S: serde::Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_string()).serialize(serializer)
}

/// What would happen next in the company.
pub fn outlook(snapshot: &Snapshot, now: Timestamp) -> Outlook {
    let pending = pending(snapshot, now);
    let due = pending.due.iter().map(|due| due_words(snapshot, due)).collect();
    let started: Vec<&Wake> = pending
        .due
        .iter()
        .filter_map(|due| match due {
            Due::Wake(wake) => Some(wake),
            Due::Fire { .. } | Due::Number { .. } | Due::Restore { .. } | Due::Unqueue { .. } => None,
        })
        .collect();
    let is_started = |one: &Considered| {
        started.iter().any(|wake| wake.agent == one.agent && wake.ticket == one.ticket && one.starts)
    };
    let agents = snapshot.workers().flat_map(|worker| wakes_of(Context { snapshot, worker, now }));
    let waiting = agents.filter(|one| !is_started(one)).collect();
    Outlook { due, waiting, next: pending.next }
}

/// Something that is due, in words.
pub fn due_words(snapshot: &Snapshot, due: &Due) -> String {
    match due {
        Due::Wake(wake) => wake_words(snapshot, wake),
        Due::Fire { routine, slot, .. } => format!("the routine {routine} fires for {slot}"),
        Due::Number { draft } => format!("{draft} gets a number"),
        Due::Restore { run } => format!("the record of {run} is written again"),
        Due::Unqueue { run, why } => format!("{run} is taken out of the queue: {why}"),
    }
}

fn wake_words(snapshot: &Snapshot, wake: &Wake) -> String {
    let agent = &wake.agent;
    let title = |id: &TicketId| snapshot.ticket(id).map(|ticket| ticket.head.title.clone()).unwrap_or_default();
    let by = wake.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    match (&wake.ticket, wake.cause) {
        (Some(id), cause) => format!("{agent} is woken about {id} ({}): {}{by}", title(id), cause.word()),
        (None, WakeCause::Scheduled) if wake.tasks.is_empty() => format!("{agent} wakes for its heartbeat"),
        (None, WakeCause::Scheduled) => format!("{agent} wakes for its heartbeat: {}", wake.tasks.join(", ")),
        (None, cause) => format!("{agent} is woken: {}{by}", cause.word()),
    }
}

/// Why an agent runs, or does not. `None`: there is no such agent.
pub fn agent(snapshot: &Snapshot, slug: &str, now: Timestamp) -> Option<Explanation> {
    let worker = snapshot.worker(slug)?;
    let context = Context { snapshot, worker, now };
    let rules = agent_rules(context);
    let wakes = wakes_of(context);
    let mut facts = Vec::new();
    if let Some(history) = snapshot.history().of(worker.slug) {
        facts.extend(history.last_start.map(|at| format!("its last run began at {at}")));
        facts.extend(history.last_end.map(|at| format!("its last run ended at {at}")));
        facts.extend(history.last_slot.map(|at| format!("the last beat it ran was that of {at}")));
    }
    if let Some(settings) = worker.beat() {
        let slots = beat::slots(context, settings);
        facts.extend(slots.next.map(|at| format!("its next beat comes at {at}")));
    }
    let open = snapshot.index().open.get(worker.slug).into_iter().flatten();
    facts.extend(open.map(|run| format!("{run} is going on")));
    let first = rules.iter().find(|asked| !asked.passes);
    let verdict = match (first, wakes.iter().find(|one| one.starts), wakes.first()) {
        (Some(asked), ..) => asked.words.clone(),
        (None, Some(one), _) => one.what.clone(),
        (None, None, Some(one)) => why_not(one),
        (None, None, None) => format!("there is nothing for {slug} to do"),
    };
    Some(Explanation { about: slug.to_owned(), verdict, rules, wakes, facts })
}

/// Why a ticket is worked on, or is not. `None`: there is no such ticket.
pub fn ticket(snapshot: &Snapshot, id: &TicketId, now: Timestamp) -> Option<Explanation> {
    let ticket = snapshot.ticket(id)?;
    let mut facts = vec![format!("{} is {}", ticket.id, ticket.head.status)];
    if let Some(lock) = &ticket.lock {
        facts.push(format!("{} has it checked out since {} (fence {})", lock.holder, lock.since, lock.fence));
    }
    let mut rules = Vec::new();
    let mut wakes = Vec::new();
    let mut assignee = None;
    if let Some(slug) = &ticket.head.assignee {
        match snapshot.worker(slug.as_str()) {
            Some(worker) => {
                let context = Context { snapshot, worker, now };
                rules = agent_rules(context);
                wakes.push(considered(context, ticket::find(context, ticket)));
                assignee = Some(slug);
                for note in snapshot.history().on(slug, &ticket.id).iter().rev().take(3) {
                    let end = note.ended.map_or_else(|| "is going on".to_owned(), |(at, how)| format!("{how} at {at}"));
                    let progress = if note.progress { "" } else { ", and changed nothing" };
                    facts.push(format!("the run {} ({}) {end}{progress}", note.id, note.cause));
                }
            }
            None => facts.push(format!("{slug} is a person, whom nobody wakes")),
        }
    } else {
        facts.push("it is assigned to nobody".to_owned());
    }
    for worker in snapshot.workers().filter(|worker| Some(worker.slug) != assignee) {
        let context = Context { snapshot, worker, now };
        if let Some(finding) = named::one(context, ticket).filter(|_| !is_own(context, ticket)) {
            wakes.push(considered(context, gated(context, finding)));
        }
    }
    let first = rules.iter().find(|asked| !asked.passes);
    let verdict = match (&ticket.lock, first, wakes.first()) {
        (Some(lock), ..) => format!("{} works on {} since {}", lock.holder, ticket.id, lock.since),
        (None, Some(asked), Some(one)) if one.starts => asked.words.clone(),
        (None, _, Some(one)) if one.starts => one.what.clone(),
        (None, _, Some(one)) => why_not(one),
        (None, _, None) => format!("nobody is to be woken about {}", ticket.id),
    };
    Some(Explanation { about: ticket.id.to_string(), verdict, rules, wakes, facts })
}

/// Why a run was started, and what became of it. `None`: it is not known, or sealed.
pub fn run(snapshot: &Snapshot, id: &RunId) -> Option<Explanation> {
    let run = snapshot.run(id.as_str())?;
    let mut facts = vec![wake_words(snapshot, &run.wake)];
    facts.extend(run.wake.note.as_ref().map(|note| format!("it was told: {note}")));
    facts.extend(run.wake.slot.map(|slot| format!("it is the beat of {slot}")));
    facts.extend(run.queued.map(|at| format!("it was queued at {at}")));
    facts.extend(run.announced().map(|at| format!("it was announced at {at}")));
    facts.extend(run.ticket.as_ref().map(|ticket| format!("it works on {ticket}")));
    let money = run.reserved.money.map(|money| money.to_string());
    let tokens = run.reserved.tokens.map(|tokens| format!("{tokens} tokens"));
    let reserved: Vec<String> = money.into_iter().chain(tokens).collect();
    if !reserved.is_empty() {
        facts.push(format!("{} are reserved for it", reserved.join(" and ")));
    }
    Some(Explanation {
        about: id.to_string(),
        verdict: verdict_of(snapshot, run),
        rules: Vec::new(),
        wakes: Vec::new(),
        facts,
    })
}

fn verdict_of(snapshot: &Snapshot, run: &Run) -> String {
    let agent = run.agent();
    match &run.state {
        RunState::Queued => format!("{agent} waits for its turn"),
        RunState::Open { announced } => format!("{agent} runs since {announced}: {}", run.wake.cause.word()),
        RunState::Ended { end, .. } => {
            let cost = snapshot.history().spent_by(run).map(|spent| match spent.cost {
                Some(cost) => format!(", and cost {cost}"),
                None => ", and its price is not known".to_owned(),
            });
            let note = end.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            format!("{agent} {} at {}{note}{}", end.outcome, end.at, cost.unwrap_or_default())
        }
    }
}

/// Why a routine fires, or does not. `None`: there is no such routine.
pub fn routine(snapshot: &Snapshot, slug: &str, now: Timestamp) -> Option<Explanation> {
    let (slug, routine) = snapshot.routines().get_key_value(slug)?;
    let found = routines::find(snapshot, slug, routine, now);
    let mut facts = Vec::new();
    for one in &found {
        let key = routine.triggers.get(one.trigger).map(crate::model::routine::Trigger::key).unwrap_or_default();
        facts.push(match &one.due {
            Ok(slot) => format!("{key}: the firing of {slot} is due"),
            Err(hold) => format!("{key}: {}", hold.words),
        });
        facts.extend(one.next.map(|at| format!("{key}: somebody looks again at {at}")));
    }
    let due = found.iter().find_map(|one| one.due.as_ref().ok());
    let verdict = match (due, facts.first()) {
        (Some(slot), _) => format!("{slug} fires for {slot}"),
        (None, Some(first)) => first.clone(),
        (None, None) => format!("{slug} has no triggers"),
    };
    Some(Explanation { about: slug.to_string(), verdict, rules: Vec::new(), wakes: Vec::new(), facts })
}

/// Every rule about the agent.
fn agent_rules(context: Context<'_>) -> Vec<Asked> {
    let asked = gate::AGENT.iter().map(|(rule, gate)| asked(*rule, gate(context).err()));
    let slots = asked_slots(context.snapshot);
    asked.chain([slots]).collect()
}

fn asked_slots(snapshot: &Snapshot) -> Asked {
    asked(Rule::Slots, pending::slots(snapshot).err())
}

fn asked(rule: Rule, hold: Option<Hold>) -> Asked {
    match hold {
        None => Asked { rule, passes: true, words: String::new(), until: None },
        Some(hold) => Asked { rule, passes: false, words: hold.words, until: hold.until },
    }
}

/// Every wake there is for an agent, best first; its tickets in their order.
fn wakes_of(context: Context<'_>) -> Vec<Considered> {
    let own = context.snapshot.index().assigned.get(context.worker.slug).into_iter().flatten();
    let own = own.filter_map(|turn| context.snapshot.ticket(&turn.ticket)).map(|one| ticket::find(context, one));
    let findings = others(context).into_iter().chain(own);
    let mut wakes: Vec<Considered> = findings.map(|finding| considered(context, finding)).collect();
    wakes.sort_by_key(|one| !one.starts);
    wakes
}

fn considered(context: Context<'_>, finding: Finding) -> Considered {
    let of = |candidate: &Candidate, starts, rules| Considered {
        what: wake_words(context.snapshot, &candidate.wake),
        agent: candidate.wake.agent.clone(),
        ticket: candidate.wake.ticket.clone(),
        starts,
        rules,
    };
    let gates = |wake: &Wake| -> Vec<Asked> {
        gate::START.iter().map(|(rule, gate)| asked(*rule, gate(context, wake).err())).collect()
    };
    match finding {
        Finding::Ready(candidate) => {
            let mut rules = gates(&candidate.wake);
            if let Some(slot) = candidate.wake.slot {
                rules.push(asked(Rule::Late, beat::late(context.snapshot, slot, context.now)));
            }
            let starts = rules.iter().all(|asked| asked.passes);
            of(&candidate, starts, rules)
        }
        Finding::Held(candidate, hold) => {
            let mut rules = vec![asked(hold.rule, Some(hold))];
            rules.extend(gates(&candidate.wake));
            of(&candidate, false, rules)
        }
        Finding::Nothing(hold) => Considered {
            what: hold.words.clone(),
            agent: context.worker.slug.clone(),
            ticket: None,
            starts: false,
            rules: vec![asked(hold.rule, Some(hold))],
        },
    }
}

fn why_not(one: &Considered) -> String {
    one.rules.iter().find(|asked| !asked.passes).map_or_else(|| one.what.clone(), |asked| asked.words.clone())
}
