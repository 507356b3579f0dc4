//! Files that break a rule together: which of them broke it, and what waits because of it.
//!
//! A file is to blame if the error came with its newest change: the company had it after that commit and not before.
//! Then its version before is in force. An error that came otherwise (somebody removed a goal that tickets name, say)
//! takes nothing back: what has the error waits.

use super::good::{self, Changed};
use super::{Broken, Cause, Force, ForceError, Version, Wait, read};
use crate::diag::{Diagnostic, Severity};
use crate::format::Draft;
use crate::format::document::Document;
use crate::format::draft::{Entry, EntryType};
use crate::format::layout::{self, Kind};
use crate::rules::references::{self, To};
use crate::rules::{self, Index};
use crate::store::check::{self, Checked};
use crate::store::history::Id;
use crate::store::writer::FileChange;
use std::collections::{BTreeMap, BTreeSet};

/// Times the files are judged anew after some were taken back: what comes to light later waits.
const ROUNDS_MAX: usize = 4;

/// Most files that are asked whether they are to blame; beyond, everything that has an error waits.
const SUSPECTS_MAX: usize = 1_000;

/// Most earlier states of the company that are judged to find out.
const STATES_MAX: usize = 32;

/// What tells an error from another: its rule, and a file it is about.
type Error = (&'static str, String);

/// The errors of files that were judged together.
pub(super) fn errors(draft: &Draft) -> Vec<Diagnostic> {
    rules::check(draft).into_iter().filter(read::is_reason).collect()
}

fn files(error: &Diagnostic) -> impl Iterator<Item = &str> {
    error.labels.iter().map(|label| label.place.file.as_str())
}

fn keys(found: &[Diagnostic]) -> BTreeSet<Error> {
    found.iter().flat_map(|error| files(error).map(|file| (error.code, file.to_owned()))).collect()
}

impl Force {
    /// Judges the files together: takes back those that broke a rule, and notes what waits. Those that were taken back
    /// before for that reason are looked at anew. Returns the paths whose version in force is another one now.
    pub(super) fn settle(&mut self) -> Result<BTreeSet<String>, ForceError> {
        let mut before: BTreeMap<String, Option<Version>> = BTreeMap::new();
        let again: Vec<String> = self
            .broken
            .iter()
            .filter(|(_, broken)| broken.cause == Cause::Together)
            .map(|(path, _)| path.clone())
            .collect();
        for path in again {
            let Some(broken) = self.broken.remove(&path) else { continue };
            let read = read::one(self.history.repository(), None, path.clone(), broken.committed)?;
            self.draft.entries.insert(path.clone(), read.entry);
            self.draft.take(&path);
            self.draft.insert(&path, read.document);
            before.insert(path, broken.in_force);
        }
        let mut found = errors(&self.draft);
        for _ in 0..ROUNDS_MAX {
            let blamed = self.blame(&found)?;
            if blamed.is_empty() {
                break;
            }
            for (path, changed) in blamed {
                self.take_back(&path, &changed, &found)?;
            }
            found = errors(&self.draft);
        }
        self.wait(&found);
        let mut moved = BTreeSet::new();
        let together = |broken: &&Broken| broken.cause == Cause::Together;
        for (path, was) in &before {
            let now = self.broken.get(path).filter(together);
            if now.map(|now| &now.in_force) != Some(was) {
                moved.insert(path.clone());
            }
        }
        let new = self.broken.iter().filter(|(path, broken)| together(broken) && !before.contains_key(*path));
        moved.extend(new.map(|(path, _)| path.clone()));
        Ok(moved)
    }

    /// The errors a change of committed files would bring that the company does not have, as they are shown. Secrets
    /// count: what a commit holds is there for ever.
    ///
    /// # Errors
    /// [`ForceError`] if an object cannot be read.
    pub fn breaks(&mut self, changes: &[FileChange]) -> Result<Checked, ForceError> {
        let mut new = Vec::new();
        let mut texts = BTreeMap::new();
        let known: BTreeSet<Error> = keys(&errors(&self.draft));
        let mut before = Vec::new();
        for change in changes {
            let text = change.after.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let version = text.as_ref().map(|text| {
                let (document, mut found) = read::judge(&change.path, text);
                found.extend(rules::check_text(&change.path, text));
                (document, found)
            });
            let was = self.committed_text(&change.path)?.unwrap_or_default();
            let (_, mut old) = read::judge(&change.path, &was);
            old.extend(rules::check_text(&change.path, &was));
            let then = version.map(|(document, found)| {
                new.extend(found.into_iter().filter(|found| {
                    found.severity == Severity::Error && !old.iter().any(|old| old.code == found.code)
                }));
                let kind = self.draft.entries.get(&change.path).map_or(EntryType::File, |entry| entry.kind);
                (document, Entry { kind, bytes: change.after.as_ref().map_or(0, |bytes| bytes.len() as u64) })
            });
            before.push(exchange(&mut self.draft, change.path.clone(), then));
            texts.insert(change.path.clone(), text);
        }
        new.extend(errors(&self.draft).into_iter().filter(|error| {
            // About the same files, it is the same error, whichever of them it is shown at.
            !files(error).any(|file| known.contains(&(error.code, file.to_owned())))
        }));
        for (path, then) in before.into_iter().rev() {
            exchange(&mut self.draft, path, then);
        }
        let mut seen: Vec<Diagnostic> = Vec::new();
        new.retain(|found| {
            let first = !seen.contains(found);
            seen.push(found.clone());
            first
        });
        let others: BTreeSet<String> =
            new.iter().flat_map(files).filter(|file| !texts.contains_key(*file)).map(str::to_owned).collect();
        for file in others {
            let text = self.text(&file)?;
            texts.insert(file, text);
        }
        Ok(check::shown(new, texts))
    }

    /// Which files brought one of these errors, and with which change.
    fn blame(&mut self, found: &[Diagnostic]) -> Result<BTreeMap<String, Changed>, ForceError> {
        let mut blamed = BTreeMap::new();
        let Some(tip) = self.tip.filter(|_| !found.is_empty()) else { return Ok(blamed) };
        // What was taken back already is what it was before; it is not taken back further.
        let suspects: BTreeSet<String> =
            found.iter().flat_map(files).filter(|file| !self.broken.contains_key(*file)).map(str::to_owned).collect();
        if suspects.len() > SUSPECTS_MAX {
            return Ok(blamed);
        }
        let changes = good::newest_changes(&self.history, tip, suspects)?;
        let mut states: BTreeMap<Id, Option<BTreeSet<Error>>> = BTreeMap::new();
        for error in found {
            let mut about: Vec<&str> = files(error).filter(|file| changes.contains_key(*file)).collect();
            // The newest change first, which is most likely the one: fewer commits lie between it and the tip.
            about.sort_by_key(|file| changes.get(*file).map(|changed| changed.age));
            for file in about {
                let changed = &changes[file];
                let key = (error.code, file.to_owned());
                let after = self.has(&key, Some(changed.commit), &mut states)?;
                let before = self.has(&key, changed.before, &mut states)?;
                if after == Some(true) && before == Some(false) {
                    blamed.insert(file.to_owned(), changed.clone());
                    break;
                }
            }
        }
        Ok(blamed)
    }

    /// Whether the company had an error at a commit; `None` if that is too much to find out.
    fn has(
        &mut self,
        error: &Error,
        commit: Option<Id>,
        states: &mut BTreeMap<Id, Option<BTreeSet<Error>>>,
    ) -> Result<Option<bool>, ForceError> {
        let Some(commit) = commit else { return Ok(Some(false)) };
        if !states.contains_key(&commit) {
            let known = if states.len() < STATES_MAX { self.errors_at(commit)? } else { None };
            states.insert(commit, known);
        }
        Ok(states[&commit].as_ref().map(|errors| errors.contains(error)))
    }

    /// The errors of the company at a commit before the tip; `None` if too much changed since.
    fn errors_at(&mut self, commit: Id) -> Result<Option<BTreeSet<Error>>, ForceError> {
        let Some(tip) = self.tip else { return Ok(None) };
        let changes = self.history.changed(Some(commit), tip)?;
        if changes.cut {
            return Ok(None);
        }
        let mut then = Vec::new();
        for file in changes.files {
            let read = file.before.map(|before| read::one(self.history.repository(), None, file.path.clone(), before));
            then.push((file.path, read.transpose()?.map(|read| (read.document, read.entry))));
        }
        // The files that changed since are exchanged for what they were, and back again.
        let now: Vec<_> = then.into_iter().map(|(path, then)| exchange(&mut self.draft, path, then)).collect();
        let found = errors(&self.draft);
        for (path, now) in now {
            exchange(&mut self.draft, path, now);
        }
        Ok(Some(keys(&found)))
    }

    /// Puts the version before `changed` in force.
    fn take_back(&mut self, path: &str, changed: &Changed, found: &[Diagnostic]) -> Result<(), ForceError> {
        let Some(tip) = self.tip else { return Ok(()) };
        let Some(committed) = self.history.entry(tip, path)? else { return Ok(()) };
        let mut good = None;
        if let (Some(was), Some(commit)) = (changed.was, changed.before) {
            let read = read::one(self.history.repository(), None, path.to_owned(), was)?;
            good = if read.errors.is_empty() {
                Some(good::Good { version: Version { commit, content: was }, read })
            } else {
                self.last_good(commit, BTreeSet::from([path.to_owned()]))?.remove(path)
            };
        }
        let diagnostics = found.iter().filter(|error| files(error).any(|file| file == path)).cloned().collect();
        let in_force = good.as_ref().map(|good| good.version);
        let then = good.map(|good| (good.read.document, good.read.entry));
        exchange(&mut self.draft, path.to_owned(), then);
        self.broken.insert(path.to_owned(), Broken { cause: Cause::Together, committed, in_force, diagnostics });
        Ok(())
    }

    /// Notes what waits: what still has an error, and what names something whose committed version is not in force.
    pub(super) fn wait(&mut self, found: &[Diagnostic]) {
        self.waiting.clear();
        for error in found {
            if let Some(place) = error.place() {
                self.waiting.entry(place.file.clone()).or_default().push(Wait::Error(error.clone()));
            }
        }
        if self.broken.is_empty() {
            return;
        }
        let things: BTreeMap<(Group, &str), &str> = self
            .broken
            .keys()
            .filter_map(|path| {
                let located = layout::locate(path);
                Some(((group(located.kind)?, located.name), path.as_str()))
            })
            .collect();
        let index = Index::new(&self.draft);
        let mut waiting: BTreeSet<(String, String)> = BTreeSet::new();
        references::each(&index, &mut |reference| {
            let id;
            let named = match reference.to {
                To::Agent(name) | To::Worker(name) => (Group::Agent, name),
                To::Project(name) => (Group::Project, name),
                To::Goal(name) => (Group::Goal, name),
                To::Routine(name) => (Group::Routine, name),
                To::Skill(name) => (Group::Skill, name),
                To::Secret(name) => (Group::Secret, name),
                To::Vault(name) => (Group::Vault, name),
                To::Ticket(ticket) => {
                    id = ticket.to_string();
                    (Group::Ticket, id.as_str())
                }
                // The board is the company's own file, whose being broken concerns everything.
                To::Person(_) => return,
            };
            if let Some(path) = things.get(&named) {
                waiting.insert((reference.spot.file().to_owned(), (*path).to_owned()));
            }
        });
        for (file, on) in waiting {
            self.waiting.entry(file).or_default().push(Wait::On(on));
        }
    }
}

/// Exchanges a file of the draft for another version, and returns the one that was there.
pub(super) fn exchange(
    draft: &mut Draft,
    path: String,
    new: Option<(Document, Entry)>,
) -> (String, Option<(Document, Entry)>) {
    let document = draft.take(&path);
    let old = draft.entries.remove(&path).map(|entry| (document, entry));
    if let Some((document, entry)) = new {
        draft.insert(&path, document);
        draft.entries.insert(path.clone(), entry);
    }
    (path, old)
}

/// What can be named by others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    Agent,
    Project,
    Goal,
    Routine,
    Skill,
    Secret,
    Vault,
    Ticket,
}

fn group(kind: Kind) -> Option<Group> {
    match kind {
        Kind::Agent | Kind::AgentSettings => Some(Group::Agent),
        Kind::Project | Kind::ProjectSettings => Some(Group::Project),
        Kind::Goal => Some(Group::Goal),
        Kind::Task | Kind::Routine => Some(Group::Routine),
        Kind::Skill => Some(Group::Skill),
        Kind::Secret => Some(Group::Secret),
        Kind::Vault => Some(Group::Vault),
        Kind::Ticket => Some(Group::Ticket),
        Kind::Company
        | Kind::Corp
        | Kind::Home
        | Kind::Budgets
        | Kind::Prices
        | Kind::Heartbeat
        | Kind::Team
        | Kind::Lock
        | Kind::Entry
        | Kind::Approval
        | Kind::Ciphertext
        | Kind::LedgerRun
        | Kind::LedgerSegment
        | Kind::Other => None,
    }
}
