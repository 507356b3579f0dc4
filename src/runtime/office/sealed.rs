//! Sealed records: what they come to is folded into a [`Snapshot`] once, and then their lines are let go of. Whoever wants
//! one of them reads its file again. A company has very many of them, and no question but "what was that run" needs a line.

use super::Office;
use crate::format::document::{self, Document};
use crate::format::kind::LedgerLine;
use crate::format::layout::{self, Kind};
use crate::format::snapshot as reading;
use crate::model::Snapshot;
use crate::model::local::LocalFacts;
use crate::store::force::Force;

/// The company as its sealed records alone tell it; their lines are gone from `force` afterwards.
pub(super) fn fold(force: &mut Force, local: &LocalFacts) -> Snapshot {
    let mut sealed = Snapshot::new(local.clone());
    let paths: Vec<String> = force.draft().ledger.keys().filter(|path| is_segment(path)).cloned().collect();
    for path in paths {
        take(&mut sealed, force, &path);
    }
    sealed
}

/// Takes in what a file of sealed records says now, and lets go of it.
pub(super) fn take(sealed: &mut Snapshot, force: &mut Force, path: &str) {
    reading::update(sealed, force.draft(), path);
    force.let_go(path);
}

/// Whether a file holds sealed records.
pub(super) fn is_segment(path: &str) -> bool {
    layout::locate(path).kind == Kind::LedgerSegment
}

impl Office {
    /// All lines of the ledger, one file after the other.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = Vec<LedgerLine>> {
        self.force.draft().ledger.iter().map(|(path, lines)| {
            if !lines.is_empty() || !is_segment(path) {
                return lines.clone();
            }
            // What cannot be read now was folded all the same; only what asks for a line lacks it.
            let text = self.text(path).ok().flatten().unwrap_or_default();
            match document::read(path, &text).0 {
                Document::Ledger(lines) => lines,
                _ => Vec::new(),
            }
        })
    }
}
