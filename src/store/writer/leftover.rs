//! What writers that died left in git's folder: half-written objects and packs, and files made ahead. Nothing of it is named
//! by anything, and all of it was for something that is in the journal or was never acknowledged.
//!
//! That its writer is dead is proved by the lock under which it is written: who has that lock is the only one alive. What
//! git itself leaves has other names, and no such proof; it is git's to remove.

use super::{lock, loose, spare};
use crate::store::pack;
use std::path::{Path, PathBuf};

/// What was left: the files of the writer, and those of a packing that nobody is at.
pub(in crate::store) fn leftovers(git_dir: &Path) -> Vec<PathBuf> {
    let mut found = names(git_dir, pack::alone(git_dir).is_some());
    found.retain(|path| std::fs::symlink_metadata(path).is_ok());
    found
}

/// Removes it, and returns what was removed. The caller holds the writer's lock.
pub(in crate::store) fn sweep(git_dir: &Path) -> Vec<PathBuf> {
    // Nobody begins to pack meanwhile.
    let packing = pack::alone(git_dir);
    let mut found = names(git_dir, packing.is_some());
    found.retain(|path| std::fs::remove_file(path).is_ok());
    found
}

/// The names of what is written, that of packing included if nobody is at it.
fn names(git_dir: &Path, packing: bool) -> Vec<PathBuf> {
    let mut names = loose::temporary(&git_dir.join("objects"));
    names.extend(pack::temporary(git_dir, packing));
    names.extend(spare::temporary(&lock::folder(git_dir)));
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn what_a_living_packing_writes_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let git_dir = folder.path();
        let files =
            ["objects/ab/tmp_obj_corp", "objects/pack/tmp_pack_corp_new", "objects/pack/tmp_idx_corp", "corp/spare-3"];
        // A git's own, which may be at work.
        let others = ["objects/ab/tmp_obj_a1B2c3", "objects/pack/tmp_pack_a1B2c3", "corp/journal"];
        for file in files.iter().chain(&others) {
            let path = git_dir.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "half").unwrap();
        }
        let shown = |found: Vec<PathBuf>| -> Vec<String> {
            found.iter().map(|path| path.strip_prefix(git_dir).unwrap().display().to_string()).collect()
        };
        assert_eq!(shown(leftovers(git_dir)), files);
        let packing = pack::alone(git_dir).unwrap();
        assert_eq!(shown(sweep(git_dir)), [files[0], files[1], files[3]]);
        drop(packing);
        assert_eq!(shown(sweep(git_dir)), [files[2]]);
        assert_eq!(shown(leftovers(git_dir)), [""; 0]);
        assert!(others.iter().all(|file| git_dir.join(file).exists()));
    }
}
