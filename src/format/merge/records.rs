//! Files of the program that are merged as what they are: a checkout or a home as a whole, a segment of the ledger line
//! by line, a ciphertext not at all.

use super::{Conflict, Merged, Side, meaning};
use crate::diag::KeyPath;
use crate::format::layout::Kind;
use std::collections::BTreeMap;

/// Merges a file of which both sides made something else; `None` if its kind is merged key by key or line by line.
pub(super) fn merge(kind: Kind, base: &str, ours: &str, theirs: &str) -> Option<Merged> {
    match kind {
        Kind::Lock | Kind::Home => Some(fenced(kind, base, ours, theirs)),
        Kind::LedgerSegment => Some(segment(base, ours, theirs)),
        // Half of one and half of the other could be opened by nobody.
        Kind::Ciphertext => Some(kept(ours, theirs)),
        // Two clones made something of their own and gave it the same number.
        Kind::Ticket | Kind::Approval | Kind::Entry if base.is_empty() && !theirs.is_empty() && !ours.is_empty() => {
            let born = |text: &str| {
                let side = Side::read(kind, text)?;
                let said = |key: &str| side.value.at(&KeyPath::from(key)).and_then(meaning::text);
                Some([said("created"), said("created_by"), said("author"), said("title")])
            };
            (born(ours) != born(theirs)).then(|| kept(ours, theirs))
        }
        _ => None,
    }
}

fn kept(ours: &str, theirs: &str) -> Merged {
    let conflict = Conflict::Lines { at: 0, ours: ours.to_owned(), theirs: theirs.to_owned() };
    Merged { text: ours.to_owned(), conflicts: vec![conflict] }
}

/// The one with the higher fence, whole: the holder of one with the run of the other would be nobody. A claim that is
/// newer than the one that was freed stays.
fn fenced(kind: Kind, base: &str, ours: &str, theirs: &str) -> Merged {
    let fence = |text: &str| -> Option<u64> {
        let side = Side::read(kind, text)?;
        meaning::text(side.value.at(&KeyPath::from("fence"))?)?.parse().ok()
    };
    let (was, here, there) = (fence(base), fence(ours), fence(theirs));
    let whole = |text: &str| Merged { text: text.to_owned(), conflicts: Vec::new() };
    match (here, there) {
        (Some(here), Some(there)) if here > there => whole(ours),
        (Some(here), Some(there)) if there > here => whole(theirs),
        (Some(here), None) if theirs.is_empty() && Some(here) > was => whole(ours),
        (None, Some(there)) if ours.is_empty() && Some(there) > was => whole(theirs),
        _ => kept(ours, theirs),
    }
}

/// Every line of every side once, in the order of their ids. Lines are never taken back: one that a side lacks was lost
/// there. Two lines with one id are a conflict; the one that was there stays, or ours.
fn segment(base: &str, ours: &str, theirs: &str) -> Merged {
    let mut lines: BTreeMap<String, &str> = BTreeMap::new();
    let mut other: BTreeMap<String, &str> = BTreeMap::new();
    for line in [base, ours, theirs].into_iter().flat_map(str::lines).filter(|line| !line.trim().is_empty()) {
        let id = id(line);
        match lines.get(&id) {
            None => drop(lines.insert(id, line)),
            Some(known) if *known != line => drop(other.entry(id).or_insert(line)),
            Some(_) => {}
        }
    }
    let mut text = String::new();
    let mut conflicts = Vec::new();
    for (id, line) in &lines {
        if let Some(theirs) = other.get(id) {
            let whole = |line: &str| format!("{line}\n");
            conflicts.push(Conflict::Lines { at: text.len(), ours: whole(line), theirs: whole(theirs) });
        }
        text.push_str(line);
        text.push('\n');
    }
    Merged { text, conflicts }
}

/// A line's id; what is no line of a ledger is its own.
fn id(line: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(line).ok();
    let id = value.as_ref().and_then(|value| value.get("id")).and_then(serde_json::Value::as_str);
    id.unwrap_or(line).to_owned()
}
