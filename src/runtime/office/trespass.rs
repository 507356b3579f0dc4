//! What others committed that their role does not allow, or that wants a signature and has none: found commit by commit,
//! with what would take it back.

use super::came::{Came, Walked};
use super::foreign::{self, Trusted};
use super::guard;
use crate::engine::trespass::{Touched, act, never, why_not};
use crate::engine::{Change, Worth};
use crate::format::document::{self, Document};
use crate::format::inverse::{self, Versions};
use crate::format::kind::{AgentSettings, CorpFile};
use crate::format::layout::{self, Kind};
use crate::format::snapshot as reading;
use crate::model::Actor;
use crate::model::authority::Act;
use crate::model::plan::Paper;
use crate::model::status::AgentStatus;
use crate::store::history::trees::{Changed, FileKind};
use crate::store::history::{Content, Entry, History, HistoryError, Id};
use std::collections::BTreeMap;

/// What is to be taken back of what came. Who is on no board is held to nothing here: a name in a commit is a claim, and nobody knows
/// whose it is.
pub(super) fn trespasses(trusted: Trusted<'_>, came: Came<'_>, walked: &Walked) -> Result<Vec<Change>, HistoryError> {
    let (history, Some(to)) = (came.history, came.to) else { return Ok(Vec::new()) };
    let guarded = guard::is_guarded(trusted);
    let mut found: Vec<Change> = guard::change(trusted, came, walked)?.into_iter().collect();
    let mut now: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
    for change in &found {
        if let Change::Trespass { path, paper: Some(paper), .. } = change {
            now.insert(path.clone(), paper.after.clone().map(String::into_bytes));
        }
    }
    // What was done last is taken back first. What a merge brings was made in the commits it merges.
    for made in walked.0.iter().rev().filter(|made| !made.is_ours && made.is_plain) {
        let Actor::Person(who) = &made.by else { continue };
        let is_known = trusted.board.iter().any(|person| person.id == *who);
        for file in &made.files {
            let Some(Sides { before, after }) = Sides::of(history, file)? else { continue };
            let touched = touched(&file.path, before.as_deref(), after.as_deref());
            let Some(act) = act(&touched) else { continue };
            let why = match act {
                _ if never(&touched).is_some() => never(&touched).map(str::to_owned),
                Act::Board if guarded => None,
                // What is asked, of whom, and that it is asked, is as much worth as the answer.
                Act::Decide if guarded && layout::locate(&file.path).kind == Kind::Approval => {
                    unsigned(trusted, came, made.id, &made.by)
                }
                act => why_not(trusted.board, who, act).filter(|_| is_known),
            };
            let Some(why) = why else { continue };
            let current = match now.get(&file.path) {
                Some(known) => Some(known.clone()),
                None => Sides::text(history, history.entry(to, &file.path)?)?,
            };
            let path = file.path.clone();
            let paper = current.and_then(|current| {
                let plan =
                    inverse::plan(&[Versions { path: path.clone(), before, after }], &|_| current.clone(), &|_| false);
                let back = plan.files.get(&path).filter(|_| plan.refused.is_empty())?.clone();
                let text = |bytes: &Option<Vec<u8>>| match bytes {
                    Some(bytes) => String::from_utf8(bytes.clone()).ok().map(Some),
                    None => Some(None),
                };
                let paper = Paper { path: path.clone(), before: text(&current)?, after: text(&back)? };
                now.insert(path.clone(), back);
                Some(paper)
            });
            found.push(Change::Trespass { by: made.by.clone(), path, commit: history.short(made.id), why, paper });
        }
    }
    Ok(together(found))
}

/// What a file was and is.
struct Sides {
    before: Option<Vec<u8>>,
    after: Option<Vec<u8>>,
}

impl Sides {
    /// `None`: one of them is no ordinary text. What the program cannot write again as it was, it does not take back.
    fn of(history: &History, file: &Changed) -> Result<Option<Self>, HistoryError> {
        let (before, after) = (Self::text(history, file.before)?, Self::text(history, file.after)?);
        Ok(before.zip(after).map(|(before, after)| Self { before, after }))
    }

    /// The text, if there is any; `None`: it is no ordinary text.
    fn text(history: &History, entry: Option<Entry>) -> Result<Option<Option<Vec<u8>>>, HistoryError> {
        let Some(entry) = entry else { return Ok(Some(None)) };
        if !matches!(entry.kind, FileKind::File) {
            return Ok(None);
        }
        Ok(match history.content(entry)? {
            Content::Text(text) => Some(Some(text.into_bytes())),
            Content::Binary(_) | Content::Large(_) => None,
        })
    }
}

/// Why a change of what is asked does not count, where somebody lists keys.
fn unsigned(trusted: Trusted<'_>, came: Came<'_>, id: Id, by: &Actor) -> Option<String> {
    let Actor::Person(who) = by else { return None };
    if let Some(why) = why_not(trusted.board, who, Act::Decide) {
        return Some(why);
    }
    match foreign::worth(came, trusted, id, by) {
        Worth::Counts | Worth::Ours => None,
        Worth::Nothing(why) => Some(format!("it changes what is asked, and {why}")),
    }
}

/// Of several that are taken back in one file, one that takes all of them back.
fn together(trespasses: Vec<Change>) -> Vec<Change> {
    let mut found: Vec<Change> = Vec::new();
    for next in trespasses {
        if let Change::Trespass { path, paper: Some(last), .. } = &next {
            let earlier = found.iter_mut().find_map(|change| match change {
                Change::Trespass { path: other, paper: Some(first), .. } if other == path => Some(first),
                _ => None,
            });
            if let Some(first) = earlier {
                first.after.clone_from(&last.after);
                continue;
            }
        }
        found.push(next);
    }
    found
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
