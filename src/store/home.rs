//! Which clone of a company this is, and whether it is home: the one clone that executes.
//!
//! A clone's id lies in `.git/corp/clone`, so that it is neither committed nor cloned, and is bound to the machine and to
//! the folder it lies in: the machine's own id, and the number and birth of `.git/corp` in the file system. A folder that
//! is moved stays the same clone, also after the machine was started anew; a folder that is copied, unpacked or restored
//! is another one, gets an id of its own, and is not home. A copy of a whole machine cannot be told apart here.

use super::found::Author;
use super::message::{Message, Trailers};
use super::whole::{self, Lasts, Readers};
use super::writer::{Committed, Expect, FileChange, Mutation, WriteError, Writer};
use crate::diag::Severity;
use crate::format::Document;
use crate::format::document;
use crate::format::kind::HomeFile;
use crate::model::{CloneId, Scalar as _, Slug};
use crate::store::reading::{Below as _, Reading as _, twice};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Where the record of who executes lies in a company.
pub const HOME_FILE: &str = "home.yaml";

/// Where machines keep an id that a restart does not change.
const MACHINE_IDS: [&str; 2] = ["/etc/machine-id", "/var/lib/dbus/machine-id"];

/// Where the machine's name is read; elsewhere than on Linux it stays unknown.
const HOST_NAMES: [&str; 2] = ["/proc/sys/kernel/hostname", "/etc/hostname"];

/// This clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its id.
    pub clone: CloneId,
    /// What tells this machine from others; a digest, since the machine's own id is nobody's business.
    pub machine: String,
    /// The machine's name, for people.
    pub host: String,
}

/// Where this clone stands to home.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// This clone is home.
    Home,
    /// Another clone is; its record.
    Away(Box<HomeFile>),
    /// No clone is home yet: there is no `home.yaml`.
    Nobody,
}

