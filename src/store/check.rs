//! Loading a company and judging it: every diagnostic there is, with its place found, in the order it is shown.
//!
//! What leaves this file shows no secret: texts are masked, and so is whatever a message quotes from them.

use super::load::{self, LoadError};
use crate::diag::{self, Diagnostic};
use crate::format::document::FILE_BYTES_MAX;
use crate::format::{Draft, locate};
use crate::rules::allow;
use crate::{redact, rules};
use memchr::memmem;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A company and everything there is to say about it.
#[derive(Debug, Default)]
pub struct Checked {
    /// The files, read.
    pub draft: Draft,
    /// What is wrong: by file, then place, then code. Every place is a span or a whole file.
    pub diagnostics: Vec<Diagnostic>,
    texts: Texts,
    masked: RefCell<BTreeMap<String, Option<Rc<str>>>>,
}

impl Checked {
    /// The text of a file as it may be shown: what looks like a secret is masked. Spans of `diagnostics` fit it.
    pub fn source(&self, file: &str) -> Option<Rc<str>> {
        if let Some(known) = self.masked.borrow().get(file) {
            return known.clone();
        }
        let masked = self.texts.get(file).map(|text| match redact::mask(&text) {
            Cow::Borrowed(_) => Rc::clone(&text),
            Cow::Owned(masked) => Rc::from(masked),
        });
        self.masked.borrow_mut().insert(file.to_owned(), masked.clone());
        masked
    }
}

/// Loads the company in `root` and judges it.
///
/// # Errors
/// [`LoadError`] if `root` itself cannot be listed.
pub fn check(root: &Path) -> Result<Checked, LoadError> {
    let mut loaded = load::load(root)?;
    let mut diagnostics = std::mem::take(&mut loaded.diagnostics);
    diagnostics.extend(rules::check(&loaded.draft));
    let texts = Texts { root: Some(root.to_owned()), known: RefCell::default() };
    Ok(Checked { draft: loaded.draft, ..present(diagnostics, texts, &loaded.allowances) })
}

/// Diagnostics about `texts`, which need not lie in any folder, as they are shown.
pub(super) fn shown(diagnostics: Vec<Diagnostic>, texts: BTreeMap<String, Option<String>>) -> Checked {
    let known = texts.into_iter().map(|(file, text)| (file, text.map(Rc::from))).collect();
    present(diagnostics, Texts { root: None, known: RefCell::new(known) }, &BTreeMap::new())
}

/// Puts diagnostics in order, finds their places, takes out what is allowed, and hides secrets.
fn present(
    mut diagnostics: Vec<Diagnostic>,
    texts: Texts,
    allowances: &BTreeMap<String, Vec<allow::Allowance>>,
) -> Checked {
    let secretive = |diagnostic: &&Diagnostic| diagnostic.code == rules::SECRET_IN_TEXT;
    let secretive = diagnostics.iter().filter(secretive).filter_map(Diagnostic::place);
    let secretive: BTreeSet<String> = secretive.map(|place| place.file.clone()).collect();
    // Before places are looked up, so that a hostile file costs a hundred of them and not a million.
    diagnostics.sort_by(|a, b| a.order().cmp(&b.order()));
    diag::cap(&mut diagnostics);
    locate::resolve(&mut diagnostics, &|file| texts.get(file));
    allow::apply(&mut diagnostics, allowances);
    diagnostics.sort_by(|a, b| a.order().cmp(&b.order()));
    hide(&mut diagnostics, secretive, &|file| texts.get(file));
    Checked { draft: Draft::default(), diagnostics, texts, masked: RefCell::default() }
}

/// The texts of the files that diagnostics point at, each read once.
#[derive(Debug, Default)]
struct Texts {
    /// Where texts that are not known yet lie.
    root: Option<PathBuf>,
    known: RefCell<BTreeMap<String, Option<Rc<str>>>>,
}

impl Texts {
    fn get(&self, file: &str) -> Option<Rc<str>> {
        if let Some(known) = self.known.borrow().get(file) {
            return known.clone();
        }
        let text = self.root.as_ref().and_then(|root| read_text(&root.join(file))).map(Rc::from);
        self.known.borrow_mut().insert(file.to_owned(), text.clone());
        text
    }
}

/// The first [`FILE_BYTES_MAX`] bytes of an ordinary file as text. Links are not followed.
fn read_text(path: &Path) -> Option<String> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    load::as_text(load::read_at_most(path, FILE_BYTES_MAX).ok()?)
}

/// Bytes of a secret by which it is recognised in a message, which may show only its beginning.
const RECOGNISED_BYTES: usize = 8;
/// Most secrets of one file that are looked for in messages about it.
const VALUES_MAX: usize = 1_000;

/// Masks secrets in messages: those that can be told by their look, and those of the files `secretive` that a
/// message is about.
pub(super) fn hide(
    diagnostics: &mut [Diagnostic],
    secretive: BTreeSet<String>,
    text: &dyn Fn(&str) -> Option<Rc<str>>,
) {
    let values: BTreeMap<String, Vec<String>> = secretive
        .into_iter()
        .filter_map(|file| {
            let text = text(&file)?;
            let found = redact::find(&text).into_iter().take(VALUES_MAX);
            Some((file, found.map(|found| text[found.hidden()].to_owned()).collect()))
        })
        .collect();
    // What this rule says is in its own words.
    for diagnostic in diagnostics.iter_mut().filter(|diagnostic| diagnostic.code != rules::SECRET_IN_TEXT) {
        let files: BTreeSet<String> = diagnostic.labels.iter().map(|label| label.place.file.clone()).collect();
        let known: Vec<&String> = files.iter().filter_map(|file| values.get(file)).flatten().collect();
        let labels = diagnostic.labels.iter_mut().map(|label| &mut label.message);
        for text in labels.chain(&mut diagnostic.help).chain([&mut diagnostic.message]) {
            if let Cow::Owned(masked) = redact::mask(text) {
                *text = masked;
            }
            known.iter().for_each(|value| hide_value(text, value));
        }
    }
}

/// Masks `value` in `text`, or as much of its beginning as stands there.
fn hide_value(text: &mut String, value: &str) {
    let start = &value.as_bytes()[..value.len().min(RECOGNISED_BYTES)];
    let mut from = 0;
    while let Some(at) = memmem::find(&text.as_bytes()[from..], start).map(|at| from + at) {
        let same = text.as_bytes()[at..].iter().zip(value.as_bytes()).take_while(|(one, other)| one == other).count();
        // The value is ASCII, so that these are whole characters.
        text.replace_range(at..at + same, &"*".repeat(same));
        from = at + same;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_hidden_wherever_a_message_repeats_it() {
        let value = "9fK2mQ7xVt4LwRz8BnYc";
        for (text, expected) in [
            ("`9fK2mQ7xVt4LwRz8BnYc` is no agent", "`********************` is no agent"),
            ("9fK2mQ7xVt4L… and 9fK2mQ7xVt4LwRz8BnYc", "************… and ********************"),
            ("nothing of it", "nothing of it"),
        ] {
            let mut text = text.to_owned();
            hide_value(&mut text, value);
            assert_eq!(text, expected);
        }
    }
}
