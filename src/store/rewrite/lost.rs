//! Lines of the ledger and checkouts that one state of a company has and another has not.

use crate::format::document::{self, Document};
use crate::format::kind::{LedgerLine, LockFile};
use crate::format::layout::{self, Kind};
use crate::store::history::{Content, Entry, History, HistoryError, Id};
use std::collections::BTreeMap;

/// A line of the ledger that is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The file it was in.
    pub path: String,
    /// Its text, without the line break at its end.
    pub text: String,
    /// What it says.
    pub line: LedgerLine,
}

impl Eq for Line {}

/// A checkout that is gone, or there again.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkout {
    /// Its file.
    pub path: String,
    /// What it said.
    pub lock: LockFile,
}

impl Eq for Checkout {}

/// What one state has and the other has not.
#[derive(Debug, Clone, Default)]
pub struct Lost {
    /// Lines of the ledger.
    pub lines: Vec<Line>,
    /// Checkouts.
    pub checkouts: Vec<Checkout>,
    /// Checkouts the other way round.
    pub revived: Vec<Checkout>,
}

impl History {
    /// What is in the records at `known` and not any more at `now`. A line of a run that ended, which is open again, is
    /// gone as well.
    ///
    /// # Errors
    /// [`HistoryError`] if a file cannot be read.
    pub fn lost(&self, known: Id, now: Option<Id>) -> Result<Lost, HistoryError> {
        let mut lost = Lost::default();
        let files = match now {
            Some(now) => self.changed(Some(now), known)?.files,
            None => self.changed(None, known)?.files,
        };
        let mut lines: BTreeMap<String, Line> = BTreeMap::new();
        let mut there: BTreeMap<String, bool> = BTreeMap::new();
        for file in files {
            match layout::locate(&file.path).kind {
                Kind::LedgerRun | Kind::LedgerSegment => {
                    for line in self.lines(&file.path, file.after)? {
                        let id = line.line.id.clone().unwrap_or_else(|| line.text.clone());
                        let is_newer = line.line.outcome.is_some();
                        if is_newer || !lines.contains_key(&id) {
                            lines.insert(id, line);
                        }
                    }
                    for line in self.lines(&file.path, file.before)? {
                        let ended = line.line.outcome.is_some();
                        *there.entry(line.line.id.unwrap_or(line.text)).or_default() |= ended;
                    }
                }
                Kind::Lock => {
                    let (then, here) =
                        (self.checkout(&file.path, file.after)?, self.checkout(&file.path, file.before)?);
                    match (then, here) {
                        (Some(then), None) => lost.checkouts.push(then),
                        (None, Some(here)) => lost.revived.push(here),
                        (Some(then), Some(here)) if then != here => {
                            lost.checkouts.push(then);
                            lost.revived.push(here);
                        }
                        (Some(_), Some(_)) | (None, None) => {}
                    }
                }
                _ => {}
            }
        }
        let gone = |(id, line): &(String, Line)| match there.get(id) {
            None => true,
            Some(ended) => !ended && line.line.outcome.is_some(),
        };
        lost.lines = lines.into_iter().filter(gone).map(|(_, line)| line).collect();
        Ok(lost)
    }

    fn text_of(&self, entry: Option<Entry>) -> Result<Option<String>, HistoryError> {
        Ok(match entry.map(|entry| self.content(entry)).transpose()? {
            Some(Content::Text(text)) => Some(text),
            Some(Content::Binary(_) | Content::Large(_)) | None => None,
        })
    }

    fn lines(&self, path: &str, entry: Option<Entry>) -> Result<Vec<Line>, HistoryError> {
        let Some(text) = self.text_of(entry)? else { return Ok(Vec::new()) };
        let texts: Vec<&str> = match layout::locate(path).kind {
            Kind::LedgerSegment => text.lines().map(str::trim).filter(|line| !line.is_empty()).collect(),
            _ => vec![text.trim()],
        };
        let read = |text: &str| match document::read(path, text).0 {
            Document::Ledger(lines) => lines.into_iter().next(),
            _ => None,
        };
        let one = |text: &str| Some(Line { path: path.to_owned(), text: text.to_owned(), line: read(text)? });
        Ok(texts.into_iter().filter_map(one).collect())
    }

    fn checkout(&self, path: &str, entry: Option<Entry>) -> Result<Option<Checkout>, HistoryError> {
        let Some(text) = self.text_of(entry)? else { return Ok(None) };
        Ok(match document::read(path, &text).0 {
            Document::Lock(lock) => Some(Checkout { path: path.to_owned(), lock: *lock }),
            _ => None,
        })
    }

    /// The files that bring lost lines back into the ledger of the state `now`, each as a whole.
    ///
    /// # Errors
    /// [`HistoryError`] if a file cannot be read.
    pub fn with_lines(
        &self,
        now: Id,
        lost: &[Line],
    ) -> Result<BTreeMap<String, (Option<String>, String)>, HistoryError> {
        let mut files: BTreeMap<String, (Option<String>, String)> = BTreeMap::new();
        for line in lost {
            if !files.contains_key(&line.path) {
                let text = self.text_of(self.entry(now, &line.path)?)?;
                files.insert(line.path.clone(), (text.clone(), text.unwrap_or_default()));
            }
            let Some((_, text)) = files.get_mut(&line.path) else { continue };
            if layout::locate(&line.path).kind == Kind::LedgerSegment {
                if !text.is_empty() && !text.ends_with('\n') {
                    text.push('\n');
                }
                text.push_str(&line.text);
                text.push('\n');
            } else {
                *text = format!("{}\n", line.text);
            }
        }
        Ok(files)
    }
}
