//! Sealed records of the ledger: they are very many and hardly ever change, so whoever opens a company may take in their lines as they
//! are read, and name the files whose lines it has taken in before.

use super::{Force, ForceError, read};
use crate::format::Document;
use crate::format::draft::{Entry, EntryType};
use crate::format::kind::LedgerLine;
use crate::store::history::{Entry as Committed, History, Id};
use std::path::Path;

/// Files of sealed records that are held at once while all of them are read: some ten thousand lines.
const RECORDS_AT_ONCE: usize = 64;

/// Who takes in the lines of sealed records.
pub trait Records {
    /// Whether this version of a file was taken in before. It is not read then.
    fn are_known(&mut self, path: &str, id: Id) -> bool;

    /// Takes in the lines of a file.
    fn take(&mut self, path: &str, id: Id, lines: &[LedgerLine]);
}

/// Takes no lines in: for whoever asks nothing of what was spent.
struct Unread;

impl Records for Unread {
    fn are_known(&mut self, _path: &str, _id: Id) -> bool {
        true
    }

    fn take(&mut self, _path: &str, _id: Id, _lines: &[LedgerLine]) {}
}

impl Force {
    /// Like [`Force::load`], without the lines of sealed records: of what the company spent nothing can be asked.
    ///
    /// # Errors
    /// [`ForceError`] if git's objects cannot be read.
    pub fn load_without_records(root: &Path, branch: &str) -> Result<Self, ForceError> {
        Self::load_with(root, branch, &mut Unread)
    }

    /// Like [`Force::load`], with the lines of sealed records given to `records` as they are read, and let go of: there may be very many.
    ///
    /// # Errors
    /// [`ForceError`] if git's objects cannot be read.
    pub fn load_with(root: &Path, branch: &str, records: &mut dyn Records) -> Result<Self, ForceError> {
        let history = History::open(root)?;
        let tip = history.branch_tip(branch)?;
        let mut force = Self::empty(history, branch, tip);
        force.read_anew(Some(records))?;
        Ok(force)
    }

    /// Lets go of the lines of a ledger file. Those of one that is broken are no file's, and stay.
    pub fn let_go(&mut self, path: &str) {
        if !self.broken.contains_key(path) {
            self.draft.let_go(path);
        }
    }

    /// Notes the highest ticket numbers that records name which are not read again.
    pub fn note_numbers<'n>(&mut self, highest: impl Iterator<Item = (&'n str, u32)>) {
        highest.for_each(|(prefix, number)| self.draft.note_number(prefix, number));
    }

    /// Reads sealed records some at a time, and lets go of those that are taken in.
    pub(super) fn read_records(
        &mut self,
        tip: Id,
        root: &Path,
        sealed: Vec<(String, Committed)>,
        records: &mut dyn Records,
    ) -> Result<(), ForceError> {
        let (known, new): (Vec<_>, Vec<_>) =
            sealed.into_iter().partition(|(path, committed)| records.are_known(path, committed.id));
        for (path, _) in known {
            self.draft.insert(&path, Document::Ledger(Vec::new()));
            // How long it is nobody asks of a file that was sound when it was read.
            self.draft.entries.insert(path, Entry { kind: EntryType::File, bytes: 0 });
        }
        let mut new = new.into_iter();
        loop {
            let some: Vec<_> = new.by_ref().take(RECORDS_AT_ONCE).collect();
            if some.is_empty() {
                return Ok(());
            }
            let ids: Vec<(String, Id)> = some.iter().map(|(path, committed)| (path.clone(), committed.id)).collect();
            let read = read::all(self.history.repository(), Some(root), some)?;
            self.put(tip, read)?;
            for (path, id) in ids.into_iter().filter(|(path, _)| !self.broken.contains_key(path)) {
                records.take(&path, id, self.draft.ledger.get(&path).map_or(&[], Vec::as_slice));
                self.draft.let_go(&path);
            }
        }
    }
}

/// The lines of a ledger file that is broken: those of its last good version, and what is understood of the committed one.
/// A file that somebody broke never makes less of what was spent.
pub(super) fn spent(good: Vec<LedgerLine>, committed: Vec<LedgerLine>) -> Vec<LedgerLine> {
    let mut lines: Vec<LedgerLine> = committed.into_iter().filter(|line| line.id.is_some()).collect();
    let missing = good.into_iter().filter(|line| !lines.iter().any(|known| known.id == line.id));
    let missing: Vec<LedgerLine> = missing.collect();
    lines.extend(missing);
    lines
}
