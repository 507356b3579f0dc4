//! The repository's own settings: read anew, and changed line by line under git's lock, so that a person's comments
//! and order stay.

use super::WriteError;
use super::gitlock::GitLock;
use gix::config::{File, Source};
use std::path::{Path, PathBuf};

/// A setting to make, or with `None` to take away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name, such as `core.sparseCheckout`.
    pub key: String,
    /// Its value.
    pub value: Option<String>,
}

impl Setting {
    /// A setting with a value.
    pub fn new(key: &str, value: &str) -> Self {
        Self { key: key.to_owned(), value: Some(value.to_owned()) }
    }

    /// One that goes.
    pub fn gone(key: &str) -> Self {
        Self { key: key.to_owned(), value: None }
    }
}

/// The files that hold the repository's own settings, the one that counts most last. What they include is not
/// followed: it is not the repository's own.
pub(super) fn files(git_dir: &Path) -> Result<Vec<(PathBuf, File)>, WriteError> {
    let path = git_dir.join("config");
    let own = read(&path)?;
    let per_tree = own.boolean("extensions.worktreeConfig").ok().flatten().unwrap_or(false);
    let mut files = vec![(path, own)];
    let path = git_dir.join("config.worktree");
    if per_tree && path.exists() {
        let text = read(&path)?;
        files.push((path, text));
    }
    Ok(files)
}

fn read(path: &Path) -> Result<File, WriteError> {
    File::from_path_no_includes(path.to_owned(), Source::Local).map_err(WriteError::git("read"))
}

/// A setting that is on or off, as it is now.
pub(super) fn boolean(git_dir: &Path, key: &str) -> Result<Option<bool>, WriteError> {
    Ok(files(git_dir)?.iter().rev().find_map(|(_, file)| file.boolean(key).ok().flatten()))
}

/// Makes settings. Each goes into the file that counts; a file that is as wanted already is not written.
pub(super) fn change(git_dir: &Path, folder: &Path, settings: &[Setting], patience_ms: u64) -> Result<(), WriteError> {
    let last = files(git_dir)?.len() - 1;
    for (at, (path, _)) in files(git_dir)?.into_iter().enumerate() {
        let lock = GitLock::take(folder, &path, patience_ms)?;
        let mut file = read(&path)?;
        let before = file.to_bstring();
        for setting in settings {
            let there = file.string(&setting.key).is_some();
            match &setting.value {
                Some(value) if there || at == last => {
                    file.set_raw_value(&setting.key, value.as_str()).map_err(WriteError::git("written"))?;
                }
                Some(_) => {}
                None => {
                    while let Ok(mut value) = file.raw_value_mut(&setting.key) {
                        value.delete();
                    }
                }
            }
        }
        let after = file.to_bstring();
        if after != before {
            lock.replace(&after)?;
        }
    }
    Ok(())
}
