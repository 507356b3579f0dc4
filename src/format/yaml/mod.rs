//! YAML as a tree of nodes that remember where they stand in the text.
//!
//! Reading is strict: a duplicate key, a merge key, an unknown alias, deep nesting or too many nodes is a
//! problem with a place, never a panic and never a guess. Every scalar is text; what it means is decided by
//! the field that reads it, so `no` stays `no` and `017` stays `017`. Reading never fails: what was understood
//! before a problem is returned with it. Changing a text is [`crate::format::patch`]'s business.
//!
//! The parser underneath is `granit-parser` (`docs/decisions/0001-yaml-reading.md`); the plainest texts, which are nearly all,
//! go past it ([`plain`]).

mod compose;
mod plain;

use crate::diag::{KeyPath, Step};
use std::borrow::Cow;
use std::ops::Range;

/// Largest YAML text that is read, in bytes. Definitions are pages, not databases.
pub const YAML_BYTES_MAX: usize = 1 << 20;
/// Deepest nesting of lists and mappings. Real files have six levels.
pub const DEPTH_MAX: usize = 48;
/// Most nodes of one document after aliases are resolved: what stops an alias bomb.
pub const NODES_MAX: usize = 100_000;
/// Most problems of one document. Reading stops there: a person corrects a few and looks again.
pub const PROBLEMS_MAX: usize = 100;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<'a> {
    /// Bytes of the value in the text; for an alias, the bytes of the alias.
    pub span: Range<usize>,
    /// What it is.
    pub data: Data<'a>,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data<'a> {
    /// One piece of text.
    Scalar(Cow<'a, str>, Style),
    /// A list.
    List(Vec<Node<'a>>),
    /// Keys with values, in the order of the text.
    Map(Vec<(Node<'a>, Node<'a>)>),
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes; `null`, `~` and nothing at all mean "no value".
    Plain,
    /// In single or double quotes.
    Quoted,
    /// `|` or `>`.
    Block,
}

/// Why a text is not YAML as we read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule's code.
    pub code: &'static str,
    /// Where.
    pub span: Range<usize>,
    /// What happened.
    pub message: String,
    /// A second place that explains, with its words.
    pub also: Option<(Range<usize>, &'static str)>,
    /// What to do.
    pub help: Option<&'static str>,
}

/// What was understood of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed<'a> {
    /// The document, if any of it was understood. An empty text is an empty document: `None` without problems.
    pub root: Option<Node<'a>>,
    /// What was not.
    pub problems: Vec<Problem>,
}

impl<'a> Node<'a> {
    /// The text of a scalar that has a value; `None` for null, lists and mappings.
    pub fn text(&self) -> Option<&str> {
        match &self.data {
            Data::Scalar(text, _) if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// Whether this is "no value": nothing, `~` or `null` without quotes.
    pub fn is_null(&self) -> bool {
        matches!(&self.data, Data::Scalar(text, Style::Plain) if matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The entries of a mapping.
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list.
    pub fn items(&self) -> &[Self] {
        match &self.data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// The entry with this key.
    pub fn entry(&self, key: &str) -> Option<&(Self, Self)> {
        self.entries().iter().find(|(name, _)| matches!(&name.data, Data::Scalar(text, _) if text == key))
    }

    /// The value under this key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key (if the last step is one) and the value at `path`.
    pub fn at(&self, path: &KeyPath) -> Option<(Option<&Self>, &Self)> {
        let mut here: (Option<&Self>, &Self) = (None, self);
        for step in &path.0 {
            here = match step {
                Step::Key(key) => here.1.entry(key).map(|(key, value)| (Some(key), value))?,
                Step::Index(index) => (None, here.1.items().get(*index)?),
            };
        }
        Some(here)
    }

    /// What kind of value this is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Data::Scalar(..) if self.is_null() => "nothing",
            Data::Scalar(..) => "text",
            Data::List(_) => "a list",
            Data::Map(_) => "a mapping",
        }
    }
}

/// Reads one YAML document. `offset` is added to every place: the bytes before the document in its file.
pub fn parse(text: &str, offset: usize) -> Parsed<'_> {
    if text.len() > YAML_BYTES_MAX {
        let problem = Problem {
            code: "yaml-too-large",
            span: offset..offset,
            message: format!("this YAML has {} bytes, more than {YAML_BYTES_MAX}", text.len()),
            also: None,
            help: Some("move long text into a Markdown file beside it"),
        };
        return Parsed { root: None, problems: vec![problem] };
    }
    plain::plain(text, offset).unwrap_or_else(|| compose::compose(text, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<&'static str> {
        parse(text, 0).problems.iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn every_scalar_is_text_and_knows_its_place() {
        let text = "a: no\nb: 017\nc: [x, 'y z']\nd:\n  e: |\n    long\n";
        let parsed = parse(text, 0);
        assert_eq!(parsed.problems, []);
        let root = parsed.root.unwrap();
        assert_eq!(root.get("a").and_then(Node::text), Some("no"));
        assert_eq!(root.get("b").and_then(Node::text), Some("017"));
        let path = KeyPath::from("c").index(1);
        let (_, value) = root.at(&path).unwrap();
        assert_eq!((&text[value.span.clone()], value.text()), ("'y z'", Some("y z")));
        let (key, value) = root.at(&KeyPath::from("d").key("e")).unwrap();
        assert_eq!((&text[key.unwrap().span.clone()], value.text()), ("e", Some("long\n")));
    }

    #[test]
    fn a_list_of_lists_ends_where_its_last_item_ends() {
        let text = "a:\n- [1]\n- 2\n\nb: 3\n";
        let root = parse(text, 0).root.unwrap();
        let list = root.get("a").unwrap();
        assert_eq!(&text[list.span.clone()], "[1]\n- 2");
    }

    #[test]
    fn nothing_null_and_tilde_are_no_value() {
        let root = parse("a:\nb: ~\nc: null\nd: 'null'\n", 0).root.unwrap();
        let nulls: Vec<bool> = root.entries().iter().map(|(_, value)| value.is_null()).collect();
        assert_eq!(nulls, [true, true, true, false]);
    }

    #[test]
    fn hostile_and_broken_texts_give_a_problem_and_what_was_understood() {
        let deep = "[".repeat(5_000);
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n".to_owned() + "f: [*e1]\n";
        for (text, expected) in [
            ("a: 1\na: 2\n", "yaml-duplicate-key"),
            ("a: [1, 2\n", "yaml-syntax"),
            ("a: &x [*x]\n", "yaml-syntax"),
            ("a: *nowhere\n", "yaml-syntax"),
            ("x: &b {k: v}\ny:\n  <<: *b\n", "yaml-merge-key"),
            ("? [a, b]\n: c\n", "yaml-syntax"),
            (deep.as_str(), "yaml-"),
            (bomb.as_str(), "yaml-too-large"),
            ("a: 1\n---\nb: 2\n", "yaml-syntax"),
        ] {
            let codes = codes(text);
            assert!(codes.iter().any(|code| code.starts_with(expected)), "{expected}: {codes:?}");
        }
        assert_eq!(parse("a: 1\nb: [\n", 0).root.unwrap().get("a").and_then(Node::text), Some("1"));
        assert_eq!(parse("", 0), Parsed::default());
    }
}
