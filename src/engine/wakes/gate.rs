//! The rules that hold whatever an agent is woken for, one function each, in the order in which they are asked.

use super::{Context, Hold, Rule, later};
use crate::engine::{account, budget, secrets};
use crate::model::company::CompanyStatus;
use crate::model::run::Wake;
use crate::model::status::AgentStatus;
use crate::model::ticket::Ticket;
use crate::model::{Slug, Snapshot};

/// A rule about an agent as a function: `Ok` lets it through.
pub type AgentGate = fn(Context<'_>) -> Result<(), Hold>;

/// A rule about one wake as a function.
pub type StartGate = fn(Context<'_>, &Wake) -> Result<(), Hold>;

/// The rules about the agent, in order.
pub const AGENT: &[(Rule, AgentGate)] = &[
    (Rule::Home, home),
    (Rule::Company, company),
    (Rule::Machine, machine),
    (Rule::Policy, policy),
    (Rule::Agent, works),
    (Rule::AgentFiles, agent_files),
    (Rule::Cooldown, cooldown),
    (Rule::Provider, provider),
    (Rule::AgentRuns, agent_runs),
];

/// The rules about one wake, in order.
pub const START: &[(Rule, StartGate)] = &[
    (Rule::Ticket, ticket_file),
    (Rule::Checkout, checkout),
    (Rule::ProjectRuns, project_runs),
    (Rule::Secrets, secrets),
    (Rule::Budget, room),
];

/// Asks the rules about the agent; how many runs it has room for.
///
/// # Errors
/// The first rule that holds.
pub fn agent(context: Context<'_>) -> Result<u64, Hold> {
    for (_, gate) in AGENT {
        gate(context)?;
    }
    Ok(context.worker.max_concurrent_runs().saturating_sub(open_runs(context)))
}

/// Asks the rules about one wake.
///
/// # Errors
/// The first rule that holds.
pub fn start(context: Context<'_>, wake: &Wake) -> Result<(), Hold> {
    START.iter().try_for_each(|(_, gate)| gate(context, wake))
}

fn home(context: Context<'_>) -> Result<(), Hold> {
    let snapshot = context.snapshot;
    if snapshot.is_home() {
        return Ok(());
    }
    Err(Hold::new(
        Rule::Home,
        match &snapshot.home {
            Some(home) => {
                format!("this clone is not home, {} is", home.host.as_deref().unwrap_or(home.clone.as_str()))
            }
            None => "no clone is home yet; `corp up` makes this one home".to_owned(),
        },
    ))
}

fn company(context: Context<'_>) -> Result<(), Hold> {
    match context.snapshot.company.status {
        CompanyStatus::Active => Ok(()),
        CompanyStatus::Paused => Err(Hold::new(Rule::Company, "the company is paused")),
    }
}

fn machine(context: Context<'_>) -> Result<(), Hold> {
    match &context.snapshot.local.halted {
        Some(why) => Err(Hold::new(Rule::Machine, why.clone())),
        None => Ok(()),
    }
}

/// Broken policy stops what it is the policy of: everything.
fn policy(context: Context<'_>) -> Result<(), Hold> {
    readable(context.snapshot, Rule::Policy, &["corp.yaml", "budgets.yaml", "COMPANY.md"])
}

fn works(context: Context<'_>) -> Result<(), Hold> {
    let slug = context.worker.slug;
    match context.worker.status() {
        AgentStatus::Active => Ok(()),
        AgentStatus::Paused => Err(Hold::new(Rule::Agent, format!("{slug} is paused"))),
        AgentStatus::PendingApproval => Err(Hold::new(Rule::Agent, format!("{slug} is not hired yet"))),
        AgentStatus::Terminated => Err(Hold::new(Rule::Agent, format!("{slug} has left"))),
    }
}

fn agent_files(context: Context<'_>) -> Result<(), Hold> {
    let slug = context.worker.slug;
    let settings = format!("agents/{slug}/agent.yaml");
    let path = context.worker.agent.path.as_deref().unwrap_or_default();
    readable(context.snapshot, Rule::AgentFiles, &[&settings, path])
}

fn cooldown(context: Context<'_>) -> Result<(), Hold> {
    let last = context.snapshot.history().of(context.worker.slug).and_then(|history| history.last_end);
    // An end in the future is a clock that went back: nobody waits for it.
    let Some(last) = last.filter(|last| *last <= context.now) else { return Ok(()) };
    let until = later(last, context.worker.cooldown().ms());
    if until <= context.now {
        return Ok(());
    }
    let words = format!("{} rests {} after a run", context.worker.slug, context.worker.cooldown());
    Err(Hold::new(Rule::Cooldown, words).until(Some(until)))
}

/// Whoever shares an account waits until the provider takes requests again, unless there is another program to be meanwhile.
fn provider(context: Context<'_>) -> Result<(), Hold> {
    let Context { snapshot, worker, now, .. } = context;
    if snapshot.local.holds.is_empty() {
        return Ok(());
    }
    let rests = |account: &str| account::rests(snapshot, worker, account, now);
    let Some(account) = worker.account() else { return Ok(()) };
    let Some((until, hold)) = rests(&account) else { return Ok(()) };
    let fallback = worker.fallback().and_then(|fallback| worker.account_of(&fallback));
    let until = match fallback.as_deref().map(rests) {
        Some(None) => return Ok(()),
        Some(Some((other, _))) => until.min(other),
        None => until,
    };
    let words =
        format!("{account} was told to come back later, in {}; `corp hold clear {account}` lets it try", hold.run);
    Err(Hold::new(Rule::Provider, words).until(Some(until)))
}

fn open_runs(context: Context<'_>) -> u64 {
    context.snapshot.index().open.get(context.worker.slug).map_or(0, |runs| runs.len() as u64)
}

fn agent_runs(context: Context<'_>) -> Result<(), Hold> {
    let (open, most) = (open_runs(context), context.worker.max_concurrent_runs());
    if open < most {
        return Ok(());
    }
    let slug = context.worker.slug;
    let words = if most == 1 {
        format!("a run of {slug} is going on, and it does one thing at a time")
    } else {
        format!("{open} runs of {slug} are going on, and `max_concurrent_runs` is {most}")
    };
    Err(Hold::new(Rule::AgentRuns, words))
}

/// A ticket whose file holds an error is left alone.
fn ticket_file(context: Context<'_>, wake: &Wake) -> Result<(), Hold> {
    match ticket(context, wake) {
        Some(ticket) => readable(context.snapshot, Rule::Ticket, &[&ticket.path]),
        None => Ok(()),
    }
}

/// Nobody has the ticket, and no run works on it.
fn checkout(context: Context<'_>, wake: &Wake) -> Result<(), Hold> {
    let Some(ticket) = ticket(context, wake) else { return Ok(()) };
    if let Some(lock) = &ticket.lock {
        let words = format!("{} has {} checked out since {}", lock.holder, ticket.id, super::seconds(lock.since));
        return Err(Hold::new(Rule::Checkout, words));
    }
    let working = context.snapshot.index().working.get(&ticket.id).into_iter().flatten();
    match working.filter_map(|id| context.snapshot.run(id.as_str())).next() {
        Some(run) => {
            let words = format!("the run {} of {} works on {}", run.id, run.agent(), ticket.id);
            Err(Hold::new(Rule::Checkout, words).room())
        }
        None => Ok(()),
    }
}

fn project_runs(context: Context<'_>, wake: &Wake) -> Result<(), Hold> {
    let Some(project) = ticket(context, wake).and_then(|ticket| ticket.head.project.as_ref()) else { return Ok(()) };
    let most = context.snapshot.projects().get(project).and_then(|project| project.max_concurrent_runs);
    let Some(most) = most else { return Ok(()) };
    let open = open_on_project(context.snapshot, project);
    if open < most {
        return Ok(());
    }
    let words = format!("{open} run{} on {project}, and no more are allowed", if open == 1 { "" } else { "s" });
    Err(Hold::new(Rule::ProjectRuns, words).room())
}

/// How many runs work on a project.
pub fn open_on_project(snapshot: &Snapshot, project: &Slug) -> u64 {
    snapshot.open_runs().filter(|run| run.project.as_ref() == Some(project)).count() as u64
}

/// What the run needs to know is there and for it.
fn secrets(context: Context<'_>, wake: &Wake) -> Result<(), Hold> {
    let scopes = budget::Scopes::of(context.snapshot, context.worker.slug, ticket(context, wake).map(AsRef::as_ref));
    match secrets::given(context.snapshot, context.worker, scopes.project.as_ref(), scopes.routine.as_ref()) {
        Ok(_) => Ok(()),
        Err(lacking) => Err(Hold::new(Rule::Secrets, lacking)),
    }
}

/// Every budget has room for what the run may spend.
fn room(context: Context<'_>, wake: &Wake) -> Result<(), Hold> {
    let scopes = budget::Scopes::of(context.snapshot, context.worker.slug, ticket(context, wake).map(AsRef::as_ref));
    match budget::room(context.snapshot, &scopes, &context.worker.ceiling(), context.now) {
        Ok(()) => Ok(()),
        Err(short) => {
            let unasked = budget::is_unasked(context.snapshot, &short);
            Err(Hold { unasked, ..Hold::new(Rule::Budget, short.words()).until(short.free_at).room() })
        }
    }
}

fn ticket<'s>(context: Context<'s>, wake: &Wake) -> Option<&'s std::sync::Arc<Ticket>> {
    wake.ticket.as_ref().and_then(|id| context.snapshot.ticket(id))
}

fn readable(snapshot: &Snapshot, rule: Rule, paths: &[&str]) -> Result<(), Hold> {
    match paths.iter().find_map(|path| snapshot.broken().get(*path).map(|error| (path, error))) {
        Some((path, error)) => Err(Hold::new(rule, format!("{path} holds an error: {error}"))),
        None => Ok(()),
    }
}