/// It could not be told who is home.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The folder is no repository.
    #[error("{root} is no git repository: {reason}")]
    NoRepository {
        /// The folder.
        root: PathBuf,
        /// What the library said.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{path} could not be read or written: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `home.yaml` says nothing that can be understood.
    #[error("home.yaml cannot be read; `corp check` shows why, and nothing is executed until it can")]
    Unreadable,
    /// It could not be committed.
    #[error(transparent)]
    Write(#[from] WriteError),
}

fn io(path: &Path) -> impl FnOnce(io::Error) -> HomeError {
    let path = path.to_owned();
    move |source| HomeError::Io { path, source }
}

/// Tells which clone the repository in `root` is. The first time, and in a copy, it gets an id out of `chance`.
///
/// # Errors
/// [`HomeError`].
pub fn identity(root: &Path, chance: &mut dyn FnMut() -> u64) -> Result<Identity, HomeError> {
    let opened = gix::open_opts(root, crate::store::repository::options());
    let no_repository = |reason: String| HomeError::NoRepository { root: root.to_owned(), reason };
    let repository = opened.map_err(|error| no_repository(error.to_string()))?;
    let folder = repository.common_dir().join("corp");
    fs::create_dir_all(&folder).map_err(io(&folder))?;
    let machine = machine();
    let bound = binding(&folder, &machine)?;
    let path = folder.join("clone");
    let host = HOST_NAMES.iter().find_map(|path| read_line(Path::new(path))).unwrap_or_else(|| "unknown".to_owned());
    let read = || fs::read_to_string(&path).ok().and_then(|text| known(&text, &bound));
    if let Some(clone) = read() {
        return Ok(Identity { clone, machine, host });
    }
    // Several programs may look for the first time at once; one gives the id.
    let lock = folder.join("clone.lock");
    let guard = fs::File::options().write(true).create(true).truncate(false).open(&lock).map_err(io(&lock))?;
    guard.lock().map_err(io(&lock))?;
    let clone = match read() {
        Some(clone) => clone,
        None => {
            let clone = CloneId::parse(&format!("c-{:016x}", chance())).map_err(no_repository)?;
            let note = format!("{clone} {bound}\n");
            whole::write(&path, note.as_bytes(), Lasts::OldOrNew, Readers::AsUsual).map_err(io(&path))?;
            clone
        }
    };
    Ok(Identity { clone, machine, host })
}

/// Whether the clone in `root` is home, by the committed `home.yaml` and by nothing else.
///
/// # Errors
/// [`HomeError`]; a caller that executes must take it for a no.
pub fn is_home(root: &Path, branch: &str, chance: &mut dyn FnMut() -> u64) -> Result<bool, HomeError> {
    Ok(standing(root, branch, &identity(root, chance)?)? == Standing::Home)
}

/// Where the clone stands by the `home.yaml` that is committed on `branch`.
///
/// # Errors
/// [`HomeError::Unreadable`] if it says nothing that can be understood: then nobody may execute.
pub fn standing(root: &Path, branch: &str, identity: &Identity) -> Result<Standing, HomeError> {
    let Some(text) = committed(root, branch)? else { return Ok(Standing::Nobody) };
    let record = record(&text).ok_or(HomeError::Unreadable)?;
    let here = record.clone.as_ref() == Some(&identity.clone)
        && record.machine.as_ref().is_none_or(|machine| *machine == identity.machine);
    Ok(if here { Standing::Home } else { Standing::Away(record) })
}

/// Makes this clone home: one commit of `home.yaml`, whose fence is higher than the one before.
///
/// # Errors
/// [`HomeError`]; [`WriteError::Moved`] if somebody else took it in the same moment.
pub fn take(
    writer: &mut Writer,
    root: &Path,
    branch: &str,
    identity: &Identity,
    author: &Author,
    at: jiff::Timestamp,
) -> Result<Committed, HomeError> {
    let before = committed(root, branch)?;
    let fence = before.as_deref().and_then(record).and_then(|record| record.fence).unwrap_or(0) + 1;
    let Identity { clone, machine, host } = identity;
    let since = at.round(jiff::Unit::Second).unwrap_or(at);
    let text = format!("clone: {clone}\nmachine: {machine}\nhost: {host}\nfence: {fence}\nsince: {since}\n");
    let message = Message::new(&format!("home is {host} now ({clone})")).with_trailers(Trailers {
        actor: author.name.split_whitespace().next().and_then(Slug::from_name),
        ..Trailers::default()
    });
    let before = before.map_or(Expect::Absent, |text| Expect::Content(text.into_bytes()));
    let changes = vec![FileChange { path: HOME_FILE.to_owned(), before, after: Some(text.into_bytes()) }];
    let mutation = Mutation { author: author.clone(), at, message, changes };
    match writer.commit(&[mutation]).pop() {
        Some(answer) => Ok(answer?),
        None => Err(HomeError::Unreadable),
    }
}

/// The committed `home.yaml`.
fn committed(root: &Path, branch: &str) -> Result<Option<String>, HomeError> {
    let no_repository = |reason: String| HomeError::NoRepository { root: root.to_owned(), reason };
    let failed = |error: &dyn std::fmt::Display| no_repository(error.to_string());
    let repository = gix::open_opts(root, crate::store::repository::options()).map_err(|error| failed(&error))?;
    let name = format!("refs/heads/{branch}");
    let Some(mut tip) = repository.try_find_reference(name.as_str()).map_err(|error| failed(&error))? else {
        return Ok(None);
    };
    // A branch may be another one's name; that it cannot be read is not that nobody is home.
    let commit = twice(|| tip.peel_to_commit().map(|commit| commit.id)).map_err(|error| failed(&error))?;
    let tree = repository.read_tree_of(commit).map_err(|error| failed(&error))?;
    let Some(entry) = tree.read_entry(HOME_FILE).map_err(|error| failed(&error))? else { return Ok(None) };
    let blob = repository.read_blob(entry.object_id()).map_err(|error| failed(&error))?;
    Ok(Some(String::from_utf8_lossy(&blob.data).into_owned()))
}

fn record(text: &str) -> Option<Box<HomeFile>> {
    match document::read(HOME_FILE, text) {
        (Document::Home(home), found) if found.iter().all(|found| found.severity != Severity::Error) => Some(home),
        _ => None,
    }
}

/// The clone that a note names, if the note was made here.
fn known(note: &str, bound: &str) -> Option<CloneId> {
    let (clone, its) = note.strip_suffix('\n')?.split_once(' ')?;
    if its == bound { CloneId::parse(clone).ok() } else { None }
}

/// What a copy of the folder does not have: this machine, and this very folder of its file system.
fn binding(folder: &Path, machine: &str) -> Result<String, HomeError> {
    let metadata = fs::metadata(folder).map_err(io(folder))?;
    // Not every file system tells a birth; the number alone is then what there is.
    let born = metadata.created().ok().and_then(|born| born.duration_since(std::time::UNIX_EPOCH).ok());
    let born = born.map_or(0, |born| born.as_nanos());
    Ok(digest(&format!("corp clone {machine} {} {born}", metadata.ino())))
}

/// A digest of the machine's id; of nothing where it has none.
fn machine() -> String {
    let id = MACHINE_IDS.iter().find_map(|path| read_line(Path::new(path)));
    digest(&format!("corp machine {}", id.unwrap_or_default()))
}

fn read_line(path: &Path) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line: String = text.lines().next()?.trim().chars().filter(|c| c.is_ascii_graphic()).collect();
    if line.is_empty() { None } else { Some(line) }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_that_is_another_one_s_name_says_who_is_home() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(HOME_FILE), "clone: c-1\n").unwrap();
        for arguments in [
            &["init", "-q", "-b", "real"][..],
            &["add", HOME_FILE],
            &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "home"],
            &["symbolic-ref", "refs/heads/main", "refs/heads/real"],
        ] {
            #[expect(clippy::disallowed_methods, reason = "a repository as people make one")]
            let made = std::process::Command::new("git").current_dir(folder.path()).args(arguments).status().unwrap();
            assert!(made.success(), "{arguments:?}");
        }
        for branch in ["real", "main"] {
            assert_eq!(committed(folder.path(), branch).unwrap().as_deref(), Some("clone: c-1\n"), "{branch}");
        }
        assert_eq!(committed(folder.path(), "none").unwrap(), None);
    }

    #[test]
    fn who_look_at_once_are_told_the_same() {
        let folder = tempfile::tempdir().unwrap();
        gix::init(folder.path()).unwrap();
        let looks = |number: u64| identity(folder.path(), &mut || number).unwrap().clone;
        let all: std::collections::BTreeSet<_> = std::thread::scope(|scope| {
            let all: Vec<_> = (1..=16).map(|number| scope.spawn(move || looks(number))).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(all.len(), 1, "{all:?}");
    }

    #[test]
    fn a_clone_stays_itself_when_it_is_moved_and_is_another_when_it_is_copied() {
        let parent = tempfile::tempdir().unwrap();
        let (one, two) = (parent.path().join("one"), parent.path().join("two"));
        gix::init(&one).unwrap();
        let mut next = 0;
        let mut chance = || {
            next += 1;
            next
        };
        let first = identity(&one, &mut chance).unwrap();
        assert_eq!(first.clone.to_string(), "c-0000000000000001");
        assert_eq!(identity(&one, &mut chance).unwrap(), first);
        fs::rename(&one, &two).unwrap();
        assert_eq!(identity(&two, &mut chance).unwrap(), first, "moved");
        #[expect(clippy::disallowed_methods, reason = "a copy as people make one")]
        let copied = std::process::Command::new("cp").arg("-a").arg(&two).arg(&one).status().unwrap();
        assert!(copied.success());
        assert_eq!(identity(&one, &mut chance).unwrap().clone.to_string(), "c-0000000000000002", "copied");
        assert_eq!(identity(&two, &mut chance).unwrap(), first, "the first one is what it was");
    }
}
