//! One edit of a text that has been read: which bytes go, what comes instead, and whether that was all.

use super::block::{self, Cannot, Splice};
use super::emit::{Holder, Manner, NotBare};
use super::lexis::{Form, Odd, Source};
use super::value::{self, Value};
use super::walk::{self, Lost, Spot};
use super::{Edit, File, PatchError, Reason, document, flow, order};
use crate::diag::{KeyPath, Step};
use crate::format::document::yaml_part;
use crate::format::front_matter;
use crate::format::yaml::{self, Node};
use std::ops::Range;

/// One edit of a text that has been read.
pub(super) struct Work<'w, 't> {
    /// The file.
    pub(super) file: &'w File<'w>,
    /// Its text.
    pub(super) source: Source<'t>,
    /// What was read of it.
    pub(super) root: Option<&'w Node<'t>>,
}

impl<'t> Work<'_, 't> {
    /// Makes the edit.
    pub(super) fn edit(&self, edit: &Edit, path: &KeyPath) -> Result<String, PatchError> {
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
        manner: &Manner,
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
    fn begin(&self, value: &Value, manner: &Manner) -> Result<Vec<Splice>, Cannot> {
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

    fn replace(&self, spot: &Spot<'_, 't>, value: &Value, manner: &Manner) -> Result<Vec<Splice>, Cannot> {
        match spot.holder {
            Holder::Flow => flow::replace(&self.source, spot, value, manner),
            Holder::Root | Holder::Key(_) | Holder::Dash(_) => block::replace(&self.source, spot, value, manner),
        }
    }

    fn append(&self, list: &Spot<'_, 't>, value: &Value, manner: &Manner) -> Result<Vec<Splice>, Cannot> {
        let value = value.clone().normal();
        if list.shape.form == Form::BlockList {
            return block::append(&self.source, list, &value, manner);
        }
        let text = manner.flow(&value)?;
        flow::insert(&self.source, list, list.node.items().len().checked_sub(1), &text, manner)
    }

    fn remove(&self, spots: &[Spot<'_, 't>], path: &KeyPath, manner: &Manner) -> Result<Vec<Splice>, Cannot> {
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
                Holder::Root => block::remove(&self.source, parent, index),
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

/// The value inside mappings and lists for the steps that are missing.
fn wrap(steps: &[Step], value: Value) -> Value {
    steps.iter().rev().fold(value, |value, step| match step {
        Step::Key(key) => Value::Map(vec![(key.clone(), value)]),
        Step::Index(_) => Value::List(vec![value]),
    })
}
