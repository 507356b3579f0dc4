//! The company in force: what is committed on its branch, and where that is broken, the last good version of it.
//!
//! People may commit anything. A file that cannot be read without errors, or that brought an error its company did
//! not have before, is represented by its last good version ([`good`], [`together`]); what depends on it is listed as
//! waiting; everything else is what the branch's newest commit says. It is a function of that commit alone: the work
//! tree is only a faster way to the same bytes ([`read`]), and [`Force::advance`] comes to the same as reading anew.
//!
//! What to do about what waits is the engine's business. A broken `corp.yaml`, `COMPANY.md` or `budgets.yaml` is named
//! by nobody and concerns everything: look for it in [`Force::broken`].

mod corp;
mod fast;
mod good;
pub(in crate::store) mod read;
mod records;
mod together;
pub mod trial;

use crate::diag::Diagnostic;
use crate::format::layout::{self, Kind};
use crate::format::{Document, Draft};
use crate::store::check::{self, Checked};
use crate::store::history::trees::FileKind;
use crate::store::history::{Content, Entry as Committed, History, HistoryError, Id};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use corp::{branch, corp};
pub use records::Records;

/// The company in force.
#[derive(Debug)]
pub struct Force {
    history: History,
    branch: String,
    /// The commit it was made from; `None` before the first one.
    tip: Option<Id>,
    draft: Draft,
    broken: BTreeMap<String, Broken>,
    waiting: BTreeMap<String, Vec<Wait>>,
}

/// A committed file whose committed version is not in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// How it is broken.
    pub cause: Cause,
    /// The version that is committed.
    pub committed: Committed,
    /// The version that is in force; `None` if there was never a good one: then it is as if the file were not there.
    pub in_force: Option<Version>,
    /// What is wrong with the committed version.
    pub diagnostics: Vec<Diagnostic>,
}

/// How a file is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// It cannot be read without errors.
    Itself,
    /// It brought an error together with other files.
    Together,
}

/// An earlier version of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// A commit that has it.
    pub commit: Id,
    /// Its content.
    pub content: Committed,
}

/// Why a file's thing waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// It has an error that no version of it would take away.
    Error(Diagnostic),
    /// It names what this file defines, whose committed version is not in force.
    On(String),
}

/// What a step forward changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advanced {
    /// The commit before; `None` if there was none.
    pub from: Option<Id>,
    /// The commit now.
    pub to: Option<Id>,
    /// Paths whose version in force is another one than before, or gone. Their documents are in [`Force::draft`].
    pub changed: BTreeSet<String>,
    /// Whether so much changed that everything was read anew; `changed` may then name what is as it was.
    pub anew: bool,
}

impl Advanced {
    /// Adds the step that followed.
    pub fn extend(&mut self, next: Self) {
        self.to = next.to;
        self.changed.extend(next.changed);
        self.anew |= next.anew;
    }
}

/// Why the company in force could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ForceError {
    /// The history could not be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A committed file's content is missing or damaged.
    #[error("{path} cannot be read from the repository (object {id}): {reason}")]
    Object {
        /// The file.
        path: String,
        /// The object.
        id: Id,
        /// What the library said.
        reason: String,
    },
}

impl Force {
    /// Reads the company in force of the repository in `root`, which lives on `branch`, whatever is checked out.
    ///
    /// # Errors
    /// [`ForceError`] if git's objects cannot be read.
    pub fn load(root: &Path, branch: &str) -> Result<Self, ForceError> {
        let history = History::open(root)?;
        let tip = history.branch_tip(branch)?;
        Self::at(history, branch, tip)
    }

