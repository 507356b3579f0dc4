//! Going from commit to commit, newest first, reading no more of them than are asked for.

use super::commit::Raw;
use super::{Commit, History, HistoryError, Id, Thing, Who};
use jiff::Timestamp;
use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};

/// Most commits one walk looks at: enough for years of a busy company, and their names fit into memory.
pub const WALK_COMMITS_MAX: usize = 2_000_000;

/// Commits older than `since` that are looked at before a walk ends: clocks of people who commit differ.
const SLOP_COMMITS: usize = 64;

/// Which commits are wanted; all that is set must hold.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// About this thing: a file of it changed, or a trailer names it.
    pub thing: Option<Thing>,
    /// Made by somebody with this id, name or address.
    pub actor: Option<String>,
    /// Belonging to this run.
    pub run: Option<String>,
    /// Made by people.
    pub people: bool,
    /// Made then or later.
    pub since: Option<Timestamp>,
}

/// A walk through the history.
///
/// Each commit comes after the one it was reached from, whatever their clocks say; where two lines of work run
/// beside each other, the one with the later commit goes first.
#[derive(Debug)]
pub struct Walk<'h> {
    history: &'h History,
    filter: Filter,
    queue: BinaryHeap<Queued>,
    seen: BTreeSet<Id>,
    looked_at: usize,
    late: usize,
    boundary: bool,
}

#[derive(Debug)]
struct Queued {
    /// Its time, or that of the commit it was reached from if that is earlier: a parent is never newer.
    seconds: i64,
    /// Counts down, so that of two commits of one second the first found goes first.
    order: usize,
    raw: Raw,
}

impl PartialEq for Queued {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Queued {}

impl PartialOrd for Queued {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Queued {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.seconds, self.order).cmp(&(other.seconds, other.order))
    }
}

impl History {
    /// Walks from `from` to the beginning.
    ///
    /// # Errors
    /// [`HistoryError`] if `from` cannot be read.
    pub fn walk(&self, from: Id, filter: Filter) -> Result<Walk<'_>, HistoryError> {
        let raw = self.raw(from)?;
        let first = Queued { seconds: raw.seconds, order: usize::MAX, raw };
        Ok(Walk {
            history: self,
            filter,
            queue: BinaryHeap::from([first]),
            seen: BTreeSet::from([from]),
            looked_at: 0,
            late: 0,
            boundary: false,
        })
    }

    /// Whether a commit changed one of `paths` compared with each of its parents.
    pub(super) fn touches(&self, raw: &Raw, paths: &[String]) -> Result<bool, HistoryError> {
        if raw.boundary {
            // What it changed is not known here.
            return Ok(false);
        }
        let after = self.company_tree(raw.tree)?;
        let parents: Vec<Option<Id>> =
            raw.parents.iter().map(|parent| self.tree_of(*parent)).collect::<Result<_, _>>()?;
        let parents = if parents.is_empty() { vec![None] } else { parents };
        for path in paths {
            let mut differs = true;
            for before in &parents {
                differs = differs && !self.same_at(*before, after, path)?;
            }
            if differs {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Walk<'_> {
    /// Whether the walk came to a commit whose parents were not fetched.
    pub fn met_boundary(&self) -> bool {
        self.boundary
    }

    fn step(&mut self) -> Result<Option<Commit>, HistoryError> {
        while let Some(Queued { seconds, raw, .. }) = self.queue.pop() {
            self.looked_at += 1;
            if self.looked_at > WALK_COMMITS_MAX {
                self.queue.clear();
                return Ok(None);
            }
            self.boundary |= raw.boundary;
            if let Some(since) = self.filter.since {
                self.late = if seconds < since.as_second() { self.late + 1 } else { 0 };
                if self.late > SLOP_COMMITS {
                    self.queue.clear();
                    return Ok(None);
                }
            }
            for parent in &raw.parents {
                if self.seen.insert(*parent) {
                    let parent = self.history.raw(*parent)?;
                    let seconds = parent.seconds.min(seconds);
                    self.queue.push(Queued { seconds, order: usize::MAX - self.seen.len(), raw: parent });
                }
            }
            if let Some(commit) = self.wanted(&raw)? {
                return Ok(Some(commit));
            }
        }
        Ok(None)
    }

    fn wanted(&self, raw: &Raw) -> Result<Option<Commit>, HistoryError> {
        let filter = &self.filter;
        if filter.since.is_some_and(|since| raw.time() < since) {
            return Ok(None);
        }
        let tell = || raw.told(&self.history.board);
        let commit = match &filter.thing {
            None => tell(),
            Some(thing) => {
                let touches = self.history.touches(raw, &thing.paths)?;
                if !touches && thing.tickets.is_empty() {
                    return Ok(None);
                }
                let commit = tell();
                let named =
                    commit.by_program && commit.message.trailers.tickets.iter().any(|id| thing.tickets.contains(id));
                if !touches && !named {
                    return Ok(None);
                }
                commit
            }
        };
        let fits = filter.actor.as_ref().is_none_or(|actor| is(&commit, actor))
            && filter
                .run
                .as_ref()
                .is_none_or(|run| commit.message.trailers.run.as_ref().is_some_and(|r| r.as_str() == run))
            && (!filter.people || matches!(commit.who, Who::Person(_)));
        Ok(fits.then_some(commit))
    }
}

fn is(commit: &Commit, actor: &str) -> bool {
    let noted = commit.message.trailers.actor.as_ref().filter(|_| commit.by_program).map(|actor| actor.as_str());
    let names = [commit.who.name(), &commit.author.name, &commit.author.email];
    names.into_iter().chain(noted).any(|name| name.eq_ignore_ascii_case(actor))
}

impl Iterator for Walk<'_> {
    type Item = Result<Commit, HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.step() {
            Ok(commit) => commit.map(Ok),
            Err(error) => {
                self.queue.clear();
                Some(Err(error))
            }
        }
    }
}
