//! git objects: written as loose files, and proved readable after a power cut.

use super::WriteError;
use super::loose::Loose;
use gix::objs::Kind;
use gix::{ObjectId, Repository};
use std::io;
use std::path::PathBuf;

/// Opens the repository for reading and writing objects: no configuration but its own, many packs.
pub(super) fn open(root: &std::path::Path) -> Result<Repository, WriteError> {
    // Our names for git's locks are made from the path, and whoever sweeps them may have come another way.
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    gix::open_opts(&root, crate::store::repository::options()).map_err(|error| {
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

/// The objects that were built in memory.
pub(super) fn taken(memory: &mut gix::odb::memory::Storage) -> Vec<Object> {
    std::mem::take(&mut **memory)
        .into_iter()
        .map(|(id, (kind, content))| Object { kind, content, id: Some(id) })
        .collect()
}

/// Writes objects that were built in memory. The caller holds the writer's lock.
pub(super) fn write(repository: &Repository, objects: &[Object]) -> Result<(), WriteError> {
    let mut loose = Loose::default();
    objects
        .iter()
        .try_for_each(|object| put_as(repository, &mut loose, object.id(repository)?, object.kind, &object.content))
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
        let sound = repository.find_object(id).is_ok_and(|object| object.kind == *kind && object.data == *content);
        if !sound {
            let loose = loose_path(repository, id);
            if loose.exists() {
                std::fs::remove_file(&loose).map_err(WriteError::io(&loose))?;
            }
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

/// The content of a blob.
pub(super) fn blob(repository: &Repository, id: ObjectId) -> Result<Vec<u8>, WriteError> {
    let object = repository.find_object(id).map_err(WriteError::git("read"))?;
    Ok(object.detach().data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

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
