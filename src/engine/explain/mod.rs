//! Why something runs, or does not: every rule, in words, as data. What `corp explain` shows; [`outlook()`] is `corp plan`.
//!
//! Nothing is decided here. The same functions are asked that decide; only that the first rule that holds does not end
//! the questions.

mod outlook;
mod words;

pub use outlook::{Coming, Outlook, Step, outlook};

use super::pending;
use super::routines;
use super::wakes::{
    Candidate, Context, Finding, Hold, Rule, beat, gate, is_own, named, others, queue, seconds, ticket,
};
use super::{stages, strategy};
use crate::model::run::{Run, RunState, Wake, WakeCause};
use crate::model::status::TicketStatus;
use crate::model::ticket::Ticket;
use crate::model::{RunId, Slug, Snapshot, TicketId};
use jiff::Timestamp;
use serde::Serialize;

/// One rule, asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The rule.
    pub rule: Rule,
    /// Whether it lets it through.
    pub passes: bool,
    /// What holds, or why not, in words.
    pub words: String,
    /// When asking again may help, if time alone helps.
    #[serde(serialize_with = "instant")]
    pub until: Option<Timestamp>,
    /// Whether the end of another run may help.
    pub room: bool,
}

/// One wake that there is, or might be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Considered {
    /// What it would be: "cto works on ACME-12 (Write it down)"; if there is no wake, what was looked at.
    pub what: String,
    /// Why it would be; empty if there is no wake.
    pub why: String,
    /// The agent.
    pub agent: Slug,
    /// The ticket, if it is about one.
    pub ticket: Option<TicketId>,
    /// Whether it is a beat.
    pub beat: bool,
    /// Whether there is a wake at all, started or kept waiting.
    pub wakes: bool,
    /// Whether it would start now.
    pub starts: bool,
    /// What keeps the agent from starting anything, if something does.
    pub hold: Option<Asked>,
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

fn instant<S: serde::Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(|at| seconds(at).to_string()).serialize(serializer)
}

/// Why an agent runs, or does not. `None`: there is no such agent.
pub fn agent(snapshot: &Snapshot, slug: &str, now: Timestamp) -> Option<Explanation> {
    let worker = snapshot.worker(slug)?;
    let context = Context { snapshot, worker, now };
    let rules = agent_rules(context);
    let hold = first_no(&rules);
    let wakes = wakes_of(context, hold);
    let open: Vec<&Run> = runs_of(snapshot, worker.slug).collect();
    let mut facts: Vec<String> = open.iter().map(|run| format!("{}: {}", run.id, going_on(snapshot, run))).collect();
    if let Some(history) = snapshot.history().of(worker.slug) {
        facts.extend(history.last_start.map(seconds).map(|at| format!("its last run began at {at}")));
        facts.extend(history.last_end.map(seconds).map(|at| format!("its last run ended at {at}")));
        facts.extend(history.last_slot.map(seconds).map(|at| format!("the last beat it ran was that of {at}")));
    }
    facts.extend(strategy::keeps_to_drafts(snapshot, worker.slug));
    match worker.beat().map(|settings| beat::slots(context, settings)) {
        Some(slots) => facts.extend(slots.next.map(seconds).map(|at| format!("its next beat comes at {at}"))),
        None => facts.push("it has no heartbeat: it is woken by what happens, and by `corp wake`".to_owned()),
    }
    let waits = wakes.iter().filter(|one| one.wakes).count();
    let verdict = match (open.first(), hold, wakes.first()) {
        (Some(run), ..) => going_on(snapshot, run),
        (None, Some(hold), _) if waits == 0 => format!("{slug} has nothing to do, and would not start: {}", hold.words),
        (None, Some(hold), _) => format!("{slug} does not start: {}", hold.words),
        (None, None, Some(one)) if one.starts => format!("{}, because {}", one.what, one.why),
        (None, None, Some(one)) if one.wakes => format!("{slug} waits: {}", why_not(one)),
        (None, None, _) => format!("{slug} has nothing to do"),
    };
    Some(Explanation { about: slug.to_owned(), verdict, rules, wakes, facts })
}

fn runs_of<'s>(snapshot: &'s Snapshot, agent: &Slug) -> impl Iterator<Item = &'s Run> {
    let open = snapshot.index().open.get(agent).into_iter().flatten();
    open.filter_map(|id| snapshot.run(id.as_str())).map(AsRef::as_ref)
}

/// What an open run is, in a sentence.
fn going_on(snapshot: &Snapshot, run: &Run) -> String {
    let since = run.announced().map(seconds).map(|at| format!(", since {at}")).unwrap_or_default();
    format!("{}, because {}{since}", words::wake(snapshot, &run.wake), words::because(&run.wake))
}

