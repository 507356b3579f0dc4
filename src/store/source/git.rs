//! A git repository, here or elsewhere: fetched into a bare repository of our own, and read object by object.
//!
//! Nothing is ever checked out, so that no hook, filter, attribute or submodule of the repository matters.

use super::place::Inside;
use super::{SourceError, Where};
use crate::format::package::check::{EntryKind, Intake, Seen};
use crate::format::package::limits::Limits;
use crate::format::package::name;
use crate::format::package::refused::{Reason, Refused};
use crate::format::package::root::{self, RootError};
use crate::store::git::{Bare, GitError, Running};
use crate::store::scratch::Scratch;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;

/// Entries of a repository that are looked through for a company. What lies outside the company's folder does
/// not come in and is not judged.
const LISTED_MAX: usize = 50_000;

/// Bytes of one line of a listing: a path as long as git makes them, and what stands before it.
const LINE_BYTES_MAX: u64 = 8 << 10;

/// What was found.
pub(super) struct Found {
    /// The commit, in hexadecimal digits.
    pub(super) commit: String,
    /// The company's folder.
    pub(super) folder: String,
    /// Its files.
    pub(super) came: crate::format::package::check::Intaken,
}

/// Fetches the state `inside` names of the repository at `url`, and reads one company of it.
pub(super) fn read(
    url: &str,
    inside: Inside<'_>,
    scratch: &Path,
    limits: Limits,
    progress: &mut dyn FnMut(Seen),
) -> Result<Found, SourceError> {
    let failed = |source| SourceError::Git { url: url.to_owned(), source };
    let scratch = Scratch::new(scratch).map_err(|source| SourceError::Io { path: scratch.to_owned(), source })?;
    let bare = Bare::init(scratch.path()).map_err(failed)?;
    let reference = inside.reference.unwrap_or("HEAD");
    bare.fetch(url, reference, &mut |bytes| progress(Seen { entries: 0, bytes })).map_err(failed)?;
    let commit = bare.object(&format!("{}^{{commit}}", Bare::FETCHED)).map_err(failed)?;
    let commit = commit.ok_or_else(|| failed(GitError::Unexpected("name the commit it fetched")))?;
    if is_commit(reference) && !reference.eq_ignore_ascii_case(&commit) {
        return Err(failed(GitError::Unexpected("fetch exactly this commit")));
    }
    let listed = list(&bare, &commit, inside.folder, limits).map_err(|error| error.at(url))?;
    let files = listed.iter().filter(|entry| entry.kind != EntryKind::Folder);
    let files = files.filter_map(|entry| std::str::from_utf8(&entry.path).ok());
    let wanted = inside.folder.map(|folder| folder.trim_matches('/'));
    let folder = match wanted {
        Some(folder) => folder.to_owned(),
        None => root::find(files, None)
            .map_err(|source| SourceError::Root { fetched: Where::git(url, inside.reference), source })?,
    };
    let mut intake = Intake::new(limits, progress);
    // The listing of a folder that was asked for begins there.
    let prefix = if wanted.is_some() { "" } else { &folder };
    take(&bare, &listed, prefix, &mut intake).map_err(|error| error.at(url))?;
    Ok(Found { commit, folder, came: intake.finish() })
}

