//! The work tree: a committed file is brought along, and what a person saved meanwhile is never written over.
//!
//! A file is exchanged for the new one in one step of the file system, and then what was there is looked at. If it is
//! not what was expected, a person saved in that moment: both are merged by field, and the person wins.

use super::WriteError;
use crate::format::merge::merge;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What the names of our temporary files begin with; the writer's lock makes them nobody else's.
pub(super) const TEMPORARY: &str = ".corp-new-";

/// Most saves by a person that are merged during one write of ours.
const SAVES_MAX: usize = 16;

/// How a file was brought along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Brought {
    /// It is what was committed.
    Clean,
    /// A person's unsaved-to-git work is in it, and was kept.
    Kept,
}

/// Brings the file at `path` from `old` to `new` (committed contents; `None`: not there), and makes it a program or
/// none if that changes.
pub(super) fn bring(
    root: &Path,
    path: &str,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
    program: Option<bool>,
) -> Result<Brought, WriteError> {
    let brought = bring_content(root, path, old, new)?;
    if let (Some(program), Some(target)) = (program, target(root, path)) {
        match make_program(&target, program) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(WriteError::io(&target)(error)),
            _ => {}
        }
    }
    if new.is_none() && brought == Brought::Clean {
        remove_empty_folders(root, path);
    }
    Ok(brought)
}

/// Sets or takes away the executable bit, for those who may read.
fn make_program(target: &Path, program: bool) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = fs::metadata(target)?.permissions();
    let mode = permissions.mode();
    permissions.set_mode(if program { mode | (mode & 0o444) >> 2 } else { mode & !0o111 });
    fs::set_permissions(target, permissions)
}

/// Removes the folders that a removed file leaves empty, as git does; one with anything in it stays.
fn remove_empty_folders(root: &Path, path: &str) {
    let mut folder = path;
    while let Some((parent, _)) = folder.rsplit_once('/') {
        if fs::remove_dir(root.join(parent)).is_err() {
            return;
        }
        folder = parent;
    }
}

fn bring_content(root: &Path, path: &str, old: Option<&[u8]>, new: Option<&[u8]>) -> Result<Brought, WriteError> {
    let Some(target) = target(root, path) else { return Ok(Brought::Kept) };
    for _ in 0..SAVES_MAX {
        let current = read(&target)?;
        if current.as_deref() == new {
            return Ok(Brought::Clean);
        }
        let clean = current.as_deref() == old;
        let wanted = if clean { new.map(<[u8]>::to_vec) } else { merged(path, old, current.as_deref(), new) };
        if !clean && wanted == current {
            return Ok(Brought::Kept);
        }
        if put(&target, current.as_deref(), wanted.as_deref()).map_err(WriteError::io(&target))? {
            if wanted.is_none() {
                remove_empty(root, &target);
            }
            return Ok(if clean || wanted.as_deref() == new { Brought::Clean } else { Brought::Kept });
        }
    }
    // Somebody saves faster than we look; theirs is there, ours is in the history.
    Ok(Brought::Kept)
}

/// Removes the folders above `target` that are empty now, up to `root`, as git does.
fn remove_empty(root: &Path, target: &Path) {
    for folder in target.ancestors().skip(1).take_while(|folder| *folder != root) {
        // Only an empty folder can be removed like this, so the first one that is not ends it.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}

/// The full path, if no folder on the way is a link or a file.
fn target(root: &Path, path: &str) -> Option<PathBuf> {
    let mut target = root.to_owned();
    let (folders, name) = path.rsplit_once('/').map_or(("", path), |(folders, name)| (folders, name));
    for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
        target.push(folder);
        if fs::symlink_metadata(&target).is_ok_and(|found| !found.is_dir()) {
            return None;
        }
    }
    target.push(name);
    match fs::symlink_metadata(&target) {
        Ok(found) if !found.is_file() => None,
        _ => Some(target),
    }
}

/// What is in the file at `path`; `None` if it is not there, or not a file.
pub(super) fn content(root: &Path, path: &str) -> Result<Option<Vec<u8>>, WriteError> {
    target(root, path).map_or(Ok(None), |target| read(&target))
}

fn read(target: &Path) -> Result<Option<Vec<u8>>, WriteError> {
    match fs::read(target) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(WriteError::Io { path: target.to_owned(), source }),
    }
}

/// What a file with a person's unsaved-to-git work becomes. The person wins wherever both changed the same.
pub(super) fn merged(path: &str, old: Option<&[u8]>, current: Option<&[u8]>, new: Option<&[u8]>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8;
    match (old.map(text), current.map(text), new.map(text)) {
        (Some(Ok(old)), Some(Ok(current)), Some(Ok(new))) => Some(merge(path, old, current, new).text.into_bytes()),
        // A deletion, a new file or bytes cannot be merged: what the person has stays.
        _ => current.map(<[u8]>::to_vec),
    }
}

