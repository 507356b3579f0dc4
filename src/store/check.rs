//! Loading a company and judging it: every diagnostic there is, with its place found, in the order it is shown.

use super::load::{self, LoadError};
use crate::diag::Diagnostic;
use crate::format::document::FILE_BYTES_MAX;
use crate::format::{Draft, locate};
use crate::rules;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
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
}

impl Checked {
    /// The text of a file as it may be shown. Spans of `diagnostics` fit it.
    pub fn source(&self, file: &str) -> Option<Rc<str>> {
        self.texts.get(file)
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
    let texts = Texts { root: root.to_owned(), known: RefCell::default() };
    locate::resolve(&mut diagnostics, &|file| texts.get(file).as_deref().map(str::to_owned));
    diagnostics.sort_by(|a, b| a.order().cmp(&b.order()));
    Ok(Checked { draft: loaded.draft, diagnostics, texts })
}

/// The texts of the files that diagnostics point at, each read once.
#[derive(Debug, Default)]
struct Texts {
    root: PathBuf,
    known: RefCell<BTreeMap<String, Option<Rc<str>>>>,
}

impl Texts {
    fn get(&self, file: &str) -> Option<Rc<str>> {
        if let Some(known) = self.known.borrow().get(file) {
            return known.clone();
        }
        let text = read_text(&self.root.join(file)).map(Rc::from);
        self.known.borrow_mut().insert(file.to_owned(), text.clone());
        text
    }
}

/// The first [`FILE_BYTES_MAX`] bytes of an ordinary file as text. Links are not followed.
fn read_text(path: &Path) -> Option<String> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(FILE_BYTES_MAX as u64).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
