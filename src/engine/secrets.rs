//! Which secrets a run gets: those that its agent, its project or its routine names and that are for them. Where one that
//! it needs cannot be had, it waits, and is told what to type; where it is mended, it goes on by itself.

use super::budget::Scopes;
use crate::model::agent::Worker;
use crate::model::secret::{Binding, BoundTo, RESERVED_PREFIX, SecretDelivery, SecretStatus};
use crate::model::ticket::Ticket;
use crate::model::{Scalar as _, SecretName, Slug, Snapshot};

/// A secret that a run gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Its name.
    pub name: SecretName,
    /// The version; `None`: the latest.
    pub version: Option<u64>,
    /// How.
    pub delivery: SecretDelivery,
    /// Whether the run needs it.
    pub required: bool,
}

/// What a run of an agent gets, on a project and of a routine if it is about one.
///
/// # Errors
/// What is lacking, in words, with what to type.
pub fn given(
    snapshot: &Snapshot,
    worker: Worker<'_>,
    project: Option<&Slug>,
    routine: Option<&Slug>,
) -> Result<Vec<Given>, String> {
    let mut found: Vec<Given> = Vec::new();
    for (name, to, needed) in named(snapshot, worker, project, routine) {
        if found.iter().any(|given| given.name == *name) {
            continue;
        }
        match one(snapshot, name, &to) {
            Ok(Some(given)) => found.push(Given { required: given.required && needed, ..given }),
            Ok(None) => {}
            Err(_) if !needed => {}
            Err(why) => return Err(format!("configuration incomplete: {why}")),
        }
    }
    // What the program itself signs and shows: in its own variables, which no agent sees.
    let adapter = worker.adapter();
    for name in adapter.signing_key.iter().chain(&adapter.token).filter_map(|name| SecretName::parse(name).ok()) {
        if snapshot.secrets().contains_key(&name) && !found.iter().any(|given| given.name == name) {
            let given = one(snapshot, &name, &BoundTo::Agent(worker.slug.clone()));
            let given = given.map_err(|why| format!("configuration incomplete: {why}"))?;
            found.extend(given);
        }
    }
    for given in &mut found {
        if adapter.signing_key.as_deref() == Some(given.name.as_str())
            || adapter.token.as_deref() == Some(given.name.as_str())
        {
            given.delivery = SecretDelivery::Env;
        }
    }
    Ok(found)
}

/// What keeps the agent of an open ticket from starting on it: what is lacking of what its run needs to know, in words, with what
/// to type.
pub fn lacking(snapshot: &Snapshot, ticket: &Ticket) -> Option<String> {
    let worker =
        snapshot.worker(ticket.head.assignee.as_ref()?.as_str()).filter(|_| !ticket.head.status.is_closed())?;
    let scopes = Scopes::of(snapshot, worker.slug, Some(ticket));
    given(snapshot, worker, scopes.project.as_ref(), scopes.routine.as_ref()).err()
}

/// The names, by whom they are asked for, and whether a run needs them. The agent's own terms count before those of where it
/// works, and what somebody needs before what somebody has a use for.
fn named<'s>(
    snapshot: &'s Snapshot,
    worker: Worker<'s>,
    project: Option<&Slug>,
    routine: Option<&Slug>,
) -> Vec<(&'s SecretName, BoundTo, bool)> {
    let agent = || BoundTo::Agent(worker.slug.clone());
    let mut names: Vec<(&SecretName, BoundTo, bool)> =
        worker.secrets().iter().map(|name| (name, agent(), true)).collect();
    let mut useful: Vec<(&SecretName, BoundTo, bool)> =
        worker.optional_secrets().iter().map(|name| (name, agent(), false)).collect();
    if let Some(routine) = routine
        && let Some(found) = snapshot.routines().get(routine)
    {
        names.extend(found.secrets.iter().map(|name| (name, BoundTo::Routine(routine.clone()), true)));
    }
    if let Some(project) = project
        && let Some(found) = snapshot.projects().get(project)
    {
        names.extend(found.secrets.iter().map(|name| (name, BoundTo::Project(project.clone()), true)));
        useful.extend(found.optional_secrets.iter().map(|name| (name, BoundTo::Project(project.clone()), false)));
    }
    names.append(&mut useful);
    names
}

/// One of them: whether it can be had. `None`: it cannot, and is not needed.
fn one(snapshot: &Snapshot, name: &SecretName, to: &BoundTo) -> Result<Option<Given>, String> {
    let flag = match to {
        BoundTo::Agent(slug) => slug.to_string(),
        BoundTo::Project(slug) => format!("--project {slug}"),
        BoundTo::Routine(slug) => format!("--routine {slug}"),
    };
    let secret = snapshot.secrets().get(name);
    let there = secret.filter(|secret| secret.status != SecretStatus::Deleted);
    let Some(secret) = there else {
        return Err(format!(
            "there is no secret {name}; `corp secret set {name}` makes it, `corp secret bind {name} {flag}` gives it"
        ));
    };
    let bound: Option<&Binding> = secret.bound(to).filter(|_| !name.as_str().starts_with(RESERVED_PREFIX));
    let Some(binding) = bound else {
        return Err(format!("the secret {name} is not for {to}; `corp secret bind {name} {flag}` gives it"));
    };
    let lacking = match (secret.status, secret.here) {
        (SecretStatus::Disabled, _) => {
            Some(format!("the secret {name} is disabled; `corp secret enable {name}` lets it be used"))
        }
        (_, Some(false)) => Some(format!("the secret {name} has no value; `corp secret set {name}` gives it one")),
        (SecretStatus::Active | SecretStatus::Deleted, _) => snapshot.local.unopened.get(name).cloned(),
    };
    match lacking {
        Some(_) if !binding.required => Ok(None),
        Some(why) => Err(why),
        None => Ok(Some(Given {
            name: name.clone(),
            version: binding.version,
            delivery: binding.delivery,
            required: binding.required,
        })),
    }
}
