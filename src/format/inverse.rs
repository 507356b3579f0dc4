//! Taking changes back: what files must become so that one change of them is gone and later ones stay.
//!
//! Key by key: a later change of another key stays, one of the same key is a reason to refuse. Records (checkouts,
//! the ledger, which clone is home) are never erased: they say what happened. Which commit is taken back, and how
//! it is committed, is [`crate::store`]'s business.

use super::difference;
use super::document::{self, Document};
use super::layout::{self, Kind};
use super::merge::{self, Conflict};
use super::patch::{self, Edit, Value};
use crate::diag::KeyPath;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A file as a change found and left it; `None` is "not there".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// Its path.
    pub path: String,
    /// Before the change.
    pub before: Option<Vec<u8>>,
    /// After it.
    pub after: Option<Vec<u8>>,
}

/// What is to be done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// What each file becomes; `None` removes it. In the order of their paths.
    pub files: BTreeMap<String, Option<Vec<u8>>>,
    /// Agents that stay and are terminated, since work of theirs stays too.
    pub terminated: Vec<String>,
    /// Records that the change touched and that stay as they are.
    pub kept: Vec<String>,
    /// Why it must not be done. With any of these, nothing is to be done at all.
    pub refused: Vec<Refusal>,
}

/// Why a file's change cannot be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The file.
    pub path: String,
    /// Why.
    pub why: Why,
}

/// The reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It says what happened; that is compensated, never erased.
    Record,
    /// Somebody has the ticket checked out with it.
    Held,
    /// The run that it announces has not ended.
    Open,
    /// Later changes touched the same keys, or the same lines of the text.
    Changed {
        /// The keys.
        keys: Vec<KeyPath>,
        /// Whether lines of the text are among it.
        text: bool,
    },
    /// The change made the file, and it was changed since.
    Grown,
    /// It was removed since.
    Removed,
    /// The change removed the file, and there is another one now.
    Replaced,
    /// It is what makes the folder a company.
    Company,
    /// An agent's settings cannot be read, so it cannot be terminated.
    Unreadable,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record => {
                f.write_str("it is a record of what happened; a later record can correct it, nothing erases it")
            }
            Self::Held => f.write_str("the ticket is checked out; give it back first"),
            Self::Open => f.write_str("its run has not ended; stop it first"),
            Self::Changed { keys, text } => {
                let keys = keys.iter().map(|key| format!("`{key}`"));
                let all: Vec<String> = keys.chain(text.then(|| "the same lines".to_owned())).collect();
                let verb = if all.len() == 1 && !text { "was" } else { "were" };
                write!(f, "{} {verb} changed since", all.join(", "))
            }
            Self::Grown => f.write_str("it was made by this and changed since; removing it would lose that"),
            Self::Removed => f.write_str("it was removed since"),
            Self::Replaced => f.write_str("it was removed by this, and there is another one now"),
            Self::Company => f.write_str("without it there would be no company any more"),
            Self::Unreadable => f.write_str("the agent's settings cannot be read, so it cannot be terminated"),
        }
    }
}

/// Whether the file at `path` says what happened, and so is never taken back.
pub fn is_record(path: &str) -> bool {
    matches!(layout::locate(path).kind, Kind::Lock | Kind::Home) || path.starts_with("ledger/")
}

/// Plans to take a change of `files` back. `now` gives a file as it is; `has_history` says whether an agent has
/// worked, is assigned to something, or is otherwise named by what stays.
pub fn plan(files: &[Versions], now: &dyn Fn(&str) -> Option<Vec<u8>>, has_history: &dyn Fn(&str) -> bool) -> Plan {
    let mut plan = Plan::default();
    let vanishing: BTreeSet<&str> = files
        .iter()
        .filter(|file| file.before.is_none() && layout::locate(&file.path).kind == Kind::Agent)
        .map(|file| layout::locate(&file.path).name)
        .filter(|slug| has_history(slug))
        .collect();
    for slug in &vanishing {
        let path = format!("agents/{slug}/agent.yaml");
        match terminated(&path, now(&path)) {
            Some(text) => {
                plan.terminated.push((*slug).to_owned());
                plan.files.insert(path, Some(text));
            }
            None => plan.refused.push(Refusal { path, why: Why::Unreadable }),
        }
    }
    let stays = |path: &str| {
        let mut parts = path.split('/');
        parts.next() == Some("agents") && parts.next().is_some_and(|slug| vanishing.contains(slug))
    };
    for file in files.iter().filter(|file| file.before != file.after) {
        if stays(&file.path) {
            continue;
        }
        if is_record(&file.path) {
            match of_record(file, now(&file.path).as_deref()) {
                None => plan.kept.push(file.path.clone()),
                Some(why) => plan.refused.push(Refusal { path: file.path.clone(), why }),
            }
            continue;
        }
        match of_file(file, now(&file.path)) {
            Ok(Some(wanted)) => drop(plan.files.insert(file.path.clone(), wanted)),
            Ok(None) => {}
            Err(why) => plan.refused.push(Refusal { path: file.path.clone(), why }),
        }
    }
    plan
}

