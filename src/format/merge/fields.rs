//! Three-way merge of values, key by key; and the edits that lead from one value to another.

use super::Conflict;
use crate::diag::{KeyPath, Step};
use crate::format::patch::{Edit, Value};

/// Merges a value that may be missing on any side. What both sides changed in different ways stays as ours and
/// is added to `conflicts`.
pub(super) fn merge(
    base: Option<&Value>,
    ours: Option<&Value>,
    theirs: Option<&Value>,
    path: &KeyPath,
    conflicts: &mut Vec<Conflict>,
) -> Option<Value> {
    let same = |one: Option<&Value>, other: Option<&Value>| match (one, other) {
        (Some(one), Some(other)) => one.same(other),
        (None, None) => true,
        _ => false,
    };
    if same(ours, theirs) || same(base, theirs) {
        return ours.cloned();
    }
    if same(base, ours) {
        return theirs.cloned();
    }
    let empty_map = Value::Map(Vec::new());
    match (ours, theirs) {
        (Some(Value::Map(our_entries)), Some(Value::Map(their_entries))) => {
            let base = match base {
                Some(map @ Value::Map(_)) => map,
                _ => &empty_map,
            };
            let new = their_entries.iter().filter(|(key, _)| find(our_entries, key).is_none());
            let mut merged = Vec::new();
            for (key, _) in our_entries.iter().chain(new) {
                let (ours, theirs) = (find(our_entries, key), find(their_entries, key));
                let base = base.at(&KeyPath::from(key.as_str()));
                if let Some(value) = merge(base, ours, theirs, &path.clone().key(key), conflicts) {
                    merged.push((key.clone(), value));
                }
            }
            Some(Value::Map(merged))
        }
        (Some(Value::List(our_items)), Some(Value::List(their_items))) => {
            let base = match base {
                Some(Value::List(items)) => items.as_slice(),
                _ => &[],
            };
            match sets(base, our_items, their_items) {
                Some(items) => Some(Value::List(items)),
                None => clash(ours, theirs, path, conflicts),
            }
        }
        _ => clash(ours, theirs, path, conflicts),
    }
}

fn find<'v>(entries: &'v [(String, Value)], key: &str) -> Option<&'v Value> {
    entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

fn clash(ours: Option<&Value>, theirs: Option<&Value>, path: &KeyPath, conflicts: &mut Vec<Conflict>) -> Option<Value> {
    conflicts.push(Conflict::Value { path: path.clone(), ours: ours.cloned(), theirs: theirs.cloned() });
    ours.cloned()
}

/// Merges lists of scalars to which both sides only added, and from which they only removed: ours, without what
/// they removed, then what they added.
fn sets(base: &[Value], ours: &[Value], theirs: &[Value]) -> Option<Vec<Value>> {
    let is_set = |items: &[Value]| {
        items
            .iter()
            .enumerate()
            .all(|(at, item)| !matches!(item, Value::List(_) | Value::Map(_)) && !items[..at].contains(item))
    };
    let keeps_order = |items: &[Value]| {
        let kept: Vec<&Value> = items.iter().filter(|item| base.contains(item)).collect();
        kept == base.iter().filter(|item| items.contains(item)).collect::<Vec<_>>()
    };
    let fit = [base, ours, theirs].into_iter().all(is_set) && keeps_order(ours) && keeps_order(theirs);
    let kept = ours.iter().filter(|item| theirs.contains(item) || !base.contains(item));
    let added = theirs.iter().filter(|item| !ours.contains(item) && !base.contains(item));
    fit.then(|| kept.chain(added).cloned().collect())
}

/// The edits that make `to` out of `from`, in groups that belong together, each with the path it is about.
/// Small edits are preferred to large ones, since they keep more of the text.
pub(super) fn edits(from: &Value, to: &Value, path: &KeyPath, found: &mut Vec<(KeyPath, Vec<Edit>)>) {
    if from.same(to) {
        return;
    }
    match (from, to) {
        (Value::Map(old), Value::Map(new)) => {
            for (key, _) in old.iter().filter(|(key, _)| find(new, key).is_none()) {
                let path = path.clone().key(key);
                found.push((path.clone(), vec![Edit::Remove(path)]));
            }
            for (key, value) in new {
                let path = path.clone().key(key);
                match find(old, key) {
                    Some(old) => edits(old, value, &path, found),
                    None => found.push((path.clone(), vec![Edit::Set(path, value.clone())])),
                }
            }
        }
        (Value::List(old), Value::List(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                edits(old, new, &path.clone().index(index), found);
            }
        }
        (Value::List(old), Value::List(new)) => {
            let mut kept = 0;
            let mut gone = Vec::new();
            for (index, item) in old.iter().enumerate() {
                if new.get(kept).is_some_and(|new| new.same(item)) {
                    kept += 1;
                } else {
                    gone.push(index);
                }
            }
            let group = if kept == 0 && !old.is_empty() {
                vec![Edit::Set(path.clone(), to.clone())]
            } else {
                let gone = gone.into_iter().rev().map(|index| Edit::Remove(path.clone().index(index)));
                gone.chain(new[kept..].iter().map(|item| Edit::Append(path.clone(), item.clone()))).collect()
            };
            found.push((path.clone(), group));
        }
        _ => found.push((path.clone(), vec![Edit::Set(path.clone(), to.clone())])),
    }
}

/// The nearest mapping entry a path is about: a list counts as a whole.
pub(super) fn entry_of(path: &KeyPath) -> KeyPath {
    let at = path.0.iter().position(|step| matches!(step, Step::Index(_))).unwrap_or(path.0.len());
    KeyPath(path.0[..at].to_vec())
}
