//! Which files differ between two trees, as far as the writer brings them along: blobs and the bit that makes a program.

use super::WriteError;
use super::journal::Moved;
use crate::store::differing::{DifferError, Leaf, differing};
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;

/// What differs.
#[derive(Debug, Default)]
pub(super) struct Difference {
    /// The files, with their blobs before and after; what goes comes first, so that a folder can take a file's place.
    pub(super) paths: Vec<Moved>,
    /// The files whose executable bit is set or taken away.
    pub(super) modes: BTreeMap<String, bool>,
    /// Links and other repositories that differ: nothing of that kind is brought along.
    pub(super) odd: Vec<String>,
}

/// Compares two trees; `None` is the empty one. Folders that are equal are not read.
pub(super) fn difference(
    repository: &Repository,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) -> Result<Difference, WriteError> {
    let mut found = Difference::default();
    let differs = differing(repository, old, new).map_err(|error| match error {
        DifferError::Deep { folder } => WriteError::Path { path: folder },
        DifferError::Git(reason) => WriteError::Git { doing: "read", reason },
    })?;
    for (path, was, is) in differs {
        let path = String::from_utf8(path)
            .map_err(|error| WriteError::Path { path: String::from_utf8_lossy(error.as_bytes()).into_owned() })?;
        if was.into_iter().chain(is).any(|(mode, _)| !mode.is_blob()) {
            found.odd.push(path);
            continue;
        }
        let program = |entry: Option<Leaf>| entry.is_some_and(|(mode, _)| mode.is_executable());
        if is.is_some() && program(was) != program(is) {
            found.modes.insert(path.clone(), program(is));
        }
        let id = |entry: Option<Leaf>| entry.map(|(_, id)| id.to_string());
        found.paths.push((path, id(was), id(is)));
    }
    found.paths.sort_by(|one, other| (one.2.is_some(), &one.0).cmp(&(other.2.is_some(), &other.0)));
    Ok(found)
}
