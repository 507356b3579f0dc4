//! What the time has come for: [`pending`], and [`Agenda`], which remembers what it found and asks again only whom a
//! change concerns.

use super::charge;
use super::event::Due;
use super::liveness;
use super::routines;
use super::wakes::{self, AgentWakes, Context, Hold, Place, Rule, beat};
use crate::model::run::RunState;
use crate::model::snapshot::Touched;
use crate::model::status::AgentStatus;
use crate::model::{RunId, Slug, Snapshot, TicketId};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What the time has come for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending {
    /// What is due, in the order in which it should be decided. Each is an event for [`super::decide()`]; apply what comes
    /// of one before deciding the next.
    pub due: Vec<Due>,
    /// When to ask again if nothing happens before.
    pub next: Option<Timestamp>,
}

/// What the time has come for in a company. Goes through every agent; a daemon keeps an [`Agenda`] instead, which says
/// the same.
pub fn pending(snapshot: &Snapshot, now: Timestamp) -> Pending {
    Agenda::default().look(snapshot, Touched { all: true, ..Touched::default() }, now)
}

/// Most tickets that are handed to the board in one look: what strands with an agent that left is told one after the other.
const STRANDED_AT_ONCE: usize = 8;

/// How many more runs may start: `Err` if none.
///
/// # Errors
/// The limit that is reached.
pub(super) fn slots(snapshot: &Snapshot) -> Result<u64, Hold> {
    let open = snapshot.index().open.values().map(|runs| runs.len() as u64).sum::<u64>();
    let most = snapshot.company.runs.min(snapshot.local.slots);
    if open < most {
        return Ok(most - open);
    }
    let whose = if snapshot.company.runs <= snapshot.local.slots { "the company" } else { "this machine" };
    let words =
        format!("{open} run{} in {whose} at the same time, and no more are allowed", if open == 1 { "" } else { "s" });
    Err(Hold::new(Rule::Slots, words).room())
}

/// What was found for every agent and routine, kept up with the snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agenda {
    agents: BTreeMap<Slug, AgentWakes>,
    routines: BTreeMap<Slug, (Vec<Due>, Option<Timestamp>)>,
    stale: BTreeMap<RunId, String>,
    /// Tickets that nothing brings on, by whom they are assigned to.
    stranded: BTreeMap<Slug, Vec<TicketId>>,
    /// Runs that were unpriced and have a price now.
    unpriced: BTreeSet<RunId>,
    /// The first wake of each agent that has one.
    ready: BTreeSet<(Place, Slug)>,
    /// Agents whose wakes change with time alone, by when.
    timers: BTreeSet<(Timestamp, Slug)>,
    /// The same of routines.
    routine_timers: BTreeSet<(Timestamp, Slug)>,
    /// Agents who wait for money of which the board is to be asked, and with what.
    unasked: BTreeMap<Slug, Option<TicketId>>,
    /// Agents who wait for the end of another run.
    room: BTreeSet<Slug>,
    /// When it was last asked.
    last: Option<Timestamp>,
    /// Whom to ask again whatever changed.
    doubts: Touched,
}

