//! `merge-driver`: git would merge the company's files line by line.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::merge_driver;
use crate::store::writer::WriteError;

pub(super) static CHECK: Check = Check {
    code: "merge-driver",
    group: Group::Repository,
    summary: "git merges the company's files line by line",
    docs: "\
`git merge` brings two people's changes of one file together key by key if it is told to, in `.git/config` and
`.git/info/attributes`. A clone made by `git clone` is not: there, two changed neighbouring lines are a conflict, and line
endings may be rewritten.

`corp doctor --fix` writes both.
",
    invariant: false,
    look,
    fix: Some(fix),
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    if scene.repository.is_none() {
        return;
    }
    match merge_driver::check(&scene.root) {
        Ok(lacks) if lacks.is_empty() => {}
        Ok(lacks) => {
            let what = format!("git is not told how to merge the company's files: {}", lacks.join(", "));
            found.push(Finding::new(&CHECK, Severity::Warning, ".git", what).fixable());
        }
        Err(error) => found.push(Finding::new(&CHECK, Severity::Warning, ".git", error.to_string())),
    }
}

fn fix(scene: &Scene) -> Result<Vec<String>, WriteError> {
    let lacks = merge_driver::install(&scene.root)
        .map_err(|error| WriteError::Git { doing: "written", reason: error.to_string() })?;
    Ok(lacks.into_iter().map(|line| format!("wrote {line}")).collect())
}
