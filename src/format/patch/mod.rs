//! Changing a person's file in place: the named key changes, every other byte stays.
//!
//! [`patch`] finds the value in the text, replaces its bytes, reads the result again and compares it with what
//! the edit means ([`Value`]). If anything else would have changed, nothing is done, and the error says where
//! and what to do (`docs/decisions/0002-yaml-editing.md`). Two people's changes are brought together in
//! [`crate::format::merge`].

mod block;
mod emit;
mod flow;
mod lexis;
mod order;
#[cfg(test)]
mod tests;
mod value;
mod walk;

pub use value::Value;

use super::document::yaml_part;
use super::front_matter;
use super::layout::{self, Kind};
use super::yaml::{self, Node, Parsed};
use crate::diag::{Diagnostic, KeyPath, Place, Step};
use block::{Cannot, Splice};
use emit::NotBare;
use lexis::{Form, Odd, Source};
use std::ops::Range;
use walk::{Lost, Spot};

/// One change of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Sets the value at the path; missing mappings on the way are made. An index one behind the end appends.
    Set(KeyPath, Value),
    /// Takes the entry out, with the comment on its line. Comment lines above it stay.
    Remove(KeyPath),
    /// Puts a value at the end of the list; makes the list if there is none.
    Append(KeyPath, Value),
    /// Replaces everything below the front matter.
    Body(String),
}

/// Why a file cannot be changed as it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The file has mistakes; what it says is not known for certain.
    Unreadable,
    /// Files of this kind have no keys, or no body.
    Kind,
    /// The path is empty.
    NoPath,
    /// Something else than a mapping or a list stands on the way.
    InTheWay,
    /// The path leads through an alias.
    Alias,
    /// The value is written in a notation that is read and not edited.
    Notation,
    /// The value has a tag for another kind of value.
    Tag,
    /// A bare value cannot stand without quotes.
    NotBare,
    /// Something else would have changed.
    Elsewhere,
}

/// A change that was not made; the text is as it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}; {help}", place.file)]
pub struct PatchError {
    /// Why.
    pub reason: Reason,
    /// Where.
    pub place: Place,
    /// What happened: one line, lower case, no full stop.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl PatchError {
    /// The same for people.
    pub fn diagnostic(&self) -> Diagnostic {
        Diagnostic::error("edit-refused", self.place.clone(), self.message.clone()).help(self.help.clone())
    }
}

/// Makes the edits, one after the other, in the file at `path` (relative, with `/`), whose text is `text`.
/// The path decides whether the YAML is front matter or the whole file; a Markdown file without front matter
/// gets one when a key is set.
///
/// # Errors
///
/// If an edit cannot be made, or not without changing anything else, none is.
pub fn patch(path: &str, text: &str, edits: &[Edit]) -> Result<String, PatchError> {
    let file = File { path, kind: layout::locate(path).kind };
    let mut text = text.to_owned();
    for edit in edits {
        text = match edit {
            Edit::Body(body) => file.set_body(&text, body)?,
            Edit::Set(path, _) | Edit::Append(path, _) | Edit::Remove(path) => file.edit(&text, edit, path)?,
        };
    }
    Ok(text)
}

/// The file that is being changed.
struct File<'p> {
    path: &'p str,
    kind: Kind,
}

