//! What another program's files became: the files to write, and everything a person should know before.

use crate::diag::{Diagnostic, Place};
use crate::model::SecretName;
use std::collections::BTreeMap;

/// What another program's files became.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Converted {
    /// New files by path. Each reads back without a diagnostic.
    pub files: BTreeMap<String, String>,
    /// Files of the package that lie elsewhere in a company: new path, and the path in the package.
    pub moved: BTreeMap<String, String>,
    /// What could not be used, with its place in the foreign file.
    pub diagnostics: Vec<Diagnostic>,
    /// What has no home in our format. The foreign file is kept, so nothing of it is lost.
    pub notes: Vec<Note>,
    /// The secrets that the package asks for; never a value.
    pub secrets_wanted: Vec<SecretWanted>,
    /// What the package would have a machine execute once somebody switches it on.
    pub executes: Vec<Executes>,
}

/// Something of the foreign file that has no home in our format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where it stands.
    pub place: Place,
    /// What it is and what to do about it; lower case, no full stop.
    pub message: String,
}

/// A secret that a package asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretWanted {
    /// Its name.
    pub name: SecretName,
    /// Who asks: `agents/cto` or `projects/web`.
    pub wanted_by: String,
    /// Whether the package says that it does not work without it.
    pub required: bool,
    /// What it is for, if the package says.
    pub description: Option<String>,
}

/// Something that a machine would execute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executes {
    /// The file that says so.
    pub file: String,
    /// What would be executed, and when; one line.
    pub what: String,
}