/// Replaces `expected` by `wanted`; false if something else was there, which then still is.
fn put(target: &Path, expected: Option<&[u8]>, wanted: Option<&[u8]>) -> io::Result<bool> {
    let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let Some(wanted) = wanted else { return remove(target, folder, expected) };
    fs::create_dir_all(folder)?;
    let temporary = temporary(folder, target);
    let mut file = File::options().write(true).create_new(true).open(&temporary)?;
    let placed = file.write_all(wanted).and_then(|()| match expected {
        // A link appears only if nothing is there.
        None => match fs::hard_link(&temporary, target) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        },
        Some(expected) => {
            fs::set_permissions(&temporary, fs::metadata(target)?.permissions())?;
            exchange(&temporary, target, expected)
        }
    });
    drop(fs::remove_file(&temporary));
    placed
}

/// Exchanges the two files and looks at what came out; puts it back if it is not what was expected.
fn exchange(temporary: &Path, target: &Path, expected: &[u8]) -> io::Result<bool> {
    match swap(temporary, target) {
        Ok(()) => {
            if fs::read(temporary)? == expected {
                return Ok(true);
            }
            swap(temporary, target)?;
            Ok(false)
        }
        // A file system that cannot exchange: look as late as possible, then rename.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            if fs::read(target)? != expected {
                return Ok(false);
            }
            fs::rename(temporary, target)?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn swap(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).map_err(io::Error::from)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn swap(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Takes the file away and looks at it; gives it back if it is not what was expected.
fn remove(target: &Path, folder: &Path, expected: Option<&[u8]>) -> io::Result<bool> {
    let aside = temporary(folder, target);
    match fs::rename(target, &aside) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(expected.is_none()),
        Err(error) => return Err(error),
    }
    if Some(fs::read(&aside)?.as_slice()) == expected {
        fs::remove_file(&aside)?;
        return Ok(true);
    }
    // Back it goes; if something new is there already, that is newer still, and the one set aside stays beside it.
    match fs::hard_link(&aside, target) {
        Ok(()) => fs::remove_file(&aside)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
            fs::rename(&aside, folder.join(format!("{name}.rescued")))?;
        }
        Err(error) => return Err(error),
    }
    Ok(false)
}

fn temporary(folder: &Path, target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    folder.join(format!("{TEMPORARY}{name}"))
}

/// File systems lose a file in pieces of this size, in bytes.
const PAGE_BYTES: usize = 4096;

/// Whether `found` is what a power cut makes of a file that was to be `wanted`: whole pages of it are zeros, or gone at
/// the end.
pub(super) fn is_cut(found: &[u8], wanted: &[u8]) -> bool {
    let ends = found.len() == wanted.len() || (found.len() < wanted.len() && found.len().is_multiple_of(PAGE_BYTES));
    ends && found != wanted
        && (found.chunks(PAGE_BYTES).zip(wanted.chunks(PAGE_BYTES)))
            .all(|(found, wanted)| wanted.starts_with(found) || found.iter().all(|byte| *byte == 0))
}

