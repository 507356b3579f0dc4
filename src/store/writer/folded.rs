//! Folder entries of a sparse index: one entry that stands for all files below a folder the work tree leaves out.
//!
//! A path below such a folder must never get an entry beside it: git would read two answers to one question.

use super::WriteError;
use crate::store::reading::Reading as _;
use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::index::entry::{Flags, Mode, Stage, Stat};
use gix::index::{File, State};
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What an entry carries that the work tree leaves out. The second bit makes the first be written.
pub(super) const LEFT_OUT: Flags = Flags::SKIP_WORKTREE.union(Flags::EXTENDED);

/// The folder entry that stands for `path`: its folder, without a slash at the end.
pub(super) fn covering(index: &State, path: &str) -> Option<String> {
    if !index.is_sparse() {
        return None;
    }
    path.match_indices('/').find_map(|(at, _)| {
        let entry = index.entry_by_path(BStr::new(&path[..=at]))?;
        entry.mode.is_sparse().then(|| path[..at].to_owned())
    })
}

/// Whether the work tree leaves `path` out on purpose, as the index has it.
pub(in crate::store) fn is_left_out(index: &State, path: &str) -> bool {
    match index.entry_by_path(BStr::new(path)) {
        Some(entry) => entry.flags.contains(Flags::SKIP_WORKTREE),
        None => covering(index, path).is_some(),
    }
}

/// All folder entries: their folders, with the trees they stand for.
pub(super) fn folders(index: &State) -> Vec<(String, ObjectId)> {
    let folders = index.entries().iter().filter(|entry| entry.mode.is_sparse());
    folders.map(|entry| (entry.path(index).to_str_lossy().trim_end_matches('/').to_owned(), entry.id)).collect()
}

/// Replaces the folder entry of `folder` by entries for what its tree holds: files, and folder entries for folders.
/// All are left out of the work tree, as the folder was.
pub(super) fn unfold(repository: &Repository, index: &mut State, folder: &str) -> Result<(), WriteError> {
    let name = format!("{folder}/");
    let Some(at) = index.entry_index_by_path_and_stage(BStr::new(&name), Stage::Unconflicted) else { return Ok(()) };
    if !index.entries()[at].mode.is_sparse() {
        return Ok(());
    }
    let tree = index.remove_entry_at_index(at).id;
    let tree = repository.read_tree(tree).map_err(WriteError::git("read"))?;
    for entry in tree.iter() {
        let entry = entry.map_err(WriteError::git("read"))?;
        let mode = mode_of(entry.mode().kind());
        let mut path = BString::from(name.as_str());
        path.extend_from_slice(entry.filename());
        if mode == Mode::DIR {
            path.push(b'/');
        }
        index.dangerously_push_entry(Stat::default(), entry.object_id(), LEFT_OUT, mode, path.as_ref());
    }
    index.sort_entries();
    Ok(())
}

/// Replaces every folder entry that `is_wanted` by entries for every file below it, left out as the folder was.
pub(super) fn unfold_all(
    repository: &Repository,
    index: &mut State,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Result<(), WriteError> {
    let mut wanted = folders(index);
    wanted.retain(|(folder, _)| is_wanted(folder));
    if wanted.is_empty() {
        return Ok(());
    }
    index.remove_entries(|_, path, entry| {
        entry.mode.is_sparse() && path.to_str().is_ok_and(|path| is_wanted(path.trim_end_matches('/')))
    });
    for (folder, tree) in wanted {
        for (path, (kind, id)) in files_in(repository, tree)? {
            let path = BString::from(format!("{folder}/{path}"));
            index.dangerously_push_entry(Stat::default(), id, LEFT_OUT, mode_of(kind), path.as_ref());
        }
    }
    index.sort_entries();
    Ok(())
}

/// Replaces all entries below each of `folders` by one for the folder, which stands for the given tree.
pub(super) fn fold(index: &mut State, folders: &BTreeMap<String, ObjectId>) {
    let above = |path: &BStr| {
        let path = path.to_str().ok()?;
        path.match_indices('/').find_map(|(at, _)| folders.get_key_value(&path[..at]))
    };
    index.remove_entries(|_, path, _| above(path).is_some());
    for (folder, tree) in folders {
        let name = format!("{folder}/");
        index.dangerously_push_entry(Stat::default(), *tree, LEFT_OUT, Mode::DIR, BStr::new(&name));
    }
    index.sort_entries();
}

/// Makes the index tell whether it has folder entries, which it otherwise does of what it was read from.
pub(super) fn as_read(repository: &Repository, index: File) -> Result<File, WriteError> {
    let has_folders = index.entries().iter().any(|entry| entry.mode.is_sparse());
    if index.is_sparse() == has_folders {
        return Ok(index);
    }
    let mut bytes = Vec::new();
    let extensions = gix::index::write::Extensions::None;
    let options = gix::index::write::Options { skip_hash: true, extensions };
    index.write_to(&mut bytes, options).map_err(WriteError::git("written"))?;
    // The mark is written for as long as it was read; git expands an index that has it without need, and says so.
    let end = bytes.len().saturating_sub(repository.object_hash().len_in_bytes());
    if !has_folders && bytes[..end].ends_with(MARK) {
        bytes.drain(end - MARK.len()..end);
    }
    let path: PathBuf = index.path().to_owned();
    let (timestamp, options) = (index.timestamp(), gix::index::decode::Options::default());
    let (state, _) =
        State::from_bytes(&bytes, timestamp, repository.object_hash(), options).map_err(WriteError::git("read"))?;
    Ok(File::from_state(state, path))
}

/// How an index says that it may have folder entries: an extension without content.
const MARK: &[u8] = b"sdir\0\0\0\0";

/// Every file below the tree `tree`, by its path below it.
pub(super) fn files_in(
    repository: &Repository,
    tree: ObjectId,
) -> Result<BTreeMap<String, (EntryKind, ObjectId)>, WriteError> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(String::new(), tree)];
    while let Some((folder, id)) = folders.pop() {
        let tree = repository.read_tree(id).map_err(WriteError::git("read"))?;
        for entry in tree.iter() {
            let entry = entry.map_err(WriteError::git("read"))?;
            let path = format!("{folder}{}", entry.filename().to_str_lossy());
            match entry.mode().kind() {
                EntryKind::Tree => folders.push((format!("{path}/"), entry.object_id())),
                kind => drop(found.insert(path, (kind, entry.object_id()))),
            }
        }
    }
    Ok(found)
}

fn mode_of(kind: EntryKind) -> Mode {
    match kind {
        EntryKind::Tree => Mode::DIR,
        EntryKind::Blob => Mode::FILE,
        EntryKind::BlobExecutable => Mode::FILE_EXECUTABLE,
        EntryKind::Link => Mode::SYMLINK,
        EntryKind::Commit => Mode::COMMIT,
    }
}
