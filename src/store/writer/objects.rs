//! git objects: written as loose files, and proved readable after a power cut.

use super::WriteError;
use super::loose::Loose;
use crate::store::pack::{self, Ready};
use crate::store::reading::Reading as _;
use gix::objs::Kind;
use gix::{ObjectId, Repository};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;

/// Opens the repository for reading and writing objects: no configuration but its own, many packs.
pub(super) fn open(root: &std::path::Path) -> Result<Repository, WriteError> {
    let options = crate::store::repository::options();
    // Our names for git's locks are made from the path, and whoever sweeps them may have come another way.
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    gix::open_opts(&root, options).map_err(|error| {
        // The library calls a repository missing that it could not read.
        let head = root.join(".git/HEAD");
        match std::fs::read(&head) {
            Err(source) if !matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                WriteError::Io { path: head, source }
            }
            _ => WriteError::git("opened")(error),
        }
    })
}

/// A new object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) kind: Kind,
    pub(super) content: Vec<u8>,
    /// Its id, where whoever made it knows it.
    pub(super) id: Option<ObjectId>,
}

impl Object {
    fn id(&self, repository: &Repository) -> Result<ObjectId, WriteError> {
        match self.id {
            Some(id) => Ok(id),
            None => gix::objs::compute_hash(repository.object_hash(), self.kind, &self.content)
                .map_err(WriteError::git("written")),
        }
    }
}

/// The objects that were built in memory, without those that were there before.
pub(super) fn taken(memory: gix::odb::memory::Storage, before: &BTreeSet<ObjectId>) -> Vec<Object> {
    let mut memory = memory;
    let new = std::mem::take(&mut *memory).into_iter().filter(|(id, _)| !before.contains(id));
    new.map(|(id, (kind, content))| Object { kind, content, id: Some(id) }).collect()
}

/// Writes objects that were built in memory: as a small pack if there are at least `packed_from`. Returns whether they
/// are in one. The caller holds the writer's lock, and has them in the journal.
pub(super) fn write(repository: &Repository, objects: &[Object], packed_from: usize) -> Result<bool, WriteError> {
    let mut ready = Vec::with_capacity(objects.len());
    for object in objects {
        ready.push(Ready { id: object.id(repository)?, kind: object.kind, content: &object.content });
    }
    // Where a pack cannot be written, a file for each may be, and says what is wrong if not.
    if objects.len() >= packed_from && pack::write_group(repository.common_dir(), &ready).is_ok() {
        return Ok(true);
    }
    let mut loose = Loose::default();
    let mut put = |object: Ready<'_>| put_as(repository, &mut loose, object.id, object.kind, object.content);
    named_first(&ready).into_iter().try_for_each(|number| put(ready[number]))?;
    Ok(false)
}

