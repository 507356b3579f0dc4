//! [`Value`]: what an edit puts into a text, and what a text says when places and notation are left out.

use super::Edit;
use super::emit;
use crate::diag::{KeyPath, Step};
use crate::format::yaml::{Data, Node, Style};
use std::fmt;

/// A value without a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// No value.
    Null,
    /// Text; written in quotes where it would otherwise read as something else.
    Text(String),
    /// A scalar that stands without quotes: a number, a date, `true`.
    Bare(String),
    /// A list.
    List(Vec<Self>),
    /// Keys with values, in order.
    Map(Vec<(String, Self)>),
}

/// Why an edit does not fit the value it is made on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Misfit {
    /// How many steps of the path could be taken.
    pub(super) steps: usize,
    /// What is there instead of what is needed.
    pub(super) why: String,
}

impl Value {
    /// Text, from anything that is text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// What a node says. A plain scalar is [`Self::Bare`] if YAML readers take it for a number, a date or a
    /// truth value, and text otherwise.
    pub fn of(node: &Node<'_>) -> Self {
        match &node.data {
            Data::Scalar(..) if node.is_null() => Self::Null,
            Data::Scalar(text, Style::Plain) => Self::Bare(text.clone().into_owned()).normal(),
            Data::Scalar(text, Style::Quoted | Style::Block) => Self::Text(text.clone().into_owned()),
            Data::List(items) => Self::List(items.iter().map(Self::of).collect()),
            Data::Map(entries) => Self::Map(entries.iter().map(|(key, value)| (name(key), Self::of(value))).collect()),
        }
    }

    /// The same value as [`Self::of`] would give it back: a bare word that needs no quotes is text.
    #[must_use]
    pub fn normal(self) -> Self {
        match self {
            Self::Bare(text) if matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") => Self::Null,
            Self::Bare(text) if !emit::resolves(&text) => Self::Text(text),
            Self::List(items) => Self::List(items.into_iter().map(Self::normal).collect()),
            Self::Map(entries) => Self::Map(entries.into_iter().map(|(key, value)| (key, value.normal())).collect()),
            Self::Null | Self::Text(_) | Self::Bare(_) => self,
        }
    }

    /// The value at `path`.
    pub fn at(&self, path: &KeyPath) -> Option<&Self> {
        path.0.iter().try_fold(self, |here, step| match (step, here) {
            (Step::Key(key), Self::Map(entries)) => {
                entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
            }
            (Step::Index(index), Self::List(items)) => items.get(*index),
            _ => None,
        })
    }

    /// Whether two values say the same; the order of keys does not count.
    pub fn same(&self, other: &Self) -> bool {
        self.difference(other).is_none()
    }

    /// Where two values first differ, if they do; the order of keys does not count.
    pub fn difference(&self, other: &Self) -> Option<KeyPath> {
        let mut path = KeyPath::default();
        differs(self, other, &mut path).then_some(path)
    }

    /// Makes the edit. A body is no part of the value.
    pub(super) fn apply(&mut self, edit: &Edit) -> Result<(), Misfit> {
        match edit {
            Edit::Set(path, value) => *self.slot(&path.0)? = value.clone().normal(),
            Edit::Append(path, value) => {
                let slot = self.slot(&path.0)?;
                let value = value.clone().normal();
                match slot {
                    Self::Null => *slot = Self::List(vec![value]),
                    Self::List(items) => items.push(value),
                    Self::Text(_) | Self::Bare(_) | Self::Map(_) => {
                        return Err(Misfit { steps: path.0.len(), why: format!("{}, not a list", slot.noun()) });
                    }
                }
            }
            Edit::Remove(path) => self.remove(&path.0),
            Edit::Body(_) => {}
        }
        Ok(())
    }

    /// The first bare scalar in this value that cannot stand everywhere without quotes.
    pub(super) fn not_bare(&self) -> Option<&str> {
        match self {
            Self::Bare(text) => (!text.is_empty() && !emit::is_plain(text, true)).then_some(text),
            Self::List(items) => items.iter().find_map(Self::not_bare),
            Self::Map(entries) => entries.iter().find_map(|(_, value)| value.not_bare()),
            Self::Null | Self::Text(_) => None,
        }
    }

    /// What kind of value this is, for messages.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Text(_) | Self::Bare(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }

    /// The place at the end of `steps`, made if it is missing.
    fn slot(&mut self, steps: &[Step]) -> Result<&mut Self, Misfit> {
        let mut here = self;
        for (taken, step) in steps.iter().enumerate() {
            if *here == Self::Null {
                *here = match step {
                    Step::Key(_) => Self::Map(Vec::new()),
                    Step::Index(_) => Self::List(Vec::new()),
                };
            }
            let misfit = |why: String| Misfit { steps: taken, why };
            here = match (step, here) {
                (Step::Key(key), Self::Map(entries)) => {
                    let at = entries.iter().position(|(name, _)| name == key).unwrap_or(entries.len());
                    if at == entries.len() {
                        entries.push((key.clone(), Self::Null));
                    }
                    &mut entries[at].1
                }
                (Step::Index(index), Self::List(items)) => {
                    if *index > items.len() {
                        return Err(misfit(format!("a list of {}, without an item {index}", items.len())));
                    }
                    if *index == items.len() {
                        items.push(Self::Null);
                    }
                    &mut items[*index]
                }
                (Step::Key(_), here) => return Err(misfit(format!("{}, not a mapping", here.noun()))),
                (Step::Index(_), here) => return Err(misfit(format!("{}, not a list", here.noun()))),
            };
        }
        Ok(here)
    }

