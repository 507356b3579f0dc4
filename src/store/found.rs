//! A company's first commit: a new repository in its folder, holding exactly the files that were just written.
//!
//! No hook, filter or template of the machine's git is run or copied: the repository is made and written here,
//! object by object. Later commits are not made here.

use super::{durable, settings};
use gix::bstr::ByteSlice as _;
use gix::objs::tree::EntryKind;
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
}

/// The name and address git has for the person at this machine, if any.
pub fn identity() -> Option<Author> {
    let config = gix::config::File::from_globals().ok()?;
    let text = |key: &str| Some(config.string(key)?.to_str().ok()?.trim().to_owned()).filter(|text| !text.is_empty());
    Some(Author { name: text("user.name")?, email: text("user.email")? })
}

/// Whether `root` is the top of a git repository.
pub fn has_repository(root: &Path) -> bool {
    fs::symlink_metadata(root.join(".git")).is_ok()
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
/// on the branch `main`, and returns the commit's id once everything is on the disk.
///
/// # Errors
/// [`FoundError`]; the files in `root` stay as they are.
pub fn first_commit(
    root: &Path,
    files: &[String],
    author: &Author,
    at: jiff::Timestamp,
    message: &str,
) -> Result<String, FoundError> {
    let git = |reason: String| FoundError::Git { folder: root.to_owned(), reason };
    let id = write(root, files, author, at, message).map_err(|error| git(error.to_string()))?;
    let top = root.join(".git");
    let mut written = Vec::new();
    below(&top, &mut written).map_err(|source| FoundError::Io { path: top, source })?;
    durable::sync(&written).map_err(|(path, source)| FoundError::Io { path, source })?;
    Ok(id)
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn write(
    root: &Path,
    files: &[String],
    author: &Author,
    at: jiff::Timestamp,
    message: &str,
) -> Result<String, Failure> {
    let options = gix::create::Options::default();
    let open = gix::open::Options::isolated();
    let repository = gix::ThreadSafeRepository::init_opts(root, gix::create::Kind::WithWorktree, options, open)
        .map_err(text)?
        .to_thread_local();
    super::merge_driver::install(root)?;
    let config = root.join(".git/config");
    let made = fs::read_to_string(&config)?;
    let missing = settings::missing(made.as_bytes()).unwrap_or_default();
    fs::write(&config, made + &missing)?;
    let mut tree = repository.edit_tree(repository.empty_tree().id).map_err(text)?;
    for path in files {
        let blob = repository.write_blob(fs::read(root.join(path))?).map_err(text)?;
        tree.upsert(path.as_str(), EntryKind::Blob, blob).map_err(text)?;
    }
    let tree = tree.write().map_err(text)?;
    let time = gix::date::Time { seconds: at.as_second(), offset: 0 };
    let signature =
        |name: &str, email: &str| gix::actor::Signature { name: clean(name).into(), email: clean(email).into(), time };
    let (by, program) = (signature(&author.name, &author.email), signature("corp", "corp@localhost"));
    let (mut one, mut two) = (Default::default(), Default::default());
    let no_parents: [gix::ObjectId; 0] = [];
    let commit = repository
        .commit_as(program.to_ref(&mut one), by.to_ref(&mut two), "HEAD", message, tree, no_parents)
        .map_err(text)?;
    let mut index = repository.index_from_tree(&tree).map_err(text)?;
    let (entries, paths) = index.entries_mut_and_pathbacking();
    for entry in entries {
        let path = entry.path_in(paths).to_str_lossy().into_owned();
        let metadata = gix::index::fs::Metadata::from_path_no_follow(&root.join(path))?;
        entry.stat = gix::index::entry::Stat::from_fs(&metadata)?;
    }
    index.write(gix::index::write::Options { skip_hash: true, ..Default::default() }).map_err(text)?;
    Ok(commit.to_string())
}

/// Errors of the library are trees; what a person needs is the sentence.
fn text(error: impl std::fmt::Display) -> Failure {
    error.to_string().into()
}

/// A name or address as it may stand in a commit: one line, no angle brackets.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect::<String>().trim().to_owned()
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
