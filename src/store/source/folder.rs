//! A folder on this machine, as it lies there. No link in it is followed.

use super::SourceError;
use crate::format::package::check::{EntryKind, Intake};
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Version control's own folders, and one that is made from what is beside it.
const PASSED_OVER: [&str; 5] = [".git", ".hg", ".jj", ".svn", "node_modules"];

/// Reads everything below `root` through the gate.
pub(super) fn read(root: &Path, intake: &mut Intake<'_>) -> Result<(), SourceError> {
    // Folders still to be read, with their paths in the package. The gate limits how many there can be.
    let mut folders: Vec<(PathBuf, Vec<u8>)> = vec![(root.to_owned(), Vec::new())];
    while let Some((folder, above)) = folders.pop() {
        let failed = |source| SourceError::Io { path: folder.clone(), source };
        let mut items = fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed)?;
        items.sort_by_key(fs::DirEntry::file_name);
        for item in items {
            let full = item.path();
            let mut path = above.clone();
            path.extend_from_slice(name(&item.file_name()).as_ref());
            if let Some(name) = item.file_name().to_str()
                && PASSED_OVER.contains(&name)
            {
                intake.leave_out(&String::from_utf8_lossy(&path));
                continue;
            }
            let failed = |source| SourceError::Io { path: full.clone(), source };
            let metadata = fs::symlink_metadata(&full).map_err(failed)?;
            let slot = intake.admit(&path, kind(&metadata), None)?;
            if metadata.is_dir() {
                path.push(b'/');
                folders.push((full, path));
            } else if let Some(slot) = slot {
                let mut file = File::open(&full).map_err(failed)?;
                if !same(&metadata, &file.metadata().map_err(failed)?) {
                    return Err(failed(io::Error::other("it was replaced while it was read")));
                }
                intake.fill(slot, &mut file)?;
            }
        }
    }
    Ok(())
}

fn kind(metadata: &Metadata) -> EntryKind {
    if metadata.is_symlink() {
        EntryKind::Symlink
    } else if metadata.is_dir() {
        EntryKind::Folder
    } else if metadata.is_file() {
        EntryKind::File { executable: is_executable(metadata) }
    } else {
        EntryKind::Special
    }
}

#[cfg(unix)]
fn name(name: &OsStr) -> impl AsRef<[u8]> {
    std::os::unix::ffi::OsStrExt::as_bytes(name)
}

#[cfg(not(unix))]
fn name(name: &OsStr) -> impl AsRef<[u8]> {
    // What is not Unicode becomes something that is refused.
    name.to_str().map_or_else(|| vec![0xff], |name| name.as_bytes().to_vec())
}

#[cfg(unix)]
fn is_executable(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::mode(metadata) & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &Metadata) -> bool {
    false
}

/// Whether both are the same file. Between looking and opening, a file can be replaced by a link.
#[cfg(unix)]
fn same(looked: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (looked.dev(), looked.ino()) == (opened.dev(), opened.ino())
}

#[cfg(not(unix))]
fn same(looked: &Metadata, opened: &Metadata) -> bool {
    looked.is_file() && opened.is_file()
}
