//! Two states of a company, file by file and by what they say.

use super::thing::former_in;
use super::trees::{Changed, Entry, FileKind};
use super::{Content, History, HistoryError, Id};
use crate::diag::KeyPath;
use crate::format::difference::{self, Change, Difference, KeyChange};
use crate::format::layout::{self, Kind};
use crate::format::patch::Value;
use crate::model::{Scalar as _, TicketId};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes of files that are compared by what they say; of those beyond, it is only told that they changed.
pub(super) const COMPARED_BYTES_MAX: u64 = 256 << 20;

/// What differs between two states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// File by file, in the order of their paths.
    pub differences: Vec<Difference>,
    /// Whether there were more files than are compared.
    pub cut: bool,
}

/// A file on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// Where it is now, or was.
    pub path: String,
    /// What it was.
    pub before: Option<(FileKind, Content)>,
    /// What it is.
    pub after: Option<(FileKind, Content)>,
}

impl History {
    /// What differs between two commits; `None` is an empty company.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn compare(&self, before: Option<Id>, after: Id) -> Result<Compared, HistoryError> {
        let (sides, cut) = self.sides(before, after)?;
        Ok(Compared { differences: differences(sides), cut })
    }

    /// What a commit changed, compared with its first parent. Nothing is known of one whose parents were not fetched.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn changes_of(&self, commit: &super::Commit) -> Result<Compared, HistoryError> {
        if commit.boundary {
            return Ok(Compared::default());
        }
        self.compare(commit.parents.first().copied(), commit.id)
    }

    /// Both sides of every file that differs, and whether there were more.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn sides(&self, before: Option<Id>, after: Id) -> Result<(Vec<Sides>, bool), HistoryError> {
        let changes = self.changed(before, after)?;
        let mut left = COMPARED_BYTES_MAX;
        let mut read = |entry: Option<Entry>| -> Result<_, HistoryError> {
            entry.map(|entry| Ok((entry.kind, self.content_within(entry, &mut left)?))).transpose()
        };
        let sides = changes
            .files
            .into_iter()
            .map(|Changed { path, before, after }| Ok(Sides { path, before: read(before)?, after: read(after)? }));
        Ok((sides.collect::<Result<_, HistoryError>>()?, changes.cut))
    }
}

impl History {
    /// What a file holds, or how much, once `left` bytes were read.
    pub(super) fn content_within(&self, entry: Entry, left: &mut u64) -> Result<Content, HistoryError> {
        let size = self.size(entry)?;
        if size > *left {
            return Ok(Content::Large(size));
        }
        *left -= size;
        self.content(entry)
    }
}

/// What differs, by meaning. A ticket that got another id is one ticket that changed.
pub fn differences(mut sides: Vec<Sides>) -> Vec<Difference> {
    pair_renamed(&mut sides);
    sides.iter().filter_map(of_sides).collect()
}

fn of_sides(sides: &Sides) -> Option<Difference> {
    let text = |side: &Option<(FileKind, Content)>| match side {
        Some((FileKind::File | FileKind::Executable, Content::Text(text))) => Some(text.clone()),
        _ => None,
    };
    let kind = |side: &Option<(FileKind, Content)>| side.as_ref().map(|(kind, _)| *kind);
    let (before, after) = (text(&sides.before), text(&sides.after));
    let mut difference = match (&sides.before, &sides.after) {
        (None, None) => return None,
        // What cannot be compared by meaning has changed as a whole, or not at all.
        (Some(one), Some(other)) if before.is_none() || after.is_none() => {
            // A file stands here because it differs; of the same type, it is its content that does.
            let body = one.1 != other.1 || one.0 == other.0;
            let change = Change::Edited { keys: Vec::new(), body, layout_only: false };
            Difference { path: sides.path.clone(), change }
        }
        (None, Some(_)) if after.is_none() => {
            Difference { path: sides.path.clone(), change: Change::Added { title: None } }
        }
        (Some(_), None) => Difference { path: sides.path.clone(), change: Change::Removed },
        _ => difference::of_file(&sides.path, before.as_deref(), after.as_deref()).unwrap_or_else(|| Difference {
            path: sides.path.clone(),
            change: Change::Edited { keys: Vec::new(), body: false, layout_only: false },
        }),
    };
    if let (Some(old), Some(new)) = (kind(&sides.before), kind(&sides.after))
        && old != new
        && let Change::Edited { keys, layout_only, .. } = &mut difference.change
    {
        let word = |kind: FileKind| Some(Value::Text(kind.word().to_owned()));
        keys.push(KeyChange { path: KeyPath::from("(type)"), before: word(old), after: word(new) });
        *layout_only = false;
    }
    let nothing = Change::Edited { keys: Vec::new(), body: false, layout_only: false };
    (difference.change != nothing).then_some(difference)
}

/// Puts the file of a ticket that is gone before the one of the ticket that says it was that one.
fn pair_renamed(sides: &mut Vec<Sides>) {
    let is_ticket = |path: &str| layout::locate(path).kind == Kind::Ticket;
    let gone: BTreeMap<String, usize> = sides
        .iter()
        .enumerate()
        .filter(|(_, side)| side.after.is_none() && is_ticket(&side.path))
        .map(|(at, side)| (layout::locate(&side.path).name.to_owned(), at))
        .collect();
    if gone.is_empty() {
        return;
    }
    // A draft that got its number says nothing of it; its title tells.
    let title = |side: &Sides, content: &Content| match content {
        Content::Text(text) => match difference::value(&side.path, text)?.at(&KeyPath::from("title"))? {
            Value::Text(title) | Value::Bare(title) => Some(title.clone()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        },
        Content::Binary(_) | Content::Large(_) => None,
    };
    let drafts: BTreeMap<String, usize> = gone
        .iter()
        .filter(|(name, _)| TicketId::parse(name).is_err())
        .filter_map(|(_, at)| Some((title(&sides[*at], &sides[*at].before.as_ref()?.1)?, *at)))
        .collect();
    let mut pairs = Vec::new();
    for (at, side) in sides.iter().enumerate().filter(|(_, side)| side.before.is_none() && is_ticket(&side.path)) {
        let Some((_, content @ Content::Text(text))) = &side.after else { continue };
        let former = former_in(&side.path, text).into_iter().find_map(|id| gone.get(&id.to_string()));
        let draft = || if drafts.is_empty() { None } else { drafts.get(&title(side, content)?) };
        if let Some(from) = former.or_else(draft) {
            pairs.push((*from, at));
        }
    }
    let mut taken = BTreeSet::new();
    for (from, to) in pairs {
        if taken.insert(from) {
            sides[to].before = sides[from].before.clone();
        }
    }
    let mut at = 0;
    sides.retain(|_| {
        at += 1;
        !taken.contains(&(at - 1))
    });
}
