//! A folder of our own for a moment, removed when its owner goes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Names that are tried before giving up; more than that many left-over folders are somebody's accident.
const NAMES_MAX: u32 = 1_000;

/// A fresh, empty, private folder. It and all in it are removed when this is dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes one in `parent`, which others may write to as well (`/tmp`): what is there is never used.
    ///
    /// # Errors
    /// The folder could not be made.
    pub(super) fn new(parent: &Path) -> io::Result<Self> {
        for number in 0..NAMES_MAX {
            let path = parent.join(format!("corp-{}-{number}", std::process::id()));
            match make(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nobody is left to be told; the folder lies where the system clears up.
        drop(fs::remove_dir_all(&self.path));
    }
}

#[cfg(unix)]
fn make(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn make(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().create(path)
}

/// Bytes of the files below `folder`, as far as they can be seen. No link is followed.
pub(super) fn bytes_in(folder: &Path) -> u64 {
    let Ok(listing) = fs::read_dir(folder) else { return 0 };
    let size = |item: fs::DirEntry| match item.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_in(&item.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    listing.flatten().map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_new_and_goes_away_with_what_is_in_it() {
        let parent = tempfile::tempdir().unwrap();
        let one = Scratch::new(parent.path()).unwrap();
        let two = Scratch::new(parent.path()).unwrap();
        assert_ne!(one.path(), two.path());
        fs::create_dir(one.path().join("a")).unwrap();
        fs::write(one.path().join("a/b"), "12345").unwrap();
        assert_eq!((bytes_in(one.path()), bytes_in(two.path())), (5, 0));
        drop(one);
        drop(two);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
