//! git objects: written as loose files, and proved readable after a power cut.

use super::WriteError;
use gix::objs::{Kind, Write as _};
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

/// How often an object is written again because its folder went. Each time takes a packing that ends in that moment.
const WRITES_MAX: usize = 16;

/// Writes objects that were built in memory.
pub(super) fn write(repository: &Repository, objects: &[(Kind, Vec<u8>)]) -> Result<(), WriteError> {
    objects.iter().try_for_each(|(kind, content)| put(repository, *kind, content).map(drop))
}

/// Writes one object.
///
/// Whoever packs, we or a person's `git gc`, removes the folders of objects that it emptied: also one that the library
/// has just made and not yet put the object into. Then it is made again.
pub(in crate::store) fn put(repository: &Repository, kind: Kind, content: &[u8]) -> Result<ObjectId, WriteError> {
    let id = gix::objs::compute_hash(repository.object_hash(), kind, content).map_err(WriteError::git("written"))?;
    let folder = loose_path(repository, id).parent().map(PathBuf::from).unwrap_or_default();
    let mut tries = 1;
    loop {
        match repository.objects.write_buf(kind, content) {
            Ok(id) => return Ok(id),
            Err(error) if tries < WRITES_MAX && (error.classify().is_not_found() || !folder.exists()) => tries += 1,
            Err(error) => return Err(WriteError::git("written")(error)),
        }
    }
}

/// Writes objects again whose files are there and cannot be read, which a power cut leaves behind.
pub(super) fn restore(repository: &Repository, objects: &[(Kind, Vec<u8>)]) -> Result<usize, WriteError> {
    let mut restored = 0;
    for (kind, content) in objects {
        let id = gix::objs::compute_hash(repository.object_hash(), *kind, content).map_err(WriteError::git("read"))?;
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
