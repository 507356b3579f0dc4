//! Fetching a package from where it is, into memory: a folder, an archive, a git repository.
//!
//! A source is written like this:
//!
//! | source | what is fetched |
//! | --- | --- |
//! | `path/to/folder` | the folder as it lies there, without version control's own folders |
//! | `path/to/file.zip`, `.tar`, `.tar.gz`, `.tgz` | the archive; its first bytes count, not its name |
//! | `path/to/repository#main`, `path/to/bare.git` | that commit of it, whatever lies in its work tree |
//! | `https://host/owner/repo`, `ssh://…`, `git@host:owner/repo`, `file:///…` | a repository, its default branch |
//! | `https://github.com/owner/repo/tree/main/sub` | what that page shows, on GitHub or GitLab |
//!
//! Behind any of them `#REF`, `#REF:FOLDER` or `#:FOLDER` chooses a branch, tag or commit (of repositories), and
//! one of several companies. A bare `owner/repo` is not taken: it could be a folder, and would be one for
//! whoever made it. An address with a password or token in it is refused, since other programs see it.
//!
//! Everything passes the gate ([`crate::format::package::check`]); nothing is unpacked to a disk. What becomes
//! of the files is decided elsewhere.

mod archive;
mod folder;
mod git;
mod place;

use crate::format::package::Tree;
use crate::format::package::archive::ArchiveError;
use crate::format::package::check::Intake;
use crate::format::package::limits::Limits;
use crate::format::package::refused::{Refused, shown};
use crate::format::package::root::{self, RootError};
use crate::store::git::GitError;
pub(in crate::store) use place::remote as remote_address;
use place::{Inside, Place};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

pub use crate::format::package::check::Seen;

/// What to fetch, and how.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// The source as a person wrote it.
    pub source: &'r str,
    /// The folder in which relative paths begin.
    pub base: &'r Path,
    /// A folder in which a temporary one may be made, and is removed again.
    pub scratch: &'r Path,
    /// How much may come in.
    pub limits: Limits,
}

/// A package that passed the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its files, with paths from the company's folder.
    pub tree: Tree,
    /// Where it comes from.
    pub origin: Origin,
    /// The company's folder in the source; empty: the top.
    pub folder: String,
    /// Paths in the source that were passed over: version control's and host's own files.
    pub left_out: BTreeSet<String>,
    /// The host that was spoken to; `None`: nothing left this machine.
    pub network: Option<String>,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A folder.
    Folder {
        /// Its path, as written.
        path: String,
    },
    /// An archive.
    Archive {
        /// Its path, as written.
        path: String,
        /// The SHA-256 of its bytes, 64 hexadecimal digits.
        sha256: String,
    },
    /// A git repository.
    Git {
        /// Its address, or its path as written.
        url: String,
        /// The branch, tag or commit that was asked for; `None`: the default branch.
        reference: Option<String>,
        /// The commit that was found, in hexadecimal digits.
        commit: String,
        /// Whether exactly this commit was asked for. A branch or tag may mean another one tomorrow.
        pinned: bool,
    },
}

impl Fetched {
    /// Whether the source means the same tomorrow, as far as it is for the source to say: no branch or tag.
    pub fn pinned(&self) -> bool {
        match &self.origin {
            Origin::Folder { .. } | Origin::Archive { .. } => true,
            Origin::Git { pinned, .. } => *pinned,
        }
    }
}

impl Origin {
    /// The origin as a source that means the same again, as far as that is possible: with the commit.
    pub fn source(&self, folder: &str) -> String {
        let (place, commit) = match self {
            Self::Folder { path } | Self::Archive { path, .. } => (path, ""),
            Self::Git { url, commit, .. } => (url, commit.as_str()),
        };
        let folder = if folder.is_empty() { String::new() } else { format!(":{folder}") };
        if commit.is_empty() && folder.is_empty() { place.clone() } else { format!("{place}#{commit}{folder}") }
    }
}

/// A package could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It is no source.
    #[error("`{place}` is no source: {why}", place = shown(place.as_bytes()))]
    Place {
        /// What was written.
        place: String,
        /// Why it is none.
        why: &'static str,
    },
    /// A commit of something that has none was asked for.
    #[error("{path} is no git repository, and has no `{reference}`")]
    NoRepository {
        /// The path.
        path: String,
        /// What was asked for.
        reference: String,
    },
    /// The repository could not be fetched or read.
    #[error("{url}: {source}")]
    Git {
        /// Its address.
        url: String,
        /// Why.
        source: GitError,
    },
    /// Nothing is there.
    #[error("there is nothing at {path}")]
    Missing {
        /// Where.
        path: String,
    },
    /// The file system refused.
    #[error("could not read {path}: {source}")]
    Io {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The archive is too large to be looked at.
    #[error("{path} is larger than {max} bytes")]
    TooLarge {
        /// The archive.
        path: PathBuf,
        /// How large it may be, in bytes.
        max: u64,
    },
    /// The archive, or an entry of it, may not come in.
    #[error("{path}: {source}")]
    Archive {
        /// The archive.
        path: String,
        /// Why.
        source: ArchiveError,
    },
    /// An entry may not come in.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The company could not be found in it.
    #[error("{source}")]
    Root {
        /// The source, without a folder.
        fetched: String,
        /// Why.
        source: RootError,
    },
}

