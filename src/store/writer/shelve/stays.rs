//! Whether a folder of closed tickets may leave the work tree, and if not, why. Nothing is changed here.

use crate::store::writer::{WriteError, folded};
use gix::bstr::{BStr, ByteSlice as _};
use gix::index::entry::{Flags, Stage};
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Why a folder stays in which the index holds something else than the last commit.
pub(super) const STAGED: &str = "something in it is staged";

/// How the index has a folder.
pub(super) enum Entries {
    /// As one entry for the folder.
    Folded,
    /// As files that are left out.
    LeftOut,
    /// As files that are there, exactly those of the last commit.
    There,
    /// Otherwise than the last commit.
    Staged,
}

pub(super) fn entries_of(
    repository: &Repository,
    index: &gix::index::State,
    folder: &str,
    tree: ObjectId,
) -> Result<Entries, WriteError> {
    if folded::covering(index, &format!("{folder}/x")).is_some() {
        let name = format!("{folder}/");
        let entry = index.entry_by_path_and_stage(BStr::new(&name), Stage::Unconflicted);
        return Ok(if entry.is_none_or(|entry| entry.id == tree) { Entries::Folded } else { Entries::Staged });
    }
    let mut files = folded::files_in(repository, tree)?;
    let prefix = format!("{folder}/");
    let mut left_out = 0;
    for entry in index.prefixed_entries(BStr::new(&prefix)).into_iter().flatten() {
        let path = entry.path(index).to_str_lossy();
        let known = path.strip_prefix(&prefix).and_then(|below| files.remove(below));
        let same = known.is_some_and(|(_, id)| id == entry.id) && entry.stage() == Stage::Unconflicted;
        if !same || entry.mode.is_sparse() || entry.flags.contains(Flags::INTENT_TO_ADD) {
            return Ok(Entries::Staged);
        }
        left_out += usize::from(entry.flags.contains(Flags::SKIP_WORKTREE));
    }
    Ok(match (files.is_empty(), left_out) {
        (false, _) => Entries::Staged,
        (true, 0) => Entries::There,
        (true, _) => Entries::LeftOut,
    })
}

/// Why `folder` cannot leave the work tree, if it cannot.
pub(super) fn stays(
    repository: &Repository,
    root: &Path,
    index: &gix::index::State,
    folder: &str,
    tree: ObjectId,
) -> Result<Option<String>, WriteError> {
    let there = match entries_of(repository, index, folder, tree)? {
        Entries::Staged => return Ok(Some(STAGED.to_owned())),
        Entries::There => true,
        Entries::Folded | Entries::LeftOut => false,
    };
    if !there && fs::symlink_metadata(root.join(folder)).is_err() {
        return Ok(None);
    }
    let files = folded::files_in(repository, tree)?;
    let mut on_disk = BTreeSet::new();
    if let Err(why) = list(&root.join(folder), "", &mut on_disk) {
        return Ok(Some(why));
    }
    if let Some(odd) = files.iter().find(|(_, (kind, _))| !matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable))
    {
        return Ok(Some(format!("it holds {}, which is no ordinary file", odd.0)));
    }
    if let Some(new) = on_disk.iter().find(|path| !files.contains_key(*path)) {
        return Ok(Some(format!("it holds {new}, which is not committed")));
    }
    if let Some((missing, _)) = files.iter().find(|(path, _)| there && !on_disk.contains(*path)) {
        return Ok(Some(format!("{missing} was deleted and not committed")));
    }
    let hash = repository.object_hash();
    let edited = on_disk.par_iter().find_first(|path| {
        let content = fs::read(root.join(folder).join(path)).ok();
        let id = content.and_then(|content| gix::objs::compute_hash(hash, gix::objs::Kind::Blob, &content).ok());
        id.is_none() || id != files.get(*path).map(|(_, id)| *id)
    });
    Ok(edited.map(|path| format!("{path} was edited and not committed")))
}

/// Lists the files below `folder`; what is neither file nor folder is told.
fn list(folder: &Path, below: &str, found: &mut BTreeSet<String>) -> Result<(), String> {
    let Ok(entries) = fs::read_dir(folder.join(below)) else { return Ok(()) };
    for entry in entries {
        let entry = entry.map_err(|_| "it cannot be listed".to_owned())?;
        let name = entry.file_name();
        let name = name.to_str().ok_or_else(|| "it holds a file whose name is not UTF-8".to_owned())?;
        let path = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => list(folder, &path, found)?,
            Ok(kind) if kind.is_file() => drop(found.insert(path)),
            _ => return Err(format!("it holds {path}, which is no ordinary file")),
        }
    }
    Ok(())
}