impl Agenda {
    /// What the time has come for. `touched` is what [`Snapshot::take_touched`] gave since the last look.
    pub fn look(&mut self, snapshot: &Snapshot, touched: Touched, now: Timestamp) -> Pending {
        self.update(snapshot, touched, now);
        let mut pending = Pending::default();
        if !snapshot.is_home() {
            return pending;
        }
        pending.due.extend(snapshot.unwritten().iter().map(|run| Due::Restore { run: run.clone() }));
        if snapshot.company.ticket_prefix.is_some() {
            let drafts = snapshot.drafts().keys().filter(|path| !snapshot.broken().contains_key(*path));
            pending.due.extend(drafts.map(|draft| Due::Number { draft: draft.clone() }));
        }
        let stale = self.stale.iter().map(|(run, why)| Due::Unqueue { run: run.clone(), why: why.clone() });
        pending.due.extend(stale);
        let stranded = self.stranded.values().flatten().take(STRANDED_AT_ONCE);
        pending.due.extend(stranded.map(|ticket| Due::Strand { ticket: ticket.clone() }));
        self.unpriced
            .retain(|run| snapshot.run(run.as_str()).is_some_and(|run| charge::priced(snapshot, run).is_some()));
        let priceable: Vec<RunId> = self.unpriced.iter().take(charge::PRICED_MAX).cloned().collect();
        if !priceable.is_empty() {
            pending.due.push(Due::Price { runs: priceable });
        }
        let lapsing = &snapshot.index().lapsing;
        let over = lapsing.iter().take_while(|(at, _)| *at <= now);
        pending.due.extend(over.map(|(_, approval)| Due::Lapse { approval: approval.clone() }));
        let unasked = self.unasked.iter();
        pending
            .due
            .extend(unasked.map(|(agent, ticket)| Due::AskForMore { agent: agent.clone(), ticket: ticket.clone() }));
        let (mut late_free, late_next) = beat::late_room(snapshot, now);
        let mut late_waits = false;
        let mut in_time = |slot: Option<Timestamp>| {
            let late = slot.is_some_and(|slot| beat::is_late(slot, now));
            let waits = late && late_free == 0;
            late_free -= usize::from(late && !waits);
            late_waits |= waits;
            !waits
        };
        for due in self.routines.values().flat_map(|(due, _)| due) {
            if let Due::Fire { slot, .. } = due
                && in_time(Some(*slot))
            {
                pending.due.push(due.clone());
            }
        }
        let mut tickets = BTreeSet::new();
        let mut free = slots(snapshot).unwrap_or(0);
        let mut candidates: Vec<&wakes::Candidate> = Vec::new();
        // The best of each agent are asked first; an agent with room for more is asked on within the same order.
        for (_, agent) in self.ready.iter().take(usize::try_from(free).unwrap_or(usize::MAX).saturating_mul(2)) {
            candidates.extend(self.agents.get(agent).into_iter().flat_map(|wakes| &wakes.ready));
        }
        candidates.sort_by(|a, b| a.place.cmp(&b.place));
        for candidate in candidates {
            if free == 0 {
                break;
            }
            if !in_time(candidate.wake.slot) {
                continue;
            }
            if candidate.wake.ticket.clone().is_none_or(|ticket| tickets.insert(ticket)) {
                free -= 1;
                pending.due.push(Due::Wake(candidate.wake.clone()));
            }
        }
        let timers = self.timers.first().into_iter().chain(self.routine_timers.first());
        let lapses = lapsing.iter().map(|(at, _)| *at).find(|at| *at > now);
        pending.next = timers.map(|(at, _)| *at).chain(late_waits.then_some(late_next)).chain(lapses).min();
        pending
    }

    /// What was named as due was refused: whoever it concerns is asked again at the next look, so that nobody goes round
    /// in circles.
    pub fn refused(&mut self, due: &Due) {
        match due {
            Due::Wake(wake) => drop(self.doubts.agents.insert(wake.agent.clone())),
            Due::AskForMore { agent, .. } => drop(self.doubts.agents.insert(agent.clone())),
            Due::Fire { routine, .. } => drop(self.doubts.routines.insert(routine.clone())),
            Due::Number { .. }
            | Due::Restore { .. }
            | Due::Unqueue { .. }
            | Due::Strand { .. }
            | Due::Price { .. }
            | Due::Lapse { .. } => {
                self.doubts.all = true;
            }
        }
    }

    fn update(&mut self, snapshot: &Snapshot, mut touched: Touched, now: Timestamp) {
        let doubts = std::mem::take(&mut self.doubts);
        touched.agents.extend(doubts.agents);
        touched.routines.extend(doubts.routines);
        // When the clock goes back, what had come has not come yet.
        touched.all |= doubts.all || self.last.is_some_and(|last| now < last);
        self.last = Some(now);
        let mut agents = touched.agents;
        let mut routines = touched.routines;
        if touched.all {
            self.unpriced = charge::priceable(snapshot).into_iter().collect();
            agents.extend(self.agents.keys().cloned());
            agents.extend(snapshot.workers().map(|worker| worker.slug.clone()));
            agents.extend(snapshot.index().assigned.keys().cloned());
            routines.extend(self.routines.keys().cloned());
            routines.extend(snapshot.routines().keys().cloned());
        }
        if touched.room {
            agents.extend(self.room.iter().cloned());
        }
        let come = |timers: &BTreeSet<(Timestamp, Slug)>| -> Vec<Slug> {
            timers.iter().take_while(|(at, _)| *at <= now).map(|(_, slug)| slug.clone()).collect()
        };
        agents.extend(come(&self.timers));
        routines.extend(come(&self.routine_timers));
        for routine in &routines {
            if let Some(agent) = snapshot.routines().get(routine).and_then(|routine| routine.task.assignee.clone()) {
                agents.insert(agent);
            }
        }
        // A routine waits for its assignee to look at what it made, and to work at all.
        let theirs = snapshot
            .routines()
            .iter()
            .filter(|(_, routine)| routine.task.assignee.as_ref().is_some_and(|agent| agents.contains(agent)));
        routines.extend(theirs.map(|(slug, _)| slug.clone()));
        for agent in agents {
            self.ask_agent(snapshot, &agent, now);
        }
        for routine in routines {
            self.ask_routine(snapshot, &routine, now);
        }
    }

