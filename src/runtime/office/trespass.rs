//! What others committed that their role does not allow, or that wants a signature and has none: found commit by commit,
//! with what would take it back.

use super::foreign::{self, Came, Trusted};
use crate::engine::Change;
use crate::engine::trespass::{Touched, act, why_not};
use crate::format::document::{self, Document};
use crate::format::inverse::{self, Versions};
use crate::format::kind::{AgentSettings, CorpFile};
use crate::format::layout::{self, Kind};
use crate::format::snapshot as reading;
use crate::model::Actor;
use crate::model::authority::Act;
use crate::model::plan::Paper;
use crate::model::status::AgentStatus;
use crate::store::history::{Content, History, HistoryError, Id};
use crate::store::signature;
use std::collections::BTreeMap;

/// What is to be taken back of what came.
pub(super) fn trespasses(trusted: Trusted<'_>, came: Came<'_>) -> Result<Vec<Change>, HistoryError> {
    let (history, Some(from), Some(to)) = (came.history, came.from, came.to) else { return Ok(Vec::new()) };
    let guarded = trusted.board.iter().any(|person| !person.signing_keys.is_empty());
    let mut trespasses = Vec::new();
    let mut now: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
    let mut order = foreign::order(history, from, to)?;
    // What was done last is taken back first.
    order.reverse();
    for id in order {
        let commit = history.commit(id)?;
        // What a merge brings was made in the commits it merges.
        let [parent] = commit.parents[..] else { continue };
        if came.ours.contains(&id) {
            continue;
        }
        let by = foreign::by(history, trusted, id);
        let changes = history.changed(Some(parent), id)?;
        for file in changes.files {
            let (before, after) = (bytes(history, file.before)?, bytes(history, file.after)?);
            let Some(act) = act(&touched(&file.path, before.as_deref(), after.as_deref())) else { continue };
            let why = match &by {
                Actor::Person(who) => why_not(trusted.board, who, act)
                    .or_else(|| (guarded && act == Act::Board).then(|| unsigned(trusted, came, id, who)).flatten()),
                // The program and agents never change who is on the board.
                Actor::Corp | Actor::Agent { .. } if guarded && act == Act::Board => {
                    Some(format!("{by} may not {}", act.words()))
                }
                Actor::Corp | Actor::Agent { .. } => None,
            };
            let Some(why) = why else { continue };
            let current = match now.get(&file.path) {
                Some(known) => known.clone(),
                None => bytes(history, history.entry(to, &file.path)?)?,
            };
            let path = file.path.clone();
            let versions = Versions { path: path.clone(), before, after };
            let plan = inverse::plan(&[versions], &|_| current.clone(), &|_| false);
            let text =
                |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let paper = match plan.files.get(&path).filter(|_| plan.refused.is_empty()) {
                Some(after) => {
                    let paper = Paper { path: path.clone(), before: text(&current), after: text(after) };
                    now.insert(path.clone(), after.clone());
                    Some(paper)
                }
                None => None,
            };
            trespasses.push(Change::Trespass { by: by.clone(), path, commit: history.short(id), why, paper });
        }
    }
    Ok(together(trespasses))
}

/// Of several that are taken back in one file, one that takes all of them back.
fn together(trespasses: Vec<Change>) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    for next in trespasses {
        let Change::Trespass { path, paper: Some(last), .. } = &next else {
            found.push(next);
            continue;
        };
        let earlier = found.iter_mut().find_map(|change| match change {
            Change::Trespass { path: other, paper: Some(first), .. } if other == path => Some(first),
            _ => None,
        });
        if let Some(first) = earlier {
            first.after.clone_from(&last.after);
            if let Change::Trespass { by, path, commit, why, .. } = next {
                found.push(Change::Trespass { by, path, commit, why, paper: None });
            }
        } else {
            found.push(next);
        }
    }
    found
}

/// Why a change of the board does not count, where somebody lists keys: it takes an owner's signature.
fn unsigned(trusted: Trusted<'_>, came: Came<'_>, id: Id, who: &crate::model::Slug) -> Option<String> {
    let person = trusted.board.iter().find(|person| person.id == *who);
    let keys = person.map(|person| person.signing_keys.clone()).unwrap_or_default();
    let no_keys = || "who is on the board is changed with a signature only, and they list no `signing_keys`".to_owned();
    if keys.is_empty() {
        return Some(no_keys());
    }
    let verdict = signature::verify_commit(came.history, id, &keys, trusted.zone);
    verdict.err().map(|why| format!("it changes who is on the board, and {why}"))
}

fn bytes(history: &History, entry: Option<crate::store::history::Entry>) -> Result<Option<Vec<u8>>, HistoryError> {
    let Some(entry) = entry else { return Ok(None) };
    Ok(match history.content(entry)? {
        Content::Text(text) => Some(text.into_bytes()),
        Content::Binary(bytes) => Some(bytes),
        Content::Large(_) => None,
    })
}

