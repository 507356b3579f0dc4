//! What becomes of a value both sides changed, where its meaning settles it: a status by the transitions, a counter by
//! the higher, an end by the earlier; and which keys stand only together.
//!
//! Each of these gives the same answer whichever side asks, so that two clones that merge the same end the same.

use crate::diag::{KeyPath, Step};
use crate::format::layout::Kind;
use crate::format::patch::Value;
use crate::model::Choice as _;
use crate::model::status::TicketStatus;

/// Keys of which only one may stand; what both sides did to them is one change.
const ONE_OF: &[(Kind, &[&str], &[&str])] = &[
    (Kind::AgentSettings, &["heartbeat"], &["every", "cron", "at"]),
    (Kind::Corp, &["defaults", "heartbeat"], &["every", "cron", "at"]),
];

/// The keys of the mapping at `path` that exclude each other.
pub(super) fn one_of(kind: Kind, path: &KeyPath) -> &'static [&'static str] {
    let here = |keys: &[&str]| {
        path.0.len() == keys.len()
            && path.0.iter().zip(keys).all(|(step, key)| matches!(step, Step::Key(name) if name == key))
    };
    ONE_OF.iter().find(|(its, keys, _)| *its == kind && here(keys)).map_or(&[], |(_, _, one_of)| one_of)
}

/// Lists whose order says nothing, by their key.
const SETS: [&str; 13] = [
    "blocked_by",
    "deciders",
    "formerly",
    "goals",
    "labels",
    "on",
    "optional_secrets",
    "reviewers",
    "secrets",
    "signing_keys",
    "skills",
    "tags",
    "wake_on",
];

/// Whether the list at `path` is a set: that it stands in another order is no change.
pub(super) fn is_set(path: &KeyPath) -> bool {
    matches!(path.0.last(), Some(Step::Key(key)) if SETS.contains(&key.as_str()))
}

/// What a value both sides changed becomes, if what it means says so.
pub(super) fn settle(kind: Kind, path: &KeyPath, ours: &Value, theirs: &Value) -> Option<Value> {
    let [Step::Key(key)] = path.0.as_slice() else { return None };
    match (kind, key.as_str()) {
        (Kind::Ticket, "status") => status(ours, theirs),
        // A fence only grows: the higher one has seen the lower one's holder go.
        (Kind::Ticket, "fence") => by(number, ours, theirs, true),
        // Closed twice, with the same status: it was closed when it was closed first.
        (Kind::Ticket, "closed") => by(text, ours, theirs, false),
        _ => None,
    }
}

/// Both may have happened one after the other, if the rules allow it in one order and not in the other. Coming back
/// from done or cancelled is a decision of its own and never follows from two others.
fn status(ours: &Value, theirs: &Value) -> Option<Value> {
    let read = |value: &Value| TicketStatus::from_word(&text(value)?);
    let (here, there) = (read(ours)?, read(theirs)?);
    let leads = |from: TicketStatus, to: TicketStatus| !from.is_closed() && from.may_become(to);
    match (leads(here, there), leads(there, here)) {
        (true, false) => Some(theirs.clone()),
        (false, true) => Some(ours.clone()),
        _ => None,
    }
}

fn by<T: Ord>(read: fn(&Value) -> Option<T>, ours: &Value, theirs: &Value, higher: bool) -> Option<Value> {
    let (here, there) = (read(ours)?, read(theirs)?);
    Some(if (here > there) == higher { ours.clone() } else { theirs.clone() })
}

fn number(value: &Value) -> Option<u64> {
    text(value)?.parse().ok()
}

pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Bare(text) => Some(text.clone()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}
