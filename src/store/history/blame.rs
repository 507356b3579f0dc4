//! Who set a key: the commits that changed one key of one file, newest first.

use super::commit::Raw;
use super::thing::former_in;
use super::{Commit, Content, Entry, History, HistoryError, Id};
use crate::diag::KeyPath;
use crate::format::difference;
use crate::format::patch::Value;

/// One change of a key.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyChange {
    /// The commit that made it.
    pub commit: Commit,
    /// Where the file was then.
    pub path: String,
    /// The value before; `None` if there was none.
    pub before: Option<Value>,
    /// The value since; `None` if there is none.
    pub after: Option<Value>,
    /// Whether the value is older than what was fetched: the commit is only the oldest that is here.
    pub boundary: bool,
}

/// What a commit says about the key.
#[derive(Debug, Clone, PartialEq)]
enum Said {
    Value(Option<Value>),
    /// The file could not be read then, so nothing is known.
    Unreadable,
}

/// Walks back along the commits in which the key kept its value.
#[derive(Debug)]
pub struct KeyHistory<'h> {
    history: &'h History,
    key: KeyPath,
    state: Option<State>,
}

#[derive(Debug)]
struct State {
    /// Where the walk is.
    here: Raw,
    tree: Option<Id>,
    path: String,
    entry: Option<Entry>,
    /// The value being followed.
    value: Option<Value>,
    /// The oldest commit known to have it, and where the file was.
    holder: (Id, String),
}

impl History {
    /// The changes of `key` in the file at `path`, newest first, as seen from the commit `from`. Where lines of work
    /// came together, the one is followed that had the value. A renamed ticket is followed by its earlier ids.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn key_changes(&self, from: Id, path: &str, key: &KeyPath) -> Result<KeyHistory<'_>, HistoryError> {
        let mut here = self.raw(from)?;
        let (tree, entry, value) = loop {
            let tree = self.company_tree(here.tree)?;
            let entry = self.entry_in(tree, path)?;
            // What cannot be read says nothing; the last time it could be read counts.
            match (self.said(entry, path, key)?, here.parents.first()) {
                (Said::Value(value), _) => break (tree, entry, value),
                (Said::Unreadable, None) => break (tree, entry, None),
                (Said::Unreadable, Some(parent)) => here = self.raw(*parent)?,
            }
        };
        let from = here.id;
        let state = State { here, tree, path: path.to_owned(), entry, value, holder: (from, path.to_owned()) };
        Ok(KeyHistory { history: self, key: key.clone(), state: Some(state) })
    }

    /// The value of a key of a file in a commit.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn value(&self, commit: Id, path: &str, key: &KeyPath) -> Result<Option<Value>, HistoryError> {
        match self.said(self.entry(commit, path)?, path, key)? {
            Said::Value(value) => Ok(value),
            Said::Unreadable => Ok(None),
        }
    }

    /// What a file's content says of the key.
    fn said(&self, entry: Option<Entry>, path: &str, key: &KeyPath) -> Result<Said, HistoryError> {
        let Some(entry) = entry else { return Ok(Said::Value(None)) };
        let Content::Text(text) = self.content(entry)? else { return Ok(Said::Unreadable) };
        Ok(match difference::value(path, &text) {
            Some(value) => Said::Value(value.at(key).filter(|value| !matches!(value, Value::Null)).cloned()),
            None => Said::Unreadable,
        })
    }
}

impl KeyHistory<'_> {
    fn step(&mut self) -> Result<Option<KeyChange>, HistoryError> {
        let history = self.history;
        while let Some(mut state) = self.state.take() {
            if state.here.parents.is_empty() {
                let boundary = state.here.boundary;
                return match state.value {
                    None => Ok(None),
                    after => Ok(Some(KeyChange {
                        commit: history.commit(state.holder.0)?,
                        path: state.holder.1,
                        before: None,
                        after,
                        boundary,
                    })),
                };
            }
            let mut first: Option<State> = None;
            let mut followed = None;
            for parent in &state.here.parents {
                let next = self.look(&state, *parent)?;
                if next.1 {
                    followed = Some(next.0);
                    break;
                }
                first.get_or_insert(next.0);
            }
            if let Some(next) = followed {
                self.state = Some(next);
                continue;
            }
            let Some(next) = first else { return Ok(None) };
            let change = KeyChange {
                commit: history.commit(state.holder.0)?,
                path: std::mem::take(&mut state.holder.1),
                before: next.value.clone(),
                after: state.value,
                boundary: false,
            };
            self.state = Some(next);
            return Ok(Some(change));
        }
        Ok(None)
    }

    /// The state at a parent, and whether the value is to be followed there.
    fn look(&self, state: &State, parent: Id) -> Result<(State, bool), HistoryError> {
        let history = self.history;
        let here = history.raw(parent)?;
        let tree = history.company_tree(here.tree)?;
        let at = |here: Raw, path: &str, entry, value: Option<Value>, holder| State {
            here,
            tree,
            path: path.to_owned(),
            entry,
            value,
            holder,
        };
        let value = || state.value.clone();
        // A commit that could not be read stays between the holder and its parent, whatever its parent says.
        if history.same_at(state.tree, tree, &state.path)? {
            let holder =
                if state.holder.0 == state.here.id { (parent, state.path.clone()) } else { state.holder.clone() };
            return Ok((at(here, &state.path, state.entry, value(), holder), true));
        }
        let mut path = state.path.clone();
        let mut entry = history.entry_in(tree, &path)?;
        if entry.is_none()
            && let Some(now) = state.entry
            && let Content::Text(text) = history.content(now)?
        {
            for id in former_in(&path, &text) {
                let former = format!("tickets/{}/{id}.md", id.bucket());
                if let Some(found) = history.entry_in(tree, &former)? {
                    (path, entry) = (former, Some(found));
                    break;
                }
            }
        }
        match history.said(entry, &path, &self.key)? {
            Said::Unreadable => Ok((at(here, &path, entry, value(), state.holder.clone()), true)),
            Said::Value(before) if difference::same(before.as_ref(), state.value.as_ref()) => {
                Ok((at(here, &path, entry, value(), (parent, path.clone())), true))
            }
            Said::Value(before) => Ok((at(here, &path, entry, before, (parent, path.clone())), false)),
        }
    }
}

impl Iterator for KeyHistory<'_> {
    type Item = Result<KeyChange, HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}
