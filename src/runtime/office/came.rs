//! What came, commit by commit: who made each, and which files it changed. It is walked once, whatever is asked of it afterwards.

use super::foreign::{self, Trusted};
use crate::model::Actor;
use crate::store::history::trees::Changed;
use crate::store::history::{History, HistoryError, Id};
use std::collections::BTreeSet;

/// Commits that came: those that lead to `to` and not to `from`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Came<'c> {
    pub(super) history: &'c History,
    pub(super) from: Option<Id>,
    pub(super) to: Option<Id>,
    /// Those among them that were made here, if that is known.
    pub(super) ours: &'c BTreeSet<Id>,
}

/// A commit that came.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) id: Id,
    /// Who made it, as it says.
    pub(super) by: Actor,
    /// Whether it was made here.
    pub(super) is_ours: bool,
    /// Whether it has one parent: what another commit changed is that one's, and not that of the merge.
    pub(super) is_plain: bool,
    /// What differs from all of its parents.
    pub(super) files: Vec<Changed>,
}

/// What came, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Walked(pub(super) Vec<Made>);

impl Walked {
    /// Walks what came. Of a company that nobody took in before there are no steps.
    pub(super) fn of(came: Came<'_>, trusted: Trusted<'_>) -> Result<Self, HistoryError> {
        let (history, Some(from), Some(to)) = (came.history, came.from, came.to) else { return Ok(Self::default()) };
        let between: BTreeSet<Id> = history.only_in(to, from)?.into_iter().collect();
        let mut walked = Vec::with_capacity(between.len());
        for id in oldest_first(history, to, &between)? {
            let parents = history.commit(id)?.parents;
            let mut files = history.changed(parents.first().copied(), id)?.files;
            for other in parents.iter().skip(1) {
                let mut new = Vec::with_capacity(files.len());
                for file in files {
                    if history.entry(*other, &file.path)? != file.after {
                        new.push(file);
                    }
                }
                files = new;
            }
            let by = foreign::by(history, trusted, id);
            walked.push(Made { id, by, is_ours: came.ours.contains(&id), is_plain: parents.len() < 2, files });
        }
        Ok(Self(walked))
    }

    /// The commits that changed a file.
    pub(super) fn touching<'w>(&'w self, path: &'w str) -> impl Iterator<Item = &'w Made> {
        self.0.iter().filter(move |made| made.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok())
    }
}

/// Commits so that each comes after those it came from.
fn oldest_first(history: &History, tip: Id, among: &BTreeSet<Id>) -> Result<Vec<Id>, HistoryError> {
    let (mut order, mut seen, mut stack) = (Vec::new(), BTreeSet::new(), vec![(tip, false)]);
    while let Some((id, done)) = stack.pop() {
        if done {
            order.push(id);
        } else if among.contains(&id) && seen.insert(id) {
            stack.push((id, true));
            let parents = history.commit(id)?.parents;
            stack.extend(parents.into_iter().rev().map(|parent| (parent, false)));
        }
    }
    Ok(order)
}
