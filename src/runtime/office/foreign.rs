//! What others changed, in the words of the engine: a commit by hand, a pull, a revert.

use super::message;
use crate::engine::Change;
use crate::format::document::{self, Document};
use crate::format::layout::{self, Kind};
use crate::format::snapshot as reading;
use crate::model::approval::Approval;
use crate::model::{Actor, ApprovalId, Scalar as _, Slug, Snapshot, TicketId};
use crate::runtime::wire::Who;
use crate::store::force::{Advanced, Force};
use crate::store::history::{self, Content, HistoryError, Id};
use std::collections::BTreeSet;

/// Most commits of others that are looked through for who decided what; of more, only the last is.
const STEPS_MAX: usize = 2_000;

/// What it means that the file at `path` changed; `snapshot` is the company before. `None`: nothing for what runs.
pub(super) fn change(snapshot: &Snapshot, force: &Force, advanced: &Advanced, path: &str) -> Option<Change> {
    let located = layout::locate(path);
    match located.kind {
        Kind::Ticket => {
            let id = TicketId::parse(located.name).ok()?;
            Some(Change::Ticket { before: snapshot.ticket(&id).cloned(), id })
        }
        Kind::AgentSettings => {
            let slug = Slug::parse(located.name).ok()?;
            let before = snapshot.worker(slug.as_str())?.status();
            Some(Change::Agent { slug, before })
        }
        Kind::Approval => {
            let id = ApprovalId::parse(located.name).ok()?;
            let steps = steps(snapshot, force, advanced, path).ok()?;
            Some(Change::Approval { before: snapshot.approvals().get(&id).cloned(), id, steps })
        }
        Kind::Budgets => Some(Change::Budgets),
        Kind::Corp => Some(Change::Company { before: snapshot.company.status }),
        _ => None,
    }
}

/// Who committed last, as far as it is known.
pub(super) fn author(force: &Force, snapshot: &Snapshot) -> Actor {
    force.tip().map_or(Actor::Corp, |tip| by(force, snapshot, tip))
}

/// Who made a commit. An agent commits nothing that others are told of as its own word, and the program decides nothing.
fn by(force: &Force, snapshot: &Snapshot, commit: Id) -> Actor {
    let commit = force.history().commit(commit).ok();
    let person = commit.filter(|commit| matches!(commit.who, history::Who::Person(_)));
    let who = person.map(|commit| Who { name: commit.author.name, email: commit.author.email });
    who.and_then(|who| message::person(&who, snapshot)).map_or(Actor::Corp, Actor::Person)
}

/// What became of an approval commit by commit, the oldest first, and by whom.
fn steps(
    snapshot: &Snapshot,
    force: &Force,
    advanced: &Advanced,
    path: &str,
) -> Result<Vec<(Actor, Approval)>, HistoryError> {
    let history = force.history();
    let Some(to) = advanced.to else { return Ok(Vec::new()) };
    let between: BTreeSet<Id> = match advanced.from {
        Some(from) => history.only_in(to, from)?.into_iter().collect(),
        None => BTreeSet::from([to]),
    };
    let mut order = if between.len() > STEPS_MAX { vec![to] } else { oldest_first(force, to, &between)? };
    order.retain(|id| touches(force, *id, path).unwrap_or(false));
    if order.is_empty() {
        order.push(to);
    }
    let mut steps = Vec::new();
    for id in order {
        let Some(entry) = history.entry(id, path)? else { continue };
        if let Content::Text(text) = history.content(entry)?
            && let (Document::Approval(file), _) = document::read(path, &text)
        {
            steps.push((by(force, snapshot, id), reading::approval(&file)));
        }
    }
    Ok(steps)
}

/// Whether a commit changed a file, compared with each of its parents: a merge that only brings it along did not.
fn touches(force: &Force, id: Id, path: &str) -> Result<bool, HistoryError> {
    let history = force.history();
    let entry = history.entry(id, path)?;
    for parent in history.commit(id)?.parents {
        if history.entry(parent, path)? == entry {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Commits so that each comes after those it came from.
fn oldest_first(force: &Force, tip: Id, among: &BTreeSet<Id>) -> Result<Vec<Id>, HistoryError> {
    let (mut order, mut seen, mut stack) = (Vec::new(), BTreeSet::new(), vec![(tip, false)]);
    while let Some((id, done)) = stack.pop() {
        if done {
            order.push(id);
        } else if among.contains(&id) && seen.insert(id) {
            stack.push((id, true));
            let parents = force.history().commit(id)?.parents;
            stack.extend(parents.into_iter().rev().map(|parent| (parent, false)));
        }
    }
    Ok(order)
}
