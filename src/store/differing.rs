//! Which files differ between two trees: names, blobs and modes, without reading a file. What is made of links, of other
//! repositories and of names that are no text is the caller's business.

use crate::store::reading::Reading as _;
use gix::objs::TreeRefIter;
use gix::objs::tree::EntryMode;
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;

/// Deepest folder that is entered; a path of a thousand bytes has no more in practice.
const DEPTH_MAX: usize = 100;

/// What a tree has under a name that is no folder.
pub(in crate::store) type Leaf = (EntryMode, ObjectId);

/// A path, with what is there before and after.
pub(in crate::store) type Differs = (Vec<u8>, Option<Leaf>, Option<Leaf>);

/// Why two trees could not be compared.
#[derive(Debug, thiserror::Error)]
pub(in crate::store) enum DifferError {
    /// Folders are nested deeper than anybody's.
    #[error("folders are nested more than {DEPTH_MAX} deep in {folder}")]
    Deep {
        /// The deepest that was entered.
        folder: String,
    },
    /// A tree could not be read.
    #[error("{0}")]
    Git(String),
}

/// Compares two trees; `None` is the empty one. Folders that are equal are not read.
pub(in crate::store) fn differing(
    repository: &Repository,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) -> Result<Vec<Differs>, DifferError> {
    let mut found = Vec::new();
    differ(repository, old, new, &mut Vec::new(), 0, &mut found)?;
    Ok(found)
}

fn differ(
    repository: &Repository,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    folder: &mut Vec<u8>,
    depth: usize,
    found: &mut Vec<Differs>,
) -> Result<(), DifferError> {
    if old == new {
        return Ok(());
    }
    if depth > DEPTH_MAX {
        return Err(DifferError::Deep { folder: String::from_utf8_lossy(folder).chars().take(200).collect() });
    }
    let (mut before, after) = (children(repository, old)?, children(repository, new)?);
    let mut pairs: Vec<(Vec<u8>, Option<Leaf>, Option<Leaf>)> = Vec::new();
    for (name, entry) in after {
        let was = before.remove(&name);
        if was != Some(entry) {
            pairs.push((name, was, Some(entry)));
        }
    }
    pairs.extend(before.into_iter().map(|(name, entry)| (name, Some(entry), None)));
    for (name, was, is) in pairs {
        let above = folder.len();
        if above > 0 {
            folder.push(b'/');
        }
        folder.extend(name);
        let tree = |entry: Option<Leaf>| entry.filter(|(mode, _)| mode.is_tree()).map(|(_, id)| id);
        differ(repository, tree(was), tree(is), folder, depth + 1, found)?;
        let leaf = |entry: Option<Leaf>| entry.filter(|(mode, _)| !mode.is_tree());
        if leaf(was) != leaf(is) {
            found.push((folder.clone(), leaf(was), leaf(is)));
        }
        folder.truncate(above);
    }
    Ok(())
}

fn children(repository: &Repository, tree: Option<ObjectId>) -> Result<BTreeMap<Vec<u8>, Leaf>, DifferError> {
    let git = |error: &dyn std::fmt::Display| DifferError::Git(error.to_string());
    let Some(tree) = tree else { return Ok(BTreeMap::new()) };
    let tree = repository.read_tree(tree).map_err(|error| git(&error))?;
    TreeRefIter::from_bytes(&tree.data, repository.object_hash())
        .map(|entry| {
            let entry = entry.map_err(|error| git(&error))?;
            Ok((entry.filename.to_vec(), (entry.mode, entry.oid.to_owned())))
        })
        .collect()
}
