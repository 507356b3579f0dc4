//! Putting files into a folder without ever writing over something unseen or through a link.

use super::durable;
use std::collections::BTreeSet;
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
/// beside its place, all are made durable together, and then each is renamed, so that nobody ever reads half of
/// one. A folder that is empty once its last file went goes too.
///
/// # Errors
/// [`PlaceError`]; with `Changed` or `Outside` found in the first look, nothing was written at all, and what was
/// written before any other error is taken back as far as nobody has changed it since.
pub fn place(root: &Path, changes: &[Change]) -> Result<(), PlaceError> {
    let changes: Vec<&Change> = changes.iter().filter(|change| change.before != change.after).collect();
    for change in &changes {
        look(root, change)?;
    }
    let mut staged = Staged::default();
    for change in &changes {
        staged.write(root, change)?;
    }
    sync(&staged.temporaries)?;
    for (done, change) in changes.iter().enumerate() {
        if let Err(error) = put(root, change, &mut staged) {
            for change in changes[..done].iter().rev() {
                take_back(root, change);
            }
            return Err(error);
        }
    }
    sync(&staged.folders.iter().filter(|folder| folder.is_dir()).cloned().collect::<Vec<_>>())
}

/// Writes the first files of a folder that nobody works in yet, each straight into its place and none over anything.
/// Nothing is waited for: whoever commits them has them in the journal.
///
/// # Errors
/// [`PlaceError`]; what was written is taken back as far as nobody has changed it since.
pub fn place_first(root: &Path, changes: &[Change]) -> Result<(), PlaceError> {
    let mut folders = BTreeSet::new();
    for (done, change) in changes.iter().enumerate() {
        if let Err(error) = write_first(root, change, &mut folders) {
            for change in changes[..done].iter().rev() {
                take_back(root, change);
            }
            return Err(error);
        }
    }
    Ok(())
}

/// Writes one file that is not there yet; `folders` are known to be.
fn write_first(root: &Path, change: &Change, folders: &mut BTreeSet<PathBuf>) -> Result<(), PlaceError> {
    let target = look(root, change)?;
    let Some(bytes) = &change.after else { return Ok(()) };
    let failed = |source| PlaceError::Io { path: change.path.clone(), source };
    if let Some(folder) = target.parent().filter(|folder| !folders.contains(*folder)) {
        fs::create_dir_all(folder).map_err(failed)?;
        folders.insert(folder.to_owned());
    }
    let made = fs::OpenOptions::new().write(true).create_new(true).open(&target);
    let written = made.map_err(failed)?.write_all(bytes);
    if written.is_err() {
        // Made a moment ago, and not whole.
        drop(fs::remove_file(&target));
        remove_empty(&target, root);
    }
    written.map_err(failed)
}

fn sync(paths: &[PathBuf]) -> Result<(), PlaceError> {
    durable::sync(paths).map_err(|(path, source)| PlaceError::Io { path: path.display().to_string(), source })
}

/// Files written beside their places. Those that did not get there go when this does.
#[derive(Default)]
struct Staged {
    temporaries: Vec<PathBuf>,
    /// The next of them to be put in place.
    next: usize,
    folders: BTreeSet<PathBuf>,
    /// Where empty folders end.
    root: PathBuf,
}

impl Staged {
    fn write(&mut self, root: &Path, change: &Change) -> Result<(), PlaceError> {
        self.root = root.to_owned();
        let target = look(root, change)?;
        let failed = |source| PlaceError::Io { path: change.path.clone(), source };
        let folder = target.parent().ok_or_else(|| failed(io::ErrorKind::InvalidInput.into()))?;
        let folders = folder.ancestors().take_while(|above| above.starts_with(root));
        self.folders.extend(folders.map(Path::to_owned));
        let Some(bytes) = &change.after else { return Ok(()) };
        fs::create_dir_all(folder).map_err(failed)?;
        let temporary = folder.join(format!(".corp-{}-{}", std::process::id(), self.temporaries.len()));
        let file = fs::OpenOptions::new().write(true).create_new(true).open(&temporary).map_err(failed)?;
        self.temporaries.push(temporary);
        (&file).write_all(bytes).map_err(failed)
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        for temporary in &self.temporaries[self.next..] {
            // It is ours alone; what is reported is why it could not become the real one.
            drop(fs::remove_file(temporary));
            remove_empty(temporary, &self.root);
        }
    }
}

/// Removes the folders above `path` that are empty, up to `root`.
fn remove_empty(path: &Path, root: &Path) {
    for folder in path.ancestors().skip(1).take_while(|folder| *folder != root) {
        // Only an empty folder can be removed like this, so the first one that is not ends it.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}

/// Puts one file in its place, or takes it away.
fn put(root: &Path, change: &Change, staged: &mut Staged) -> Result<(), PlaceError> {
    let target = look(root, change)?;
    let failed = |source| PlaceError::Io { path: change.path.clone(), source };
    if change.after.is_none() {
        fs::remove_file(&target).map_err(failed)?;
        remove_empty(&target, root);
        return Ok(());
    }
    let temporary = &staged.temporaries[staged.next];
    match change.before {
        // A rename would replace a file that came into being a moment ago; a link does not.
        None => fs::hard_link(temporary, &target).and_then(|()| fs::remove_file(temporary)),
        Some(_) => fs::rename(temporary, &target),
    }
    .map_err(failed)?;
    staged.next += 1;
    Ok(())
}

/// Undoes a change. What cannot be undone has been changed by somebody meanwhile, or the disk is failing: the
/// error that led here is the one to tell.
fn take_back(root: &Path, change: &Change) {
    let back = Change { path: change.path.clone(), before: change.after.clone(), after: change.before.clone() };
    let mut staged = Staged::default();
    drop(staged.write(root, &back).and_then(|()| put(root, &back, &mut staged)));
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
