//! Putting files into a folder without ever writing over something unseen or through a link.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// One file to write or remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where, relative to the folder, with `/`.
    pub path: String,
    /// What must be there now; `None`: nothing.
    pub before: Option<Vec<u8>>,
    /// What will be there; `None`: nothing.
    pub after: Option<Vec<u8>>,
}

/// Why files could not be put in place.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Something else is there than what was seen when the change was decided.
    #[error("{path} changed meanwhile; nothing was written to it")]
    Changed {
        /// The file.
        path: String,
    },
    /// The path leads through a link or out of the folder.
    #[error("{path} leads through a link or out of the folder")]
    Outside {
        /// The file.
        path: String,
    },
    /// The file system refused.
    #[error("could not write {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: io::Error,
    },
}

/// Makes `changes` in `root`. Every file is looked at before the first is written; each is written whole
/// beside its place and then renamed, so that nobody ever reads half of it. A folder that is empty once its
/// last file went goes too.
///
/// # Errors
/// [`PlaceError`]; with `Changed` or `Outside` found in the first look, nothing was written at all, and what was
/// written before any other error is taken back as far as nobody has changed it since.
pub fn place(root: &Path, changes: &[Change]) -> Result<(), PlaceError> {
    for change in changes {
        look(root, change)?;
    }
    for (done, change) in changes.iter().enumerate() {
        if let Err(error) = put(root, change) {
            for change in changes[..done].iter().rev() {
                let back =
                    Change { path: change.path.clone(), before: change.after.clone(), after: change.before.clone() };
                // What cannot be taken back has been changed by somebody meanwhile, or the disk is failing: the
                // first error is the one to tell.
                drop(put(root, &back));
            }
            return Err(error);
        }
    }
    Ok(())
}

fn put(root: &Path, change: &Change) -> Result<(), PlaceError> {
    let target = look(root, change)?;
    if change.before == change.after {
        return Ok(());
    }
    make(&target, change).map_err(|source| PlaceError::Io { path: change.path.clone(), source })?;
    if change.after.is_none() {
        // Only empty folders can be removed like this, so the first one that is not ends it.
        let folders = target.ancestors().skip(1).take_while(|folder| *folder != root);
        for folder in folders {
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
    }
    Ok(())
}

/// Returns the full path if what is there is what was seen.
fn look(root: &Path, change: &Change) -> Result<PathBuf, PlaceError> {
    let outside = || PlaceError::Outside { path: change.path.clone() };
    let changed = || PlaceError::Changed { path: change.path.clone() };
    let mut target = root.to_owned();
    let parts: Vec<&str> = change.path.split('/').collect();
    for (position, part) in parts.iter().enumerate() {
        if part.is_empty() || *part == "." || *part == ".." || part.contains('\0') {
            return Err(outside());
        }
        target.push(part);
        let last = position + 1 == parts.len();
        match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_symlink() => return Err(outside()),
            Ok(metadata) if metadata.is_dir() != last => {}
            Ok(_) => return Err(changed()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(PlaceError::Io { path: change.path.clone(), source }),
        }
    }
    let now = match fs::read(&target) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(source) => return Err(PlaceError::Io { path: change.path.clone(), source }),
    };
    if now == change.before { Ok(target) } else { Err(changed()) }
}

fn make(target: &Path, change: &Change) -> io::Result<()> {
    let Some(bytes) = &change.after else {
        return fs::remove_file(target);
    };
    let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let name = target.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let temporary = folder.join(format!(".{name}.corp-{}", std::process::id()));
    let written = fs::OpenOptions::new().write(true).create_new(true).open(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_data()
    });
    let placed = written.and_then(|()| match change.before {
        // A rename would replace a file that came into being a moment ago; a link does not.
        None => fs::hard_link(&temporary, target).and_then(|()| fs::remove_file(&temporary)),
        Some(_) => fs::rename(&temporary, target),
    });
    if placed.is_err() {
        // The temporary file is ours alone; what is reported is why it could not become the real one.
        drop(fs::remove_file(&temporary));
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(path: &str, before: Option<&str>, after: Option<&str>) -> Change {
        let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
        Change { path: path.to_owned(), before: bytes(before), after: bytes(after) }
    }

    #[test]
    fn writes_replaces_removes_and_never_writes_over_something_unseen() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        place(root, &[change("a/b.md", None, Some("1")), change("c.md", None, Some("2"))]).unwrap();
        place(root, &[change("a/b.md", Some("1"), Some("3")), change("c.md", Some("2"), None)]).unwrap();
        assert_eq!(fs::read_to_string(root.join("a/b.md")).unwrap(), "3");
        assert!(!root.join("c.md").exists());
        let refused = place(root, &[change("d.md", None, Some("x")), change("a/b.md", Some("1"), Some("4"))]);
        assert!(matches!(refused, Err(PlaceError::Changed { path }) if path == "a/b.md"));
        assert!(!root.join("d.md").exists(), "the first look comes before the first write");
        for path in ["../x", "/x", "a//b", "a/./b", ""] {
            assert!(matches!(place(root, &[change(path, None, Some("x"))]), Err(PlaceError::Outside { .. })), "{path}");
        }
    }

    #[test]
    fn what_was_written_before_an_error_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        place(root, &[change("a.md", None, Some("1"))]).unwrap();
        // A folder cannot come into being where a file has just been written.
        let changes = [
            change("a.md", Some("1"), Some("2")),
            change("b/c.md", None, Some("3")),
            change("b/c.md/d.md", None, Some("4")),
        ];
        assert!(matches!(place(root, &changes), Err(PlaceError::Changed { .. })));
        assert_eq!(fs::read_to_string(root.join("a.md")).unwrap(), "1");
        assert!(!root.join("b").exists(), "the folder that was made for it goes too");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("agents")).unwrap();
        let refused = place(folder.path(), &[change("agents/x.md", None, Some("x"))]);
        assert!(matches!(refused, Err(PlaceError::Outside { .. })));
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }
}
