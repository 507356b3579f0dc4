//! `housekeeping`: git would pack the repository by itself.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::writer::{self, Setting, WriteError};

pub(super) static CHECK: Check = Check {
    code: "housekeeping",
    group: Group::Repository,
    summary: "git packs the repository by itself, beside the writer",
    docs: "\
A company makes more commits than a person, so that every few hours git would stop somebody's `git commit` to pack thousands of
objects (`gc.auto`), and throw away what nothing names yet.

`corp doctor --fix` switches both off for this repository (`gc.auto`, `maintenance.auto`).
",
    invariant: false,
    look,
    fix: Some(fix),
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(git_dir) = scene.git_dir() else { return };
    let own = writer::own_settings(git_dir).unwrap_or_default();
    let said = |key: &str| own.iter().rev().find_map(|(_, file)| Some(file.string(key)?.to_string()));
    let off = |key: &str, values: [&str; 2]| said(key).is_some_and(|value| values.contains(&value.as_str()));
    if !off("gc.auto", ["0", "0"]) || !off("maintenance.auto", ["false", "0"]) {
        let what = "git may pack the repository by itself in the middle of a commit";
        found.push(Finding::new(&CHECK, Severity::Warning, ".git/config", what).fixable());
    }
}

fn fix(scene: &Scene) -> Result<Vec<String>, WriteError> {
    scene.writer()?.configure(&[Setting::new("gc.auto", "0"), Setting::new("maintenance.auto", "false")])?;
    Ok(vec!["set gc.auto to 0 and maintenance.auto to false in .git/config".to_owned()])
}
