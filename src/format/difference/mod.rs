//! What changed between two versions of a company's files, key by key.
//!
//! [`of_file`] compares two texts of one path by meaning: order, comments and quoting are no change of a key.
//! [`words`] says it the way a person would. Which commit holds a change is [`crate::store`]'s business.

pub mod words;

use super::document::yaml_part;
use super::layout::{self, Kind};
use super::patch::Value;
use super::{front_matter, yaml};
use crate::diag::{KeyPath, Step};

/// Most changed keys that are told apart in one file; more are one change of the whole file.
pub const KEYS_MAX: usize = 200;

/// What happened to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The path.
    pub path: String,
    /// What happened.
    pub change: Change,
}

/// What happened to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was not there before; `title` is what it calls itself.
    Added {
        /// Its `title` or `name`.
        title: Option<String>,
    },
    /// It is no longer there.
    Removed,
    /// Its keys or its body changed.
    Edited {
        /// The keys, in the order of the new file.
        keys: Vec<KeyChange>,
        /// Whether the Markdown body, or a text without keys, changed.
        body: bool,
        /// Whether something changed that means nothing: comments, order, quoting.
        layout_only: bool,
    },
}

/// One key that has another value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// Which.
    pub path: KeyPath,
    /// The value before; `None` if there was none.
    pub before: Option<Value>,
    /// The value now; `None` if there is none.
    pub after: Option<Value>,
}

/// Compares two versions of the file at `path`; `None` is "not there". Returns `None` if they are the same bytes.
pub fn of_file(path: &str, before: Option<&str>, after: Option<&str>) -> Option<Difference> {
    let change = match (before, after) {
        (None, None) => return None,
        (None, Some(after)) => Change::Added { title: title(path, after) },
        (Some(_), None) => Change::Removed,
        (Some(before), Some(after)) if before == after => return None,
        (Some(before), Some(after)) => edited(path, before, after),
    };
    Some(Difference { path: path.to_owned(), change })
}

fn edited(path: &str, before: &str, after: &str) -> Change {
    let kind = layout::locate(path).kind;
    let (old, new) = (Half::read(kind, before), Half::read(kind, after));
    let body = old.body != new.body;
    let mut keys = Vec::new();
    match (old.value, new.value) {
        (Some(old), Some(new)) => compare(&KeyPath::default(), &old, &new, &mut keys),
        // What cannot be read cannot be compared by meaning.
        _ => return Change::Edited { keys, body: true, layout_only: false },
    }
    keys.truncate(KEYS_MAX);
    let layout_only = keys.is_empty() && !body;
    Change::Edited { keys, body, layout_only }
}

/// What the keys of the file at `path` say; `None` if they cannot be read. A file without keys says nothing.
pub fn value(path: &str, text: &str) -> Option<Value> {
    Half::read(layout::locate(path).kind, text).value
}

/// Whether two values of a key, each of which may be missing, say the same.
pub fn same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (None | Some(Value::Null), None | Some(Value::Null)) => true,
        (Some(one), Some(other)) => alike(one, other),
        _ => false,
    }
}

/// A text taken apart.
struct Half<'t> {
    /// Its keys; `None` if they cannot be read.
    value: Option<Value>,
    body: &'t str,
}

impl<'t> Half<'t> {
    fn read(kind: Kind, text: &'t str) -> Self {
        let whole_yaml = !matches!(kind, Kind::Other | Kind::Heartbeat | Kind::Ciphertext | Kind::LedgerSegment);
        let part = yaml_part(kind, text);
        let body = match part {
            Some(_) if front_matter::split(text).yaml.is_some() => &text[front_matter::split(text).body],
            Some(_) => "",
            None => text,
        };
        let value = match part {
            Some(range) => {
                let parsed = yaml::parse(&text[range], 0);
                let nothing = Value::Map(Vec::new());
                parsed.problems.is_empty().then(|| parsed.root.as_ref().map_or(nothing, Value::of).normal())
            }
            None => Some(Value::Map(Vec::new())),
        };
        let value =
            value.map(|value| if whole_yaml && matches!(value, Value::Null) { Value::Map(Vec::new()) } else { value });
        Self { value, body }
    }
}

