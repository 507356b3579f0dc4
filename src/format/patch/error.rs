//! Why an edit was not made.

use crate::diag::{Diagnostic, Place};

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
