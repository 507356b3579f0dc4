//! What people changed in the work tree and did not commit: found, judged, and made one commit in their name.
//!
//! Only what belongs to a company is taken: files git knows, and new ones where a company has files. What an editor
//! leaves behind, what `.gitignore` names and what has errors stays where it is, and is told.

mod find;
mod keeper;
mod saved;
mod still;

pub(crate) use find::is_leftover;
pub use keeper::{Keeper, Options};
pub use still::{ALONE_MS, DOUBT_MS, SETTLE_MS, TOGETHER_MS};

use super::check;
use super::load::LoadError;
use super::writer::{Author, Committed, Expect, FileChange, Mutation, Paused, WriteError, Writer};
use crate::diag::{Diagnostic, Severity};
use crate::format::difference::{self, Difference, words};
use crate::model::Slug;
use crate::rules::SECRET_IN_TEXT;
use crate::store::force::ForceError;
use crate::store::message::{Message, Trailers};
use find::changed;
use std::collections::BTreeSet;
use std::path::Path;

/// Largest file that is taken, in bytes: what a commit holds is there for ever.
pub const TAKEN_BYTES_MAX: u64 = 16 << 20;

/// A file whose content differs from the last commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its path.
    pub path: String,
    /// Its content in the last commit.
    pub before: Option<Vec<u8>>,
    /// Its content now.
    pub after: Option<Vec<u8>>,
}

/// What is to be done with the changed files.
#[derive(Debug, Default)]
pub struct Edits {
    /// Sound, and to be committed.
    pub taken: Vec<Changed>,
    /// Left where they are, each with why.
    pub left: Vec<(String, String)>,
    /// What is wrong with those that are left because of errors.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a look found and did.
#[derive(Debug, Default)]
pub struct Looked {
    /// Commits made of people's edits.
    pub committed: Vec<Done>,
    /// What people should know, each once.
    pub told: Vec<Told>,
    /// Why nothing is committed now; it goes on by itself.
    pub paused: Option<Paused>,
}

/// A commit made of people's edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The commit.
    pub commit: String,
    /// What it says.
    pub subject: String,
    /// The files.
    pub paths: Vec<String>,
}

/// Something a person should know about a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The file.
    pub path: String,
    /// What it is about.
    pub why: Why,
    /// What to say.
    pub words: String,
    /// The same with places, if there is something wrong with what the file says.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a person is told of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// The edit has an error: it stays where it is, and the last good version is in force.
    Invalid,
    /// The company holds edits until a person commits them.
    Held,
    /// The person has staged it, or has a conflict to resolve: it is theirs to commit.
    Staged,
    /// It is none of a company's files.
    Elsewhere,
    /// The edit went over a change of the program's, which is to be decided again.
    Overruled,
    /// An old copy was saved and nothing in it was new: the file is what was committed.
    Older,
}

/// A file in the work tree that is not in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    content: Option<gix::ObjectId>,
    /// What was told.
    pub told: Told,
}

/// Why the changes could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum HandError {
    /// The company could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The company in force could not be read.
    #[error(transparent)]
    Force(#[from] ForceError),
    /// git's own data could not be read.
    #[error("the repository could not be read: {0}")]
    Git(String),
    /// The commit could not be made.
    #[error(transparent)]
    Write(#[from] WriteError),
}

fn git(error: impl std::fmt::Display) -> HandError {
    HandError::Git(error.to_string())
}

/// Finds what changed below `part` (a path of the company; empty: everything) and judges it.
///
/// # Errors
/// [`HandError`].
pub fn edits(root: &Path, part: &str) -> Result<Edits, HandError> {
    let mut edits = Edits::default();
    let within = |path: &str| {
        part.is_empty() || path == part || path.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'))
    };
    let (mut changed, left) = changed(root)?;
    changed.retain(|file| within(&file.path));
    edits.left.extend(left.into_iter().filter(|(path, _)| within(path)));
    if changed.is_empty() {
        return Ok(edits);
    }
    let checked = check(root)?;
    let errors: Vec<&Diagnostic> =
        checked.diagnostics.iter().filter(|found| found.severity == Severity::Error).collect();
    let blamed: BTreeSet<&str> =
        errors.iter().flat_map(|found| &found.labels).map(|label| label.place.file.as_str()).collect();
    for file in changed {
        if blamed.contains(file.path.as_str()) {
            let own = errors.iter().find(|found| found.labels.iter().any(|label| label.place.file == file.path));
            let code = own.map_or("error", |found| found.code);
            let why = if code == SECRET_IN_TEXT { "it holds what looks like a secret" } else { "it has an error" };
            edits.left.push((file.path, format!("{why} ({code})")));
        } else {
            edits.taken.push(file);
        }
    }
    let left: BTreeSet<&str> = edits.left.iter().map(|(path, _)| path.as_str()).collect();
    let concerns = |found: &&&Diagnostic| found.labels.iter().any(|label| left.contains(label.place.file.as_str()));
    edits.diagnostics = errors.iter().filter(concerns).map(|found| (**found).clone()).collect();
    Ok(edits)
}

/// The difference of each taken file, for a subject and for showing.
pub fn differences(edits: &Edits) -> Vec<Difference> {
    let text = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    edits
        .taken
        .iter()
        .filter_map(|file| difference::of_file(&file.path, text(&file.before).as_deref(), text(&file.after).as_deref()))
        .collect()
}

/// Makes the taken files one commit in a person's name. Without a `subject`, it says what changed.
///
/// # Errors
/// [`HandError`]; [`WriteError::Moved`] if somebody committed one of the files meanwhile.
pub fn commit(
    writer: &mut Writer,
    edits: &Edits,
    author: &Author,
    at: jiff::Timestamp,
    subject: Option<&str>,
) -> Result<Option<Committed>, HandError> {
    if edits.taken.is_empty() {
        return Ok(None);
    }
    let said = words::subject(&differences(edits));
    let trailers = Trailers { actor: Slug::from_name(first_name(&author.name)), ..Trailers::default() };
    let message = match subject {
        Some(subject) => Message::new(subject).with_body(&said),
        None => Message::new(&said),
    };
    let changes = edits.taken.iter().map(|file| FileChange {
        path: file.path.clone(),
        before: file.before.clone().map_or(Expect::Absent, Expect::Content),
        after: file.after.clone(),
    });
    let mutation =
        Mutation { author: author.clone(), at, message: message.with_trailers(trailers), changes: changes.collect() };
    let answer = writer.commit(&[mutation]).pop();
    answer.transpose().map_err(HandError::from)
}

fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}
