//! Whether what a power cut may have damaged is whole: commits since the last checkpoint, with all they added.

use super::gitlock::GitLock;
use super::{Options, WriteError, reference};
use crate::store::reading::Reading as _;
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

/// Most commits that are looked at: what git itself may have made between two checkpoints of ours.
const COMMITS_MAX: usize = 10_000;

/// Whether every commit from `tip` back to `known` can be read, with everything it added.
pub(super) fn is_sound(repository: &Repository, tip: ObjectId, known: Option<ObjectId>) -> bool {
    let known = known.filter(|known| repository.has_object(*known));
    let walked = repository.read_back(&[tip], known, COMMITS_MAX);
    // A tip that is older than what is known, or the same, has no commit of its own to look at.
    walked.broken.is_none() && is_whole(repository, tip) && {
        walked.commits.into_iter().all(|commit| {
            let parent = commit.parent_ids.first().copied();
            let tree = |id| tree_of(repository, id);
            match (tree(commit.id), parent.map(tree)) {
                (Some(tree), None) => added_is_whole(repository, tree, None),
                (Some(tree), Some(Some(before))) => added_is_whole(repository, tree, Some(before)),
                _ => false,
            }
        })
    }
}

fn tree_of(repository: &Repository, commit: ObjectId) -> Option<ObjectId> {
    is_whole(repository, commit).then_some(())?;
    Some(repository.read_commit(commit).ok()?.tree_id().ok()?.detach())
}

/// Whether an object can be read and is what its name says.
fn is_whole(repository: &Repository, id: ObjectId) -> bool {
    let Ok(object) = repository.read_object(id) else { return false };
    gix::objs::compute_hash(repository.object_hash(), object.kind, &object.data).is_ok_and(|found| found == id)
}

/// Whether everything in `tree` that is not in `before` is whole.
fn added_is_whole(repository: &Repository, tree: ObjectId, before: Option<ObjectId>) -> bool {
    if Some(tree) == before {
        return true;
    }
    if !is_whole(repository, tree) {
        return false;
    }
    let (Some(now), Some(then)) = (entries(repository, Some(tree)), entries(repository, before)) else { return false };
    now.iter().filter(|(name, entry)| then.get(*name) != Some(*entry)).all(|(name, (kind, id))| match kind {
        EntryKind::Tree => {
            let before = then.get(name).filter(|(kind, _)| *kind == EntryKind::Tree).map(|(_, id)| *id);
            added_is_whole(repository, *id, before)
        }
        // Another repository's commit is not here.
        EntryKind::Commit => true,
        _ => is_whole(repository, *id),
    })
}

type Entries = BTreeMap<Vec<u8>, (EntryKind, ObjectId)>;

fn entries(repository: &Repository, tree: Option<ObjectId>) -> Option<Entries> {
    let Some(tree) = tree else { return Some(Entries::new()) };
    let tree = repository.read_tree(tree).ok()?;
    let entries = tree.iter().map(|entry| {
        let entry = entry.ok()?;
        Some((entry.filename().to_vec(), (entry.mode().kind(), entry.object_id())))
    });
    entries.collect()
}

/// Puts the files of objects that a power cut damaged aside, into `aside`; git stumbles over them. Returns their names.
///
/// Whatever the journal holds was written again before; these are git's own.
pub(super) fn sweep_damaged(repository: &Repository, aside: &Path) -> Result<Vec<String>, WriteError> {
    let objects = repository.common_dir().join("objects");
    let mut damaged = Vec::new();
    for folder in fs::read_dir(&objects).map_err(WriteError::io(&objects))?.flatten() {
        let Ok(files) = fs::read_dir(folder.path()) else { continue };
        for file in files.flatten() {
            let name = format!("{}{}", folder.file_name().display(), file.file_name().display());
            let Ok(id) = ObjectId::from_hex(name.as_bytes()) else { continue };
            if !is_compressed(&file.path()) || !is_whole(repository, id) {
                // Where nothing can be read any more, this one is not what is damaged.
                let head = repository.git_dir().join("HEAD");
                drop(fs::File::open(&head).map_err(WriteError::io(&head))?);
                fs::create_dir_all(aside).map_err(WriteError::io(aside))?;
                fs::rename(file.path(), aside.join(&name)).map_err(WriteError::io(file.path()))?;
                damaged.push(name);
            }
        }
    }
    Ok(damaged)
}

/// Whether a file begins as everything that zlib compressed does. The object may be in a pack as well, and whole there.
fn is_compressed(path: &Path) -> bool {
    let mut begin = [0; 2];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin[0] & 15 == 8 && u16::from_be_bytes(begin).is_multiple_of(31)
}

/// Takes the lines out of the logs of `HEAD` and the branch that a power cut damaged, or that name what is not there.
pub(super) fn mend_logs(repository: &Repository, folder: &Path, options: &Options) -> Result<(), WriteError> {
    let targets = reference::targets(repository.git_dir(), &options.branch);
    for target in &targets {
        let Ok(below) = target.strip_prefix(repository.git_dir()) else { continue };
        let log = repository.git_dir().join("logs").join(below);
        let Ok(text) = fs::read(&log) else { continue };
        let sound = |line: &&[u8]| {
            let id = |at: usize| line.get(at..at + 40).and_then(|id| ObjectId::from_hex(id).ok());
            let there = |id: ObjectId| id.is_null() || repository.has_object(id);
            line.ends_with(b"\n") && line.contains(&b'\t') && id(0).is_some_and(there) && id(41).is_some_and(there)
        };
        let kept: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').filter(sound).collect();
        let kept = kept.concat();
        if kept != text {
            // git appends to a log under the lock of what it tells of.
            let _lock = GitLock::take(folder, target, options.patience_ms)?;
            fs::write(&log, kept).map_err(WriteError::io(&log))?;
        }
    }
    Ok(())
}
