//! A company's first commit: a new repository in its folder, holding exactly the files that were just written.
//!
//! No hook, filter or template of the machine's git is run or copied. The repository is made here; the commit is made by
//! the one who makes all the others ([`Writer`]), so that files and objects are waited for together, in its journal.

use super::durable;
use super::message::Message;
use super::settings;
use super::writer::{Expect, FileChange, Mutation, Options, WriteError, Writer};
use gix::bstr::ByteSlice as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Who made a change: a name and an address, as git shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// Why a company could not get its first commit.
#[derive(Debug, thiserror::Error)]
pub enum FoundError {
    /// git's own files could not be written or read.
    #[error("the repository in {folder} could not be written: {reason}")]
    Git {
        /// The company's folder.
        folder: PathBuf,
        /// What the library said.
        reason: String,
    },
    /// A file could not be made durable.
    #[error("could not write {path} to the disk: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The commit could not be made.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// The name and address git has for the person at this machine, if any.
pub fn identity() -> Option<Author> {
    let config = gix::config::File::from_globals().ok()?;
    let text = |key: &str| Some(config.string(key)?.to_str().ok()?.trim().to_owned()).filter(|text| !text.is_empty());
    Some(Author { name: text("user.name")?, email: text("user.email")? })
}

/// The key with which the person at this machine has git sign, if it is an ssh key: of their own settings, never of those of
/// a repository.
pub fn signing_key() -> Option<String> {
    let config = gix::config::File::from_globals().ok()?;
    let text = |key: &str| Some(config.string(key)?.to_str().ok()?.trim().to_owned()).filter(|text| !text.is_empty());
    if text("gpg.format").as_deref() != Some("ssh") {
        return None;
    }
    text("user.signingkey")
}

/// Whether `root` is the top of a git repository, sound or not. An empty folder `.git` is none, for git too: some sandboxes
/// leave one behind.
pub fn has_repository(root: &Path) -> bool {
    let git = root.join(".git");
    match fs::symlink_metadata(&git) {
        Ok(found) if found.is_dir() => fs::read_dir(git).map_or(true, |mut entries| entries.next().is_some()),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// The nearest folder above `root` that is the top of a git repository.
pub fn repository_around(root: &Path) -> Option<PathBuf> {
    root.ancestors().skip(1).find(|folder| has_repository(folder)).map(Path::to_owned)
}

/// The branch that is checked out in the repository in `root`, born or not.
pub fn branch(root: &Path) -> Option<String> {
    let repository = gix::open_opts(root, crate::store::repository::options()).ok()?;
    let name = repository.head_name().ok()??;
    name.shorten().to_str().ok().map(str::to_owned)
}

/// Makes a repository in `root` with one commit of exactly `files` (paths relative to `root`, as they lie there),
/// on the branch `main`, and returns the commit's id once it is on the disk. The files themselves are not waited for: a
/// power cut makes none of them vanish from the commit, and they are brought up from there.
///
/// # Errors
/// [`FoundError`]; the files in `root` stay as they are.
pub fn first_commit(
    root: &Path,
    files: &[String],
    author: &Author,
    at: jiff::Timestamp,
    message: Message,
) -> Result<String, FoundError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| FoundError::Io { path, source }
    };
    make(root).map_err(|error| FoundError::Git { folder: root.to_owned(), reason: error.to_string() })?;
    let mut made = vec![root.to_owned()];
    let top = root.join(".git");
    below(&top, &mut made).map_err(io(&top))?;
    durable::sync(&made).map_err(|(path, source)| FoundError::Io { path, source })?;
    let mut changes = Vec::with_capacity(files.len());
    for path in files {
        let content = fs::read(root.join(path)).map_err(io(&root.join(path)))?;
        changes.push(FileChange { path: path.clone(), before: Expect::Absent, after: Some(content) });
    }
    let mutation = Mutation { author: author.clone(), at, message, changes };
    let answer = Writer::open(Options::new(root))?.commit(&[mutation]).pop();
    Ok(answer.unwrap_or_else(|| unreachable!("the writer answers each mutation"))?.commit)
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Makes the repository, with the settings a company needs.
fn make(root: &Path) -> Result<(), Failure> {
    let options = gix::create::Options::default();
    let open = gix::open::Options::isolated();
    gix::ThreadSafeRepository::init_opts(root, gix::create::Kind::WithWorktree, options, open)?;
    super::merge_driver::install(root)?;
    let config = root.join(".git/config");
    let made = fs::read_to_string(&config)?;
    let missing = settings::missing(made.as_bytes()).unwrap_or_default();
    fs::write(&config, made + &missing)?;
    Ok(())
}

/// Lists every file and folder below `folder`, and itself.
fn below(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            below(&entry.path(), found)?;
        } else if entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    found.push(folder.to_owned());
    Ok(())
}
