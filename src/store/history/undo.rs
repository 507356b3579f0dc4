//! Taking commits back, and bringing a thing back as it was: the plans, made from what is committed.
//!
//! What becomes of each file is [`crate::format::inverse`]'s business; that it becomes a commit is
//! [`crate::store::writer`]'s.

use super::trees::FileKind;
use super::{Commit, Content, Entry, Filter, History, HistoryError, Id, Thing, Who};
use crate::diag::KeyPath;
use crate::format::difference::{self, Difference};
use crate::format::document::{self, Document};
use crate::format::inverse::{self, Refusal, Versions};
use crate::format::kind::TicketFile;
use crate::format::layout::{self, Kind};
use crate::format::patch::{self, Edit, Value};
use crate::model::status::TicketStatus;
use crate::store::writer::{Expect, FileChange};
use std::collections::{BTreeMap, BTreeSet};

/// What is to be done about the newest commit.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The commits that are taken back, newest first; empty for a thing that is brought back.
    pub commits: Vec<Commit>,
    /// The files to change.
    pub changes: Vec<FileChange>,
    /// The same by what they say.
    pub differences: Vec<Difference>,
    /// Agents that stay, terminated.
    pub terminated: Vec<String>,
    /// Why it must not be done.
    pub refused: Vec<Refused>,
    /// Files that are left as they are, since they are records.
    pub kept: Vec<String>,
    /// Tickets that would be in progress with nobody at work, and become `todo` instead.
    pub released: Vec<String>,
}

/// Why a plan must not be done.
#[derive(Debug, Clone)]
pub enum Refused {
    /// A file stands in the way.
    File {
        /// The commit that cannot be taken back.
        commit: Commit,
        /// The file, and why.
        refusal: Refusal,
        /// The later change that is in the way, where a key tells which.
        later: Option<Box<Commit>>,
    },
    /// A link, another repository, or a file that is too large.
    Odd {
        /// The commit.
        commit: Commit,
        /// The file.
        path: String,
    },
    /// The commit is not in this history, or what it changed was not fetched.
    Unknown {
        /// The commit.
        commit: Commit,
    },
}

/// A file's content, or nothing for one that is not there; `Err` for what cannot be written by the program.
type Bytes = Result<Option<Vec<u8>>, ()>;

impl History {
    fn bytes(&self, entry: Option<Entry>) -> Result<Bytes, HistoryError> {
        let Some(entry) = entry else { return Ok(Ok(None)) };
        if !matches!(entry.kind, FileKind::File | FileKind::Executable) {
            return Ok(Err(()));
        }
        Ok(match self.content(entry)? {
            Content::Text(text) => Ok(Some(text.into_bytes())),
            Content::Binary(bytes) => Ok(Some(bytes)),
            Content::Large(_) => Err(()),
        })
    }

