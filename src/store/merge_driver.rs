//! That git itself merges a company's files key by key: the driver in the repository's own configuration, and which
//! files it is for. Neither is in the work tree, since what a package or a pull brings must not name programs.

use gix::bstr::BStr;
use gix::config::Source;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What git does with a company's files: bytes stay as they are, files with keys merge by key, the ledger by line, and a
/// ciphertext never.
const ATTRIBUTES: [&str; 7] = [
    "* -text",
    "*.md merge=corp",
    "*.yaml merge=corp",
    "tickets/**/*.lock merge=corp",
    "ledger/**/*.json merge=corp",
    "ledger/**/*.jsonl merge=corp",
    "secrets/*.age -merge",
];

/// The keys of `merge.corp` and their values.
const DRIVER: [(&str, &str); 2] =
    [("name", "a company's files, key by key"), ("driver", "corp merge-driver %O %A %B %P")];

/// git's own files could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The folder is no repository.
    #[error("{root} is no git repository: {reason}")]
    NoRepository {
        /// The folder.
        root: PathBuf,
        /// What the library said.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("could not write {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The configuration cannot be read.
    #[error("{path} cannot be read: {reason}")]
    Config {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

fn io(path: &Path) -> impl FnOnce(io::Error) -> DriverError {
    let path = path.to_owned();
    move |source| DriverError::Io { path, source }
}

/// What the repository in `root` lacks for git to merge a company's files key by key, each in words; nothing if it is
/// set up.
///
/// # Errors
/// [`DriverError`].
pub fn check(root: &Path) -> Result<Vec<String>, DriverError> {
    let git_dir = git_dir(root)?;
    let mut lacks = Vec::new();
    let (_, missing) = attributes(&git_dir)?;
    lacks.extend(missing.iter().map(|line| format!("`{line}` in .git/info/attributes")));
    let config = config(&git_dir)?;
    for (key, wanted) in DRIVER {
        if said(&config, key).as_deref() != Some(wanted) {
            lacks.push(format!("`merge.corp.{key}` in .git/config"));
        }
    }
    Ok(lacks)
}

/// Puts in place what [`check`] misses and returns that. What else stands in the two files stays.
///
/// # Errors
/// [`DriverError`].
pub fn install(root: &Path) -> Result<Vec<String>, DriverError> {
    let lacks = check(root)?;
    if lacks.is_empty() {
        return Ok(lacks);
    }
    let git_dir = git_dir(root)?;
    let (mut text, missing) = attributes(&git_dir)?;
    if !missing.is_empty() {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        for line in missing {
            // The last line that fits a file decides; what is said of all files must not undo what a person said of some.
            text = if line.starts_with("* ") { format!("{line}\n{text}") } else { format!("{text}{line}\n") };
        }
        let path = git_dir.join("info/attributes");
        fs::create_dir_all(git_dir.join("info")).map_err(io(&path))?;
        replace(&path, text.as_bytes())?;
    }
    let path = git_dir.join("config");
    let mut config = config(&git_dir)?;
    for (key, wanted) in DRIVER {
        if said(&config, key).as_deref() != Some(wanted) {
            let failed =
                |error: &dyn std::fmt::Display| DriverError::Config { path: path.clone(), reason: error.to_string() };
            config.set_raw_value_by("merge", Some(BStr::new("corp")), key, wanted).map_err(|error| failed(&error))?;
        }
    }
    replace(&path, &config.to_bstring())?;
    Ok(lacks)
}

/// git's folder, shared by all work trees.
fn git_dir(root: &Path) -> Result<PathBuf, DriverError> {
    let opened = gix::open_opts(root, crate::store::repository::options());
    let repository =
        opened.map_err(|error| DriverError::NoRepository { root: root.to_owned(), reason: error.to_string() })?;
    Ok(repository.common_dir().to_owned())
}

/// The attributes as they are, and the lines that are missing.
fn attributes(git_dir: &Path) -> Result<(String, Vec<&'static str>), DriverError> {
    let path = git_dir.join("info/attributes");
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(io(&path)(error)),
    };
    let there = |line: &&&str| !text.lines().any(|known| known.trim() == **line);
    let missing = ATTRIBUTES.iter().filter(there).copied().collect();
    Ok((text, missing))
}

fn config(git_dir: &Path) -> Result<gix::config::File, DriverError> {
    let path = git_dir.join("config");
    gix::config::File::from_path_no_includes(path.clone(), Source::Local)
        .map_err(|error| DriverError::Config { path, reason: error.to_string() })
}

fn said(config: &gix::config::File, key: &str) -> Option<String> {
    config.string_by("merge", Some(BStr::new("corp")), key).map(|value| value.to_string())
}

/// Replaces one of git's files the way git does: under its lock, in one step.
fn replace(path: &Path, content: &[u8]) -> Result<(), DriverError> {
    let lock = PathBuf::from(format!("{}.lock", path.display()));
    let mut file = File::options().write(true).create_new(true).open(&lock).map_err(io(&lock))?;
    let placed = file.write_all(content).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&lock, path));
    placed.map_err(|error| {
        drop(fs::remove_file(&lock));
        io(path)(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_put_in_place_and_what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert!(matches!(check(root), Err(DriverError::NoRepository { .. })));
        gix::init(root).unwrap();
        fs::create_dir_all(root.join(".git/info")).unwrap();
        fs::write(root.join(".git/info/attributes"), "*.png binary\n*.md merge=corp").unwrap();
        let config = fs::read_to_string(root.join(".git/config")).unwrap();
        let config = config + "# mine\n[merge \"corp\"]\n\tdriver = old %A\n[user]\n\tname = Ada\n";
        fs::write(root.join(".git/config"), config).unwrap();
        assert_eq!(check(root).unwrap().len(), 6 + 2);
        assert_eq!(install(root).unwrap().len(), 8);
        assert!(check(root).unwrap().is_empty() && install(root).unwrap().is_empty());
        let text = fs::read_to_string(root.join(".git/info/attributes")).unwrap();
        assert!(text.starts_with("* -text\n*.png binary\n*.md merge=corp\n*.yaml"), "{text}");
        let text = fs::read_to_string(root.join(".git/config")).unwrap();
        assert!(text.contains("# mine") && text.contains("name = Ada"), "{text}");
        assert_eq!(text.matches("corp merge-driver %O %A %B %P").count(), 1, "{text}");
        assert!(!text.contains("old %A"), "{text}");
        let left: Vec<_> = fs::read_dir(root.join(".git")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".lock")), "{left:?}");
    }
}
