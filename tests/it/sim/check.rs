//! What must hold at every commit, counted again by hand: none of the engine's own sums is trusted here.

use super::world::World;
use corp::engine::budget::Scopes;
use corp::engine::liveness::{self, Path};
use corp::engine::{Due, Event, What, pending};
use corp::model::budget::{AtLimit, Window};
use corp::model::company::CompanyStatus;
use corp::model::money::Amount;
use corp::model::plan::{Edit, Effect, Plan};
use corp::model::run::{Ceiling, Run, RunState, WakeCause};
use corp::model::status::AgentStatus;
use corp::model::{Actor, RunId, Slug, TicketId};
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use std::collections::{BTreeMap, BTreeSet};

/// What is remembered from commit to commit.
#[derive(Debug, Clone, Default)]
pub(super) struct Checks {
    /// Every run ever announced, as it was last written.
    pub(super) runs: BTreeMap<RunId, Run>,
    open: BTreeSet<RunId>,
    ends: BTreeMap<RunId, u32>,
    slots: BTreeSet<(Slug, Timestamp)>,
    firings: BTreeSet<(Slug, String, Timestamp)>,
    fences: BTreeMap<TicketId, u64>,
}

/// What must hold of a plan before it is committed: it says who and why, nobody starts who may not, and there is room and
/// money for it.
pub(super) fn before_commit(world: &World, event: &Event, plan: &Plan) -> Result<(), String> {
    let announced = |id: &RunId| plan.edits.iter().any(|edit| matches!(edit, Edit::Run(run) if run.id == *id));
    for effect in &plan.effects {
        if let Effect::Start { run } = effect
            && !announced(run)
        {
            return Err(format!("{run} starts and no commit announces it"));
        }
    }
    if plan.edits.is_empty() {
        return Ok(());
    }
    who_and_why(world, event, plan)?;
    checkouts(world, event, plan)?;
    decisions(world, plan)?;
    let snapshot = &world.snapshot;
    for edit in &plan.edits {
        let Edit::Run(run) = edit else { continue };
        let RunState::Open { announced } = run.state else { continue };
        let known = snapshot.run(run.id.as_str());
        if known.is_some_and(|known| known.is_open()) {
            continue;
        }
        let worker = snapshot.worker(run.agent().as_str()).ok_or("a run of nobody")?;
        if worker.status() != AgentStatus::Active {
            return Err(format!("{} is {} and was started", run.agent(), worker.status()));
        }
        if snapshot.company.status == CompanyStatus::Paused {
            return Err("a run was started in a company that is paused".to_owned());
        }
        if !snapshot.is_home() {
            return Err("a clone that is not home started a run".to_owned());
        }
        let open: Vec<&Run> = snapshot.open_runs().map(AsRef::as_ref).collect();
        if open.len() != world.checks.open.len() {
            return Err("the open runs are not those that were announced and not ended".to_owned());
        }
        let own = open.iter().filter(|other| other.agent() == run.agent()).count() as u64;
        if own >= worker.max_concurrent_runs() {
            return Err(format!("{} has {own} runs and got one more", run.agent()));
        }
        if open.len() as u64 >= snapshot.company.runs {
            return Err(format!("{} runs at once", open.len() + 1));
        }
        if let Some(ticket) = &run.ticket
            && let Some(other) = open.iter().find(|other| other.ticket.as_ref() == Some(ticket))
        {
            return Err(format!("{} and {} work on {ticket} at once", other.id, run.id));
        }
        let entries = run.ticket.as_ref().and_then(|id| snapshot.ticket(id)).map(|ticket| &ticket.thread);
        let entry = entries.and_then(|thread| thread.iter().find(|entry| run.wake.note.as_ref() == Some(&entry.file)));
        if run.wake.by.as_ref() == Some(run.agent()) || entry.is_some_and(|entry| entry.author == *run.agent()) {
            return Err(format!("{} woke itself: {:?}", run.agent(), run.wake));
        }
        a_word_once(world, run)?;
        if run.reserved != worker.ceiling() {
            return Err(format!("{} reserves {:?} and not its ceiling", run.id, run.reserved));
        }
        budgets(world, run, announced)?;
    }
    Ok(())
}

/// A run that left no word is followed by one wake for it, and no more until the agent says something.
fn a_word_once(world: &World, run: &Run) -> Result<(), String> {
    let Some(ticket) = run.ticket.as_ref().filter(|_| run.wake.cause == WakeCause::MissingComment) else {
        return Ok(());
    };
    let thread = world.snapshot.ticket(ticket).map(|ticket| ticket.thread.as_slice()).unwrap_or_default();
    let spoke = thread.iter().filter(|entry| entry.author == *run.agent()).map(|entry| entry.at).max();
    let before = world.checks.runs.values().find(|other| {
        let same = other.agent() == run.agent() && other.ticket.as_ref() == Some(ticket) && other.id != run.id;
        same && other.wake.cause == WakeCause::MissingComment && other.announced() > spoke
    });
    before.map_or(Ok(()), |other| Err(format!("{} asks for a word on {ticket} after {} did", run.id, other.id)))
}

