//! Whether a run changed anything in its folder.

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, statat};
use sha2::{Digest as _, Sha256};
use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::path::Path;

/// Most files that are looked at to tell whether something changed; of a larger folder the first so many.
const FILES_MAX: usize = 20_000;

/// Deepest folder that is looked into: each is open while those in it are looked at.
const DEPTH_MAX: usize = 64;

/// A folder, and never where a link leads that a run laid.
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Something that differs when a folder's files do: their paths, sizes and times of change.
pub fn fingerprint(folder: &Path) -> String {
    let mut hash = Sha256::new();
    let mut left = FILES_MAX;
    if let Ok(folder) = openat(CWD, folder, FOLDER, Mode::empty()) {
        add(&folder, 0, &mut hash, &mut left);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn add(folder: &OwnedFd, depth: usize, hash: &mut Sha256, left: &mut usize) {
    let entries = Dir::read_from(folder).into_iter().flatten().flatten();
    let mut names: Vec<CString> = entries.map(|entry| entry.file_name().to_owned()).collect();
    names.sort();
    for name in names.iter().filter(|name| !matches!(name.to_bytes(), b"." | b"..")) {
        let Ok(found) = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
        if *left == 0 {
            return;
        }
        *left -= 1;
        hash.update(name.as_bytes_with_nul());
        if FileType::from_raw_mode(found.st_mode).is_dir() {
            let mut inside = openat(folder, name, FOLDER, Mode::empty());
            if name.to_bytes() == b".git" {
                // Who looks at a clone with git changes its index. What was committed shows in its branches.
                inside = inside.and_then(|git| openat(&git, "refs", FOLDER, Mode::empty()));
            }
            if let Some(inside) = inside.ok().filter(|_| depth < DEPTH_MAX) {
                add(&inside, depth + 1, hash, left);
            }
            // What is in a folder is not what follows it.
            hash.update(b"/");
        } else {
            hash.update(found.st_size.to_be_bytes());
            hash.update(found.st_mtime.to_be_bytes());
            hash.update(found.st_mtime_nsec.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows() {
        let folder = tempfile::tempdir().unwrap();
        let none = fingerprint(folder.path());
        std::fs::create_dir(folder.path().join("a")).unwrap();
        std::fs::write(folder.path().join("a/b"), "x").unwrap();
        let one = fingerprint(folder.path());
        assert_ne!(none, one);
        assert_eq!(one, fingerprint(folder.path()));
        std::fs::write(folder.path().join("a/b"), "xy").unwrap();
        assert_ne!(one, fingerprint(folder.path()));
        std::fs::create_dir_all(folder.path().join(".git/refs/heads")).unwrap();
        let two = fingerprint(folder.path());
        std::fs::write(folder.path().join(".git/index"), "x").unwrap();
        assert_eq!(two, fingerprint(folder.path()));
        std::fs::write(folder.path().join(".git/refs/heads/main"), "x").unwrap();
        assert_ne!(two, fingerprint(folder.path()));
        assert_eq!(fingerprint(&folder.path().join("nowhere")), none);
        // What links lead to is nobody's work here.
        let outside = tempfile::tempdir().unwrap();
        std::fs::remove_dir_all(folder.path().join(".git/refs")).unwrap();
        for link in [".git/refs", "a/out"] {
            std::os::unix::fs::symlink(outside.path(), folder.path().join(link)).unwrap();
        }
        let linked = fingerprint(folder.path());
        std::fs::write(outside.path().join("key"), "x").unwrap();
        assert_eq!(linked, fingerprint(folder.path()));
    }
}