/// Ends what a dead predecessor left half-done while it brought `path` from `old` to `new`. The caller holds the
/// writer's lock.
///
/// A temporary file is ours if it is what we wrote or replaced; anything else is a person's save that an exchange had
/// just brought out, and goes back, or beside.
pub(super) fn sweep(
    root: &Path,
    path: &str,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
    after_cut: bool,
) -> Result<(), WriteError> {
    let Some(target) = target(root, path) else { return Ok(()) };
    let Some(folder) = target.parent() else { return Ok(()) };
    let aside = temporary(folder, &target);
    let Some(content) = read(&aside)? else { return Ok(()) };
    let current = read(&target)?;
    let is = |known: Option<&[u8]>, bytes: &[u8]| known == Some(bytes);
    let half_written = new.is_some_and(|new| new.starts_with(&content)) && current.as_deref() != new;
    let cut = after_cut && new.is_some_and(|new| is_cut(&content, new));
    let ended = if is(old, &content) || is(new, &content) || half_written || cut {
        fs::remove_file(&aside)
    } else if current.as_deref().is_none_or(|current| is(old, current) || is(new, current)) {
        fs::rename(&aside, &target)
    } else {
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        fs::rename(&aside, folder.join(format!("{name}.rescued")))
    };
    ended.map_err(WriteError::io(&aside))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "agents/cto/agent.yaml";

    fn folder(text: Option<&str>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        if let Some(text) = text {
            fs::create_dir_all(folder.path().join("agents/cto")).unwrap();
            fs::write(folder.path().join(PATH), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_file_is_brought_along_and_a_persons_work_in_it_stays() {
        for (name, old, current, new, expected, brought) in [
            ("clean", Some("a: 1\n"), Some("a: 1\n"), Some("a: 2\n"), Some("a: 2\n"), Brought::Clean),
            ("new", None, None, Some("a: 2\n"), Some("a: 2\n"), Brought::Clean),
            ("gone", Some("a: 1\n"), Some("a: 1\n"), None, None, Brought::Clean),
            ("there already", Some("a: 1\n"), Some("a: 2\n"), Some("a: 2\n"), Some("a: 2\n"), Brought::Clean),
            (
                "other field",
                Some("a: 1\nb: 1\n"),
                Some("a: 1\nb: 9\n"),
                Some("a: 2\nb: 1\n"),
                Some("a: 2\nb: 9\n"),
                Brought::Kept,
            ),
            ("same field", Some("a: 1\n"), Some("a: 9\n"), Some("a: 2\n"), Some("a: 9\n"), Brought::Kept),
            ("deleted by the person", Some("a: 1\n"), None, Some("a: 2\n"), None, Brought::Kept),
            ("edited, then removed by us", Some("a: 1\n"), Some("a: 9\n"), None, Some("a: 9\n"), Brought::Kept),
            ("another new one", None, Some("a: 9\n"), Some("a: 2\n"), Some("a: 9\n"), Brought::Kept),
        ] {
            let folder = folder(current);
            let bytes = |text: Option<&'static str>| text.map(str::as_bytes);
            let found = bring(folder.path(), PATH, bytes(old), bytes(new), None).unwrap();
            let text = fs::read_to_string(folder.path().join(PATH)).ok();
            assert_eq!((text.as_deref(), found), (expected, brought), "{name}");
            let left = fs::read_dir(folder.path().join("agents/cto")).map_or(0, Iterator::count);
            assert_eq!(left, usize::from(expected.is_some()), "{name}: nothing is left over");
        }
    }

    #[test]
    fn a_save_in_the_very_moment_is_put_back() {
        let folder = folder(Some("saved\n"));
        let target = folder.path().join(PATH);
        // We looked and saw `seen`; in the meantime the person saved.
        assert!(!put(&target, Some(b"seen\n"), Some(b"ours\n")).unwrap());
        assert_eq!(fs::read(&target).unwrap(), b"saved\n");
        assert!(!put(&target, None, Some(b"ours\n")).unwrap());
        assert!(!put(&target, Some(b"seen\n"), None).unwrap());
        assert_eq!(fs::read(&target).unwrap(), b"saved\n");
        assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_is_not_followed() {
        let outside = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("agents")).unwrap();
        assert_eq!(bring(folder.path(), PATH, None, Some(b"x"), None).unwrap(), Brought::Kept);
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_power_cut_makes_of_a_file_is_told_from_an_edit() {
        let (one, two) = ("a".repeat(PAGE_BYTES), "b".repeat(PAGE_BYTES));
        let (whole, zeros) = (one.clone() + &two + "c", "\0".repeat(PAGE_BYTES));
        for (name, found, expected) in [
            ("nothing left", String::new(), true),
            ("the first page left", one.clone(), true),
            ("the first page zeros", zeros.clone() + &two + "c", true),
            ("all zeros", "\0".repeat(whole.len()), true),
            ("whole", whole.clone(), false),
            ("a page and a bit", one.clone() + "b", false),
            ("edited", whole.replace('c', "d"), false),
            ("longer", whole.clone() + "d", false),
        ] {
            assert_eq!(is_cut(found.as_bytes(), whole.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn what_a_crash_left_between_two_steps_is_ended() {
        for (name, after_cut, aside, current, expected) in [
            ("written, not placed", false, "ours", Some("old"), Some("old")),
            ("half written", false, "ou", Some("old"), Some("old")),
            ("exchanged", false, "old", Some("ours"), Some("ours")),
            ("exchanged for a save", false, "saved", Some("ours"), Some("saved")),
            ("taken away", false, "saved", None, Some("saved")),
            ("written, and the content gone with the power", true, "\0\0\0\0", Some("old"), Some("old")),
        ] {
            let folder = folder(current);
            let place = folder.path().join("agents/cto");
            fs::create_dir_all(&place).unwrap();
            fs::write(place.join(format!("{TEMPORARY}agent.yaml")), aside).unwrap();
            sweep(folder.path(), PATH, Some(b"old"), Some(b"ours"), after_cut).unwrap();
            assert_eq!(fs::read_to_string(place.join("agent.yaml")).ok().as_deref(), expected, "{name}");
            assert_eq!(fs::read_dir(&place).unwrap().count(), 1, "{name}");
        }
    }
}
