//! Files made ahead: where a file system looks long for a free number, to make a file takes longer than everything else that
//! is done while git finds the index locked. They are made in our folder, where nobody's `git add` sees them, and moved to
//! their places then.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Most files made ahead: each is kept open. Who brings more along is no single change that a person waits for.
const SPARE_MAX: usize = 64;

/// What their names begin with.
const SPARE: &str = "spare-";

/// Set for a folder whose files belong to its group.
const SETGID: u32 = 0o2000;

/// What such a file may be called in our folder.
pub(super) fn temporary(folder: &Path) -> Vec<PathBuf> {
    (0..SPARE_MAX).map(|number| folder.join(format!("{SPARE}{number}"))).collect()
}

/// Empty files that wait for a place.
#[derive(Debug, Default)]
pub(super) struct Spare {
    files: Vec<(PathBuf, File)>,
    /// The folder they are in.
    home: Option<Metadata>,
}

impl Spare {
    /// Makes `count` files in `folder`, or as many as can be. The caller holds the writer's lock.
    pub(super) fn prepare(&mut self, folder: &Path, count: usize) {
        self.home = fs::metadata(folder).ok();
        for number in self.files.len()..count.min(SPARE_MAX) {
            let path = folder.join(format!("{SPARE}{number}"));
            // One that is there is a dead predecessor's, and empty.
            drop(fs::remove_file(&path));
            match File::options().write(true).create_new(true).open(&path) {
                Ok(file) => self.files.push((path, file)),
                // What is wrong is told by whoever makes it where it belongs.
                Err(_) => return,
            }
        }
    }

    /// A new file at `path`, which must not be there.
    pub(super) fn place(&mut self, path: &Path) -> io::Result<File> {
        let alike = || {
            let (home, folder) = (self.home.as_ref()?, fs::metadata(path.parent()?).ok()?);
            // Whose group a file has is its folder's to say.
            (home.dev() == folder.dev() && home.gid() == folder.gid() && home.mode() & SETGID == folder.mode() & SETGID)
                .then_some(())
        };
        if alike().is_some()
            && let Some((spare, file)) = self.files.pop()
        {
            match place(&spare, path) {
                Ok(()) => return Ok(file),
                Err(_) => drop(fs::remove_file(&spare)),
            }
        }
        File::options().write(true).create_new(true).open(path)
    }

    /// Removes those that found no place.
    pub(super) fn clear(&mut self) {
        for (path, _) in self.files.drain(..) {
            drop(fs::remove_file(path));
        }
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn place(spare: &Path, path: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, spare, CWD, path, RenameFlags::NOREPLACE).map_err(io::Error::from)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn place(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_file_made_ahead_gets_a_place_and_takes_nobodys() {
        let folder = tempfile::tempdir().unwrap();
        let (home, tree) = (folder.path().join("home"), folder.path().join("tree"));
        fs::create_dir_all(&home).unwrap();
        fs::create_dir_all(&tree).unwrap();
        fs::write(home.join("spare-0"), "").unwrap();
        let mut spare = Spare::default();
        spare.prepare(&home, 3);
        let listed = |folder: &Path| fs::read_dir(folder).unwrap().count();
        assert_eq!(listed(&home), 3);
        spare.place(&tree.join("a")).unwrap().write_all(b"text").unwrap();
        assert_eq!((fs::read(tree.join("a")).unwrap().as_slice(), listed(&home)), (b"text".as_slice(), 2));
        let taken = spare.place(&tree.join("a")).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(tree.join("a")).unwrap(), b"text");
        // Without any left, one is made.
        for name in ["b", "c", "d"] {
            spare.place(&tree.join(name)).unwrap();
        }
        assert_eq!((listed(&tree), listed(&home)), (4, 0));
        spare.prepare(&home, 2);
        drop(spare);
        assert_eq!(listed(&home), 0);
    }
}