    /// Plans to take `wanted` back from what is committed now.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn plan_undo(&self, head: Id, wanted: &[Id]) -> Result<Plan, HistoryError> {
        let mut plan = Plan::default();
        let mut left: BTreeSet<Id> = wanted.iter().copied().collect();
        for commit in self.walk(head, Filter::default())? {
            let commit = commit?;
            if left.remove(&commit.id) {
                plan.commits.push(commit);
            }
            if left.is_empty() {
                break;
            }
        }
        for id in left {
            plan.refused.push(Refused::Unknown { commit: self.commit(id)? });
        }
        let mut state: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
        for commit in plan.commits.clone() {
            if commit.boundary {
                plan.refused.push(Refused::Unknown { commit });
                continue;
            }
            self.take_back(head, &commit, &mut state, &mut plan)?;
        }
        self.fill(head, state, &mut plan)?;
        Ok(plan)
    }

    /// Takes one commit back in `state`, which holds the files that differ from what is committed.
    fn take_back(
        &self,
        head: Id,
        commit: &Commit,
        state: &mut BTreeMap<String, Option<Vec<u8>>>,
        plan: &mut Plan,
    ) -> Result<(), HistoryError> {
        let mut files = Vec::new();
        let mut now: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
        let changes = self.changed(commit.parents.first().copied(), commit.id)?;
        if changes.cut {
            plan.refused.push(Refused::Unknown { commit: commit.clone() });
        }
        let mut paths: Vec<String> = changes.files.iter().map(|file| file.path.clone()).collect();
        // An agent that stays is terminated in its settings, which the commit need not have touched.
        let agents = changes.files.iter().filter(|file| layout::locate(&file.path).kind == Kind::Agent);
        paths.extend(agents.map(|file| format!("{}/agent.yaml", layout::locate(&file.path).folder)));
        for path in paths {
            let known = state.get(&path).cloned();
            let here = match known {
                Some(here) => Ok(here),
                None => self.bytes(self.entry(head, &path)?)?,
            };
            match here {
                Ok(here) => drop(now.insert(path, here)),
                Err(()) => plan.refused.push(Refused::Odd { commit: commit.clone(), path }),
            }
        }
        for file in changes.files {
            let sides = (self.bytes(file.before)?, self.bytes(file.after)?);
            let kinds = file.before.zip(file.after).is_some_and(|(before, after)| before.kind != after.kind);
            match sides {
                (Ok(before), Ok(after)) if !kinds => files.push(Versions { path: file.path, before, after }),
                _ => plan.refused.push(Refused::Odd { commit: commit.clone(), path: file.path }),
            }
        }
        let worked = self.agents_with_history(head, commit, &files)?;
        let inverse = inverse::plan(&files, &|path| now.get(path).cloned().flatten(), &|slug| worked.contains(slug));
        for refusal in inverse.refused {
            let later = self.later(head, &refusal)?.filter(|later| later.id != commit.id).map(Box::new);
            plan.refused.push(Refused::File { commit: commit.clone(), refusal, later });
        }
        plan.terminated.extend(inverse.terminated);
        plan.kept.extend(inverse.kept.into_iter().filter(|path| now.get(path).is_some_and(Option::is_some)));
        state.extend(inverse.files);
        Ok(())
    }

    /// Who set the key that is in the way.
    fn later(&self, head: Id, refusal: &Refusal) -> Result<Option<Commit>, HistoryError> {
        let inverse::Why::Changed { keys, .. } = &refusal.why else { return Ok(None) };
        let Some(key) = keys.first() else { return Ok(None) };
        let change = self.key_changes(head, &refusal.path, key)?.next().transpose()?;
        Ok(change.map(|change| change.commit))
    }

    /// Of the agents a commit brought, those who committed since, or whom a ticket, a thread, a checkout or the ledger
    /// names.
    fn agents_with_history(
        &self,
        head: Id,
        commit: &Commit,
        files: &[Versions],
    ) -> Result<BTreeSet<String>, HistoryError> {
        let mut asked: BTreeSet<String> = files
            .iter()
            .filter(|file| file.before.is_none() && layout::locate(&file.path).kind == Kind::Agent)
            .map(|file| layout::locate(&file.path).name.to_owned())
            .collect();
        let mut found = BTreeSet::new();
        if asked.is_empty() {
            return Ok(found);
        }
        for later in self.walk(head, Filter { since: Some(commit.time), ..Filter::default() })? {
            let later = later?;
            let actor = later.message.trailers.actor.as_ref().map(|actor| actor.as_str().to_owned());
            let agent = if let Who::Agent(slug) = &later.who { Some(slug.clone()) } else { None };
            found.extend(
                agent.into_iter().chain(actor.filter(|_| later.by_program)).filter(|slug| asked.contains(slug)),
            );
        }
        asked.retain(|slug| !found.contains(slug));
        let mut records = self.files(head, "tickets")?;
        records.extend(self.files(head, "ledger")?);
        for (path, entry) in records {
            if asked.is_empty() {
                break;
            }
            let keys: &[&str] = match layout::locate(&path).kind {
                Kind::Ticket => &["assignee", "created_by"],
                Kind::Lock => &["holder"],
                Kind::Entry => &["author", "to"],
                Kind::LedgerRun | Kind::LedgerSegment => &["agent"],
                _ => continue,
            };
            let Content::Text(text) = self.content(entry)? else { continue };
            // Most records name somebody else; looking for the word is cheaper than reading the keys.
            if !asked.iter().any(|slug| text.contains(slug.as_str())) {
                continue;
            }
            if let Document::Ledger(lines) = document::read(&path, &text).0 {
                found.extend(lines.into_iter().filter_map(|line| line.agent).map(|agent| agent.to_string()));
            }
            let value = difference::value(&path, &text);
            for key in keys {
                if let Some(Value::Text(name) | Value::Bare(name)) =
                    value.as_ref().and_then(|value| value.at(&KeyPath::from(*key)))
                {
                    found.insert(name.clone());
                }
            }
            asked.retain(|slug| !found.contains(slug));
        }
        Ok(found)
    }

    /// Plans to bring `thing` back as it was in `then`. Files it did not have then stay; records stay as they are.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn plan_restore(&self, head: Id, thing: &Thing, then: Id) -> Result<Plan, HistoryError> {
        let mut plan = Plan::default();
        let mut state = BTreeMap::new();
        for path in &thing.paths {
            for (path, entry) in self.files(then, path)? {
                let known = layout::locate(&path).kind;
                let own = thing.is_path || (known != Kind::Other && known != Kind::Entry);
                if !own || self.entry(head, &path)? == Some(entry) {
                    continue;
                }
                if inverse::is_record(&path) {
                    plan.kept.push(path);
                    continue;
                }
                match (self.bytes(Some(entry))?, self.bytes(self.entry(head, &path)?)?) {
                    (Ok(bytes), Ok(_)) => drop(state.insert(path, bytes)),
                    _ => plan.refused.push(Refused::Odd { commit: self.commit(then)?, path }),
                }
            }
        }
        self.fill(head, state, &mut plan)?;
        Ok(plan)
    }

    /// Turns the wanted files into changes of what is committed.
    fn fill(&self, head: Id, state: BTreeMap<String, Option<Vec<u8>>>, plan: &mut Plan) -> Result<(), HistoryError> {
        for (path, after) in state {
            let Ok(now) = self.bytes(self.entry(head, &path)?)? else { continue };
            let after = self.compensated(head, &path, now.as_deref(), after, plan)?;
            if now == after {
                continue;
            }
            let text =
                |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            plan.differences.extend(difference::of_file(&path, text(&now).as_deref(), text(&after).as_deref()));
            let before = now.map_or(Expect::Absent, Expect::Content);
            plan.changes.push(FileChange { path, before, after });
        }
        Ok(())
    }

    /// What a ticket becomes so that its records stay true: its fence never falls, since whoever was locked out by it must
    /// stay so; and nobody begins to work on it because of an old status.
    fn compensated(
        &self,
        head: Id,
        path: &str,
        now: Option<&[u8]>,
        after: Option<Vec<u8>>,
        plan: &mut Plan,
    ) -> Result<Option<Vec<u8>>, HistoryError> {
        if layout::locate(path).kind != Kind::Ticket {
            return Ok(after);
        }
        let read = |bytes: &[u8]| match document::read(path, &String::from_utf8_lossy(bytes)).0 {
            Document::Ticket(ticket) => Some(ticket),
            _ => None,
        };
        let Some(text) = after.as_ref().and_then(|after| String::from_utf8(after.clone()).ok()) else {
            return Ok(after);
        };
        let (then, now) = (read(text.as_bytes()), now.and_then(read));
        let mut edits = Vec::new();
        let fence = |ticket: &Option<Box<TicketFile>>| ticket.as_ref().and_then(|ticket| ticket.fence);
        if let Some(highest) = fence(&now).filter(|highest| fence(&then).is_none_or(|then| then < *highest)) {
            edits.push(Edit::Set(KeyPath::from("fence"), Value::Bare(highest.to_string())));
        }
        let works = |ticket: &Option<Box<TicketFile>>| {
            ticket.as_ref().is_some_and(|ticket| ticket.status == Some(TicketStatus::InProgress))
        };
        let lock = path.strip_suffix(".md").map(|path| format!("{path}.lock")).unwrap_or_default();
        if works(&then) && !works(&now) && self.entry(head, &lock)?.is_none() {
            edits.push(Edit::Set(KeyPath::from("status"), Value::Bare("todo".to_owned())));
            plan.released.push(path.to_owned());
        }
        if edits.is_empty() {
            return Ok(after);
        }
        // A text that cannot be patched is judged as it is.
        Ok(patch::patch(path, &text, &edits).ok().map(String::into_bytes).or(after))
    }
}
