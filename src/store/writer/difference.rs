//! Which files differ between two trees, as far as the writer brings them along: blobs and the bit that makes a program.

use super::WriteError;
use super::journal::Moved;
use gix::objs::TreeRefIter;
use gix::objs::tree::EntryMode;
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;

/// Deepest folder that is entered; a path of a thousand bytes has no more in practice.
const DEPTH_MAX: usize = 100;

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

/// An entry of a tree.
type Found = (EntryMode, ObjectId);

/// Compares two trees; `None` is the empty one. Folders that are equal are not read.
pub(super) fn difference(
    repository: &Repository,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
) -> Result<Difference, WriteError> {
    let mut found = Difference::default();
    differ(repository, old, new, "", 0, &mut found)?;
    found.paths.sort_by(|one, other| (one.2.is_some(), &one.0).cmp(&(other.2.is_some(), &other.0)));
    Ok(found)
}

fn differ(
    repository: &Repository,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    folder: &str,
    depth: usize,
    found: &mut Difference,
) -> Result<(), WriteError> {
    if depth > DEPTH_MAX {
        return Err(WriteError::Path { path: folder.chars().take(200).collect() });
    }
    let (mut before, after) = (children(repository, old)?, children(repository, new)?);
    let mut pairs: Vec<(Vec<u8>, Option<Found>, Option<Found>)> = Vec::new();
    for (name, entry) in after {
        let was = before.remove(&name);
        if was != Some(entry) {
            pairs.push((name, was, Some(entry)));
        }
    }
    pairs.extend(before.into_iter().map(|(name, entry)| (name, Some(entry), None)));
    for (name, was, is) in pairs {
        let name = String::from_utf8(name)
            .map_err(|error| WriteError::Path { path: String::from_utf8_lossy(error.as_bytes()).into_owned() })?;
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let tree = |entry: Option<Found>| entry.filter(|(mode, _)| mode.is_tree()).map(|(_, id)| id);
        if tree(was).is_some() || tree(is).is_some() {
            differ(repository, tree(was), tree(is), &path, depth + 1, found)?;
        }
        let leaf = |entry: Option<Found>| entry.filter(|(mode, _)| !mode.is_tree());
        let (was, is) = (leaf(was), leaf(is));
        if was.or(is).is_none() {
            continue;
        }
        if was.into_iter().chain(is).any(|(mode, _)| !mode.is_blob()) {
            found.odd.push(path);
            continue;
        }
        let program = |entry: Option<Found>| entry.is_some_and(|(mode, _)| mode.is_executable());
        if is.is_some() && program(was) != program(is) {
            found.modes.insert(path.clone(), program(is));
        }
        let id = |entry: Option<Found>| entry.map(|(_, id)| id.to_string());
        found.paths.push((path, id(was), id(is)));
    }
    Ok(())
}

fn children(repository: &Repository, tree: Option<ObjectId>) -> Result<BTreeMap<Vec<u8>, Found>, WriteError> {
    let Some(tree) = tree else { return Ok(BTreeMap::new()) };
    let tree = repository.find_tree(tree).map_err(WriteError::git("read"))?;
    TreeRefIter::from_bytes(&tree.data, repository.object_hash())
        .map(|entry| {
            let entry = entry.map_err(WriteError::git("read"))?;
            Ok((entry.filename.to_vec(), (entry.mode, entry.oid.to_owned())))
        })
        .collect()
}
