//! What others changed, in the words of the engine: a commit by hand, a pull, a revert.

use super::came::{Came, Walked};
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

/// What it means that the files at `paths` changed, in parts that are decided one after the other; `snapshot` is the company before.
/// What somebody may not is taken back first, each by itself, and means nothing else.
pub(super) fn changes(
    snapshot: &Snapshot,
    came: Came<'_>,
    paths: &[&String],
) -> Result<Vec<Vec<Change>>, HistoryError> {
    let trusted = Trusted::of(snapshot);
    let walked = Walked::of(came, trusted)?;
    let taken_back = trespass::trespasses(trusted, came, &walked)?;
    let rest = paths.iter().filter(|path| !is_back(&taken_back, path));
    let rest = rest.filter_map(|path| change(snapshot, came, &walked, path)).collect();
    Ok(parts(taken_back, rest))
}

/// Whether a file is taken back by one of these.
pub(super) fn is_back(taken_back: &[Change], path: &str) -> bool {
    let of = |change: &Change| matches!(change, Change::Trespass { path: other, paper: Some(_), .. } if other == path);
    taken_back.iter().any(of)
}

/// What is taken back, each by itself, and the rest together.
pub(super) fn parts(taken_back: Vec<Change>, rest: Vec<Change>) -> Vec<Vec<Change>> {
    taken_back.into_iter().map(|change| vec![change]).chain([rest]).filter(|part| !part.is_empty()).collect()
}

/// What it means that the file at `path` changed; `snapshot` is the company before. `None`: nothing for what runs.
fn change(snapshot: &Snapshot, came: Came<'_>, walked: &Walked, path: &str) -> Option<Change> {
    let located = layout::locate(path);
    match located.kind {
        // Two processes that begin at once, with no daemon between them, see each other's decisions come.
        Kind::Ticket if walked.is_decided(path) => None,
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
            let steps = steps(Trusted::of(snapshot), came, walked, path).ok()?;
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
pub(super) fn worth(came: Came<'_>, trusted: Trusted<'_>, id: Id, by: &Actor) -> Worth {
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
pub(super) fn steps(
    trusted: Trusted<'_>,
    came: Came<'_>,
    walked: &Walked,
    path: &str,
) -> Result<Vec<Step>, HistoryError> {
    let history = came.history;
    let Some(to) = came.to else { return Ok(Vec::new()) };
    let mut commits: Vec<Id> = walked.touching(path).map(|made| made.id).collect();
    if commits.is_empty() {
        commits.push(to);
    }
    let mut steps = Vec::new();
    for id in commits {
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
