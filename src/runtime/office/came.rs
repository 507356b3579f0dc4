//! What came, commit by commit: who made each, and which files it changed. It is walked once, whatever is asked of it afterwards.

use super::foreign::{self, Trusted};
use crate::model::Actor;
use crate::store::history::trees::Changed;
use crate::store::history::{self, History, HistoryError, Id};
use crate::store::writer;
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
    /// Whether a process of this clone decided it on the road, as its journal knows: what was to come of it has come of it.
    pub(super) is_decided: bool,
    /// Whether it has one parent: what another commit changed is that one's, and not that of the merge.
    pub(super) is_plain: bool,
    /// Whether it changed more files than are listed.
    pub(super) is_cut: bool,
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
        let mut journal: Option<BTreeSet<Id>> = None;
        for id in oldest_first(history, to, &between)? {
            let history::Commit { parents, message, .. } = history.commit(id)?;
            let history::trees::Changes { mut files, cut: is_cut } = history.changed(parents.first().copied(), id)?;
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
            // Only what is decided has the name of a request; anybody can write one, and only we our journal.
            let mut is_known = || journal.get_or_insert_with(|| writer::made_here(history)).contains(&id);
            let is_decided = message.trailers.mutation.is_some() && is_known();
            let is_plain = parents.len() < 2;
            walked.push(Made { id, by, is_ours: came.ours.contains(&id), is_decided, is_plain, is_cut, files });
        }
        Ok(Self(walked))
    }

    /// The commits that changed a file, or may have: nothing hides among very many files.
    pub(super) fn touching<'w>(&'w self, path: &'w str) -> impl Iterator<Item = &'w Made> {
        let lists = |made: &Made| made.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok();
        self.0.iter().filter(move |made| made.is_cut || lists(made))
    }

    /// Whether all that changed a file was decided by processes of this clone.
    pub(super) fn is_decided(&self, path: &str) -> bool {
        let mut touching = self.touching(path).peekable();
        touching.peek().is_some() && touching.all(|made| made.is_decided)
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