/// The order in which each comes after those it names: when the disk is full, none is left behind that lacks another.
fn named_first(objects: &[Ready<'_>]) -> Vec<usize> {
    let numbers: BTreeMap<ObjectId, usize> =
        objects.iter().enumerate().map(|(number, object)| (object.id, number)).collect();
    let mut order = Vec::with_capacity(objects.len());
    let mut seen = vec![false; objects.len()];
    // A stack and no recursion: a chain of commits is as long as its group.
    let mut open: Vec<(usize, bool)> = (0..objects.len()).rev().map(|number| (number, false)).collect();
    while let Some((number, named_are_done)) = open.pop() {
        if named_are_done {
            order.push(number);
        } else if !std::mem::replace(&mut seen[number], true) {
            open.push((number, true));
            open.extend(named(objects[number]).iter().filter_map(|id| Some((*numbers.get(id)?, false))));
        }
    }
    order
}

/// The objects this one names.
fn named(object: Ready<'_>) -> Vec<ObjectId> {
    match object.kind {
        Kind::Blob | Kind::Tag => Vec::new(),
        Kind::Tree => gix::objs::TreeRefIter::from_bytes(object.content, object.id.kind())
            .flatten()
            .map(|entry| entry.oid.to_owned())
            .collect(),
        Kind::Commit => {
            let commit = || gix::objs::CommitRefIter::from_bytes(object.content, object.id.kind());
            commit().tree_id().into_iter().chain(commit().parent_ids()).collect()
        }
    }
}

/// Writes one object. The caller holds the writer's lock.
pub(in crate::store) fn put(repository: &Repository, kind: Kind, content: &[u8]) -> Result<ObjectId, WriteError> {
    let id = gix::objs::compute_hash(repository.object_hash(), kind, content).map_err(WriteError::git("written"))?;
    put_as(repository, &mut Loose::default(), id, kind, content)?;
    Ok(id)
}

fn put_as(
    repository: &Repository,
    loose: &mut Loose,
    id: ObjectId,
    kind: Kind,
    content: &[u8],
) -> Result<(), WriteError> {
    let path = loose_path(repository, id);
    loose.put(&path, kind, content).map_err(WriteError::io(path))
}

/// Writes objects again whose files are there and cannot be read, which a power cut leaves behind.
pub(super) fn restore(repository: &Repository, objects: &[Object]) -> Result<usize, WriteError> {
    let mut restored = 0;
    for object in objects {
        let Object { kind, content, .. } = object;
        let id = object.id(repository)?;
        let sound = repository.read_object(id).is_ok_and(|object| object.kind == *kind && object.data == *content);
        if !sound {
            // Over what is there: if that was whole and only could not be read, nothing is taken away.
            put(repository, *kind, content)?;
            restored += 1;
        }
    }
    Ok(restored)
}

fn loose_path(repository: &Repository, id: ObjectId) -> PathBuf {
    let hex = id.to_string();
    repository.common_dir().join("objects").join(&hex[..2]).join(&hex[2..])
}

/// The id this content has as a blob.
pub(super) fn blob_id(repository: &Repository, content: &[u8]) -> Result<ObjectId, WriteError> {
    gix::objs::compute_hash(repository.object_hash(), Kind::Blob, content).map_err(WriteError::git("read"))
}

/// The objects of the last group, which the next one begins with: they need not be read again.
#[derive(Debug, Default)]
pub(super) struct Kept {
    objects: Vec<Object>,
    tip: Option<ObjectId>,
}

impl Kept {
    /// Those that led to `tip`.
    pub(super) fn of(objects: Vec<Object>, tip: ObjectId) -> Self {
        Self { objects, tip: Some(tip) }
    }

    /// They in memory, if the branch is still where they led, so that nobody can have removed them; and their ids.
    pub(super) fn remembered(self, base: Option<ObjectId>) -> (gix::odb::memory::Storage, BTreeSet<ObjectId>) {
        let mut memory = gix::odb::memory::Storage::default();
        if self.tip.is_some() && self.tip == base {
            let known = |object: Object| object.id.map(|id| (id, (object.kind, object.content)));
            memory.extend(self.objects.into_iter().filter_map(known));
        }
        let ids = memory.keys().copied().collect();
        (memory, ids)
    }
}

/// The content of a blob.
pub(super) fn blob(repository: &Repository, id: ObjectId) -> Result<Vec<u8>, WriteError> {
    let object = repository.read_object(id).map_err(WriteError::git("read"))?;
    Ok(object.detach().data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn what_is_named_comes_before_what_names_it() {
        let hash = |kind, content: &[u8]| gix::objs::compute_hash(gix::hash::Kind::Sha1, kind, content).unwrap();
        let blob = b"text".to_vec();
        let tree =
            |name: &str, mode: &str, id: ObjectId| [format!("{mode} {name}\0").as_bytes(), id.as_slice()].concat();
        let low = tree("a.md", "100644", hash(Kind::Blob, &blob));
        let top = tree("agents", "40000", hash(Kind::Tree, &low));
        let commit = |parent: &str| {
            let tree = hash(Kind::Tree, &top);
            format!("tree {tree}\n{parent}author a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n").into_bytes()
        };
        let first = commit("");
        let second = commit(&format!("parent {}\n", hash(Kind::Commit, &first)));
        let all = [
            (Kind::Blob, blob),
            (Kind::Tree, low.clone()),
            (Kind::Tree, top.clone()),
            (Kind::Commit, first),
            (Kind::Commit, second),
        ];
        let mut ready: Vec<Ready<'_>> =
            all.iter().map(|(kind, content)| Ready { id: hash(*kind, content), kind: *kind, content }).collect();
        // However they come.
        for turn in 0..10 {
            ready.rotate_left(1);
            if turn == 5 {
                ready.reverse();
            }
            let order = named_first(&ready);
            let written: Vec<&[u8]> = order.into_iter().map(|number| ready[number].content).collect();
            assert_eq!(written, all.iter().map(|(_, content)| content.as_slice()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_object_is_written_though_its_folder_is_removed_again_and_again() {
        let folder = tempfile::tempdir().unwrap();
        let repository = gix::init(folder.path()).unwrap();
        let objects = repository.common_dir().join("objects");
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            // As `git prune-packed` does: a folder that is empty goes.
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    for first in 0..=u8::MAX {
                        drop(std::fs::remove_dir(objects.join(format!("{first:02x}"))));
                    }
                }
            });
            let written = (0..400).map(|number: u32| {
                let id = put(&repository, Kind::Blob, &number.to_le_bytes());
                // Packed, as it were.
                id.map(|id| std::fs::remove_file(loose_path(&repository, id)).unwrap())
            });
            let written: Vec<_> = written.collect();
            done.store(true, Ordering::Relaxed);
            for written in written {
                written.unwrap();
            }
        });
    }
}