impl SourceError {
    /// What to type or do next.
    pub fn help(&self) -> Vec<String> {
        match self {
            Self::Missing { path } if is_short_name(path) => {
                vec![format!("a repository on GitHub is written https://github.com/{path}")]
            }
            Self::Missing { .. } => {
                vec!["name a folder, a .zip, .tar or .tar.gz, or the address of a git repository".to_owned()]
            }
            Self::Root { fetched, source: RootError::Several { folders } } => {
                folders.iter().take(3).map(|folder| format!("choose one: {}", Where::folder(fetched, folder))).collect()
            }
            Self::Root { fetched, source: RootError::None } => {
                vec![format!("to take a folder without a COMPANY.md, name it: {}", Where::folder(fetched, "FOLDER"))]
            }
            Self::Git { source: GitError::NoGit, .. } => vec!["install git, or name a folder or an archive".to_owned()],
            Self::Git { source: GitError::Failed { .. }, url } => vec![
                format!("see whether `git ls-remote {}` works", shown(url.as_bytes())),
                "a commit is written with all its digits; a private repository by its ssh address, since stored passwords are not used"
                    .to_owned(),
            ],
            Self::Refused(_) | Self::Archive { source: ArchiveError::Refused(_), .. } => {
                vec!["nothing was taken; ask the package's author for one without it".to_owned()]
            }
            Self::Io { .. }
            | Self::TooLarge { .. }
            | Self::Archive { .. }
            | Self::Root { .. }
            | Self::Git { .. }
            | Self::NoRepository { .. }
            | Self::Place { .. } => Vec::new(),
        }
    }
}

/// `owner/repo`: what GitHub's pages show. It is not taken as a source, since it could be a folder as well.
fn is_short_name(path: &str) -> bool {
    let plain = |part: &str| {
        part.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character))
            && part.starts_with(|character: char| character.is_ascii_alphanumeric())
    };
    path.split_once('/').is_some_and(|(owner, repo)| plain(owner) && plain(repo))
}

/// How a source is written.
struct Where;

impl Where {
    /// A repository at a reference.
    fn git(url: &str, reference: Option<&str>) -> String {
        reference.map_or_else(|| url.to_owned(), |reference| format!("{url}#{reference}"))
    }

    /// A folder of a source that has none yet.
    fn folder(source: &str, folder: &str) -> String {
        let separator = if source.contains('#') { ":" } else { "#:" };
        format!("{source}{separator}{folder}")
    }
}

/// Fetches the package a person asked for. `progress` hears of every entry.
///
/// # Errors
/// [`SourceError`]; then nothing was kept.
pub fn fetch(request: &Request<'_>, progress: &mut dyn FnMut(Seen)) -> Result<Fetched, SourceError> {
    let exists = |path: &str| request.base.join(path).exists();
    let place = place::parse(request.source, &exists)
        .map_err(|why| SourceError::Place { place: request.source.to_owned(), why })?;
    match place {
        Place::Url { url, host, inside } => {
            let found = git::read(&url, inside, request.scratch, request.limits, progress)?;
            Ok(fetched_from_git(found, url, inside, host))
        }
        Place::Path { path, inside } => fetch_path(request, path, inside, progress),
    }
}

fn fetch_path(
    request: &Request<'_>,
    place: &str,
    inside: Inside<'_>,
    progress: &mut dyn FnMut(Seen),
) -> Result<Fetched, SourceError> {
    let path = request.base.join(place);
    let metadata = match std::fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Err(SourceError::Missing { path: place.to_owned() });
        }
        Err(source) => return Err(SourceError::Io { path, source }),
    };
    let is_bare = ["HEAD", "objects", "refs"].iter().all(|name| path.join(name).exists());
    let is_repository = metadata.is_dir() && (is_bare || path.join(".git").exists());
    if is_repository && (is_bare || inside.reference.is_some()) {
        // The child runs in a folder of its own, and a path from the root cannot be taken for an option.
        let full = path.canonicalize().map_err(|source| SourceError::Io { path: path.clone(), source })?;
        let found = git::read(&full.to_string_lossy(), inside, request.scratch, request.limits, progress)?;
        return Ok(fetched_from_git(found, place.to_owned(), inside, None));
    }
    if let Some(reference) = inside.reference {
        return Err(SourceError::NoRepository { path: place.to_owned(), reference: reference.to_owned() });
    }
    let mut intake = Intake::new(request.limits, progress);
    let origin = if metadata.is_dir() {
        folder::read(&path, &mut intake)?;
        Origin::Folder { path: place.to_owned() }
    } else {
        let sha256 = archive::read(&path, place, &mut intake)?;
        Origin::Archive { path: place.to_owned(), sha256 }
    };
    let came = intake.finish();
    let folder = root::find(came.tree.keys().map(String::as_str), inside.folder)
        .map_err(|source| SourceError::Root { fetched: place.to_owned(), source })?;
    let tree = root::cut(came.tree, &folder);
    Ok(Fetched { tree, origin, folder, left_out: came.left_out, network: None })
}

fn fetched_from_git(found: git::Found, url: String, inside: Inside<'_>, network: Option<String>) -> Fetched {
    let pinned = inside.reference.is_some_and(git::is_commit);
    let reference = inside.reference.map(str::to_owned);
    let origin = Origin::Git { url, reference, commit: found.commit, pinned };
    let (tree, left_out) = (found.came.tree, found.came.left_out);
    Fetched { tree, origin, folder: found.folder, left_out, network }
}

#[cfg(test)]
mod tests;
