//! What all checks look at, opened once.

use super::{Ask, Depth};
use crate::store::check::Checked;
use crate::store::writer::{self, Options, WriteError, Writer};
use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

/// The company as the doctor finds it.
pub struct Scene {
    /// The company's folder.
    pub root: PathBuf,
    /// Now.
    pub now: jiff::Timestamp,
    /// How much is looked at.
    pub depth: Depth,
    /// The repository, if it can be opened.
    pub repository: Option<gix::Repository>,
    /// Why it cannot.
    pub refused: Option<String>,
    /// The one branch that is written to.
    pub branch: String,
    checked: OnceCell<Option<Checked>>,
}

impl Scene {
    /// Opens what there is.
    pub(super) fn new(ask: &Ask) -> Self {
        let has_repository = crate::store::found::has_repository(&ask.root);
        let opened = has_repository.then(|| gix::open_opts(&ask.root, crate::store::repository::options()));
        let (repository, refused) = match opened {
            Some(Ok(repository)) => (Some(repository), None),
            Some(Err(error)) => (None, Some(error.to_string())),
            None => (None, None),
        };
        let corp = crate::store::load::document(&ask.root, "corp.yaml").ok();
        let branch = corp.and_then(|document| match document {
            crate::format::Document::Corp(corp) => corp.branch,
            _ => None,
        });
        Self {
            root: ask.root.clone(),
            now: ask.now,
            depth: ask.depth,
            repository,
            refused,
            branch: branch.unwrap_or_else(|| "main".to_owned()),
            checked: OnceCell::new(),
        }
    }

    /// git's folder.
    pub fn git_dir(&self) -> Option<&Path> {
        self.repository.as_ref().map(gix::Repository::git_dir)
    }

    /// A path as it is shown: from the company's folder.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }

    /// git's folder, unless a writer is at work: then what is there for a moment is where it belongs.
    pub fn git_dir_at_rest(&self) -> Option<&Path> {
        self.git_dir().filter(|git_dir| !writer::is_busy(git_dir))
    }

    /// The files, read and judged; `None` if the folder cannot be read.
    pub fn checked(&self) -> Option<&Checked> {
        self.checked.get_or_init(|| crate::store::check::check(&self.root).ok()).as_ref()
    }

    /// How the company is written to.
    pub fn options(&self) -> Options {
        Options { branch: self.branch.clone(), ..Options::new(&self.root) }
    }

    /// A writer for a repair.
    pub fn writer(&self) -> Result<Writer, WriteError> {
        Writer::open(self.options())
    }

    /// The commit that is checked out.
    pub fn head(&self) -> Option<gix::ObjectId> {
        self.repository.as_ref()?.head_id().ok().map(gix::Id::detach)
    }
}

/// The files below a folder that are wanted by their name, in order. Folders are entered that `enters` wants by theirs.
pub(super) fn below(folder: &Path, enters: fn(&str) -> bool, wanted: fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && enters(&name) => folders.push(entry.path()),
                Ok(kind) if kind.is_file() && wanted(&name) => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

impl std::fmt::Debug for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene").field("root", &self.root).finish_non_exhaustive()
    }
}
