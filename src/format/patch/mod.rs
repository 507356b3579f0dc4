//! Changing a person's file in place: the named key changes, every other byte stays.
//!
//! [`patch`] finds the value in the text, replaces its bytes, reads the result again and compares it with what
//! the edit means ([`Value`]). If anything else would have changed, nothing is done, and the error says where
//! and what to do (`docs/decisions/0002-yaml-editing.md`). Two people's changes are brought together in
//! [`crate::format::merge`].

mod block;
mod edit;
mod emit;
mod error;
mod flow;
mod lexis;
#[cfg(test)]
pub(crate) mod messy;
mod order;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod value;
mod walk;

pub use error::{PatchError, Reason};
pub use value::Value;

use super::document::yaml_part;
use super::front_matter;
use super::layout::{self, Kind};
use super::yaml::{self, Node, Parsed};
use crate::diag::{KeyPath, Place};
use edit::Work;
use lexis::Source;
use std::ops::Range;

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

/// What a document says; one without anything is an empty mapping.
fn document(root: Option<&Node<'_>>) -> Value {
    match root {
        Some(root) if !root.is_null() => Value::of(root),
        _ => Value::Map(Vec::new()),
    }
}
