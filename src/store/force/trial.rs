//! What would be wrong if a person's edits were committed: errors the company does not have now.
//!
//! The company is as it was afterwards. Edits that bring an error are named; the others are sound without them.

use super::together::{self, exchange};
use super::{Force, read};
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::document::{self, Document, FILE_BYTES_MAX};
use crate::format::draft::{Entry, EntryType};
use crate::format::kind::TicketFile;
use crate::format::layout::{self, Kind};
use crate::format::locate;
use crate::model::Choice as _;
use crate::model::status::TicketStatus;
use crate::rules::{self, allow};
use crate::store::history::Content;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Times the rest is judged anew after edits with errors were left out.
const ROUNDS_MAX: usize = 8;

/// Most edits that are tried one by one if nothing else tells which one an error came with.
const SINGLE_MAX: usize = 16;

/// An edit that is tried.
#[derive(Debug, Clone, Copy)]
pub struct Edit<'a> {
    /// The file.
    pub path: &'a str,
    /// What it would hold; `None` if it would be gone.
    pub after: Option<&'a [u8]>,
}

/// What tells an error from another.
type Key = (&'static str, String, Vec<String>);

fn key(error: &Diagnostic) -> Key {
    (error.code, error.message.clone(), error.labels.iter().map(|label| label.place.file.clone()).collect())
}

impl Force {
    /// Which of `edits` cannot be committed, each with why. Places are found in the edited texts.
    pub fn trial(&mut self, edits: &[Edit<'_>]) -> BTreeMap<String, Vec<Diagnostic>> {
        let mut refused: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        let mut rest = BTreeMap::new();
        for edit in edits {
            let (then, found) = self.alone(edit);
            if found.is_empty() {
                rest.insert(edit.path.to_owned(), then);
            } else {
                refused.insert(edit.path.to_owned(), found);
            }
        }
        for _ in 0..ROUNDS_MAX {
            if rest.is_empty() {
                break;
            }
            let found = self.added(&rest);
            if found.is_empty() {
                break;
            }
            for (path, why) in self.blamed(&rest, found) {
                rest.remove(&path);
                refused.entry(path).or_default().extend(why);
            }
        }
        let text = |path: &str| {
            let edit = edits.iter().find(|edit| edit.path == path);
            let bytes = edit.and_then(|edit| edit.after.map(<[u8]>::to_vec));
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).or_else(|| self.text(path).ok().flatten());
            text.map(Rc::from)
        };
        refused.values_mut().for_each(|found| locate::resolve(found, &text));
        refused
    }

    /// What an edit says, and what is wrong with it by itself that is not wrong with what is committed.
    fn alone(&self, edit: &Edit<'_>) -> (Option<(Document, Entry)>, Vec<Diagnostic>) {
        let Some(bytes) = edit.after else { return (None, Vec::new()) };
        let executable = self.draft.entries.get(edit.path).map_or(EntryType::File, |entry| entry.kind);
        let entry = Entry { kind: executable, bytes: bytes.len() as u64 };
        let is_text = !matches!(layout::locate(edit.path).kind, Kind::Other | Kind::Ciphertext);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) if text.len() <= FILE_BYTES_MAX => text,
            Ok(_) if is_text => {
                let message = format!("this file is larger than {} MiB", FILE_BYTES_MAX >> 20);
                return (None, vec![Diagnostic::error("file-too-large", Place::file(edit.path), message)]);
            }
            Err(_) if is_text => return (None, vec![read::not_utf8(edit.path)]),
            Ok(_) | Err(_) => return (Some((Document::Plain, entry)), Vec::new()),
        };
        let (document, mut found) = judged(edit.path, text);
        found.extend(self.transition(edit.path, &document));
        if !found.is_empty()
            && let Some(committed) = self.committed(edit.path)
        {
            let known: BTreeSet<Key> = judged(edit.path, &committed).1.iter().map(key).collect();
            found.retain(|error| !known.contains(&key(error)));
        }
        (Some((document, entry)), found)
    }

    /// The text that is committed, in force or not.
    fn committed(&self, path: &str) -> Option<String> {
        let entry = self.history.entry(self.tip?, path).ok()??;
        match self.history.content(entry).ok()? {
            Content::Text(text) => Some(text),
            Content::Binary(_) | Content::Large(_) => None,
        }
    }

    /// Why a ticket may not go from where it stands to where this version puts it.
    fn transition(&self, path: &str, document: &Document) -> Option<Diagnostic> {
        let Document::Ticket(next) = document else { return None };
        let (from, to) = (status(self.draft.tickets.get(path)?), status(next));
        if from.may_become(to) {
            return None;
        }
        let message = format!("a ticket does not go from `{}` to `{}`", from.word(), to.word());
        let ways = TicketStatus::ALL.iter().filter(|(_, next)| *next != from && from.may_become(*next));
        let ways: Vec<String> = ways.map(|(word, _)| format!("`{word}`")).collect();
        let help = format!("from `{}` it goes to {}", from.word(), ways.join(" or "));
        Some(Diagnostic::error("status-transition", Place::value(path, KeyPath::from("status")), message).help(help))
    }

    /// The errors the company would have with these versions, and has not now.
    fn added(&mut self, edits: &BTreeMap<String, Option<(Document, Entry)>>) -> Vec<Diagnostic> {
        let paths: BTreeSet<String> = edits.keys().cloned().collect();
        let is_light = self.is_light(&paths);
        let mut known = None;
        if !is_light {
            known = Some(together::errors(&self.draft).iter().map(key).collect::<BTreeSet<Key>>());
        }
        let put = |draft: &mut crate::format::Draft| -> Vec<_> {
            edits.iter().map(|(path, then)| exchange(draft, path.clone(), then.clone())).collect()
        };
        let mut now = put(&mut self.draft);
        let sound = is_light && self.is_sound(&paths);
        let mut found = if sound { Vec::new() } else { together::errors(&self.draft) };
        for (path, was) in now.drain(..) {
            exchange(&mut self.draft, path, was);
        }
        if !found.is_empty() {
            let known = known.unwrap_or_else(|| together::errors(&self.draft).iter().map(key).collect());
            found.retain(|error| !known.contains(&key(error)));
        }
        found
    }

    /// Which edits brought these errors. Never nobody.
    fn blamed(
        &mut self,
        edits: &BTreeMap<String, Option<(Document, Entry)>>,
        found: Vec<Diagnostic>,
    ) -> BTreeMap<String, Vec<Diagnostic>> {
        let mut blamed: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        let mut unexplained = Vec::new();
        for error in found {
            let about: Vec<&str> = error.labels.iter().map(|label| label.place.file.as_str()).collect();
            let about: Vec<&str> = about.into_iter().filter(|file| edits.contains_key(*file)).collect();
            match about.as_slice() {
                [] => unexplained.push(error),
                about => {
                    for path in about {
                        blamed.entry((*path).to_owned()).or_default().push(error.clone());
                    }
                }
            }
        }
        // Only what has no better explanation is looked for by trying: what is left out may explain it.
        if !blamed.is_empty() || unexplained.is_empty() {
            return blamed;
        }
        if edits.len() <= SINGLE_MAX {
            for (path, then) in edits {
                let found = self.added(&BTreeMap::from([(path.clone(), then.clone())]));
                if !found.is_empty() {
                    blamed.insert(path.clone(), found);
                }
            }
        }
        if blamed.is_empty() {
            blamed = edits.keys().map(|path| (path.clone(), unexplained.clone())).collect();
        }
        blamed
    }
}

/// Where a ticket stands, whether it says so or not.
fn status(ticket: &TicketFile) -> TicketStatus {
    let silent = if ticket.assignee.is_some() { TicketStatus::Todo } else { TicketStatus::Backlog };
    ticket.status.unwrap_or(silent)
}

/// What a text says, and the errors in it that no comment allows.
fn judged(path: &str, text: &str) -> (Document, Vec<Diagnostic>) {
    let (document, mut found) = document::read(path, text);
    found.extend(rules::check_text(path, text));
    found.retain(|found| found.severity == Severity::Error);
    let allowances = allow::read(path, text);
    if !found.is_empty() && !allowances.is_empty() {
        locate::resolve(&mut found, &|_| Some(Rc::from(text)));
        allow::apply(&mut found, &BTreeMap::from([(path.to_owned(), allowances)]));
        found.retain(|found| found.severity == Severity::Error);
    }
    (document, found)
}
