//! Three-way merge of lists: sets of words, lists of things that have a name, and lists to which one side only added.

use super::{Conflict, fields, meaning};
use crate::diag::KeyPath;
use crate::format::layout::Kind;
use crate::format::patch::Value;

/// What tells the things of a list apart, the first that fits: the keys whose values together are a thing's name.
const NAMES: [&[&str]; 8] =
    [&["id"], &["scope", "window"], &["model", "provider"], &["model"], &["by"], &["name"], &["label"], &["path"]];

/// Merges three lists; `None` if what both sides did cannot be told apart.
pub(super) fn merge(
    kind: Kind,
    [base, ours, theirs]: [&[Value]; 3],
    path: &KeyPath,
    conflicts: &mut Vec<Conflict>,
) -> Option<Vec<Value>> {
    sets(base, ours, theirs, meaning::is_set(path))
        .or_else(|| named(kind, [base, ours, theirs], path, conflicts))
        .or_else(|| added(base, ours, theirs))
}

/// Merges lists of scalars to which both sides only added, and from which they only removed: ours, without what
/// they removed, then what they added. Where the order may say something, both must have kept it.
fn sets(base: &[Value], ours: &[Value], theirs: &[Value], any_order: bool) -> Option<Vec<Value>> {
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
    let fit = [base, ours, theirs].into_iter().all(is_set) && (any_order || keeps_order(ours) && keeps_order(theirs));
    let kept = ours.iter().filter(|item| theirs.contains(item) || !base.contains(item));
    let added = theirs.iter().filter(|item| !ours.contains(item) && !base.contains(item));
    fit.then(|| kept.chain(added).cloned().collect())
}

/// Merges lists of mappings that have a name each, thing by thing.
fn named(
    kind: Kind,
    [base, ours, theirs]: [&[Value]; 3],
    path: &KeyPath,
    conflicts: &mut Vec<Conflict>,
) -> Option<Vec<Value>> {
    let keys = NAMES.into_iter().find(|keys| {
        [base, ours, theirs].into_iter().all(|items| {
            let names: Vec<Option<Vec<&Value>>> = items.iter().map(|item| name(item, keys)).collect();
            names.iter().enumerate().all(|(at, name)| name.is_some() && !names[..at].contains(name))
        })
    })?;
    let find = |items: &'_ [Value], wanted: &Value| -> Option<Value> {
        items.iter().find(|item| name(item, keys) == name(wanted, keys)).cloned()
    };
    let mut merged = Vec::new();
    let mut found = Vec::new();
    let new = theirs.iter().filter(|item| find(ours, item).is_none());
    // A thing that both have removed is nowhere; one that only they have may be new, or removed by us.
    for item in ours.iter().chain(new) {
        let (was, here, there) = (find(base, item), find(ours, item), find(theirs, item));
        let at = path.clone().index(merged.len());
        let one = fields::merge(kind, [was.as_ref(), here.as_ref(), there.as_ref()], &at, &mut found);
        // Removed here and changed there: no place in the list could show it.
        if found.iter().any(|conflict| matches!(conflict, Conflict::Value { path, .. } if *path == at)) {
            return None;
        }
        merged.extend(one);
    }
    conflicts.extend(found);
    Some(merged)
}

fn name<'v>(item: &'v Value, keys: &[&str]) -> Option<Vec<&'v Value>> {
    let Value::Map(entries) = item else { return None };
    let value = |key: &&str| entries.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    keys.iter().map(value).collect()
}

/// Merges lists of mappings of which one side has all that was there, in order, and more behind it: the other side,
/// with that. Words in an order that matters, such as arguments, are not put together by guess.
fn added(base: &[Value], ours: &[Value], theirs: &[Value]) -> Option<Vec<Value>> {
    if ![base, ours, theirs].into_iter().flatten().all(|item| matches!(item, Value::Map(_))) {
        return None;
    }
    let more = |items: &[Value]| -> Option<Vec<Value>> {
        let all = items.len() >= base.len() && base.iter().zip(items).all(|(was, is)| was.same(is));
        all.then(|| items[base.len()..].to_vec())
    };
    let with = |list: &[Value], more: Vec<Value>| {
        let new: Vec<Value> = more.into_iter().filter(|item| !list.iter().any(|known| known.same(item))).collect();
        list.iter().cloned().chain(new).collect()
    };
    match (more(ours), more(theirs)) {
        (_, Some(new)) => Some(with(ours, new)),
        (Some(new), None) => Some(with(theirs, new)),
        (None, None) => None,
    }
}
