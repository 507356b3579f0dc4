//! `branch`: the company's branch is not there, or not checked out.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;

pub(super) static CHECK: Check = Check {
    code: "branch",
    group: Group::Repository,
    summary: "the company's branch is missing or not checked out",
    docs: "\
The program writes to one branch (`branch` in `corp.yaml`, `main` if it does not say), and only while that branch is checked
out. Until then nothing is written: agents wait.

`git switch main` goes on. If the branch has another name, say so in `corp.yaml`.
",
    invariant: false,
    look,
    fix: None,
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(repository) = &scene.repository else { return };
    let branch = &scene.branch;
    let checked_out = repository.head_name().ok().flatten();
    let is_out = checked_out.as_ref().is_some_and(|name| name.as_bstr() == format!("refs/heads/{branch}").as_str());
    let exists = repository.try_find_reference(&format!("refs/heads/{branch}")).is_ok_and(|found| found.is_some());
    if is_out {
        return;
    }
    if !exists {
        let what = format!("there is no branch `{branch}`, on which the company lives");
        let help = format!("make it with `git switch -c {branch}`, or name yours as `branch` in corp.yaml");
        found.push(Finding::new(&CHECK, Severity::Error, "corp.yaml", what).help(help));
        return;
    }
    let now = checked_out.map_or_else(|| "no branch".to_owned(), |name| format!("`{}`", name.shorten()));
    let what = format!("{now} is checked out, and the company lives on `{branch}`: nothing is written");
    found.push(Finding::new(&CHECK, Severity::Warning, "HEAD", what).help(format!("git switch {branch}")));
}