/// Why a ticket is worked on, or is not. `None`: there is no such ticket.
pub fn ticket(snapshot: &Snapshot, id: &TicketId, now: Timestamp) -> Option<Explanation> {
    let ticket = snapshot.ticket(id)?;
    let id = &ticket.id;
    let head = &ticket.head;
    let mut facts = vec![format!("{}: {}, priority {}", head.title, head.status, head.priority)];
    if let Some(standing) = stages::under_way(head) {
        let waits_for: Vec<&str> = standing.waits_for().map(Slug::as_str).collect();
        facts.push(format!("it is in {} and waits for {}", standing.words(), waits_for.join(", ")));
    }
    if head.status == TicketStatus::Backlog {
        let creator = head.created_by.as_ref().filter(|creator| Some(*creator) != head.assignee.as_ref());
        facts.extend(creator.and_then(|creator| strategy::keeps_to_drafts(snapshot, creator)));
    }
    let mut rules = Vec::new();
    let mut wakes = Vec::new();
    let assignee = ticket.head.assignee.as_ref();
    let open = assignee.filter(|_| !head.status.is_closed());
    if let Some(worker) = open.and_then(|slug| snapshot.worker(slug.as_str())) {
        let context = Context { snapshot, worker, now };
        rules = agent_rules(context);
        wakes.push(considered(context, ticket::find(context, ticket), Some(id), first_no(&rules)));
    }
    facts.extend(assignee.into_iter().flat_map(|slug| history(snapshot, slug, id)));
    for worker in snapshot.workers().filter(|worker| Some(worker.slug) != assignee) {
        let context = Context { snapshot, worker, now };
        let queued = queue::find(context).into_iter();
        let queued = queued.filter(
            |finding| matches!(finding, Finding::Ready(candidate) if candidate.wake.ticket.as_ref() == Some(id)),
        );
        let named = named::one(context, ticket).filter(|_| !is_own(context, ticket));
        for finding in queued.chain(named) {
            let rules = agent_rules(context);
            wakes.push(considered(context, finding, Some(id), first_no(&rules)));
        }
    }
    let verdict = ticket_verdict(snapshot, ticket, first_no(&rules), &wakes);
    Some(Explanation { about: id.to_string(), verdict, rules, wakes, facts })
}

fn ticket_verdict(snapshot: &Snapshot, ticket: &Ticket, hold: Option<&Asked>, wakes: &[Considered]) -> String {
    let id = &ticket.id;
    if let Some(lock) = &ticket.lock {
        let (holder, since) = (&lock.holder, seconds(lock.since));
        return match &lock.run {
            Some(run) => format!("{holder} works on {id} in {run}, since {since}"),
            None => format!(
                "{holder} has {id} checked out since {since}, and keeps it until `corp ticket release {id}` or `corp unlock {id} --reason WHY`"
            ),
        };
    }
    let of_assignee = wakes.first().filter(|one| Some(&one.agent) == ticket.head.assignee.as_ref());
    if let Some(one) = wakes.iter().find(|one| one.starts) {
        return format!("{}, because {}", one.what, one.why);
    }
    match (&ticket.head.assignee, of_assignee, hold) {
        (None, ..) if !ticket.head.status.is_closed() => {
            format!("nobody works on {id}: it is assigned to nobody")
        }
        (Some(slug), None, _) if !ticket.head.status.is_closed() => match snapshot.company.person(slug) {
            Some(_) => format!("{id} waits for {slug}, a person, whom the program does not wake"),
            None => format!("nobody works on {id}: there is no agent `{slug}`"),
        },
        (Some(slug), Some(one), Some(hold)) if one.wakes => format!("{slug} does not start on {id}: {}", hold.words),
        (_, Some(one), _) => why_not(one),
        (_, None, _) => format!("{id} is {}", ticket.head.status),
    }
}

/// The last runs of an agent on a ticket, in words.
fn history(snapshot: &Snapshot, agent: &Slug, id: &TicketId) -> Vec<String> {
    let notes = snapshot.history().on(agent, id).iter().rev().take(3);
    let words = notes.map(|note| {
        let progress = if note.progress { "" } else { ", and changed nothing" };
        match note.ended {
            Some((at, how)) => {
                format!("{}: a run of {agent} {} at {}{progress}", note.id, words::outcome(how), seconds(at))
            }
            None => format!("{}: a run of {agent} that goes on since {}", note.id, seconds(note.announced)),
        }
    });
    words.collect()
}

