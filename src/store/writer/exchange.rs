//! Putting one file in another's place, and looking at what came out: what somebody saved in that very moment goes back, and
//! what they may still write to is set aside.

use super::replaced::Replaced;
use super::spare::Spare;
use super::worktree::is_open;
use crate::store::writing::{self, FileId};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What the names of our temporary files begin with; the writer's lock makes them nobody else's.
const TEMPORARY: &str = ".corp-new-";

/// Replaces `expected` by `wanted`; false if something else was there, which then still is.
pub(super) fn put(
    target: &Path,
    path: &str,
    expected: Option<&[u8]>,
    wanted: Option<&[u8]>,
    replaced: &mut Replaced,
    spare: &mut Spare,
) -> io::Result<bool> {
    let folder = target.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let Some(wanted) = wanted else { return remove(target, folder, path, expected, replaced) };
    let temporary = temporary(folder, target);
    let mut file = spare.place(&temporary)?;
    let ours = writing::id_of(&file.metadata()?);
    let placed = file.write_all(wanted).and_then(|()| match expected {
        // A link appears only if nothing is there.
        None => match fs::hard_link(&temporary, target) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        },
        Some(expected) => {
            let Ok(metadata) = fs::metadata(target) else { return Ok(false) };
            fs::set_permissions(&temporary, metadata.permissions())?;
            exchange(&temporary, target, expected, ours)
        }
    });
    let left = writing::file_id(&temporary);
    // Only now may its number be given to another, and nobody but the person has it open.
    drop(file);
    match (left, expected) {
        (Some(left), Some(expected)) if left == ours && placed.is_ok() => {
            end_ours(&temporary, path, expected, wanted, replaced);
        }
        // Not even written to the end.
        (Some(left), Some(_)) if left == ours => drop(fs::remove_file(&temporary)),
        // A save that a newer one of the same person has replaced: it is of interest only if somebody still writes to it.
        (Some(_), Some(_)) if matches!(placed, Ok(false)) => {
            let held = fs::read(&temporary)?;
            replaced.keep(&temporary, path, &held);
        }
        (Some(_), Some(expected)) => replaced.keep(&temporary, path, expected),
        (Some(_), None) => drop(fs::remove_file(&temporary)),
        (None, _) => {}
    }
    placed
}

/// Lets go of our file that is not in place, or came out again. Who saved in place in that moment wrote to it, and what
/// they wrote is an edit of what was `expected`: it is given back as such, with our change in it or without.
fn end_ours(temporary: &Path, path: &str, expected: &[u8], wanted: &[u8], replaced: &mut Replaced) {
    let untouched = !is_open(temporary) && fs::read(temporary).is_ok_and(|content| content == wanted);
    if untouched {
        drop(fs::remove_file(temporary));
    } else {
        replaced.keep(temporary, path, expected);
    }
}

/// Exchanges the two files and looks at what came out; puts it back if it is not what was expected.
///
/// What stays at `temporary` is never newer than what is at `target`.
fn exchange(temporary: &Path, target: &Path, expected: &[u8], ours: FileId) -> io::Result<bool> {
    match swap(temporary, target) {
        Ok(()) => {}
        // A file system that cannot exchange: look as late as possible, then rename.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            if fs::read(target)? != expected {
                return Ok(false);
            }
            fs::rename(temporary, target)?;
            return Ok(true);
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    }
    if fs::read(temporary).is_ok_and(|content| content == expected) {
        return Ok(true);
    }
    // Somebody saved: theirs goes back. If ours does not come out in exchange, theirs was replaced by a newer save in
    // the meantime, and that one goes back. The open files keep their numbers from being given to others.
    let mut older = vec![(ours, None)];
    loop {
        let file = File::open(temporary)?;
        let saved = (writing::id_of(&file.metadata()?), Some(file));
        match swap(temporary, target) {
            Ok(()) => {}
            // Theirs was taken away in the meantime: nothing newer can be lost.
            Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::hard_link(temporary, target) {
                Ok(()) => return fs::remove_file(temporary).map(|()| false),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
                Err(error) => return Err(error),
            },
            Err(error) => return Err(error),
        }
        older.push(saved);
        let out = writing::file_id(temporary);
        if older.iter().any(|(id, _)| Some(*id) == out) {
            return Ok(false);
        }
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
fn remove(
    target: &Path,
    folder: &Path,
    path: &str,
    expected: Option<&[u8]>,
    replaced: &mut Replaced,
) -> io::Result<bool> {
    let aside = temporary(folder, target);
    match fs::rename(target, &aside) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(expected.is_none()),
        Err(error) => return Err(error),
    }
    let held = fs::read(&aside)?;
    if Some(held.as_slice()) == expected {
        replaced.keep(&aside, path, &held);
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

/// The name of a file on its way to `target`, or from it.
pub(super) fn temporary(folder: &Path, target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
    folder.join(format!("{TEMPORARY}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "agents/cto/agent.yaml";

    fn folder(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("agents/cto")).unwrap();
        fs::write(folder.path().join(PATH), text).unwrap();
        folder
    }

    #[test]
    fn what_is_saved_in_place_to_ours_before_it_comes_out_again_is_given_back() {
        // The person saved `b`, we exchanged, they saved `c` in place over ours, and `b` went back.
        let folder = folder("a: 1\nb: 2\n");
        let place = folder.path().join("agents/cto");
        let repository = gix::init(folder.path()).unwrap();
        repository.write_blob("a: 1\n").unwrap();
        let mut replaced = Replaced::open(&folder.path().join(".git/corp"));
        let aside = temporary(&place, &folder.path().join(PATH));
        fs::write(&aside, "a: 1\nb: 2\nc: 3\n").unwrap();
        end_ours(&aside, PATH, b"a: 1\n", b"a: 2\n", &mut replaced);
        assert_eq!(fs::read_dir(&place).unwrap().count(), 1);
        // A process that another test begins may hold it open for a moment.
        let given_back = (0..1_000).any(|_| {
            replaced.look(&repository, folder.path());
            fs::read_to_string(folder.path().join(PATH)).unwrap() == "a: 1\nb: 2\nc: 3\n"
        });
        assert!(given_back);
    }

    #[test]
    fn a_save_in_the_very_moment_is_put_back() {
        let folder = folder("saved\n");
        let target = folder.path().join(PATH);
        // We looked and saw `seen`; in the meantime the person saved.
        let aside = tempfile::tempdir().unwrap();
        let mut replaced = Replaced::open(aside.path());
        let mut put =
            |expected, wanted| put(&target, PATH, expected, wanted, &mut replaced, &mut Spare::default()).unwrap();
        assert!(!put(Some(b"seen\n"), Some(b"ours\n")));
        assert_eq!(fs::read(&target).unwrap(), b"saved\n");
        assert!(!put(None, Some(b"ours\n")));
        assert!(!put(Some(b"seen\n"), None));
        assert_eq!(fs::read(&target).unwrap(), b"saved\n");
        assert_eq!(fs::read_dir(target.parent().unwrap()).unwrap().count(), 1);
    }
}