impl File<'_> {
    fn refuse(
        &self,
        reason: Reason,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> PatchError {
        PatchError { reason, place: Place::span(self.path, span), message: message.into(), help: help.into() }
    }

    fn is_markdown(&self) -> bool {
        yaml_part(self.kind, "").is_none() && yaml_part(self.kind, "---\n---\n").is_some()
    }

    /// Refuses a front matter without an end: where the body begins is a guess.
    fn split(&self, text: &str) -> Result<front_matter::Split, PatchError> {
        let split = front_matter::split(text);
        match split.unclosed {
            Some(fence) if self.is_markdown() => Err(self.refuse(
                Reason::Unreadable,
                fence,
                "the front matter that begins here has no end",
                "close it with a line `---`",
            )),
            _ => Ok(split),
        }
    }

    fn set_body(&self, text: &str, body: &str) -> Result<String, PatchError> {
        let split = self.split(text)?;
        let has_keys = yaml_part(self.kind, "").is_some() || self.kind == Kind::LedgerSegment;
        if has_keys {
            let message = format!("{} has no body", self.kind.noun());
            return Err(self.refuse(Reason::Kind, 0..0, message, "set its keys instead"));
        }
        let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let start = if self.is_markdown() { split.body.start } else { start };
        let mut head = text[..start].to_owned();
        if split.yaml.is_some() && !head.ends_with('\n') && self.is_markdown() && !body.is_empty() {
            head.push_str(Source::eol(text));
        }
        let after = head + body;
        let found = self.split(&after)?;
        if self.is_markdown() && (found.yaml.is_some() != split.yaml.is_some() || after[found.body.clone()] != *body) {
            return Err(self.refuse(
                Reason::Elsewhere,
                split.body,
                "the new body begins with `---` and would read as front matter",
                "begin the body with another line",
            ));
        }
        Ok(after)
    }

    fn edit(&self, text: &str, edit: &Edit, path: &KeyPath) -> Result<String, PatchError> {
        let split = self.split(text)?;
        let Some(yaml) = yaml_part(self.kind, text) else {
            if !self.is_markdown() {
                let message = format!("{} has no keys", self.kind.noun());
                return Err(self.refuse(Reason::Kind, 0..0, message, "change its text instead"));
            }
            if matches!(edit, Edit::Remove(_)) {
                return Ok(text.to_owned());
            }
            let eol = Source::eol(text);
            let (mark, body) = text.split_at(split.body.start);
            return self.edit(&format!("{mark}---{eol}---{eol}{body}"), edit, path);
        };
        let Parsed { root, problems } = yaml::parse(&text[yaml.clone()], yaml.start);
        if let Some(problem) = problems.first() {
            let help = problem.help.unwrap_or("correct the file first; `corp check` shows what is wrong with it");
            return Err(self.refuse(Reason::Unreadable, problem.span.clone(), problem.message.clone(), help));
        }
        let work = Work { file: self, source: Source { text, yaml }, root: root.as_ref() };
        work.edit(edit, path)
    }
}

/// One edit of a text that has been read.
struct Work<'w, 't> {
    file: &'w File<'w>,
    source: Source<'t>,
    root: Option<&'w Node<'t>>,
}

