//! What others changed, in the words of the engine: a commit by hand, a pull, a revert.

use super::{message, trespass};
use crate::engine::{Change, Step, Worth};
use crate::format::document::{self, Document};
use crate::format::layout::{self, Kind};
use crate::format::snapshot as reading;
use crate::model::approval::Approval;
use crate::model::company::Person;
use crate::model::{Actor, ApprovalId, Scalar as _, Slug, Snapshot, TicketId, Zone};
use crate::runtime::wire::Who;
use crate::store::force::Force;
use crate::store::history::{self, Content, History, HistoryError, Id};
use crate::store::signature;
use std::collections::BTreeSet;

/// Most commits of others that are looked through for who decided what; of more, only the last is.
const STEPS_MAX: usize = 2_000;

/// Who is on the board, as it stood before what is judged by it came.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trusted<'t> {
    /// The board.
    pub(super) board: &'t [Person],
    /// The zone of times without one.
    pub(super) zone: &'t Zone,
}

impl<'t> Trusted<'t> {
    pub(super) fn of(snapshot: &'t Snapshot) -> Self {
        Self { board: &snapshot.company.board, zone: &snapshot.company.timezone }
    }
}

/// Commits that came: those that lead to `to` and not to `from`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came<'c> {
    pub(super) history: &'c History,
    pub(super) from: Option<Id>,
    pub(super) to: Option<Id>,
    /// Those among them that were made here, if that is known.
    pub(super) ours: &'c BTreeSet<Id>,
}

/// What it means that the files at `paths` changed; `snapshot` is the company before. What somebody may not is taken back,
/// and means nothing else.
pub(super) fn changes(snapshot: &Snapshot, came: Came<'_>, paths: &[&String]) -> Vec<Change> {
    let mut changes = trespass::trespasses(Trusted::of(snapshot), came).unwrap_or_else(|error| {
        tracing::warn!(%error, "it cannot be told whether others may do what they did");
        Vec::new()
    });
    let back = |path: &String| {
        changes.iter().any(|change| matches!(change, Change::Trespass { path: other, .. } if other == path))
    };
    let rest: Vec<Change> =
        paths.iter().filter(|path| !back(path)).filter_map(|path| change(snapshot, came, path)).collect();
    changes.extend(rest);
    changes
}

/// What it means that the file at `path` changed; `snapshot` is the company before. `None`: nothing for what runs.
fn change(snapshot: &Snapshot, came: Came<'_>, path: &str) -> Option<Change> {
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
            let steps = steps(Trusted::of(snapshot), came, path).ok()?;
            Some(Change::Approval { before: snapshot.approvals().get(&id).cloned(), id, steps })
        }
        Kind::Budgets => Some(Change::Budgets),
        Kind::Corp => Some(Change::Company { before: snapshot.company.status }),
        _ => None,
    }
}

/// Who committed last, as far as it is known.
pub(super) fn author(force: &Force, snapshot: &Snapshot) -> Actor {
    force.tip().map_or(Actor::Corp, |tip| by(force.history(), Trusted::of(snapshot), tip))
}

/// Who made a commit. An agent commits nothing that others are told of as its own word, and the program decides nothing.
pub(super) fn by(history: &History, trusted: Trusted<'_>, commit: Id) -> Actor {
    let commit = history.commit(commit).ok();
    let person = commit.filter(|commit| matches!(commit.who, history::Who::Person(_)));
    let who = person.map(|commit| Who { name: commit.author.name, email: commit.author.email });
    who.and_then(|who| message::member(&who, trusted.board)).map_or(Actor::Corp, Actor::Person)
}

/// What somebody's word in a commit is worth. Whose name it carries is a claim that anybody can make; one who lists keys is
/// held to them.
fn worth(came: Came<'_>, trusted: Trusted<'_>, id: Id, by: &Actor) -> Worth {
    if came.ours.contains(&id) {
        return Worth::Ours;
    }
    let Actor::Person(who) = by else { return Worth::Counts };
    let Some(person) = trusted.board.iter().find(|person| person.id == *who) else { return Worth::Counts };
    if person.signing_keys.is_empty() {
        return Worth::Counts;
    }
    match signature::verify_commit(came.history, id, &person.signing_keys, trusted.zone) {
        Ok(()) => Worth::Counts,
        Err(why) => Worth::Nothing(format!("commit {} {why}", came.history.short(id))),
    }
}

/// What became of an approval commit by commit, the oldest first, and by whom.
pub(super) fn steps(trusted: Trusted<'_>, came: Came<'_>, path: &str) -> Result<Vec<Step>, HistoryError> {
    let history = came.history;
    let Some(to) = came.to else { return Ok(Vec::new()) };
    let mut order = match came.from {
        Some(from) => order(history, from, to)?,
        None => vec![to],
    };
    order.retain(|id| touches(history, *id, path).unwrap_or(false));
    if order.is_empty() {
        order.push(to);
    }
    let mut steps = Vec::new();
    for id in order {
        let Some(approval) = approval(history, id, path)? else { continue };
        let by = by(history, trusted, id);
        let at = history.commit(id)?.time;
        steps.push(Step { worth: worth(came, trusted, id, &by), by, at, approval });
    }
    Ok(steps)
}

/// What an approval's file said in a commit, if it could be read.
pub(super) fn approval(history: &History, commit: Id, path: &str) -> Result<Option<Approval>, HistoryError> {
    let Some(entry) = history.entry(commit, path)? else { return Ok(None) };
    let Content::Text(text) = history.content(entry)? else { return Ok(None) };
    Ok(match document::read(path, &text) {
        (Document::Approval(file), _) => Some(reading::approval(&file)),
        _ => None,
    })
}

/// Whether a commit changed a file, compared with each of its parents: a merge that only brings it along did not.
fn touches(history: &History, id: Id, path: &str) -> Result<bool, HistoryError> {
    let entry = history.entry(id, path)?;
    for parent in history.commit(id)?.parents {
        if history.entry(parent, path)? == entry {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The commits that came, the oldest first; of too many, only the last.
pub(super) fn order(history: &History, from: Id, to: Id) -> Result<Vec<Id>, HistoryError> {
    let between: BTreeSet<Id> = history.only_in(to, from)?.into_iter().collect();
    if between.len() > STEPS_MAX { Ok(vec![to]) } else { oldest_first(history, to, &between) }
}

/// Commits so that each comes after those it came from.
fn oldest_first(history: &History, tip: Id, among: &BTreeSet<Id>) -> Result<Vec<Id>, HistoryError> {
    let (mut order, mut seen, mut stack) = (Vec::new(), BTreeSet::new(), vec![(tip, false)]);
    while let Some((id, done)) = stack.pop() {
        if done {
            order.push(id);
        } else if among.contains(&id) && seen.insert(id) {
            stack.push((id, true));
            let parents = history.commit(id)?.parents;
            stack.extend(parents.into_iter().rev().map(|parent| (parent, false)));
        }
    }
    Ok(order)
}
