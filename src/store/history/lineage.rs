//! Whose child a commit is: ancestry, and the line a branch itself went, change by change.

use super::trees::Changes;
use super::{History, HistoryError, Id};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// A step back along the first parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The commit.
    pub commit: Id,
    /// The commit the branch was at before; `None` for the first one, and where it was not fetched.
    pub parent: Option<Id>,
    /// Whether what it changed is not known here, since its parents were not fetched.
    pub boundary: bool,
    /// What it changed.
    pub changes: Changes,
}

impl History {
    /// Where a branch is; `None` before its first commit, or without one of that name.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn branch_tip(&self, branch: &str) -> Result<Option<Id>, HistoryError> {
        let failed =
            |error: &dyn std::fmt::Display| HistoryError::Open { folder: self.root.clone(), reason: error.to_string() };
        let name = format!("refs/heads/{branch}");
        let found = self.repository.try_find_reference(name.as_str()).map_err(|error| failed(&error))?;
        Ok(found.and_then(|reference| reference.try_id().map(gix::Id::detach)))
    }

    /// The commits that are kept under refs of their own because a branch left them, by the refs' names.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn rescues(&self) -> Result<Vec<(String, Id)>, HistoryError> {
        let failed =
            |error: &dyn std::fmt::Display| HistoryError::Open { folder: self.root.clone(), reason: error.to_string() };
        let references = self.repository.references().map_err(|error| failed(&error))?;
        let kept = references.prefixed("refs/corp/rescue/").map_err(|error| failed(&error))?;
        let kept = kept.filter_map(Result::ok);
        Ok(kept.filter_map(|one| Some((one.name().as_bstr().to_string(), one.try_id()?.detach()))).collect())
    }

    /// Goes back from `from` along the first parents, which is the way the branch went, whoever was merged into it.
    pub fn way_back(&self, from: Id) -> impl Iterator<Item = Result<Step, HistoryError>> + '_ {
        let mut next = Some(from);
        std::iter::from_fn(move || {
            let commit = next.take()?;
            let step = self.step_back(commit);
            next = step.as_ref().ok().and_then(|step| step.parent);
            Some(step)
        })
    }

    fn step_back(&self, commit: Id) -> Result<Step, HistoryError> {
        let raw = self.raw(commit)?;
        let parent = raw.parents.first().copied();
        let changes = if raw.boundary { Changes::default() } else { self.changed(parent, commit)? };
        Ok(Step { commit, parent, boundary: raw.boundary, changes })
    }

    /// Whether `ancestor` is `of` or comes before it.
    ///
    /// # Errors
    /// [`HistoryError`] if a commit on the way cannot be read.
    pub fn is_ancestor(&self, ancestor: Id, of: Id) -> Result<bool, HistoryError> {
        if ancestor == of {
            return Ok(true);
        }
        Ok(self.only_in(ancestor, of)?.is_empty())
    }

    /// The commits that `one` comes from and `other` does not, newest first; empty if `other` has them all.
    ///
    /// # Errors
    /// [`HistoryError`] if a commit on the way cannot be read.
    pub fn only_in(&self, one: Id, other: Id) -> Result<Vec<Id>, HistoryError> {
        let mut seen: BTreeMap<Id, Seen> = BTreeMap::new();
        let mut queue = BinaryHeap::new();
        for (tip, side) in [(one, ONE), (other, OTHER)] {
            let seconds = self.see(tip, side, &mut seen)?;
            queue.push((seconds, tip));
        }
        // What both sides have is followed no further than something else is still on its way.
        while queue.iter().any(|(_, id)| seen.get(id).is_some_and(|seen| seen.sides != ONE | OTHER)) {
            let Some((_, id)) = queue.pop() else { break };
            let Some(Seen { sides, parents, .. }) = seen.get(&id).cloned() else { continue };
            for parent in parents {
                if seen.get(&parent).is_none_or(|seen| seen.sides | sides != seen.sides) {
                    let seconds = self.see(parent, sides, &mut seen)?;
                    queue.push((seconds, parent));
                }
            }
        }
        // Where clocks are wrong, a parent was looked at before it was known that both sides have its child.
        let both = |seen: &Seen| seen.sides == ONE | OTHER;
        let mut common: Vec<Id> = seen.iter().filter(|(_, seen)| both(seen)).map(|(id, _)| *id).collect();
        while let Some(id) = common.pop() {
            for parent in seen.get(&id).map(|seen| seen.parents.clone()).unwrap_or_default() {
                if let Some(known) = seen.get_mut(&parent)
                    && !both(known)
                {
                    known.sides = ONE | OTHER;
                    common.push(parent);
                }
            }
        }
        let mut only: Vec<(i64, Id)> =
            seen.into_iter().filter(|(_, seen)| seen.sides == ONE).map(|(id, seen)| (seen.seconds, id)).collect();
        only.sort_by(|one, other| other.cmp(one));
        Ok(only.into_iter().map(|(_, id)| id).collect())
    }

    /// The commit from which two others parted: in both, and in no other that is; the newest where there are several.
    /// `None` if they have nothing in common. Exact whatever the commits say about their time, since many are made in one
    /// second.
    ///
    /// # Errors
    /// [`HistoryError`] if a commit on the way cannot be read.
    pub fn parting(&self, one: Id, other: Id) -> Result<Option<Id>, HistoryError> {
        let mut only: BTreeSet<Id> = self.only_in(one, other)?.into_iter().collect();
        if only.is_empty() {
            return Ok(Some(one));
        }
        let others = self.only_in(other, one)?;
        if others.is_empty() {
            return Ok(Some(other));
        }
        only.extend(others);
        let mut common = BTreeSet::new();
        for id in &only {
            common.extend(self.raw(*id)?.parents.into_iter().filter(|parent| !only.contains(parent)));
        }
        let mut best: Option<(i64, Id)> = None;
        'next: for id in &common {
            for above in common.iter().filter(|above| *above != id) {
                if self.is_ancestor(*id, *above)? {
                    continue 'next;
                }
            }
            best = best.max(Some((self.raw(*id)?.seconds, *id)));
        }
        Ok(best.map(|(_, id)| id))
    }

    /// Notes that `id` is reached from `sides`, and returns when it was committed.
    fn see(&self, id: Id, sides: u8, seen: &mut BTreeMap<Id, Seen>) -> Result<i64, HistoryError> {
        if let Some(known) = seen.get_mut(&id) {
            known.sides |= sides;
            return Ok(known.seconds);
        }
        let raw = self.raw(id)?;
        let seconds = raw.seconds;
        seen.insert(id, Seen { sides, seconds, parents: raw.parents });
        Ok(seconds)
    }
}

/// Reached from the one.
const ONE: u8 = 1;
/// Reached from the other.
const OTHER: u8 = 2;

/// A commit on the way.
#[derive(Debug, Clone)]
struct Seen {
    sides: u8,
    seconds: i64,
    parents: Vec<Id>,
}
