//! `leftovers`: what a writer that was killed left in git's folder.

use super::{Check, Finding, Group, Scene, count};
use crate::diag::Severity;
use crate::store::writer::{self, WriteError};

pub(super) static CHECK: Check = Check {
    code: "leftovers",
    group: Group::Repository,
    summary: "a writer that was killed left half-written objects or packs",
    docs: "\
Objects and packs are written under names of their own (`tmp_obj_corp`, `tmp_pack_corp…`, `tmp_idx_corp…` in `.git/objects`,
`spare-…` in `.git/corp`) and renamed when they are whole. Killed in between, the program leaves them. They hurt nothing and
take room: what was acknowledged is in the journal, and is written again.

`corp doctor --fix` removes them while it has the lock under which they are written, so that their writer is dead for certain.
What git itself leaves (`tmp_obj_` and six letters) may be a living git's, and is removed by `git gc` after two weeks.
",
    invariant: false,
    look,
    fix: Some(fix),
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(git_dir) = scene.git_dir_at_rest() else { return };
    let mut left = writer::leftovers(git_dir);
    // A writer may have begun, and ended, while it was looked at.
    left.retain(|path| scene.git_dir_at_rest().is_some() && path.exists());
    if let Some(first) = left.first() {
        let what = format!("a writer that was killed left {}", count(left.len(), "half-written file"));
        found.push(Finding::new(&CHECK, Severity::Note, scene.shown(first), what).fixable());
    }
}

fn fix(scene: &Scene) -> Result<Vec<String>, WriteError> {
    scene.writer()?.alone(|repository, _, _| {
        let removed = writer::sweep_leftovers(repository.common_dir());
        Ok(match removed.len() {
            0 => Vec::new(),
            files => vec![format!("removed {} of a writer that was killed", count(files, "half-written file"))],
        })
    })
}