    /// Takes the value at the end of `steps` out, if it is there.
    fn remove(&mut self, steps: &[Step]) {
        match (steps, self) {
            ([Step::Key(key)], Self::Map(entries)) => entries.retain(|(name, _)| name != key),
            ([Step::Index(index)], Self::List(items)) if *index < items.len() => drop(items.remove(*index)),
            ([Step::Key(key), rest @ ..], Self::Map(entries)) => {
                if let Some((_, value)) = entries.iter_mut().find(|(name, _)| name == key) {
                    value.remove(rest);
                }
            }
            ([Step::Index(index), rest @ ..], Self::List(items)) => {
                if let Some(item) = items.get_mut(*index) {
                    item.remove(rest);
                }
            }
            _ => {}
        }
    }
}

impl fmt::Display for Value {
    /// As YAML on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manner = emit::Manner { eol: "\n", step: 2, dash: 2, json: false };
        match manner.flow(self) {
            Ok(text) => f.write_str(&text),
            Err(emit::NotBare(text)) => f.write_str(&text),
        }
    }
}

/// The text of a key.
pub(super) fn name(key: &Node<'_>) -> String {
    match &key.data {
        Data::Scalar(text, _) => text.clone().into_owned(),
        Data::List(_) | Data::Map(_) => String::new(),
    }
}

/// Whether the values differ; if so, `path` is left where they first do.
fn differs(one: &Value, other: &Value, path: &mut KeyPath) -> bool {
    match (one, other) {
        (Value::Map(left), Value::Map(right)) => {
            let find = |entries: &[(String, Value)], key: &str| entries.iter().position(|(name, _)| name == key);
            for (key, value) in left {
                path.0.push(Step::Key(key.clone()));
                if find(right, key).is_none_or(|at| differs(value, &right[at].1, path)) {
                    return true;
                }
                path.0.pop();
            }
            if let Some((key, _)) = right.iter().find(|(key, _)| find(left, key).is_none()) {
                path.0.push(Step::Key(key.clone()));
                return true;
            }
            false
        }
        (Value::List(left), Value::List(right)) => {
            for (index, pair) in left.iter().zip(right).enumerate() {
                path.0.push(Step::Index(index));
                if differs(pair.0, pair.1, path) {
                    return true;
                }
                path.0.pop();
            }
            left.len() != right.len()
        }
        _ => one != other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::yaml;

    fn read(text: &str) -> Value {
        yaml::parse(text, 0).root.map_or(Value::Map(Vec::new()), |root| Value::of(&root))
    }

    #[test]
    fn what_a_scalar_is() {
        let text = "a: no\nb: 'no'\nc: 2.00 USD\nd: 017\ne: ~\nf: 2026-11-20\n";
        let Value::Map(entries) = read(text) else { panic!("a mapping") };
        let values: Vec<Value> = entries.into_iter().map(|(_, value)| value).collect();
        let bare = |text: &str| Value::Bare(text.to_owned());
        let expected =
            [bare("no"), Value::text("no"), Value::text("2.00 USD"), bare("017"), Value::Null, bare("2026-11-20")];
        assert_eq!(values, expected);
    }

    #[test]
    fn applies_edits() {
        let path = |key: &str| KeyPath::from(key);
        for (before, edit, after) in [
            ("a: 1", Edit::Set(path("a"), Value::text("x")), "a: x"),
            ("a: 1", Edit::Set(path("b").key("c"), Value::text("x")), "a: 1\nb: {c: x}"),
            ("a:", Edit::Append(path("a"), Value::text("x")), "a: [x]"),
            ("a: [x]", Edit::Append(path("a"), Value::text("y")), "a: [x, y]"),
            ("a: [x, y]", Edit::Set(path("a").index(2), Value::text("z")), "a: [x, y, z]"),
            ("a: [x, y]", Edit::Remove(path("a").index(0)), "a: [y]"),
            ("a: [x, y]", Edit::Remove(path("a").index(7)), "a: [x, y]"),
            ("a: {b: 1}", Edit::Remove(path("a").key("b")), "a: {}"),
        ] {
            let mut value = read(before);
            value.apply(&edit).unwrap();
            assert_eq!(value, read(after), "{before}");
        }
        let misfit = read("a: {b: x}").apply(&Edit::Set(path("a").key("b").key("c"), Value::Null)).unwrap_err();
        assert_eq!(misfit, Misfit { steps: 2, why: "text, not a mapping".to_owned() });
    }

    #[test]
    fn the_first_difference_is_named() {
        for (one, other, expected) in [
            ("a: 1\nb: 2", "b: 2\na: 1", None),
            ("a: [1, {b: 2}]", "a: [1, {b: 3}]", Some("a[1].b")),
            ("a: 1", "a: 1\nc: 2", Some("c")),
            ("a: 1", "a: '1'", Some("a")),
        ] {
            let found = read(one).difference(&read(other)).map(|path| path.to_string());
            assert_eq!(found.as_deref(), expected, "{one}");
        }
    }
}