/// Why a change of a record cannot be taken back; `None` if the record stays and the rest of the change can go: what was
/// spent stays spent, and what was given back stays given back.
fn of_record(file: &Versions, now: Option<&[u8]>) -> Option<Why> {
    let text = || now.and_then(|now| std::str::from_utf8(now).ok());
    match layout::locate(&file.path).kind {
        // The run works on; what it was started for must not change under it.
        Kind::Lock => (now.is_some() && file.after.is_some()).then_some(Why::Held),
        Kind::LedgerRun => match document::read(&file.path, text()?).0 {
            Document::Ledger(lines) => lines.iter().any(|line| line.outcome.is_none()).then_some(Why::Open),
            _ => None,
        },
        Kind::LedgerSegment | Kind::Other => None,
        _ => Some(Why::Record),
    }
}

/// What the file becomes; `None` if the change is not in force any more, and nothing is to be done.
fn of_file(file: &Versions, now: Option<Vec<u8>>) -> Result<Option<Option<Vec<u8>>>, Why> {
    if now == file.before {
        return Ok(None);
    }
    if now == file.after {
        if file.before.is_none() && layout::locate(&file.path).kind == Kind::Company {
            return Err(Why::Company);
        }
        return Ok(Some(file.before.clone()));
    }
    let (before, after, now) = match (&file.before, &file.after, &now) {
        (_, _, None) => return Err(Why::Removed),
        (_, None, Some(_)) => return Err(Why::Replaced),
        (None, Some(_), Some(_)) => return Err(Why::Grown),
        (Some(before), Some(after), Some(now)) => (before, after, now),
    };
    let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
    let (Some(before), Some(after), Some(now)) = (text(before), text(after), text(now)) else {
        return Err(Why::Changed { keys: Vec::new(), text: true });
    };
    let merged = merge::merge(&file.path, &after, &now, &before);
    if merged.conflicts.is_empty() {
        return Ok((merged.text != now).then(|| Some(merged.text.into_bytes())));
    }
    let mut keys = Vec::new();
    let mut lines = false;
    for conflict in merged.conflicts {
        match conflict {
            Conflict::Value { path, .. } => keys.push(path),
            Conflict::Lines { .. } => lines = true,
        }
    }
    Err(Why::Changed { keys, text: lines })
}