    fn empty(history: History, branch: &str, tip: Option<Id>) -> Self {
        Self {
            history,
            branch: branch.to_owned(),
            tip,
            draft: Draft::default(),
            broken: BTreeMap::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// Reads the company that would be in force if its branch were at `tip`.
    ///
    /// # Errors
    /// [`ForceError`] if git's objects cannot be read.
    pub fn at(history: History, branch: &str, tip: Option<Id>) -> Result<Self, ForceError> {
        let mut force = Self::empty(history, branch, tip);
        force.read_anew(None)?;
        Ok(force)
    }

    /// The commit it was made from; `None` before the first one.
    pub fn tip(&self) -> Option<Id> {
        self.tip
    }

    /// A step that leads nowhere yet: from here to here.
    pub fn standing(&self) -> Advanced {
        Advanced { from: self.tip, to: self.tip, ..Advanced::default() }
    }

    /// The branch the company lives on.
    pub fn branch(&self) -> &str {
        &self.branch
    }

    /// The history it is read from.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The files in force, read.
    pub fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The files whose committed version is not in force, by path.
    pub fn broken(&self) -> &BTreeMap<String, Broken> {
        &self.broken
    }

    /// The files whose things wait, by path, each with why.
    pub fn waiting(&self) -> &BTreeMap<String, Vec<Wait>> {
        &self.waiting
    }

    /// The text of a file's version in force; `None` if there is none, or it is no text.
    ///
    /// # Errors
    /// [`ForceError`] if the object cannot be read.
    pub fn text(&self, path: &str) -> Result<Option<String>, ForceError> {
        let entry = match (self.broken.get(path), self.tip) {
            (Some(broken), _) => broken.in_force.map(|version| version.content),
            (None, Some(tip)) => self.history.entry(tip, path)?,
            (None, None) => None,
        };
        let Some(entry) = entry else { return Ok(None) };
        Ok(match self.history.content(entry)? {
            Content::Text(text) => Some(text),
            Content::Binary(_) | Content::Large(_) => None,
        })
    }

    /// The text of a file as it is committed, in force or not; what is no text is shown as far as it is one.
    ///
    /// # Errors
    /// [`ForceError`] if the object cannot be read.
    pub fn committed_text(&self, path: &str) -> Result<Option<String>, ForceError> {
        let Some(tip) = self.tip else { return Ok(None) };
        let Some(entry) = self.history.entry(tip, path)? else { return Ok(None) };
        Ok(match self.history.content(entry)? {
            Content::Text(text) => Some(text),
            Content::Binary(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Content::Large(_) => None,
        })
    }

    /// What is wrong with what is committed, as it is shown: with places in the committed texts, secrets hidden.
    ///
    /// # Errors
    /// [`ForceError`] if an object cannot be read.
    pub fn checked(&self) -> Result<Checked, ForceError> {
        let mut found: Vec<Diagnostic> = Vec::new();
        let waits = self.waiting.values().flatten().filter_map(|wait| match wait {
            Wait::Error(error) => Some(error),
            Wait::On(_) => None,
        });
        for diagnostic in self.broken.values().flat_map(|broken| &broken.diagnostics).chain(waits) {
            if !found.contains(diagnostic) {
                found.push(diagnostic.clone());
            }
        }
        let files: BTreeSet<&String> =
            found.iter().flat_map(|found| &found.labels).map(|label| &label.place.file).collect();
        let texts = files.into_iter().map(|file| Ok((file.clone(), self.committed_text(file)?)));
        let texts: BTreeMap<_, _> = texts.collect::<Result<_, ForceError>>()?;
        Ok(check::shown(found, texts))
    }

    /// Looks where the branch is now and brings along what changed; the cost grows with the change.
    ///
    /// # Errors
    /// [`ForceError`] if git's objects cannot be read; the company is then as it was, or is read anew next time.
    pub fn advance(&mut self) -> Result<Advanced, ForceError> {
        let tip = self.history.branch_tip(&self.branch)?;
        self.advance_to(tip)
    }

    /// The same for a commit that the branch is known to be at.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub fn advance_to(&mut self, tip: Option<Id>) -> Result<Advanced, ForceError> {
        let from = self.tip;
        if tip == from {
            return Ok(Advanced { from, to: tip, ..Advanced::default() });
        }
        let stepped = match (from, tip) {
            (Some(old), Some(new)) => self.step(old, new),
            _ => Ok(None),
        };
        match stepped {
            Ok(Some(changed)) => Ok(Advanced { from, to: tip, changed, anew: false }),
            Ok(None) => {
                let mut changed: BTreeSet<String> = self.draft.entries.keys().cloned().collect();
                self.tip = tip;
                self.read_anew(None).inspect_err(|_| self.tip = None)?;
                changed.extend(self.draft.entries.keys().cloned());
                Ok(Advanced { from, to: tip, changed, anew: true })
            }
            Err(error) => {
                // What was brought along so far is no state of the company.
                self.tip = None;
                Err(error)
            }
        }
    }

    fn read_anew(&mut self, records: Option<&mut dyn Records>) -> Result<(), ForceError> {
        self.draft = Draft::default();
        self.broken.clear();
        self.waiting.clear();
        let Some(tip) = self.tip else { return Ok(()) };
        let mut files = self.history.files(tip, "")?;
        let root = self.history.root().to_owned();
        if let Some(records) = records {
            let (sealed, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|(path, committed)| {
                layout::locate(path).kind == Kind::LedgerSegment && committed.kind == FileKind::File
            });
            files = others;
            self.read_records(tip, &root, sealed, records)?;
        }
        let read = read::all(self.history.repository(), Some(&root), files)?;
        self.put(tip, read)?;
        self.settle()?;
        Ok(())
    }

    /// Puts what was read at `tip` into the draft, or the last good version of it.
    fn put(&mut self, tip: Id, read: Vec<read::Read>) -> Result<(), ForceError> {
        let mut wrong = BTreeMap::new();
        let mut understood = BTreeMap::new();
        for one in read {
            self.broken.remove(&one.path);
            self.draft.take(&one.path);
            if one.errors.is_empty() {
                self.draft.insert(&one.path, one.document);
                self.draft.entries.insert(one.path, one.entry);
            } else {
                self.draft.entries.remove(&one.path);
                if let Document::Ledger(lines) = one.document {
                    understood.insert(one.path.clone(), (lines, one.entry));
                }
                wrong.insert(one.path, one.errors);
            }
        }
        if wrong.is_empty() {
            return Ok(());
        }
        let mut good = self.last_good(tip, wrong.keys().cloned().collect())?;
        for (path, diagnostics) in wrong {
            let Some(committed) = self.history.entry(tip, &path)? else { continue };
            let good = good.remove(&path);
            let in_force = good.as_ref().map(|good| good.version);
            if let Some(good) = good {
                self.draft.insert(&path, good.read.document);
                self.draft.entries.insert(path.clone(), good.read.entry);
            }
            if let Some((lines, entry)) = understood.remove(&path) {
                self.draft.entries.entry(path.clone()).or_insert(entry);
                let known = self.draft.ledger.entry(path.clone()).or_default();
                *known = records::spent(std::mem::take(known), lines);
            }
            self.broken.insert(path, Broken { cause: Cause::Itself, committed, in_force, diagnostics });
        }
        Ok(())
    }

    /// Brings along what differs between two commits; `None` if that is too much.
    fn step(&mut self, old: Id, new: Id) -> Result<Option<BTreeSet<String>>, ForceError> {
        let changes = self.history.changed(Some(old), new)?;
        // A branch that was put back may have lost the commits that good versions were found in.
        let backwards = || Ok::<bool, HistoryError>(!self.broken.is_empty() && !self.history.is_ancestor(old, new)?);
        if changes.cut || backwards()? {
            return Ok(None);
        }
        let mut changed = BTreeSet::new();
        let mut there = Vec::new();
        for file in changes.files {
            changed.insert(file.path.clone());
            match file.after {
                Some(after) => there.push((file.path, after)),
                None => {
                    self.broken.remove(&file.path);
                    self.draft.take(&file.path);
                    self.draft.entries.remove(&file.path);
                }
            }
        }
        let is_light = self.is_light(&changed);
        let root = self.history.root().to_owned();
        let read = read::all(self.history.repository(), Some(&root), there)?;
        self.tip = Some(new);
        self.put(new, read)?;
        if !(is_light && self.is_sound(&changed)) {
            changed.extend(self.settle()?);
        }
        Ok(Some(changed))
    }
}
