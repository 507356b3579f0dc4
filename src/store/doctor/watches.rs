//! `watches`: the machine lets one account watch too few folders.

use super::{Check, Finding, Group, Scene, count};
use crate::diag::Severity;
use std::fs;
use std::path::Path;

pub(super) static CHECK: Check = Check {
    code: "watches",
    group: Group::Environment,
    summary: "there are more folders than may be watched",
    docs: "\
Edits are noticed by watching every folder, and Linux limits how many an account may watch
(`fs.inotify.max_user_watches`). Editors use the same allowance. When it is used up, the files are looked through every
few seconds instead, which notices later and costs more.

Raise the limit, or let closed tickets leave the work tree with `corp archive`:

```sh
echo fs.inotify.max_user_watches=524288 | sudo tee /etc/sysctl.d/60-watches.conf && sudo sysctl --system
```
",
    invariant: false,
    look,
    fix: None,
};

/// Most folders that are counted; no account may watch more by default.
const FOLDERS_MAX: usize = 1_000_000;

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let limit = "/proc/sys/fs/inotify/max_user_watches";
    let Some(may) = fs::read_to_string(limit).ok().and_then(|text| text.trim().parse::<usize>().ok()) else { return };
    let mut folders = 0;
    walk(&scene.root, &mut folders);
    // Half, since editors watch too.
    if folders > may / 2 {
        let what = format!("{} are to be watched, and this account may watch {may}", count(folders, "folder"));
        let help = "raise fs.inotify.max_user_watches, or let closed tickets leave with `corp archive`";
        found.push(Finding::new(&CHECK, Severity::Warning, limit, what).help(help));
    }
}

fn walk(folder: &Path, count: &mut usize) {
    *count += 1;
    if *count >= FOLDERS_MAX {
        return;
    }
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) && entry.file_name() != ".git" {
            walk(&entry.path(), count);
        }
    }
}
