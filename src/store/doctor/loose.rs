//! `loose`: many objects lie loose.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::pack;

pub(super) static CHECK: Check = Check {
    code: "loose",
    group: Group::Repository,
    summary: "more than 64 MiB of objects are not packed",
    docs: "\
Each commit leaves about five small files in `.git/objects`, each of which takes a block of the disk. Packed, they take a
tenth of it, and are copied and backed up faster.

```sh
corp repack
```

The writer and the daemon pack by themselves, so this is a company that was written without them, or one whose git cannot pack.
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
    // What cannot be counted is told by the check of objects.
    let Ok(pack::Loose { objects, bytes }) = pack::loose(git_dir) else { return };
    if bytes > BYTES_MAX {
        let what = format!("{objects} objects take {} MiB because they are not packed", bytes >> 20);
        found.push(Finding::new(&CHECK, Severity::Warning, ".git/objects", what).help("corp repack"));
    }
}