impl<'t> Work<'_, 't> {
    fn edit(&self, edit: &Edit, path: &KeyPath) -> Result<String, PatchError> {
        let before = document(self.root);
        if path.0.is_empty() {
            let help = "name a key of it";
            return Err(self.file.refuse(
                Reason::NoPath,
                self.place(path),
                "the whole document cannot be changed",
                help,
            ));
        }
        if let Edit::Set(_, value) | Edit::Append(_, value) = edit
            && let Some(text) = value.not_bare()
        {
            return Err(self.cannot(path, Cannot::NotBare(NotBare(text.to_owned()))));
        }
        let mut expected = before.clone();
        if let Err(misfit) = expected.apply(edit) {
            let here = KeyPath(path.0[..misfit.steps].to_vec());
            let name = if here.0.is_empty() { "the document".to_owned() } else { format!("`{here}`") };
            return Err(self.file.refuse(
                Reason::InTheWay,
                self.place(&here),
                format!("{name} holds {}, so `{path}` cannot be changed", misfit.why),
                format!("remove {name} first, or change another key"),
            ));
        }
        if expected == before {
            return Ok(self.source.text.to_owned());
        }
        let splices = self.splices(edit, path)?;
        self.checked(path, splices, &expected)
    }

    /// The changes of the text that make the edit, in ascending order.
    fn splices(&self, edit: &Edit, path: &KeyPath) -> Result<Vec<Splice>, PatchError> {
        let manner = self.source.manner(self.root);
        let spots = match self.root {
            Some(root) => walk::walk(&self.source, root, &path.0).map_err(|lost| self.lost(path, lost))?,
            None => Vec::new(),
        };
        let cannot = |cannot| self.cannot(path, cannot);
        match edit {
            Edit::Remove(_) => self.remove(&spots, path, &manner).map_err(cannot),
            Edit::Append(_, value) => match spots.last() {
                Some(list) if spots.len() == path.0.len() + 1 && !list.node.is_null() => {
                    self.no_alias(path, list)?;
                    self.append(list, value, &manner).map_err(cannot)
                }
                _ => self.set(&spots, path, &Value::List(vec![value.clone()]), &manner),
            },
            Edit::Set(_, value) => self.set(&spots, path, value, &manner),
            Edit::Body(_) => Ok(Vec::new()),
        }
    }

    fn set(
        &self,
        spots: &[Spot<'_, 't>],
        path: &KeyPath,
        value: &Value,
        manner: &emit::Manner,
    ) -> Result<Vec<Splice>, PatchError> {
        let cannot = |cannot| self.cannot(path, cannot);
        let taken = spots.len().saturating_sub(1);
        let value = value.clone().normal();
        let Some(spot) = spots.last() else {
            return self.begin(&wrap(&path.0, value), manner).map_err(cannot);
        };
        let rest = &path.0[taken..];
        if rest.is_empty() {
            return self.replace(spot, &value, manner).map_err(cannot);
        }
        if spot.node.is_null() {
            let value = wrap(rest, value);
            if taken == 0 {
                return self.begin(&value, manner).map_err(cannot);
            }
            return self.replace(spot, &value, manner).map_err(cannot);
        }
        self.no_alias(path, spot)?;
        match &rest[0] {
            Step::Key(key) => {
                let value = wrap(&rest[1..], value);
                let present = spot.node.entries().iter().map(|(key, _)| key.text().unwrap_or_default());
                let count = spot.node.entries().len();
                let known = order::keys(self.file.kind, &path.0[..taken]);
                let after = order::after(key, present, &known).or(count.checked_sub(1));
                match (spot.shape.form, after) {
                    (Form::BlockMap, Some(after)) => {
                        block::insert_entry(&self.source, spot, after, (key, &value), manner)
                    }
                    _ => manner
                        .flow_entry(key, &value)
                        .map_err(Cannot::from)
                        .and_then(|text| flow::insert(&self.source, spot, after, &text, manner)),
                }
                .map_err(cannot)
            }
            Step::Index(_) => self.append(spot, &wrap(&rest[1..], value), manner).map_err(cannot),
        }
    }

    /// The first keys of a document that has none.
    fn begin(&self, value: &Value, manner: &emit::Manner) -> Result<Vec<Splice>, Cannot> {
        let lines = manner.lines(value, 0)?;
        let yaml = self.source.yaml.clone();
        if let Some(root) = self.root
            && !root.span.is_empty()
        {
            return Ok(vec![(root.span.clone(), lines)]);
        }
        let before = &self.source.text[yaml.clone()];
        let text = match before.ends_with('\n') || before.is_empty() {
            true => lines + manner.eol,
            false => manner.eol.to_owned() + &lines,
        };
        Ok(vec![(yaml.end..yaml.end, text)])
    }

    fn replace(&self, spot: &Spot<'_, 't>, value: &Value, manner: &emit::Manner) -> Result<Vec<Splice>, Cannot> {
        match spot.holder {
            emit::Holder::Flow => flow::replace(&self.source, spot, value, manner),
            emit::Holder::Root | emit::Holder::Key(_) | emit::Holder::Dash(_) => {
                block::replace(&self.source, spot, value, manner)
            }
        }
    }

    fn append(&self, list: &Spot<'_, 't>, value: &Value, manner: &emit::Manner) -> Result<Vec<Splice>, Cannot> {
        let value = value.clone().normal();
        if list.shape.form == Form::BlockList {
            return block::append(&self.source, list, &value, manner);
        }
        let text = manner.flow(&value)?;
        flow::insert(&self.source, list, list.node.items().len().checked_sub(1), &text, manner)
    }

    fn remove(&self, spots: &[Spot<'_, 't>], path: &KeyPath, manner: &emit::Manner) -> Result<Vec<Splice>, Cannot> {
        let [.., parent, _] = spots else { return Ok(Vec::new()) };
        let (index, count) = match path.0.last() {
            Some(Step::Key(key)) => {
                let entries = parent.node.entries();
                (entries.iter().position(|(name, _)| value::name(name) == *key), entries.len())
            }
            Some(Step::Index(index)) => (Some(*index), parent.node.items().len()),
            None => (None, 0),
        };
        let Some(index) = index else { return Ok(Vec::new()) };
        match parent.shape.form {
            Form::BlockList | Form::BlockMap if count == 1 => match parent.holder {
                emit::Holder::Root => block::remove(&self.source, parent, index),
                _ => {
                    let empty = if parent.shape.form == Form::BlockList {
                        Value::List(Vec::new())
                    } else {
                        Value::Map(Vec::new())
                    };
                    self.replace(parent, &empty, manner)
                }
            },
            Form::BlockList | Form::BlockMap => block::remove(&self.source, parent, index),
            _ => flow::remove(&self.source, parent, index),
        }
    }

    /// Makes the changes and reads the result; nothing but the edit may have happened.
    fn checked(&self, path: &KeyPath, splices: Vec<Splice>, expected: &Value) -> Result<String, PatchError> {
        let text = self.source.text;
        let mut after = String::with_capacity(text.len() + 64);
        let mut at = 0;
        for (range, new) in splices {
            after.push_str(&text[at..range.start]);
            after.push_str(&new);
            at = range.end;
        }
        after.push_str(&text[at..]);
        let body = |text: &str| front_matter::split(text).body.len();
        let yaml = yaml_part(self.file.kind, &after).unwrap_or(0..0);
        let parsed = yaml::parse(&after[yaml.clone()], yaml.start);
        let place = || self.place(path);
        if let Some(problem) = parsed.problems.first() {
            let message = format!("with `{path}` changed, the file could not be read any more: {}", problem.message);
            let help = "change the file by hand; if an alias names this value, write it out there first";
            return Err(self.file.refuse(Reason::Elsewhere, place(), message, help));
        }
        if let Some(other) = expected.difference(&document(parsed.root.as_ref())) {
            let message = format!("with `{path}` changed, `{other}` would not say what it should");
            let help = "change the file by hand; if an alias names this value, write it out there first";
            return Err(self.file.refuse(Reason::Elsewhere, self.place(&other), message, help));
        }
        if self.file.is_markdown() && body(text) != body(&after) {
            let message = format!("with `{path}` changed, the front matter would end elsewhere");
            return Err(self.file.refuse(Reason::Elsewhere, place(), message, "change the file by hand"));
        }
        Ok(after)
    }

    /// The nearest thing to `path` that is there.
    fn place(&self, path: &KeyPath) -> Range<usize> {
        let start = self.source.yaml.start;
        let Some(mut here) = self.root else { return start..start };
        let mut found = match here.entries().first() {
            Some((key, _)) => key.span.clone(),
            None => here.span.clone(),
        };
        for step in &path.0 {
            let (key, below) = match step {
                Step::Key(name) => match here.entry(name) {
                    Some((key, value)) => (Some(key), value),
                    None => break,
                },
                Step::Index(index) => match here.items().get(*index) {
                    Some(item) => (None, item),
                    None => break,
                },
            };
            let span = key.map_or_else(|| below.span.clone(), |key| key.span.clone());
            if span.start < here.span.start {
                // What is below an alias stands where its anchor is.
                break;
            }
            (here, found) = (below, span);
        }
        found
    }

    fn no_alias(&self, path: &KeyPath, spot: &Spot<'_, '_>) -> Result<(), PatchError> {
        match spot.shape.form {
            Form::Alias => Err(self.lost(path, Lost::Alias(spot.node.span.clone()))),
            _ => Ok(()),
        }
    }

    fn lost(&self, path: &KeyPath, lost: Lost) -> PatchError {
        match lost {
            Lost::Alias(span) => {
                let alias = &self.source.text[span.clone()];
                let message = format!("`{path}` is reached through the alias `{alias}`, which others may share");
                self.file.refuse(Reason::Alias, span, message, "write the value out in place of the alias first")
            }
            Lost::Odd(Odd(span)) => self.odd(path, span),
        }
    }

    fn cannot(&self, path: &KeyPath, cannot: Cannot) -> PatchError {
        match cannot {
            Cannot::Odd(Odd(span)) => self.odd(path, span),
            Cannot::NotBare(NotBare(text)) => {
                let shown: String = text.chars().take(60).collect();
                let message = format!("`{}` cannot stand without quotes", shown.escape_debug());
                self.file.refuse(Reason::NotBare, self.place(path), message, "set it as text")
            }
            Cannot::Tagged => {
                let message = format!("the value of `{path}` has a tag that is for another kind of value");
                self.file.refuse(Reason::Tag, self.place(path), message, "remove the tag first")
            }
        }
    }

    fn odd(&self, path: &KeyPath, span: Range<usize>) -> PatchError {
        let message = format!("`{path}` is written in a way that is read, and not changed");
        self.file.refuse(Reason::Notation, span, message, "write it as `key: value`, or change it by hand")
    }
}

/// What a document says; one without anything is an empty mapping.
fn document(root: Option<&Node<'_>>) -> Value {
    match root {
        Some(root) if !root.is_null() => Value::of(root),
        _ => Value::Map(Vec::new()),
    }
}

/// The value inside mappings and lists for the steps that are missing.
fn wrap(steps: &[Step], value: Value) -> Value {
    steps.iter().rev().fold(value, |value, step| match step {
        Step::Key(key) => Value::Map(vec![(key.clone(), value)]),
        Step::Index(_) => Value::List(vec![value]),
    })
}