/// Every commit says who caused it and why, and nobody acts under another's name or after the end.
fn who_and_why(world: &World, event: &Event, plan: &Plan) -> Result<(), String> {
    let reason = &plan.reason;
    if reason.subject.trim().is_empty() || reason.subject.contains('\n') {
        return Err(format!("a commit without a subject: {reason:?}"));
    }
    let rightly = match &event.what {
        What::Request { by, .. } => reason.actor == *by,
        What::TreeChanged { by, .. } => reason.actor == *by || reason.actor == Actor::Corp,
        What::Due(_) | What::RunEnded { .. } | What::RunLost { .. } | What::Looked { .. } | What::Started => {
            reason.actor == Actor::Corp
        }
        What::Papers { run, .. } => reason.actor.run() == Some(run),
        What::Branch(branch) => reason.actor == branch.by,
    };
    if !rightly {
        return Err(format!("{:?} was committed as {}", event.what, reason.actor));
    }
    match &reason.actor {
        Actor::Agent { agent, run } if !world.checks.open.contains(run) => {
            Err(format!("{agent} did something in {run}, which is over: {}", reason.subject))
        }
        Actor::Agent { .. } | Actor::Person(_) | Actor::Corp => Ok(()),
    }
}

/// At most one holder; nobody's checkout is freed but by its holder, by a person, or with the end of its run.
fn checkouts(world: &World, event: &Event, plan: &Plan) -> Result<(), String> {
    let mut freed = BTreeSet::new();
    for edit in &plan.edits {
        match edit {
            Edit::Unlock { ticket } => {
                freed.insert(ticket);
                let lock = world.snapshot.ticket(ticket).and_then(|ticket| ticket.lock.as_ref());
                let Some(lock) = lock else { continue };
                let rightly = match &event.what {
                    What::RunEnded { run, .. } | What::RunLost { run, .. } => lock.run.as_ref() == Some(run),
                    What::Request { by, .. } => match by {
                        Actor::Person(_) => true,
                        Actor::Agent { run, .. } => lock.run.as_ref() == Some(run),
                        Actor::Corp => false,
                    },
                    What::TreeChanged { by: Actor::Person(_), .. } => true,
                    What::TreeChanged { .. }
                    | What::Papers { .. }
                    | What::Branch(_)
                    | What::Looked { .. }
                    | What::Due(_)
                    | What::Started => false,
                };
                if !rightly {
                    return Err(format!("the checkout of {ticket} by {} was freed by {:?}", lock.holder, event.what));
                }
            }
            Edit::Lock { ticket, lock } => {
                let before = world.snapshot.ticket(ticket).and_then(|ticket| ticket.lock.as_ref());
                if let Some(before) = before.filter(|before| **before != **lock && !freed.contains(ticket)) {
                    return Err(format!("{ticket} has two holders: {} and {}", before.holder, lock.holder));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What only people decide was decided by one.
fn decisions(world: &World, plan: &Plan) -> Result<(), String> {
    let by_person = matches!(plan.reason.actor, Actor::Person(_));
    for edit in &plan.edits {
        match edit {
            Edit::AgentStatus { agent, status } if !by_person => {
                return Err(format!("{agent} was set to {status} without a person"));
            }
            Edit::CompanyStatus(status) if !by_person => {
                return Err(format!("the company was set to {status:?} without a person"));
            }
            Edit::Home(_) if !by_person && world.snapshot.home.is_some() => {
                return Err("home moved without a person".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}

/// What must hold when all is over: every run that was announced has exactly one end, or still goes on.
pub(super) fn in_the_end(world: &World) -> Result<(), String> {
    for id in world.checks.runs.keys() {
        let ends = world.checks.ends.get(id).copied().unwrap_or(0);
        let goes_on = world.processes.get(id).is_some_and(|process| !process.over);
        if ends != u32::from(!goes_on) {
            return Err(format!("{id} has {ends} ends"));
        }
    }
    // Whatever lies there with nobody to bring it on is put before the board next.
    let due = pending(&world.snapshot, world.now).due;
    for ticket in world.snapshot.tickets().filter(|_| world.snapshot.is_home()) {
        let id = ticket.id.clone();
        if let Path::Stranded(why) = liveness::path(&world.snapshot, ticket, world.now)
            && liveness::can_be_handed(&world.snapshot, ticket)
            && !due.iter().any(|due| matches!(due, Due::Strand { .. }))
        {
            return Err(format!("{id} lies there and nobody hears of it: {why}"));
        }
    }
    let held = world.snapshot.tickets().filter_map(|ticket| Some((&ticket.id, ticket.lock.as_ref()?)));
    for (id, lock) in held {
        if !lock.run.as_ref().is_some_and(|run| world.checks.open.contains(run)) {
            return Err(format!("{id} is still held by {}", lock.holder));
        }
    }
    Ok(())
}

/// Spent and reserved, with the new run, within every limit: added up run by run.
fn budgets(world: &World, run: &Run, now: Timestamp) -> Result<(), String> {
    let snapshot = &world.snapshot;
    for budget in snapshot.budgets() {
        if budget.at_limit != AtLimit::Stop || !Scopes::of_run(run).within(snapshot, &budget.scope) {
            continue;
        }
        let since = begin(world, budget.window, now);
        let mut sum = figure(&budget.limit, &run.reserved);
        for other in world.checks.runs.values() {
            let Some(announced) = other.announced() else { continue };
            if (announced < since && !other.is_open()) || !Scopes::of_run(other).within(snapshot, &budget.scope) {
                continue;
            }
            sum += match other.end() {
                None => figure(&budget.limit, &other.reserved),
                Some(end) => {
                    let tokens = end.spent.usage.map(|usage| usage.total()).or(other.reserved.tokens);
                    figure(&budget.limit, &Ceiling { money: end.spent.cost.or(other.reserved.money), tokens })
                }
            };
        }
        let limit = match budget.limit {
            Amount::Money(money) => i128::from(money.micro()),
            Amount::Tokens(count) | Amount::Runs(count) => i128::from(count.0),
        };
        if sum > limit {
            return Err(format!("{}: {sum} of {limit} in {} when {} started", budget.scope, budget.window, run.id));
        }
    }
    Ok(())
}

fn begin(world: &World, window: Window, now: Timestamp) -> Timestamp {
    let zone = world.snapshot.company.timezone.rules().clone();
    let today = now.to_zoned(zone.clone()).date();
    let first = match window {
        Window::Day => today,
        Window::Week => today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).unwrap(),
        Window::Month => today.first_of_month(),
        Window::Lifetime => return Timestamp::MIN,
        Window::Rolling(length) => {
            return now.checked_sub(SignedDuration::from_millis(i64::try_from(length.ms()).unwrap())).unwrap();
        }
    };
    first.to_zoned(zone).unwrap().timestamp()
}

fn figure(limit: &Amount, ceiling: &Ceiling) -> i128 {
    match limit {
        Amount::Money(_) => i128::from(ceiling.money.map_or(0, |money| money.micro())),
        Amount::Tokens(_) => i128::from(ceiling.tokens.unwrap_or(0)),
        Amount::Runs(_) => 1,
    }
}

/// What holds once a commit is made.
pub(super) fn after_commit(world: &mut World, plan: &Plan) -> Result<(), String> {
    for edit in &plan.edits {
        match edit {
            Edit::Run(run) => {
                let known = world.checks.runs.get(&run.id);
                let restored = known.is_some_and(|known| *known == **run);
                if let Some(slot) = run.wake.slot
                    && known.is_none()
                    && !world.checks.slots.insert((run.agent().clone(), slot))
                {
                    return Err(format!("{} ran the beat of {slot} twice", run.agent()));
                }
                if run.end().is_some() && !restored {
                    let ends = world.checks.ends.entry(run.id.clone()).or_default();
                    *ends += 1;
                    if *ends > 1 {
                        return Err(format!("{} ended twice", run.id));
                    }
                }
                if run.is_open() {
                    world.checks.open.insert(run.id.clone());
                } else {
                    world.checks.open.remove(&run.id);
                }
                if !matches!(run.state, RunState::Queued) {
                    world.checks.runs.insert(run.id.clone(), (**run).clone());
                }
            }
            Edit::Firing(firing) => {
                let key = (firing.routine.clone(), firing.trigger.clone(), firing.slot);
                if !world.checks.firings.insert(key) {
                    return Err(format!("{} fired twice for {}", firing.routine, firing.slot));
                }
            }
            _ => {}
        }
    }
    let concerned = plan.edits.iter().filter_map(|edit| match edit {
        Edit::Ticket { id, .. } => Some(id),
        Edit::Lock { ticket, .. } | Edit::Unlock { ticket } | Edit::NewEntry { ticket, .. } => Some(ticket),
        _ => None,
    });
    for id in concerned.collect::<BTreeSet<_>>() {
        let Some(ticket) = world.snapshot.ticket(id) else { continue };
        let fence = world.checks.fences.entry(id.clone()).or_default();
        if ticket.head.fence < *fence {
            return Err(format!("the fence of {id} went back to {}", ticket.head.fence));
        }
        *fence = ticket.head.fence;
        if let Some(lock) = &ticket.lock {
            if lock.fence != ticket.head.fence {
                return Err(format!("the checkout of {id} has an older fence"));
            }
            if let Some(run) = &lock.run {
                let run = world.snapshot.run(run.as_str()).ok_or(format!("{id} is held by a run that is not known"))?;
                if !run.is_open() || *run.agent() != lock.holder {
                    return Err(format!("{id} is held by {} of a run that is {:?}", lock.holder, run.state));
                }
            }
        }
    }
    Ok(())
}
