//! `loose`: many objects lie loose.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

pub(super) static CHECK: Check = Check {
    code: "loose",
    group: Group::Repository,
    summary: "more than 64 MiB of objects are not packed",
    docs: "\
Each commit leaves about five small files in `.git/objects`, each of which takes a block of the disk. Packed, they take a
tenth of it, and are copied and backed up faster.

```sh
git repack -d -l --geometric=2
```

Never `git gc --prune=now` while something writes: it throws away what no commit names yet.
",
    invariant: false,
    look,
    fix: None,
};

/// Disk that loose objects may take, in bytes.
const BYTES_MAX: u64 = 64 << 20;

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(git_dir) = scene.git_dir() else { return };
    let (mut files, mut bytes) = (0, 0);
    for byte in 0..=255_u8 {
        for entry in fs::read_dir(git_dir.join(format!("objects/{byte:02x}"))).into_iter().flatten().flatten() {
            files += 1;
            bytes += entry.metadata().map_or(0, |file| file.blocks() * 512);
        }
    }
    if bytes > BYTES_MAX {
        let what = format!("{files} objects take {} MiB because they are not packed", bytes >> 20);
        let help = "git repack -d -l --geometric=2";
        found.push(Finding::new(&CHECK, Severity::Warning, ".git/objects", what).help(help));
    }
}
