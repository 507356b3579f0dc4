//! A [`Diagnostic`]: something to tell a person about the files of a company, as data.
//!
//! Here live the type and its renderers (`text`, `json`, `sarif`, `github`). What is wrong with a company is
//! decided in [`crate::format`] (one file by itself) and [`crate::rules`] (files together); where a
//! symbolic place such as "the value of `assignee`" lies in a text is found by [`crate::format::locate`].

mod cap;
pub mod github;
pub mod json;
mod path;
mod report;
pub mod sarif;
pub mod text;

pub use cap::{MORE_OF_THESE, PER_FILE_MAX, cap, more};
pub use path::{KeyPath, Step};
pub use report::{Region, Report};

use serde::Serialize;
use std::ops::Range;

/// How bad it is. Ordered: an error is greater than a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Works, but probably not as meant.
    Warning,
    /// The file, or what depends on it, is not in force.
    Error,
}

impl Severity {
    /// The word shown to people and written to JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Where in a company something is: a file, and a part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path relative to the company's root, with `/`.
    pub file: String,
    /// The part of the file.
    pub at: At,
}

/// A part of a file: exact, or by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// The file as a whole.
    File,
    /// Bytes of the text.
    Span(Range<usize>),
    /// The key at this path of the front matter or YAML; becomes a span when it is shown.
    Key(KeyPath),
    /// The value at this path of the front matter or YAML; becomes a span when it is shown.
    Value(KeyPath),
}

impl At {
    fn order(&self) -> (u8, usize, Option<&KeyPath>) {
        match self {
            Self::File => (0, 0, None),
            Self::Span(span) => (1, span.start, None),
            Self::Key(path) => (2, 0, Some(path)),
            Self::Value(path) => (3, 0, Some(path)),
        }
    }
}

impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for At {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl Place {
    /// The whole of `file`.
    pub fn file(file: impl Into<String>) -> Self {
        Self { file: file.into(), at: At::File }
    }

    /// The value under `path` in `file`, for example `Place::value(file, "stages")`.
    pub fn value(file: impl Into<String>, path: impl Into<KeyPath>) -> Self {
        Self { file: file.into(), at: At::Value(path.into()) }
    }

    /// The key at `path` in `file`.
    pub fn key(file: impl Into<String>, path: impl Into<KeyPath>) -> Self {
        Self { file: file.into(), at: At::Key(path.into()) }
    }

    /// Bytes `span` of `file`.
    pub fn span(file: impl Into<String>, span: Range<usize>) -> Self {
        Self { file: file.into(), at: At::Span(span) }
    }
}

/// A place with a few words on what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub place: Place,
    /// What is there; may be empty when the message says it all.
    pub message: String,
}

/// Something to tell a person about the files. Many may exist at once; never an `Err`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable kebab-case name of the rule; `corp explain CODE` prints its documentation.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What happened, one line, lower case, no full stop.
    pub message: String,
    /// Where; the first is the place that surprises, the others explain it.
    pub labels: Vec<Label>,
    /// What to type or change, most useful first.
    pub help: Vec<String>,
}

impl Diagnostic {
    /// An error with one place.
    pub fn error(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, place, message)
    }

    /// A warning with one place.
    pub fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, place, message)
    }

    /// A diagnostic of any severity with one place.
    pub fn new(code: &'static str, severity: Severity, place: Place, message: impl Into<String>) -> Self {
        let labels = vec![Label { place, message: String::new() }];
        Self { code, severity, message: message.into(), labels, help: Vec::new() }
    }

    /// Says what is at the primary place.
    #[must_use]
    pub fn here(mut self, message: impl Into<String>) -> Self {
        if let Some(first) = self.labels.first_mut() {
            first.message = message.into();
        }
        self
    }

    /// Adds a place that explains.
    #[must_use]
    pub fn also(mut self, place: Place, message: impl Into<String>) -> Self {
        self.labels.push(Label { place, message: message.into() });
        self
    }

    /// Adds a line of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The primary place, if the diagnostic has any.
    pub fn place(&self) -> Option<&Place> {
        self.labels.first().map(|label| &label.place)
    }

    /// The order in which diagnostics are shown: by file, then place, then code.
    pub fn order(&self) -> impl Ord + '_ {
        (self.place(), self.code, &self.message)
    }
}

/// Returns the 1-based line and column (in characters) of byte `offset` in `text`.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let offset = offset.min(text.len());
    let before = &text.as_bytes()[..offset];
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let line = 1 + memchr::memchr_iter(b'\n', before).count();
    let column = 1 + String::from_utf8_lossy(&before[line_start..]).chars().count();
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_and_column_count_from_one_and_in_characters() {
        let text = "ab\ncäd\n";
        for (offset, expected) in [(0, (1, 1)), (2, (1, 3)), (3, (2, 1)), (6, (2, 3)), (8, (3, 1)), (99, (3, 1))] {
            assert_eq!(line_column(text, offset), expected, "offset {offset}");
        }
    }
}
