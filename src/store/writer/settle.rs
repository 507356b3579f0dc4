//! Before the first commit in a repository that was there: git's settings, as a company needs them.

use super::gitlock::GitLock;
use super::{Options, WriteError, objects};
use crate::store::settings;
use gix::Repository;
use std::fs;
use std::path::Path;

/// Adds the settings that are missing, and returns the repository opened anew if there were any.
///
/// Whatever keeps them from being written keeps nobody from working: a company without them is slower, and is packed
/// by git when git thinks fit.
pub(super) fn settle(repository: &Repository, folder: &Path, options: &Options) -> Option<Repository> {
    let path = repository.git_dir().join("config");
    // Looked at before the lock is taken: nearly always there is nothing to do.
    if missing(&path)?.is_empty() {
        return None;
    }
    let lock = GitLock::take(folder, &path, 0).ok()?;
    let text = fs::read(&path).ok()?;
    let missing = settings::missing(&text)?;
    lock.replace_like(&[&text[..], missing.as_bytes()].concat()).ok()?;
    objects::open(&options.root).map_err(drop::<WriteError>).ok()
}

fn missing(path: &Path) -> Option<String> {
    settings::missing(&fs::read(path).ok()?)
}
