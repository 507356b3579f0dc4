//! `locks`: a lock of git's that nobody holds any more.

use super::scene::below;
use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::writer::WriteError;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

pub(super) static CHECK: Check = Check {
    code: "locks",
    group: Group::Repository,
    summary: "a lock of git's is there although nobody works",
    docs: "\
git guards its files with `*.lock` files and never waits for one: while it is there, every command that writes fails. A
git or a writer that was killed leaves its lock behind.

A lock of ours can be proved to be: it is the same file as one in `.git/corp/`, and its maker is dead, because the writer's
own lock is free. Those `corp doctor --fix` removes. Any other may belong to a git that is at work, however old it is;
when you know that none is, remove it yourself:

```sh
rm .git/index.lock
```
",
    invariant: true,
    look,
    fix: Some(fix),
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(git_dir) = scene.git_dir_at_rest() else { return };
    for lock in locks(git_dir) {
        let shown = scene.shown(&lock);
        if is_ours(git_dir, &lock) {
            let what = "a writer that died left this lock";
            found.push(Finding::new(&CHECK, Severity::Error, shown, what).fixable());
        } else if git_is_at_work(&scene.root) {
            found.push(Finding::new(&CHECK, Severity::Note, shown, "a git that is at work here holds this lock"));
        } else {
            let what = "this lock is not ours, and no git was seen at work here";
            let help = format!("when you are sure that no git is running: rm {shown}");
            found.push(Finding::new(&CHECK, Severity::Warning, shown, what).help(help));
        }
    }
}

/// The locks there are, of the files that are written most.
fn locks(git_dir: &Path) -> Vec<PathBuf> {
    let names = ["index", "HEAD", "config", "config.worktree", "packed-refs", "shallow", "info/sparse-checkout"];
    let mut found: Vec<PathBuf> = names.iter().map(|name| git_dir.join(format!("{name}.lock"))).collect();
    found.extend(below(&git_dir.join("refs"), |_| true, |name| name.ends_with(".lock")));
    found.retain(|lock| fs::symlink_metadata(lock).is_ok());
    found
}

fn is_ours(git_dir: &Path, lock: &Path) -> bool {
    let Ok(lock) = fs::symlink_metadata(lock) else { return false };
    let entries = fs::read_dir(git_dir.join("corp")).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("held-"))
        .filter_map(|entry| entry.metadata().ok())
        .any(|ours| (ours.dev(), ours.ino()) == (lock.dev(), lock.ino()))
}

/// Whether a git runs in the company's folder. Only Linux tells; elsewhere none is seen.
fn git_is_at_work(root: &Path) -> bool {
    let Ok(root) = root.canonicalize() else { return false };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes.map(|process| process.path()).any(|process| {
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        let name = line.split(|byte| *byte == 0).next().unwrap_or_default();
        name.rsplit(|byte| *byte == b'/').next() == Some(b"git")
            && fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(&root))
    })
}

fn fix(scene: &Scene) -> Result<Vec<String>, WriteError> {
    let mut writer = scene.writer()?;
    let removed = writer.recover()?.locks.clone();
    Ok(removed.iter().map(|lock| format!("removed {}, which a writer that died had left", lock.display())).collect())
}