/// Why a run was started, and what became of it. `None`: it is not known, or sealed.
pub fn run(snapshot: &Snapshot, id: &RunId) -> Option<Explanation> {
    let run = snapshot.run(id.as_str())?;
    let mut facts = vec![format!("{}, because {}", words::wake(snapshot, &run.wake), words::because(&run.wake))];
    if run.wake.cause != WakeCause::Requested {
        facts.extend(run.wake.note.as_ref().map(|note| format!("what woke it: {note}")));
    }
    facts.extend(run.wake.slot.map(|slot| format!("it is the beat of {slot}")));
    facts.extend(run.queued.map(seconds).map(|at| format!("it was queued at {at}")));
    facts.extend(run.announced().map(seconds).map(|at| format!("it was announced at {at}")));
    if run.ticket != run.wake.ticket {
        facts.extend(run.ticket.as_ref().map(|ticket| format!("it took {}", words::ticket(snapshot, ticket))));
    }
    let money = run.reserved.money.map(|money| money.to_string());
    let tokens = run.reserved.tokens.map(|tokens| format!("{tokens} tokens"));
    let reserved: Vec<String> = money.into_iter().chain(tokens).collect();
    if !reserved.is_empty() {
        let was = if run.end().is_some() { "were" } else { "are" };
        facts.push(format!("{} {was} reserved for it", reserved.join(" and ")));
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
        RunState::Queued => {
            let since = run.queued.map(seconds).map(|at| format!(" since {at}")).unwrap_or_default();
            format!("it waits for its turn{since}: `corp explain {agent}` says why")
        }
        RunState::Open { announced } => format!("{agent} runs since {announced}"),
        RunState::Ended { end, .. } => {
            let cost = snapshot.history().spent_by(run).map(|spent| match spent.cost {
                Some(cost) => format!(", and cost {cost}"),
                None => ", and its price is not known".to_owned(),
            });
            let note = end.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            let how = words::outcome(end.outcome);
            format!("the run of {agent} {how} at {}{}{note}", end.at, cost.unwrap_or_default())
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
        facts.extend(one.next.map(seconds).map(|at| format!("{key}: somebody looks again at {at}")));
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
        None => Asked { rule, passes: true, words: words::passes(rule).to_owned(), until: None, room: false },
        Some(hold) => Asked { rule, passes: false, words: hold.words, until: hold.until, room: hold.room },
    }
}

/// Every wake there is for an agent, best first; its tickets in their order.
fn wakes_of(context: Context<'_>, hold: Option<&Asked>) -> Vec<Considered> {
    let own = context.snapshot.index().assigned.get(context.worker.slug).into_iter().flatten();
    let own = own.filter_map(|turn| context.snapshot.ticket(&turn.ticket));
    let own = own.map(|one| considered(context, ticket::find(context, one), Some(&one.id), hold));
    // Who has no heartbeat is not told that it does not beat.
    let beats = context.worker.beat().is_some();
    let others = others(context).into_iter().filter(|one| beats || !matches!(one, Finding::Nothing(_)));
    let others = others.map(|finding| considered(context, finding, None, hold));
    let mut wakes: Vec<Considered> = others.chain(own).collect();
    wakes.sort_by_key(|one| (!one.starts, !one.wakes));
    wakes
}

/// The first rule that keeps something waiting.
fn first_no(rules: &[Asked]) -> Option<&Asked> {
    rules.iter().find(|asked| !asked.passes)
}

/// A finding with every rule asked about it. `about`: the ticket whose finding it is; `hold`: what keeps the agent from
/// starting anything.
fn considered(context: Context<'_>, finding: Finding, about: Option<&TicketId>, hold: Option<&Asked>) -> Considered {
    let of = |candidate: &Candidate, rules: Vec<Asked>| Considered {
        what: words::wake(context.snapshot, &candidate.wake),
        why: words::because(&candidate.wake),
        agent: candidate.wake.agent.clone(),
        ticket: candidate.wake.ticket.clone(),
        beat: candidate.wake.slot.is_some(),
        wakes: true,
        starts: hold.is_none() && first_no(&rules).is_none(),
        hold: hold.cloned(),
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
            of(&candidate, rules)
        }
        Finding::Held(candidate, hold) => {
            let mut rules = vec![asked(hold.rule, Some(hold))];
            rules.extend(gates(&candidate.wake));
            of(&candidate, rules)
        }
        Finding::Nothing(hold) => Considered {
            what: match about {
                Some(id) => words::ticket(context.snapshot, id),
                None => "its heartbeat".to_owned(),
            },
            why: String::new(),
            agent: context.worker.slug.clone(),
            ticket: about.cloned(),
            beat: about.is_none(),
            wakes: false,
            starts: false,
            hold: None,
            rules: vec![asked(hold.rule, Some(hold))],
        },
    }
}

fn why_not(one: &Considered) -> String {
    first_no(&one.rules).map_or_else(|| one.what.clone(), |asked| asked.words.clone())
}
