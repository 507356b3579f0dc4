//! What all checks look at, opened once.

use super::{Ask, Depth};
use crate::store::check::Checked;
use crate::store::writer::{Options, WriteError, Writer};
use std::cell::OnceCell;
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
        let opened = has_repository.then(|| gix::open_opts(&ask.root, gix::open::Options::isolated()));
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

impl std::fmt::Debug for Scene {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scene").field("root", &self.root).finish_non_exhaustive()
    }
}
