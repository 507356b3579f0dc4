//! A clone of a company: its branch checked out by the writer, git set up to merge its files, the remote noted.

use super::repository::{note_clone, open};
use super::{Courier, SyncError};
use crate::store::courier::Address;
use crate::store::merge_driver;
use crate::store::reading::{Below as _, Reading as _};
use crate::store::writer::{self, Arrival, Writer};
use gix::ObjectId;
use std::fs;
use std::path::{Path, PathBuf};

/// What a clone is called by.
const REMOTE: &str = "origin";

/// What is to be cloned.
#[derive(Debug, Clone)]
pub struct CloneRequest {
    /// Where the company is: an https or ssh address, or a path.
    pub address: String,
    /// The folder a path is taken from.
    pub here: PathBuf,
    /// The folder to be made; it may be there, and empty.
    pub folder: PathBuf,
    /// Whether git may ask for a password on the terminal.
    pub ask: bool,
    /// Now.
    pub at: jiff::Timestamp,
}

/// A company that was cloned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloned {
    /// The branch it lives on.
    pub branch: String,
    /// The commit.
    pub commit: String,
}

/// Clones a company. Nothing of it runs: no hook, filter or submodule.
///
/// # Errors
/// [`SyncError`]; the folder is then as it was.
pub fn clone(request: &CloneRequest) -> Result<Cloned, SyncError> {
    let folder = &request.folder;
    let was_there = folder.exists();
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) || folder.is_file() {
        return Err(SyncError::NoRemote(format!("{} is there already, and not empty", folder.display())));
    }
    let address = Address::new(&request.address, &request.here)
        .map_err(|why| SyncError::NoRemote(format!("nothing can be cloned from there: {why}")))?;
    fs::create_dir_all(folder).map_err(SyncError::git)?;
    let cloned = into(request, &address);
    if cloned.is_err() {
        // Only what this made is in it.
        if was_there {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                drop(fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path())));
            }
        } else {
            drop(fs::remove_dir_all(folder));
        }
    }
    cloned
}

fn into(request: &CloneRequest, address: &Address) -> Result<Cloned, SyncError> {
    let folder = &request.folder;
    let options = gix::create::Options::default();
    let isolated = gix::open::Options::isolated();
    let repository = gix::ThreadSafeRepository::init_opts(folder, gix::create::Kind::WithWorktree, options, isolated)
        .map_err(SyncError::git)?
        .to_thread_local();
    let git_dir = repository.common_dir().to_owned();
    let courier = Courier::open(&git_dir, request.ask).map_err(SyncError::git)?;
    let unreachable = |source| SyncError::Unreachable { remote: shown(address), waiting: 0, source };
    let head = courier.head(address).map_err(unreachable)?;
    let branches = courier.fetch(address, None).map_err(unreachable)?;
    // What was fetched is in packs that were not there when the repository was opened.
    let repository = open(folder)?;
    let begin = head.filter(|head| branches.contains_key(head)).or_else(|| branches.keys().next().cloned());
    let Some(begin) = begin else {
        return Err(SyncError::NoRemote(format!("{} has no branch yet; push a company there first", shown(address))));
    };
    let branch = named(&repository, branches[&begin]).filter(|name| branches.contains_key(name)).unwrap_or(begin);
    let commit = branches[&branch];
    if content(&repository, commit, "COMPANY.md").is_none() {
        return Err(SyncError::NoRemote(format!(
            "{} is no company: its branch `{branch}` has no COMPANY.md",
            shown(address)
        )));
    }
    configure(&git_dir, address, &branch).map_err(SyncError::git)?;
    merge_driver::install(folder).map_err(SyncError::git)?;
    fs::write(git_dir.join("HEAD"), format!("ref: refs/heads/{branch}\n")).map_err(SyncError::git)?;
    let mut writer = Writer::open(writer::Options { branch: branch.clone(), ..writer::Options::new(folder) })?;
    let arrival = Arrival { onto: None, theirs: commit.to_string(), merge: None, at: request.at };
    let done = writer.take_in(&arrival)?;
    note_clone(&repository, REMOTE, commit, &branches)?;
    Ok(Cloned { branch, commit: done.commit })
}

/// The branch that a company's own settings name.
fn named(repository: &gix::Repository, commit: ObjectId) -> Option<String> {
    use crate::format::{Document, document};
    let text = content(repository, commit, "corp.yaml")?;
    match document::read("corp.yaml", &text).0 {
        Document::Corp(corp) => corp.branch,
        _ => None,
    }
}

fn content(repository: &gix::Repository, commit: ObjectId, path: &str) -> Option<String> {
    let tree = repository.read_tree_of(commit).ok()?;
    let entry = tree.read_entry(path).ok()??;
    String::from_utf8(repository.read_blob(entry.object_id()).ok()?.detach().data).ok()
}

/// The address for people; it holds no password, or it would not have been taken.
fn shown(address: &Address) -> String {
    crate::format::package::refused::shown(address.as_str().as_bytes())
}

/// Notes the remote in the configuration of a repository that was just made, as `git clone` does.
fn configure(git_dir: &Path, address: &Address, branch: &str) -> std::io::Result<()> {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let path = git_dir.join("config");
    let text = fs::read_to_string(&path)?;
    let more = format!(
        "[remote \"{REMOTE}\"]\n\turl = {}\n\tfetch = +refs/heads/*:refs/remotes/{REMOTE}/*\n[branch {}]\n\tremote = {REMOTE}\n\tmerge = {}\n",
        quoted(address.as_str()),
        quoted(branch),
        quoted(&format!("refs/heads/{branch}")),
    );
    fs::write(&path, text + &more)
}