/// Adds the keys whose values differ. Mappings are entered, and lists of as many mappings; another list is one value.
fn compare(here: &KeyPath, before: &Value, after: &Value, found: &mut Vec<KeyChange>) {
    if alike(before, after) || found.len() > KEYS_MAX {
        return;
    }
    if let (Value::Map(old), Value::Map(new)) = (before, after) {
        let get = |entries: &[(String, Value)], key: &str| {
            entries.iter().find(|(name, _)| name == key).map(|(_, v)| v.clone())
        };
        for (key, value) in new {
            let path = here.clone().key(key.clone());
            match get(old, key) {
                Some(old) => compare(&path, &old, value, found),
                None if matches!(value, Value::Null) => {}
                None => found.push(KeyChange { path, before: None, after: Some(value.clone()) }),
            }
        }
        for (key, value) in old.iter().filter(|(key, value)| !matches!(value, Value::Null) && get(new, key).is_none()) {
            found.push(KeyChange { path: here.clone().key(key.clone()), before: Some(value.clone()), after: None });
        }
        return;
    }
    if let (Value::List(old), Value::List(new)) = (before, after)
        && old.len() == new.len()
        && old.iter().chain(new).all(|item| matches!(item, Value::Map(_)))
    {
        for (at, (old, new)) in old.iter().zip(new).enumerate() {
            compare(&here.clone().index(at), old, new, found);
        }
        return;
    }
    let there = |value: &Value| if matches!(value, Value::Null) { None } else { Some(value.clone()) };
    found.push(KeyChange { path: here.clone(), before: there(before), after: there(after) });
}

/// Whether two values say the same: quotes are no difference, since every scalar is text until its key is known.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Text(one) | Value::Bare(one), Value::Text(other) | Value::Bare(other)) => one == other,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            let find = |key: &str| other.iter().find(|(name, _)| name == key);
            one.len() == other.len()
                && one.iter().all(|(key, value)| find(key).is_some_and(|(_, other)| alike(value, other)))
        }
        _ => one.same(other),
    }
}

fn title(path: &str, text: &str) -> Option<String> {
    let value = Half::read(layout::locate(path).kind, text).value?;
    ["title", "name"].into_iter().find_map(|key| match value.at(&KeyPath(vec![Step::Key(key.to_owned())]))? {
        Value::Text(text) | Value::Bare(text) => Some(text.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(path: &str, before: &str, after: &str) -> (Vec<String>, bool, bool) {
        match of_file(path, Some(before), Some(after)).unwrap().change {
            Change::Edited { keys, body, layout_only } => {
                (keys.iter().map(|key| key.path.to_string()).collect(), body, layout_only)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn keys_are_compared_by_meaning() {
        let ticket = "tickets/0000/ACME-1.md";
        for (path, before, after, expected, body, layout_only) in [
            ("agents/a/agent.yaml", "status: active\n", "status: paused\n", &["status"][..], false, false),
            ("agents/a/agent.yaml", "a: {b: 1, c: 2}\n", "a:\n  c: 2\n  b: 3\n", &["a.b"], false, false),
            ("agents/a/agent.yaml", "a: 1\nb: 2\n", "# why\nb: '2'\na: 1\n", &[], false, true),
            ("agents/a/agent.yaml", "a:\n", "", &[], false, true),
            ("agents/a/agent.yaml", "", "a: 1\n", &["a"], false, false),
            ("agents/a/agent.yaml", "a: [\n", "a: 1\n", &[], true, false),
            (ticket, "---\nlabels: [a]\n---\nx\n", "---\nlabels: [a, b]\n---\ny\n", &["labels"], true, false),
            (ticket, "---\na: 1\n---\nx\n", "---\nb: 1\n---\nx\n", &["b", "a"], false, false),
            ("README.md", "x\n", "y\n", &[], true, false),
            ("agents/a/HEARTBEAT.md", "x\n", "y\n", &[], true, false),
        ] {
            let found = keys(path, before, after);
            assert_eq!(
                (found.0.iter().map(String::as_str).collect::<Vec<_>>(), found.1, found.2),
                (expected.to_vec(), body, layout_only),
                "{path} {before:?} {after:?}"
            );
        }
        assert_eq!(of_file(ticket, Some("x"), Some("x")), None);
        assert_eq!(of_file(ticket, None, None), None);
    }

    #[test]
    fn a_new_file_says_what_it_calls_itself() {
        for (text, expected) in
            [("---\ntitle: Do it\n---\n", Some("Do it")), ("---\n---\n", None), ("---\na: [\n---\n", None)]
        {
            let found = of_file("tickets/0000/ACME-1.md", None, Some(text)).unwrap();
            assert_eq!(found.change, Change::Added { title: expected.map(str::to_owned) });
        }
    }
}