/// An agent's settings with the status that keeps it from ever working again.
fn terminated(path: &str, now: Option<Vec<u8>>) -> Option<Vec<u8>> {
    let text = String::from_utf8(now.unwrap_or_default()).ok()?;
    difference::value(path, &text)?;
    let edit = Edit::Set(KeyPath::from("status"), Value::text("terminated"));
    patch::patch(path, &text, &[edit]).ok().map(String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: &str = "agents/cto/agent.yaml";
    const TICKET: &str = "tickets/0000/ACME-1.md";

    fn bytes(text: Option<&str>) -> Option<Vec<u8>> {
        text.map(|text| text.as_bytes().to_vec())
    }

    /// What becomes of one file: `Ok(None)` is "nothing to do", `Ok(Some(None))` "removed".
    fn one(
        path: &str,
        before: Option<&str>,
        after: Option<&str>,
        now: Option<&str>,
    ) -> Result<Option<Option<String>>, String> {
        let file = Versions { path: path.to_owned(), before: bytes(before), after: bytes(after) };
        let plan = plan(&[file], &|_| bytes(now), &|_| false);
        match &plan.refused[..] {
            [refusal] => Err(refusal.why.to_string()),
            _ => Ok(plan.files.get(path).map(|text| text.clone().map(|text| String::from_utf8(text).unwrap()))),
        }
    }

    #[test]
    fn what_nobody_touched_since_becomes_what_it_was() {
        for (before, after) in [(Some("a: 1\n"), Some("a: 2\n")), (None, Some("a: 2\n")), (Some("a: 1\n"), None)] {
            let expected = Ok(Some(before.map(str::to_owned)));
            assert_eq!(one(AGENT, before, after, after), expected);
            assert_eq!(one(AGENT, before, after, before), Ok(None), "taken back already");
        }
        assert_eq!(one(AGENT, Some("x"), Some("x"), Some("y")), Ok(None), "nothing was changed");
    }

    #[test]
    fn later_changes_of_other_keys_stay() {
        for (path, before, after, now, expected) in [
            (AGENT, "a: 1\nb: 1\n", "a: 2\nb: 1\n", "# why\na: 2 # two\nb: 3\n", "# why\na: 1 # two\nb: 3\n"),
            (AGENT, "a: {b: 1}\n", "a: {b: 2}\n", "a: {b: 2, c: 1}\n", "a: {b: 1, c: 1}\n"),
            (AGENT, "a: 1\n", "a: 1\nb: 2\n", "a: 5\nb: 2\n", "a: 5\n"),
            (AGENT, "l: [a]\n", "l: [a, b]\n", "l: [a, b, c]\n", "l: [a, c]\n"),
            (
                TICKET,
                "---\nstatus: todo\n---\nOne.\n",
                "---\nstatus: done\n---\nOne.\n",
                "---\nstatus: done\nlabels: [x]\n---\nTwo.\n",
                "---\nstatus: todo\nlabels: [x]\n---\nTwo.\n",
            ),
        ] {
            assert_eq!(one(path, Some(before), Some(after), Some(now)), Ok(Some(Some(expected.to_owned()))), "{now}");
        }
    }

    #[test]
    fn what_would_be_lost_is_a_reason_to_refuse() {
        for (path, before, after, now, why) in [
            (AGENT, Some("a: 1\n"), Some("a: 2\n"), Some("a: 3\n"), "`a` was changed since"),
            (AGENT, Some("a: 1\nb: 1\n"), Some("a: 2\nb: 2\n"), Some("a: 3\nb: 3\n"), "`a`, `b` were changed since"),
            ("README.md", Some("a\n"), Some("b\n"), Some("c\n"), "the same lines were changed since"),
            (AGENT, Some("a: 1\n"), Some("a: 2\n"), None, "it was removed since"),
            (AGENT, Some("a: 1\n"), None, Some("a: 2\n"), "it was removed by this, and there is another one now"),
            (
                AGENT,
                None,
                Some("a: 1\n"),
                Some("a: 2\n"),
                "it was made by this and changed since; removing it would lose that",
            ),
        ] {
            assert_eq!(one(path, before, after, now), Err(why.to_owned()));
        }
        let company = one("COMPANY.md", None, Some("x"), Some("x")).unwrap_err();
        assert_eq!(company, "without it there would be no company any more");
    }

    #[test]
    fn records_stay_and_what_is_under_way_is_a_reason_to_refuse() {
        let open = r#"{"id": "l-1", "run": "r-1", "agent": "qa"}"#;
        let ended = r#"{"id": "l-1", "run": "r-1", "agent": "qa", "outcome": "failed"}"#;
        let lock = "tickets/0000/ACME-1.lock";
        let run = "ledger/open/r-1.json";
        for (path, before, after, now, why) in [
            (
                lock,
                None,
                Some("holder: qa\n"),
                Some("holder: qa\n"),
                Some("the ticket is checked out; give it back first"),
            ),
            (lock, None, Some("holder: qa\n"), None, None),
            (lock, Some("holder: qa\n"), None, None, None),
            (run, None, Some(open), Some(open), Some("its run has not ended; stop it first")),
            (run, None, Some(open), Some(ended), None),
            (run, None, Some(open), None, None),
            ("ledger/2026-11/20-1.jsonl", None, Some(ended), Some(ended), None),
            (
                "home.yaml",
                None,
                Some("clone: a\n"),
                Some("clone: a\n"),
                Some("it is a record of what happened; a later record can correct it, nothing erases it"),
            ),
        ] {
            let file = Versions { path: path.to_owned(), before: bytes(before), after: bytes(after) };
            let plan = plan(&[file], &|_| bytes(now), &|_| false);
            assert!(plan.files.is_empty(), "{path}: nothing erases it");
            let said = plan.refused.first().map(|refusal| refusal.why.to_string());
            assert_eq!(said.as_deref(), why, "{path} {now:?}");
            assert_eq!(plan.kept.len(), usize::from(why.is_none()), "{path} {now:?}");
        }
    }

    #[test]
    fn an_agent_that_worked_is_terminated_and_never_vanishes() {
        let added = |path: &str, text: &str| Versions { path: path.to_owned(), before: None, after: bytes(Some(text)) };
        let files =
            [added("agents/qa/AGENTS.md", "---\nname: QA\n---\n"), added("agents/qa/agent.yaml", "# how\nrole: qa\n")];
        let now = |path: &str| files.iter().find(|file| file.path == path).and_then(|file| file.after.clone());
        let fired = plan(&files, &now, &|slug| slug == "qa");
        assert_eq!(fired.terminated, ["qa"]);
        let text = String::from_utf8(fired.files["agents/qa/agent.yaml"].clone().unwrap()).unwrap();
        assert!(text.starts_with("# how\n") && text.contains("status: terminated\n"), "{text}");
        assert_eq!(fired.files.len(), 1, "nothing of it is removed");
        let unborn = plan(&files, &now, &|_| false);
        assert!(unborn.files.values().all(Option::is_none) && unborn.files.len() == 2);
        let broken = plan(&files, &|_| bytes(Some("a: [")), &|_| true);
        assert_eq!(broken.refused, [Refusal { path: "agents/qa/agent.yaml".to_owned(), why: Why::Unreadable }]);
    }
}