/// Whether a name is a commit's whole id, and so always means the same.
pub(super) fn is_commit(reference: &str) -> bool {
    matches!(reference.len(), 40 | 64) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An entry of a git tree.
#[derive(Debug)]
struct Listed {
    kind: EntryKind,
    id: String,
    /// Bytes of a file.
    size: Option<u64>,
    path: Vec<u8>,
}

enum Trouble {
    Git(GitError),
    Refused(Refused),
    Root(RootError),
}

impl From<GitError> for Trouble {
    fn from(error: GitError) -> Self {
        Self::Git(error)
    }
}

impl From<std::io::Error> for Trouble {
    fn from(error: std::io::Error) -> Self {
        Self::Git(error.into())
    }
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl Trouble {
    fn at(self, url: &str) -> SourceError {
        match self {
            Self::Git(source) => SourceError::Git { url: url.to_owned(), source },
            Self::Refused(refused) => refused.into(),
            Self::Root(source) => SourceError::Root { fetched: url.to_owned(), source },
        }
    }
}

/// Lists a commit, or a folder of it. Folders are listed as well, since a tree can hold the same empty tree a
/// billion times over.
fn list(bare: &Bare, commit: &str, folder: Option<&str>, limits: Limits) -> Result<Vec<Listed>, Trouble> {
    let tree = match folder {
        None => format!("{commit}^{{tree}}"),
        Some(folder) => {
            let folder = folder.trim_matches('/');
            let missing = || Trouble::Root(RootError::NoFolder { folder: folder.to_owned() });
            name::check(folder.as_bytes(), &limits).map_err(|_| missing())?;
            // `COMMIT:FOLDER^{tree}` would look for a folder of that name.
            let id = bare.object(&format!("{commit}:{folder}"))?.ok_or_else(missing)?;
            bare.object(&format!("{id}^{{tree}}"))?.ok_or_else(missing)?
        }
    };
    let mut running = bare.start(&["ls-tree", "-r", "-t", "-z", "-l", "--full-tree", &tree])?;
    let mut output = BufReader::new(&mut running.stdout);
    let mut listed = Vec::new();
    loop {
        let mut line = Vec::new();
        (&mut output).take(LINE_BYTES_MAX).read_until(0, &mut line)?;
        match line.pop() {
            None => return Ok(listed),
            Some(0) => {}
            Some(_) => return Err(GitError::Unexpected("list a tree").into()),
        }
        let entry = parse(&line).ok_or(GitError::Unexpected("list a tree"))?;
        if listed.len() == LISTED_MAX {
            return Err(Refused::new(&entry.path, Reason::TooMany { max: LISTED_MAX }).into());
        }
        listed.push(entry);
    }
}

/// Reads `MODE TYPE ID SIZE<tab>PATH`.
fn parse(line: &[u8]) -> Option<Listed> {
    let tab = memchr::memchr(b'\t', line)?;
    let (head, path) = (std::str::from_utf8(&line[..tab]).ok()?, &line[tab + 1..]);
    let [mode, _, id, size] = head.split_ascii_whitespace().collect::<Vec<_>>()[..] else { return None };
    let kind = match mode {
        "100644" | "100664" => EntryKind::File { executable: false },
        "100755" => EntryKind::File { executable: true },
        "040000" => EntryKind::Folder,
        "120000" => EntryKind::Symlink,
        "160000" => EntryKind::Submodule,
        _ => EntryKind::Special,
    };
    Some(Listed { kind, id: id.to_owned(), size: size.parse().ok(), path: path.to_vec() })
}

/// Reads what lies below `folder` through the gate.
fn take(bare: &Bare, listed: &[Listed], folder: &str, intake: &mut Intake<'_>) -> Result<(), Trouble> {
    let mut running = bare.start(&["cat-file", "--batch"])?;
    for entry in listed {
        let Some(path) = below(&entry.path, folder) else { continue };
        let Some(slot) = intake.admit(path, entry.kind, entry.size)? else { continue };
        let size = ask(&mut running, &entry.id)?;
        if entry.size != Some(size) {
            return Err(GitError::Unexpected("read a file").into());
        }
        intake.fill(slot, &mut (&mut running.stdout).take(size))?;
        let mut end = [0];
        running.stdout.read_exact(&mut end)?;
    }
    Ok(())
}

/// Asks for an object, and returns how many bytes of it come next.
fn ask(running: &mut Running, id: &str) -> Result<u64, Trouble> {
    writeln!(running.stdin, "{id}")?;
    let mut answer = Vec::new();
    let mut byte = [0];
    while byte != *b"\n" && answer.len() < 200 {
        running.stdout.read_exact(&mut byte)?;
        answer.push(byte[0]);
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    match answer.split_ascii_whitespace().collect::<Vec<_>>()[..] {
        [found, "blob", size] if found == id => Ok(size.parse().map_err(|_| GitError::Unexpected("read a file"))?),
        _ => Err(GitError::Unexpected("read a file").into()),
    }
}

fn below<'p>(path: &'p [u8], folder: &str) -> Option<&'p [u8]> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder.as_bytes())?.strip_prefix(b"/") }
}
