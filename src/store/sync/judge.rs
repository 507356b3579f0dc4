//! Whether what came may come in. Nothing is in force before every judge has looked at what the company would be with it.
//!
//! A judge is a function from [`Incoming`] to what is wrong with it, one line in [`JUDGES`]. They ask whether the files can
//! lie in a company at all, and whether they add errors. Who signed what, and who may change which file, keeps nothing out:
//! home looks at it when it takes in what came, however it came, and takes back what does not count.

use super::SyncError;
use super::combine::Changes;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::document::{self, FILE_BYTES_MAX};
use crate::format::draft::{Entry, EntryType};
use crate::format::{Draft, locate};
use crate::redact;
use crate::rules;
use crate::store::force::read;
use crate::store::history::History;
use crate::store::writer::check_path;
use gix::{ObjectId, Repository};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Most objections that are shown; whoever has more looks at the commit.
const SHOWN_MAX: usize = 100;

/// What would come in.
pub(super) struct Incoming<'i> {
    pub(super) history: &'i History,
    pub(super) repository: &'i Repository,
    /// The branch's commit, which was judged or made here. What comes is measured by it, never by itself.
    pub(super) trusted: ObjectId,
    /// What differs from it in the commit that came.
    pub(super) changes: &'i Changes,
    /// What the files would hold that change, merged or as they came; `None`: gone.
    pub(super) files: &'i BTreeMap<String, Option<Vec<u8>>>,
}

/// Why it does not come in.
#[derive(Debug, Default)]
pub struct Objections {
    /// What is wrong, with file and line.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts they speak of, as they may be shown.
    pub texts: BTreeMap<String, Rc<str>>,
}

impl Objections {
    /// The text of a file as it came, for showing a place in it.
    pub fn source(&self, file: &str) -> Option<Rc<str>> {
        self.texts.get(file).cloned()
    }
}

/// What is wrong with what came, by one of them.
type Judge = fn(&Incoming<'_>) -> Result<Vec<Diagnostic>, SyncError>;

/// Each looks at everything that came.
const JUDGES: [Judge; 2] = [places, errors];

/// What every judge says.
pub(super) fn objections(incoming: &Incoming<'_>) -> Result<Objections, SyncError> {
    let mut objections = Objections::default();
    for judge in JUDGES {
        objections.diagnostics.extend(judge(incoming)?);
        // The rules expect files that can be files.
        if !objections.diagnostics.is_empty() {
            break;
        }
    }
    objections.diagnostics.sort_by(|one, other| one.order().cmp(&other.order()));
    objections.diagnostics.truncate(SHOWN_MAX);
    let texts: BTreeMap<&str, Rc<str>> = incoming
        .files
        .iter()
        .filter_map(|(path, bytes)| Some((path.as_str(), Rc::from(std::str::from_utf8(bytes.as_deref()?).ok()?))))
        .collect();
    locate::resolve(&mut objections.diagnostics, &|file| texts.get(file).cloned());
    for diagnostic in &mut objections.diagnostics {
        for label in &diagnostic.labels {
            if let Some(text) = texts.get(label.place.file.as_str()) {
                let shown = Rc::from(&*redact::mask(text));
                objections.texts.insert(label.place.file.clone(), shown);
            }
        }
        let labels = diagnostic.labels.iter_mut().map(|label| &mut label.message);
        for text in labels.chain(&mut diagnostic.help).chain([&mut diagnostic.message]) {
            if let Cow::Owned(masked) = redact::mask(text) {
                *text = masked;
            }
        }
    }
    Ok(objections)
}

/// Files that cannot lie in a company: names git or another system gives a meaning, links, other repositories.
fn places(incoming: &Incoming<'_>) -> Result<Vec<Diagnostic>, SyncError> {
    let mut found = Vec::new();
    for (path, (before, after)) in incoming.changes {
        let odd = before.iter().chain(after).any(|file| file.odd);
        let help = "if it should be here, look at it and bring it in with `git merge`";
        if odd {
            let message = "this is a link or another repository, and neither is brought along";
            found.push(Diagnostic::error("incoming-link", Place::file(path), message).help(help));
        } else if after.is_some() && (check_path(path).is_err() || path.contains('\u{fffd}')) {
            let message = "this cannot be a file of a company";
            found.push(Diagnostic::error("incoming-path", Place::file(path), message).help(help));
        }
    }
    Ok(found)
}

/// Errors the company would have and does not have now.
fn errors(incoming: &Incoming<'_>) -> Result<Vec<Diagnostic>, SyncError> {
    let root = incoming.history.root().to_owned();
    let files = incoming.history.files(incoming.trusted, "").map_err(SyncError::git)?;
    let mut draft = Draft::default();
    let mut before = Vec::new();
    for one in read::all(incoming.repository, Some(&root), files).map_err(SyncError::git)? {
        if incoming.files.contains_key(&one.path) {
            before.extend(one.errors);
        }
        draft.insert(&one.path, one.document);
        draft.entries.insert(one.path, one.entry);
    }
    before.extend(rules::check(&draft));
    let mut after = Vec::new();
    for (path, bytes) in incoming.files {
        draft.take(path);
        draft.entries.remove(path);
        let Some(bytes) = bytes else { continue };
        let executable = incoming.changes.get(path).is_some_and(|(_, file)| file.is_some_and(|file| file.executable));
        let kind = if executable { EntryType::Executable } else { EntryType::File };
        draft.entries.insert(path.clone(), Entry { kind, bytes: bytes.len() as u64 });
        if bytes.len() > FILE_BYTES_MAX {
            continue;
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            let (document, found) = document::read(path, text);
            after.extend(found);
            after.extend(rules::check_text(path, text));
            draft.insert(path, document);
        }
    }
    after.extend(rules::check(&draft));
    let key = |found: &Diagnostic| {
        let file = found.labels.first().map(|label| label.place.file.clone());
        (found.code, file, found.message.clone())
    };
    let known: BTreeSet<_> = before.iter().map(key).collect();
    after.retain(|found| found.severity == Severity::Error && !known.contains(&key(found)));
    Ok(after)
}