/// What a change of a file touches.
pub(super) fn touched(path: &str, before: Option<&[u8]>, after: Option<&[u8]>) -> Touched {
    let kind = layout::locate(path).kind;
    let read = |bytes: Option<&[u8]>| {
        let text = std::str::from_utf8(bytes?).ok()?;
        Some(document::read(path, text).0)
    };
    match kind {
        Kind::Ticket => {
            let assignee = |bytes| match read(bytes) {
                Some(Document::Ticket(ticket)) => ticket.assignee,
                _ => None,
            };
            Touched::Ticket { assigned: assignee(before) != assignee(after) }
        }
        Kind::Entry => Touched::Ticket { assigned: false },
        Kind::Approval => {
            let approval = |bytes| match read(bytes) {
                Some(Document::Approval(file)) => Some(Box::new(reading::approval(&file))),
                _ => None,
            };
            Touched::Approval(approval(before), approval(after))
        }
        Kind::AgentSettings => match (read(before), read(after)) {
            (Some(Document::AgentSettings(was)), Some(Document::AgentSettings(is))) => of_agent(*was, *is),
            _ => Touched::Setup,
        },
        Kind::Corp => match (read(before), read(after)) {
            (Some(Document::Corp(was)), Some(Document::Corp(is))) => of_company(*was, *is),
            _ => Touched::Board,
        },
        Kind::Lock | Kind::Home | Kind::LedgerRun | Kind::LedgerSegment => Touched::Record,
        Kind::Company
        | Kind::Budgets
        | Kind::Prices
        | Kind::Agent
        | Kind::Heartbeat
        | Kind::Team
        | Kind::Goal
        | Kind::Project
        | Kind::ProjectSettings
        | Kind::Task
        | Kind::Routine
        | Kind::Skill
        | Kind::Secret
        | Kind::Ciphertext
        | Kind::Vault => Touched::Setup,
        Kind::Other => {
            let of_git = path.rsplit('/').next().is_some_and(|name| name.starts_with(".git"));
            if of_git { Touched::Setup } else { Touched::Paper }
        }
    }
}

/// What a change of an agent's settings touches: whether it works, or more than that.
fn of_agent(was: AgentSettings, is: AgentSettings) -> Touched {
    let status = |settings: &AgentSettings| settings.status.unwrap_or(AgentStatus::Active);
    let (before, after) = (status(&was), status(&is));
    let same = AgentSettings { status: None, ..was } == AgentSettings { status: None, ..is };
    if same && before != after { Touched::AgentStatus(before, after) } else { Touched::Setup }
}

/// What a change of `corp.yaml` touches.
fn of_company(was: CorpFile, is: CorpFile) -> Touched {
    if was.board != is.board {
        return Touched::Board;
    }
    let moved = was.status != is.status;
    let same = CorpFile { status: None, ..was } == CorpFile { status: None, ..is };
    if same && moved { Touched::CompanyStatus } else { Touched::Setup }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_change_touches() {
        let status = Touched::AgentStatus;
        let (active, paused) = (AgentStatus::Active, AgentStatus::Paused);
        let table: &[(&str, Option<&str>, Option<&str>, Touched)] = &[
            (
                "tickets/0000/A-1.md",
                Some("---\nassignee: dev\n---\n"),
                Some("---\nassignee: qa\n---\n"),
                Touched::Ticket { assigned: true },
            ),
            (
                "tickets/0000/A-1.md",
                Some("---\ntitle: a\n---\n"),
                Some("---\ntitle: b\n---\n"),
                Touched::Ticket { assigned: false },
            ),
            ("agents/dev/agent.yaml", Some("status: active\n"), Some("status: paused\n"), status(active, paused)),
            ("agents/dev/agent.yaml", Some("role: qa\n"), Some("status: paused\nrole: qa\n"), status(active, paused)),
            ("agents/dev/agent.yaml", Some("role: qa\n"), Some("status: paused\nrole: pm\n"), Touched::Setup),
            ("agents/dev/agent.yaml", None, Some("role: qa\n"), Touched::Setup),
            ("corp.yaml", Some("board: []\n"), Some("board: [{id: ada}]\n"), Touched::Board),
            ("corp.yaml", Some("board: []\n"), None, Touched::Board),
            ("corp.yaml", Some("status: active\n"), Some("status: paused\n"), Touched::CompanyStatus),
            ("corp.yaml", Some("status: active\n"), Some("timezone: UTC\n"), Touched::Setup),
            ("budgets.yaml", None, Some("a: 1\n"), Touched::Setup),
            (".gitattributes", None, Some("x"), Touched::Setup),
            ("docs/plan.md", None, Some("x"), Touched::Paper),
            ("ledger/2026-11/20-1.jsonl", None, Some(""), Touched::Record),
        ];
        for (path, before, after, expected) in table {
            let found = touched(path, before.map(str::as_bytes), after.map(str::as_bytes));
            assert_eq!(found, *expected, "{path}: {before:?} to {after:?}");
        }
    }
}
