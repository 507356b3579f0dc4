//! Writing a package that was planned: into a live company as one commit, or as a new company with its first one.

use super::found::{self, Author, FoundError};
use super::message::{Message, Trailers};
use super::place::{self, Change, PlaceError};
use super::writer::{Expect, FileChange, Mutation, Options, WriteError, Writer};
use crate::format::package::plan::{self, Plan};
use crate::model::Slug;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why nothing was brought in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A folder could not be made.
    #[error("the folder {folder} cannot be made: {source}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file could not be written.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A new company did not get its first commit.
    #[error(transparent)]
    Found(#[from] FoundError),
    /// A live company did not get the commit.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Where a package comes into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Into {
    /// A company that is there.
    Live,
    /// A folder that is there and empty.
    Empty,
    /// A folder that is still to be made.
    Missing,
}

/// Writes `plan` into `folder` in the name of `author`, and returns the commit that holds it; `None` for a live
/// company that is in no repository. `verb` begins what the commit into a live company says.
///
/// # Errors
/// [`ImportError`]; then nothing was written, or it was taken back.
pub fn write(
    folder: &Path,
    into: Into,
    plan: &Plan,
    verb: &str,
    author: &Author,
    at: jiff::Timestamp,
) -> Result<Option<String>, ImportError> {
    let changes: Vec<Change> = plan
        .changes
        .iter()
        .map(|change| Change { path: change.path.clone(), before: change.before.clone(), after: change.after.clone() })
        .collect();
    match into {
        Into::Live if found::has_repository(folder) => commit(folder, plan, verb, author, at).map(Some),
        Into::Live => {
            place::place(folder, &changes)?;
            Ok(None)
        }
        Into::Empty => {
            place::place_first(folder, &changes)?;
            first_commit(folder, plan, author, at).map(Some)
        }
        Into::Missing => {
            // A new company is put together beside its place, so that there is a whole one or none.
            let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let beside = folder.with_file_name(format!(".{name}.corp-{}", std::process::id()));
            let cannot = |what: &Path| {
                let folder = what.to_owned();
                move |source| ImportError::Folder { folder, source }
            };
            fs::create_dir_all(&beside).map_err(cannot(&beside))?;
            let made = place::place_first(&beside, &changes).map_err(ImportError::from);
            let made = made.and_then(|()| first_commit(&beside, plan, author, at));
            let made = made.and_then(|id| fs::rename(&beside, folder).map(|()| id).map_err(cannot(folder)));
            let made = made.and_then(|id| sync_above(folder).map(|()| id).map_err(cannot(folder)));
            if made.is_err() {
                // It was made a moment ago and holds nothing but this package.
                drop(fs::remove_dir_all(&beside));
            }
            made.map(Some)
        }
    }
}

/// Returns once the name of `folder` is on the disk.
fn sync_above(folder: &Path) -> io::Result<()> {
    let above = folder.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::File::open(above)?.sync_all()
}

/// Brings the files into a live company as one commit.
fn commit(folder: &Path, plan: &Plan, verb: &str, author: &Author, at: jiff::Timestamp) -> Result<String, ImportError> {
    let actor = Slug::from_name(author.name.split_whitespace().next().unwrap_or(&author.name));
    let message = Message::new(&format!("{verb} {}", plan::preview::shown(&plan.preview.name)))
        .with_body(&format!("From {}", plan.preview.origin))
        .with_trailers(Trailers { actor, ..Trailers::default() });
    let changes = plan.changes.iter().map(|change| FileChange {
        path: change.path.clone(),
        before: change.before.clone().map_or(Expect::Absent, Expect::Content),
        after: change.after.clone(),
    });
    let mutation = Mutation { author: author.clone(), at, message, changes: changes.collect() };
    let answer = Writer::open(Options::of(folder))?.commit(&[mutation]).pop();
    let committed = answer.unwrap_or_else(|| unreachable!("the writer answers each mutation"))?;
    Ok(committed.commit)
}

fn first_commit(folder: &Path, plan: &Plan, author: &Author, at: jiff::Timestamp) -> Result<String, ImportError> {
    let paths: Vec<String> = plan.changes.iter().map(|change| change.path.clone()).collect();
    let plain = |text: &str| text.replace(char::is_control, " ");
    let message = Message::new(&format!("Found {} from a package", plain(&plan.preview.name)))
        .with_body(&format!("Package: {}", plain(&plan.preview.origin)));
    Ok(found::first_commit(folder, &paths, author, at, message)?)
}
