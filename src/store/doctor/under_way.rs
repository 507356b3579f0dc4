//! `under-way`: a merge, rebase or bisect is not finished.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::writer::{self, Paused};

pub(super) static CHECK: Check = Check {
    code: "under-way",
    group: Group::Repository,
    summary: "a merge, rebase, cherry-pick, revert or bisect is under way",
    docs: "\
While git is in the middle of something of yours, the program writes nothing and goes on by itself afterwards. One that was
forgotten stops the company for as long as it lasts.

Finish it (`git merge --continue`, `git rebase --continue`), or give it up (`--abort`; `git bisect reset`).
",
    invariant: false,
    look,
    fix: None,
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(git_dir) = scene.git_dir() else { return };
    if let Some(paused) = writer::paused(git_dir, &scene.branch)
        && !matches!(paused, Paused::Branch { .. })
    {
        found.push(Finding::new(&CHECK, Severity::Warning, ".git", paused.to_string()));
    }
}
