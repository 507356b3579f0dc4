//! Our mirror of a project's repository: asked once for every workspace that is made, and the place where everything that
//! came back is kept.

use super::Source;
use super::git::{Failed, Git};
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// A mirror that nobody else changes as long as this lives.
#[derive(Debug)]
pub(super) struct Mirror {
    git: Git,
    /// Held for as long as the mirror is worked on: supervisors of several runs share it.
    _lock: File,
}

impl Mirror {
    /// The mirror in `folder`, made if it is not there. Waits for others.
    pub(super) fn open(folder: &Path) -> Result<Self, Failed> {
        let system = |error: io::Error| Failed::system(&error);
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(system)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.with_extension("lock"))
            .map_err(system)?;
        lock.lock().map_err(system)?;
        let git = Git::in_folder(folder);
        if !folder.join("HEAD").is_file() {
            git.local(&["init", "--quiet", "--bare", "--template=", "--initial-branch=none", "--", "."])?;
        }
        Ok(Self { git, _lock: lock })
    }

    pub(super) fn git(&self) -> &Git {
        &self.git
    }

    /// Brings along what the repository has, and returns the branch it has checked out itself.
    pub(super) fn refresh(&self, source: &Source) -> Result<Option<String>, Failed> {
        self.git.remote(&[
            "fetch",
            "--quiet",
            "--prune",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--",
            &source.url,
            "+refs/heads/*:refs/heads/*",
            "+refs/tags/*:refs/tags/*",
        ])?;
        let answer = self.git.remote(&["ls-remote", "--symref", "--", &source.url, "HEAD"])?;
        let name = |line: &str| Some(line.strip_prefix("ref: refs/heads/")?.split('\t').next()?.to_owned());
        Ok(answer.lines().find_map(name))
    }

    /// The commit a reference is at.
    pub(super) fn commit(&self, reference: &str) -> Option<String> {
        let found = self.git.local(&[
            "rev-parse",
            "--quiet",
            "--verify",
            "--end-of-options",
            &format!("{reference}^{{commit}}"),
        ]);
        found.ok().map(|id| id.trim().to_owned()).filter(|id| !id.is_empty())
    }

    /// Whether one commit is in the history of the other.
    pub(super) fn is_ancestor(&self, old: &str, new: &str) -> bool {
        self.git.local(&["merge-base", "--is-ancestor", old, new]).is_ok()
    }

    /// Has a reference point at a commit.
    pub(super) fn keep(&self, reference: &str, commit: &str) -> Result<(), Failed> {
        self.git.local(&["update-ref", "--", reference, commit]).map(drop)
    }
}
