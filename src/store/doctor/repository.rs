//! `repository`: there is none, or one that cannot be written to.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::found;

pub(super) static CHECK: Check = Check {
    code: "repository",
    group: Group::Repository,
    summary: "there is no repository, or one of a kind that is not written to",
    docs: "\
A company lives in a git repository of its own, in the folder on top of it. A bare repository, a second work tree
(`git worktree add`), a company below the top of another repository, and the reftable format are read where they can be, and
not written to.

`corp init DIR` makes a company a repository; for a second place to work in, clone it.
",
    invariant: true,
    look,
    fix: None,
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let place = scene.root.display().to_string();
    if let Some(reason) = &scene.refused {
        let what = format!("the repository cannot be read: {reason}");
        let help = "a clone of it has everything that was pushed; keep this one until you have compared";
        found.push(Finding::new(&CHECK, Severity::Error, place, what).help(help));
        return;
    }
    if scene.repository.is_none() {
        let around = found::repository_around(&scene.root);
        let (what, help) = match around {
            Some(top) => (
                format!("it is a folder in the repository {}, so nothing here is committed by corp", top.display()),
                "give the company a repository of its own: `git init` in its folder",
            ),
            None => ("it is no git repository, so nothing is recorded".to_owned(), "make it one: `git init`"),
        };
        found.push(Finding::new(&CHECK, Severity::Warning, place, what).help(help));
        return;
    }
    // A split index has a check of its own, which can repair it.
    if let Err(error) = scene.writer()
        && !super::split_index::is_split(scene)
    {
        found.push(Finding::new(&CHECK, Severity::Error, place, error.to_string()));
    }
}
