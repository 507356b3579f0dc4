//! Who works: agents, runs and the company are paused, resumed and stopped; a clone becomes home.

use super::authority::only_people;
use super::making::Making;
use crate::engine::budget;
use crate::engine::refusal::Refusal;
use crate::model::budget::Budget;
use crate::model::company::{CompanyStatus, Home};
use crate::model::plan::{Answer, Edit, Effect, Plan, Reason, StopReason};
use crate::model::run::RunState;
use crate::model::status::AgentStatus;
use crate::model::{Actor, RunId, Slug};

/// An agent is paused, resumed, hired or terminated. Its runs are stopped unless it goes on working.
pub(super) fn agent(
    mut making: Making<'_>,
    by: &Actor,
    slug: &Slug,
    status: AgentStatus,
    why: Option<&str>,
) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let worker = snapshot.worker(slug.as_str()).ok_or_else(|| Refusal::NoAgent(slug.clone()))?;
    only_people(by, &format!("set {slug} to {status}"))?;
    let before = worker.status();
    if before == status {
        return Ok(making.nothing(Answer::Already));
    }
    if before == AgentStatus::Terminated {
        return Err(Refusal::NotWorking { agent: slug.clone(), status: before });
    }
    making.edit(Edit::AgentStatus { agent: slug.clone(), status });
    let runs = stop_agent(&mut making, slug, status, &words(by, &format!("set {slug} to {status}"), why));
    let subject = match (status, before) {
        (AgentStatus::Active, AgentStatus::PendingApproval) => format!("{by} hires {slug}"),
        (AgentStatus::Active, _) => format!("{by} resumes {slug}"),
        (AgentStatus::Paused, _) => format!("{by} pauses {slug}"),
        (AgentStatus::Terminated, _) => format!("{by} terminates {slug}"),
        (AgentStatus::PendingApproval, _) => format!("{by} takes the hire of {slug} back"),
    };
    let reason = Reason { cause: why.map(str::to_owned), ..Reason::new(by.clone(), subject) };
    let answer = if runs.is_empty() { Answer::Done } else { Answer::Stopping { runs } };
    Ok(making.plan(reason, answer))
}

/// Stops the runs of an agent that does not work any more.
pub(super) fn stop_agent(making: &mut Making<'_>, slug: &Slug, status: AgentStatus, words: &str) -> Vec<RunId> {
    match status {
        AgentStatus::Active => return Vec::new(),
        AgentStatus::Paused | AgentStatus::PendingApproval | AgentStatus::Terminated => {}
    }
    let open: Vec<RunId> = making.snapshot.index().open.get(slug).into_iter().flatten().cloned().collect();
    for run in &open {
        making.stop(run, StopReason::Interrupted, words);
    }
    open
}

/// The whole company is paused or resumed. What runs is stopped.
pub(super) fn company(
    mut making: Making<'_>,
    by: &Actor,
    status: CompanyStatus,
    why: Option<&str>,
) -> Result<Plan, Refusal> {
    only_people(by, "pause or resume the company")?;
    if making.snapshot.company.status == status {
        return Ok(making.nothing(Answer::Already));
    }
    making.edit(Edit::CompanyStatus(status));
    let runs = stop_all(&mut making, status, &words(by, "paused the company", why));
    let subject = match status {
        CompanyStatus::Active => format!("{by} resumes the company"),
        CompanyStatus::Paused => format!("{by} pauses the company"),
    };
    let reason = Reason { cause: why.map(str::to_owned), ..Reason::new(by.clone(), subject) };
    let answer = if runs.is_empty() { Answer::Done } else { Answer::Stopping { runs } };
    Ok(making.plan(reason, answer))
}

/// Stops every run of a company that is paused.
pub(super) fn stop_all(making: &mut Making<'_>, status: CompanyStatus, words: &str) -> Vec<RunId> {
    match status {
        CompanyStatus::Active => return Vec::new(),
        CompanyStatus::Paused => {}
    }
    let open: Vec<RunId> = making.snapshot.open_runs().map(|run| run.id.clone()).collect();
    for run in &open {
        making.stop(run, StopReason::Interrupted, words);
    }
    open
}

/// One run is stopped; one that waits is taken out of the queue.
pub(super) fn stop(mut making: Making<'_>, by: &Actor, id: &RunId, why: Option<&str>) -> Result<Plan, Refusal> {
    only_people(by, "stop a run")?;
    let run = making.snapshot.run(id.as_str()).ok_or_else(|| Refusal::NoRun(id.clone()))?;
    let words = words(by, "stopped the run", why);
    match run.state {
        RunState::Ended { .. } => return Ok(making.nothing(Answer::Already)),
        RunState::Queued => {
            let ended = super::wake::out_of_the_queue(run, making.now, &words);
            making.edit(Edit::Run(Box::new(ended)));
        }
        RunState::Open { .. } => making.stop(id, StopReason::Cancelled, words.clone()),
    }
    let reason = Reason {
        run: Some(id.clone()),
        cause: why.map(str::to_owned),
        ..Reason::new(by.clone(), format!("{by} stops {id} of {}", run.agent()))
    };
    Ok(making.plan(reason, Answer::Stopping { runs: vec![id.clone()] }))
}

/// This clone becomes home.
pub(super) fn take_home(mut making: Making<'_>, by: &Actor) -> Result<Plan, Refusal> {
    only_people(by, "take home")?;
    if making.snapshot.is_home() {
        return Ok(making.nothing(Answer::Already));
    }
    become_home(&mut making)?;
    let host = making.snapshot.local.host.as_deref().unwrap_or("this clone");
    let reason = Reason::new(by.clone(), format!("{host} becomes home"));
    Ok(making.plan(reason, Answer::Done))
}

/// The daemon has started. Where no clone is home yet, this one becomes it.
pub(super) fn started(mut making: Making<'_>) -> Result<Plan, Refusal> {
    if making.snapshot.home.is_some() || making.snapshot.local.clone.is_none() {
        if making.snapshot.is_home() {
            // The limits may be others than when these were told what they may spend.
            limit_runs(&mut making, None);
        }
        let reason = Reason::new(Actor::Corp, "the daemon has started");
        return Ok(making.plan(reason, Answer::Already));
    }
    become_home(&mut making)?;
    let host = making.snapshot.local.host.as_deref().unwrap_or("this clone");
    let reason = Reason::new(Actor::Corp, format!("{host} is home"));
    Ok(making.plan(reason, Answer::Done))
}

/// Tells every run that is going on what it may spend by the budgets as they are, and this one as it will be.
pub(super) fn limit_runs(making: &mut Making<'_>, raised: Option<(&Budget, i128)>) {
    for (run, ceiling) in budget::ceilings(making.snapshot, raised, making.now) {
        making.effect(Effect::Limit { run, ceiling });
    }
}

fn become_home(making: &mut Making<'_>) -> Result<(), Refusal> {
    let local = &making.snapshot.local;
    let fence = making.snapshot.home.as_ref().map_or(0, |home| home.fence) + 1;
    let home = Home {
        clone: local.clone.clone().ok_or(Refusal::NoHome)?,
        machine: local.machine.clone(),
        host: local.host.clone(),
        fence,
        since: Some(making.now),
    };
    making.edit(Edit::Home(Box::new(home)));
    Ok(())
}

fn words(by: &Actor, what: &str, why: Option<&str>) -> String {
    match why {
        Some(why) => format!("{by} {what}: {why}"),
        None => format!("{by} {what}"),
    }
}
