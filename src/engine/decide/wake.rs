//! An agent is to be woken: because `pending` said so, or because somebody asks.

use super::admit;
use super::making::{Making, author};
use crate::engine::charge::nothing_spent;
use crate::engine::pending;
use crate::engine::refusal::Refusal;
use crate::engine::wakes::{self, Context, Finding, Hold, beat, gate};
use crate::model::plan::{Answer, Edit, Plan, Reason};
use crate::model::run::{End, Run, RunOutcome, RunState, Wake, WakeCause};
use crate::model::status::AgentStatus;
use crate::model::{Actor, RunId, Slug, TicketId};

/// The time has come for a wake: every rule is asked again, on the company as it is now.
pub(super) fn due(making: Making<'_>, wake: &Wake) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let worker = snapshot.worker(wake.agent.as_str()).ok_or_else(|| Refusal::NoAgent(wake.agent.clone()))?;
    let context = Context { snapshot, worker, now: making.now };
    gate::agent(context).map_err(refused)?;
    let found = wakes::gated(context, wakes::again(context, wake));
    let candidate = match found {
        Finding::Ready(candidate) => candidate,
        Finding::Held(_, hold) | Finding::Nothing(hold) => return Err(refused(hold)),
    };
    let late = candidate.wake.slot.and_then(|slot| beat::late(snapshot, slot, making.now));
    late.map_or(Ok(()), |hold| Err(refused(hold)))?;
    pending::slots(snapshot).map_err(refused)?;
    admit::admit(making, worker, &candidate.wake)
}

/// Somebody asks for a wake: it starts now, or waits in the queue.
pub(super) fn request(
    mut making: Making<'_>,
    by: &Actor,
    agent: &Slug,
    ticket: Option<&TicketId>,
    why: Option<&str>,
) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let worker = snapshot.worker(agent.as_str()).ok_or_else(|| Refusal::NoAgent(agent.clone()))?;
    let ticket = ticket.map(|id| making.ticket(id)).transpose()?;
    match worker.status() {
        AgentStatus::Active | AgentStatus::Paused => {}
        status @ (AgentStatus::PendingApproval | AgentStatus::Terminated) => {
            return Err(Refusal::NotWorking { agent: agent.clone(), status });
        }
    }
    if let Actor::Agent { agent: asker, .. } = by
        && asker == agent
    {
        return Err(Refusal::NotAllowed {
            who: asker.to_string(),
            what: "wake itself".to_owned(),
            why: "an agent is woken by others and by time".to_owned(),
        });
    }
    if let Some(ticket) = ticket.filter(|ticket| ticket.head.status.is_closed()) {
        return Err(Refusal::Closed { ticket: ticket.id.clone(), status: ticket.head.status });
    }
    let mut wake = Wake::new(agent.clone(), ticket.map(|ticket| ticket.id.clone()), WakeCause::Requested);
    wake.by = Some(author(by));
    wake.note = why.map(str::to_owned);
    // One wake of each (agent, cause, ticket): the same again is the same.
    let queued = snapshot.index().queued.get(agent).into_iter().flatten();
    let mut same = queued.filter_map(|id| snapshot.run(id.as_str())).filter(|run| run.wake.ticket == wake.ticket);
    if let Some(run) = same.next() {
        let why = "it waits already".to_owned();
        let run = run.id.clone();
        return Ok(making.nothing(Answer::Queued { run, why }));
    }
    let context = Context { snapshot, worker, now: making.now };
    let hold = gate::agent(context).err().or_else(|| gate::start(context, &wake).err());
    let hold = hold.or_else(|| pending::slots(snapshot).err());
    let Some(hold) = hold else {
        let mut plan = admit::admit(making, worker, &wake)?;
        plan.reason.actor = by.clone();
        return Ok(plan);
    };
    let id = making.run_id();
    making.edit(Edit::Run(Box::new(Run {
        id: id.clone(),
        ticket: wake.ticket.clone(),
        wake,
        project: None,
        goal: None,
        routine: None,
        queued: Some(making.now),
        clone: None,
        reserved: crate::model::run::Ceiling::default(),
        progress: false,
        state: RunState::Queued,
    })));
    let about = ticket.map(|ticket| format!(" about {}", ticket.id)).unwrap_or_default();
    let reason = Reason {
        run: Some(id.clone()),
        tickets: ticket.map(|ticket| ticket.id.clone()).into_iter().collect(),
        cause: why.map(str::to_owned),
        ..Reason::new(by.clone(), format!("{by} asks for {agent}{about}"))
    };
    Ok(making.plan(reason, Answer::Queued { run: id, why: hold.words }))
}

/// A queued run is taken out of the queue.
pub(super) fn unqueue(mut making: Making<'_>, id: &RunId, why: &str) -> Result<Plan, Refusal> {
    let run = making.snapshot.run(id.as_str()).ok_or_else(|| Refusal::NoRun(id.clone()))?;
    match run.state {
        RunState::Queued => {}
        RunState::Open { .. } | RunState::Ended { .. } => return Ok(making.nothing(Answer::Already)),
    }
    let agent = run.agent().clone();
    making.edit(Edit::Run(Box::new(out_of_the_queue(run, making.now, why))));
    let reason = Reason {
        run: Some(id.clone()),
        cause: Some(why.to_owned()),
        ..Reason::new(Actor::Corp, format!("{agent} is not woken: {why}"))
    };
    Ok(making.plan(reason, Answer::Done))
}

/// A queued run, ended before it was announced: it cost nothing.
pub(super) fn out_of_the_queue(run: &Run, now: jiff::Timestamp, why: &str) -> Run {
    let end = End {
        outcome: RunOutcome::Cancelled,
        at: now,
        started: None,
        spent: nothing_spent(),
        note: Some(why.to_owned()),
        transcript: None,
        talked: None,
        confinement: None,
    };
    Run { state: RunState::Ended { announced: None, end: Box::new(end) }, ..run.clone() }
}

/// A rule that holds, as an answer.
pub(super) fn refused(hold: Hold) -> Refusal {
    Refusal::Waits { rule: hold.rule, words: hold.words, until: hold.until }
}