    fn ask_agent(&mut self, snapshot: &Snapshot, slug: &Slug, now: Timestamp) {
        if let Some(before) = self.agents.remove(slug) {
            if let Some(first) = before.ready.first() {
                self.ready.remove(&(first.place.clone(), slug.clone()));
            }
            if let Some(next) = before.next {
                self.timers.remove(&(next, slug.clone()));
            }
            self.room.remove(slug);
            self.unasked.remove(slug);
        }
        self.stale.retain(|run, _| snapshot.run(run.as_str()).is_some_and(|run| run.agent() != slug));
        self.stale.extend(stale(snapshot, slug));
        let stranded = liveness::stranded(snapshot, slug, now);
        if stranded.is_empty() {
            self.stranded.remove(slug);
        } else {
            self.stranded.insert(slug.clone(), stranded);
        }
        let Some(worker) = snapshot.worker(slug.as_str()) else { return };
        let wakes = wakes::of_agent(Context { snapshot, worker, now });
        if let Some(first) = wakes.ready.first() {
            self.ready.insert((first.place.clone(), slug.clone()));
        }
        if let Some(next) = wakes.next {
            self.timers.insert((next, slug.clone()));
        }
        if let Some(ticket) = &wakes.unasked {
            self.unasked.insert(slug.clone(), ticket.clone());
        }
        if wakes.room {
            self.room.insert(slug.clone());
        }
        self.agents.insert(slug.clone(), wakes);
    }

    fn ask_routine(&mut self, snapshot: &Snapshot, slug: &Slug, now: Timestamp) {
        if let Some((_, Some(next))) = self.routines.remove(slug) {
            self.routine_timers.remove(&(next, slug.clone()));
        }
        let Some(routine) = snapshot.routines().get(slug) else { return };
        let found = routines::find(snapshot, slug, routine, now);
        let next = found.iter().filter_map(|found| found.next).min();
        let due = found.iter().filter_map(|found| {
            let slot = *found.due.as_ref().ok()?;
            Some(Due::Fire { routine: slug.clone(), trigger: found.trigger, slot })
        });
        let due: Vec<Due> = due.collect();
        if let Some(next) = next {
            self.routine_timers.insert((next, slug.clone()));
        }
        self.routines.insert(slug.clone(), (due, next));
    }
}

/// Queued runs whose reason is gone.
fn stale(snapshot: &Snapshot, agent: &Slug) -> Vec<(RunId, String)> {
    let queued = snapshot.index().queued.get(agent).into_iter().flatten();
    let runs = queued.filter_map(|id| snapshot.run(id.as_str())).filter(|run| run.state == RunState::Queued);
    let gone = match snapshot.worker(agent.as_str()).map(wakes::Worker::status) {
        None => Some(format!("there is no agent `{agent}` any more")),
        Some(AgentStatus::Terminated) => Some(format!("{agent} has left")),
        Some(AgentStatus::Active | AgentStatus::Paused | AgentStatus::PendingApproval) => None,
    };
    runs.filter_map(|run| {
        let ticket = run.wake.ticket.as_ref().map(|id| (id, snapshot.ticket(id)));
        let why = gone.clone().or_else(|| match ticket {
            Some((id, None)) => Some(format!("{id} is gone")),
            Some((id, Some(ticket))) if ticket.head.status.is_closed() => {
                Some(format!("{id} is {}", ticket.head.status))
            }
            Some(_) | None => None,
        })?;
        Some((run.id.clone(), why))
    })
    .collect()
}
