//! The work tree: a committed file is brought along, and what a person saved meanwhile is never written over.
//!
//! A file is exchanged for the new one in one step of the file system ([`super::exchange`]), and then what was there is looked
//! at. If it is not what was expected, a person saved in that moment: both are merged by field, and the person wins.

use super::WriteError;
use super::beside::Change;
use super::exchange::{put, temporary};
use super::reference::make_folders;
use super::replaced::Replaced;
use super::spare::Spare;
use crate::format::merge::merge;
use crate::store::writing;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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

/// How a change is brought into the work tree beside the people who work in it.
pub(super) struct Beside<'a> {
    /// What a person saved and the change was made from: it may be replaced.
    pub(super) seen: Option<&'a [u8]>,
    /// What a file with a person's unsaved-to-git work becomes.
    pub(super) merge: &'a mut dyn FnMut(&[u8]) -> Option<Vec<u8>>,
    /// Where replaced files wait.
    pub(super) replaced: &'a mut Replaced,
    /// Files made ahead.
    pub(super) spare: &'a mut Spare,
}

/// Brings a file along, and makes it a program or none if that changes.
pub(super) fn bring(root: &Path, change: Change<'_>, beside: &mut Beside<'_>) -> Result<Brought, WriteError> {
    let Change { path, old, new, program } = change;
    let brought = bring_content(root, path, old, new, beside)?;
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

fn bring_content(
    root: &Path,
    path: &str,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
    beside: &mut Beside<'_>,
) -> Result<Brought, WriteError> {
    let Some(target) = target(root, path) else { return Ok(Brought::Kept) };
    for _ in 0..SAVES_MAX {
        let current = read(&target)?;
        if current.as_deref() == new {
            return Ok(Brought::Clean);
        }
        let clean = current.as_deref() == old || (current.is_some() && current.as_deref() == beside.seen);
        let wanted = match &current {
            _ if clean => new.map(<[u8]>::to_vec),
            Some(content) if new.is_some() && old.is_some() => {
                // An editor that is not done yet will write on to this very file.
                if is_open(&target) {
                    return Ok(Brought::Kept);
                }
                (beside.merge)(content)
            }
            // A deletion or another new file cannot be merged: what the person has stays.
            current => (*current).clone(),
        };
        if !clean && wanted == current {
            return Ok(Brought::Kept);
        }
        if wanted.is_some() {
            // Not the company's own folder: one that was moved away is not begun anew in its place.
            make_folders(root, &target).map_err(WriteError::io(&target))?;
        }
        let put = put(&target, path, current.as_deref(), wanted.as_deref(), beside.replaced, beside.spare);
        if put.map_err(WriteError::io(&target))? {
            return Ok(if clean || wanted.as_deref() == new { Brought::Clean } else { Brought::Kept });
        }
    }
    // Somebody saves faster than we look; theirs is there, ours is in the history.
    Ok(Brought::Kept)
}

/// Brings a file along of which nothing is known but its committed contents.
pub(super) fn bring_alone(root: &Path, change: Change<'_>, replaced: &mut Replaced) -> Result<Brought, WriteError> {
    let mut merge = |current: &[u8]| merged(change.path, change.old, Some(current), change.new);
    bring(root, change, &mut Beside { seen: None, merge: &mut merge, replaced, spare: &mut Spare::default() })
}

/// Whether somebody has the file open for writing. Where that cannot be told, it is left alone as if so.
pub(super) fn is_open(target: &Path) -> bool {
    let Some(id) = writing::file_id(target) else { return false };
    writing::among(&BTreeSet::from([id])).is_none_or(|open| !open.is_empty())
}

/// Merges what somebody wrote to a file that was replaced (`content`, when it held `before`) into the one that is
/// there now. False if it must be tried again.
pub(super) fn give_back(
    root: &Path,
    path: &str,
    before: Option<&[u8]>,
    content: &[u8],
    replaced: &mut Replaced,
) -> Result<bool, WriteError> {
    let Some(target) = target(root, path) else { return Ok(false) };
    for _ in 0..SAVES_MAX {
        let current = read(&target)?;
        let text = std::str::from_utf8;
        let wanted = match (before.map(text), text(content), current.as_deref().map(text)) {
            (Some(Ok(before)), Ok(content), Some(Ok(current))) => {
                merge(path, before, content, current).text.into_bytes()
            }
            // Without all three nothing can be merged: it goes beside.
            _ => {
                let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let beside = target.with_file_name(format!("{name}.rescued"));
                return Ok(fs::write(beside, content).is_ok());
            }
        };
        if current.as_deref() == Some(&wanted) {
            return Ok(true);
        }
        make_folders(root, &target).map_err(WriteError::io(&target))?;
        let put = put(&target, path, current.as_deref(), Some(&wanted), replaced, &mut Spare::default());
        if put.map_err(WriteError::io(&target))? {
            return Ok(true);
        }
    }
    Ok(false)
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

    fn bring_to(root: &Path, old: Option<&[u8]>, new: Option<&[u8]>) -> Brought {
        let aside = tempfile::tempdir().unwrap();
        let mut replaced = Replaced::open(aside.path());
        bring_alone(root, Change { path: PATH, old, new, program: None }, &mut replaced).unwrap()
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
            let found = bring_to(folder.path(), bytes(old), bytes(new));
            let text = fs::read_to_string(folder.path().join(PATH)).ok();
            assert_eq!((text.as_deref(), found), (expected, brought), "{name}");
            let left = fs::read_dir(folder.path().join("agents/cto")).map_or(0, Iterator::count);
            assert_eq!(left, usize::from(expected.is_some()), "{name}: nothing is left over");
        }
    }

    #[test]
    fn a_link_is_not_followed() {
        let outside = tempfile::tempdir().unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("agents")).unwrap();
        assert_eq!(bring_to(folder.path(), None, Some(b"x")), Brought::Kept);
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
            fs::write(temporary(&place, &place.join("agent.yaml")), aside).unwrap();
            sweep(folder.path(), PATH, Some(b"old"), Some(b"ours"), after_cut).unwrap();
            assert_eq!(fs::read_to_string(place.join("agent.yaml")).ok().as_deref(), expected, "{name}");
            assert_eq!(fs::read_dir(&place).unwrap().count(), 1, "{name}");
        }
    }
}
