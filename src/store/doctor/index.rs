//! `index`: git's index cannot be read or contradicts itself.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::writer::{self, WriteError};

pub(super) static CHECK: Check = Check {
    code: "index",
    group: Group::Repository,
    summary: "git's index is missing, damaged or contradicts itself",
    docs: "\
The index says what git knows of the work tree and what is staged. Damaged, git does nothing any more; missing, every file
looks deleted. The history is not touched by either.

`corp doctor --fix` makes it anew from the last commit. What was staged and not committed is lost with the damaged one; the
files in the work tree stay as they are.
",
    invariant: true,
    look,
    fix: Some(fix),
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let (Some(repository), Some(_)) = (&scene.repository, scene.head()) else { return };
    if super::split_index::is_split(scene) {
        return;
    }
    let path = repository.index_path();
    let mut tell = |what: String| {
        found.push(Finding::new(&CHECK, Severity::Error, ".git/index", what).fixable());
    };
    if !path.exists() {
        return tell("the index is missing; every file looks deleted".to_owned());
    }
    let options = gix::index::decode::Options::default();
    match gix::index::File::at(&path, repository.object_hash(), false, options) {
        Err(_) => tell("the index is damaged".to_owned()),
        Ok(index) => {
            if let Some(entry) = writer::contradiction(&index) {
                tell(format!("the index has {entry} twice, or beside the folder that stands for it"));
            }
        }
    }
}

fn fix(scene: &Scene) -> Result<Vec<String>, WriteError> {
    scene.writer()?.remake_index()?;
    Ok(vec!["the index was made anew from the last commit".to_owned()])
}
