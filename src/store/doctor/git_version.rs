//! `git-version`: the git beside us is missing or old.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::archive::GIT_NEEDED;
use crate::store::git::{self, GitError};

pub(super) static CHECK: Check = Check {
    code: "git-version",
    group: Group::Environment,
    summary: "there is no git, or one older than 2.37",
    docs: "\
Writing needs no git program: the objects, the index and the branch are written directly. Other repositories are spoken to
by git, so without it nothing is fetched or pushed. A git older than 2.37 cannot read the index of a company whose closed
tickets have left the work tree ([closed tickets](archive.md)).

Install git 2.37 or newer.
",
    invariant: false,
    look,
    fix: None,
};

fn look(_: &Scene, found: &mut Vec<Finding>) {
    let (what, place) = match git::version() {
        Err(GitError::NoGit) => ("there is no `git` program".to_owned(), "PATH".to_owned()),
        Err(error) => (error.to_string(), "git".to_owned()),
        Ok(Some(version)) if version < GIT_NEEDED => {
            (format!("git {}.{} is older than 2.37", version.0, version.1), "git".to_owned())
        }
        Ok(_) => return,
    };
    found.push(
        Finding::new(&CHECK, Severity::Warning, place, what)
            .help("install git 2.37 or newer: https://git-scm.com/downloads"),
    );
}
