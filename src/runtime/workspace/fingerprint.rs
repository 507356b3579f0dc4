//! Whether a run changed anything in its folder.

use sha2::{Digest as _, Sha256};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// Most files that are looked at to tell whether something changed; of a larger folder the first so many.
const FILES_MAX: usize = 20_000;

/// Something that differs when a folder's files do: their paths, sizes and times of change.
pub fn fingerprint(folder: &Path) -> String {
    let mut hash = Sha256::new();
    let mut left = FILES_MAX;
    add(folder, &mut hash, &mut left);
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn add(folder: &Path, hash: &mut Sha256, left: &mut usize) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let Ok(found) = entry.metadata() else { continue };
        if *left == 0 {
            return;
        }
        *left -= 1;
        hash.update(entry.path().as_os_str().as_encoded_bytes());
        if found.is_dir() && entry.file_name() == ".git" {
            // Who looks at a clone with git changes its index. What was committed shows in its branches.
            add(&entry.path().join("refs"), hash, left);
        } else if found.is_dir() {
            add(&entry.path(), hash, left);
        } else {
            hash.update(found.len().to_be_bytes());
            hash.update(found.mtime().to_be_bytes());
            hash.update(found.mtime_nsec().to_be_bytes());
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
    }
}
