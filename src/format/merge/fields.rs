//! Three-way merge of values, key by key; and the edits that lead from one value to another.

use super::{Conflict, lists, meaning};
use crate::diag::{KeyPath, Step};
use crate::format::layout::Kind;
use crate::format::patch::{Edit, Value};

/// Merges a value of a file of `kind` that may be missing on any side: base, ours, theirs. What both sides changed in
/// different ways stays as ours and is added to `conflicts`.
pub(super) fn merge(
    kind: Kind,
    [base, ours, theirs]: [Option<&Value>; 3],
    path: &KeyPath,
    conflicts: &mut Vec<Conflict>,
) -> Option<Value> {
    if same(ours, theirs) || same(base, theirs) {
        return ours.cloned();
    }
    if same(base, ours) {
        return theirs.cloned();
    }
    match (ours, theirs) {
        (Some(Value::Map(our_entries)), Some(Value::Map(their_entries))) => {
            Some(maps(kind, base, our_entries, their_entries, path, conflicts))
        }
        (Some(Value::List(our_items)), Some(Value::List(their_items))) => {
            let base = match base {
                Some(Value::List(items)) => items.as_slice(),
                _ => &[],
            };
            match lists::merge(kind, [base, our_items, their_items], path, conflicts) {
                Some(items) => Some(Value::List(items)),
                None => clash(ours, theirs, path, conflicts),
            }
        }
        (Some(here), Some(there)) => match meaning::settle(kind, path, here, there) {
            Some(settled) => Some(settled),
            None => clash(ours, theirs, path, conflicts),
        },
        _ => clash(ours, theirs, path, conflicts),
    }
}

fn maps(
    kind: Kind,
    base: Option<&Value>,
    ours: &[(String, Value)],
    theirs: &[(String, Value)],
    path: &KeyPath,
    conflicts: &mut Vec<Conflict>,
) -> Value {
    let base: &[(String, Value)] = match base {
        Some(Value::Map(entries)) => entries,
        _ => &[],
    };
    // Keys that exclude each other are one change: one of each side would be two that may not stand together.
    let one_of = meaning::one_of(kind, path);
    let said = |entries: &[(String, Value)]| one_of.iter().map(|key| find(entries, key).cloned()).collect::<Vec<_>>();
    let differ = |one: &[(String, Value)], other: &[(String, Value)]| said(one) != said(other);
    let clashes = differ(ours, theirs) && differ(base, ours) && differ(base, theirs);
    let new = theirs.iter().filter(|(key, _)| find(ours, key).is_none());
    let mut merged = Vec::new();
    for (key, _) in ours.iter().chain(new) {
        let (was, here, there) = (find(base, key), find(ours, key), find(theirs, key));
        let path = path.clone().key(key);
        let value = if clashes && one_of.contains(&key.as_str()) {
            if same(here, there) { here.cloned() } else { clash(here, there, &path, conflicts) }
        } else {
            merge(kind, [was, here, there], &path, conflicts)
        };
        merged.extend(value.map(|value| (key.clone(), value)));
    }
    Value::Map(merged)
}

fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.same(other),
        (None, None) => true,
        _ => false,
    }
}

fn find<'v>(entries: &'v [(String, Value)], key: &str) -> Option<&'v Value> {
    entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
}

fn clash(ours: Option<&Value>, theirs: Option<&Value>, path: &KeyPath, conflicts: &mut Vec<Conflict>) -> Option<Value> {
    conflicts.push(Conflict::Value { path: path.clone(), ours: ours.cloned(), theirs: theirs.cloned() });
    ours.cloned()
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
        (Value::List(old), Value::List(new))
            if old.len() == new.len()
                || old.len() < new.len() && old.iter().zip(new).all(|(old, new)| akin(old, new)) =>
        {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                edits(old, new, &path.clone().index(index), found);
            }
            let more = new[old.len()..].iter().map(|item| Edit::Append(path.clone(), item.clone()));
            let more: Vec<Edit> = more.collect();
            if !more.is_empty() {
                found.push((path.clone(), more));
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

/// Whether one item of a list can be edited into the other: the same, or a mapping that still says some of it.
fn akin(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Map(old), Value::Map(new)) => old.iter().any(|(key, value)| same(Some(value), find(new, key))),
        _ => one.same(other),
    }
}

/// The nearest mapping entry a path is about: a list counts as a whole.
pub(super) fn entry_of(path: &KeyPath) -> KeyPath {
    let at = path.0.iter().position(|step| matches!(step, Step::Index(_))).unwrap_or(path.0.len());
    KeyPath(path.0[..at].to_vec())
}
