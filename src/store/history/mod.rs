//! A company's history: what its commits say, read from the repository's objects.
//!
//! The work tree is not looked at (but in [`worktree`], which compares with it), so that the history can be read
//! when the files are broken. No git is run, no hook, filter, attribute or setting of the machine matters, and
//! replacement objects are passed over: what is shown is what was committed.
//!
//! [`revision`] finds a commit by name or time, [`walk`] goes from commit to commit, [`trees`] compares what they
//! hold, [`lineage`] knows who comes from whom, [`thing`] knows which paths an agent or ticket has, [`blame`] finds
//! who set a key, [`versions`] shows every file there ever was.

pub mod blame;
pub mod commit;
pub mod compare;
pub mod lineage;
pub mod revision;
pub mod thing;
pub mod trees;
pub mod undo;
pub mod versions;
pub mod walk;
pub mod worktree;

pub use blame::KeyChange;
pub use commit::{Commit, Who};
pub use thing::Thing;
pub use trees::{Changed, Content, Entry};
pub use walk::{Filter, Walk};

use crate::format::Document;
use crate::format::document;
use crate::store::found::Author;
use crate::store::reading::Reading as _;
use commit::Raw;
use gix::bstr::ByteSlice as _;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The name of an object: of a commit, a tree or a file's content.
pub type Id = gix::ObjectId;

/// Largest object that is unpacked, in bytes: room for any honest file, none for one that fills the memory.
const OBJECT_BYTES_MAX: usize = 256 << 20;

/// Why the history could not be read.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// There is no repository in the folder or above.
    #[error("there is no git repository in {folder} or above")]
    NoRepository {
        /// The folder.
        folder: PathBuf,
    },
    /// The repository is damaged, or of a kind that is not known.
    #[error("the repository in {folder} cannot be read: {reason}")]
    Open {
        /// The folder.
        folder: PathBuf,
        /// What the library said.
        reason: String,
    },
    /// Nothing was committed yet.
    #[error("nothing was committed yet on the branch {branch}")]
    Unborn {
        /// The branch.
        branch: String,
    },
    /// No commit has this name, or several have.
    #[error("there is no commit or time `{text}`")]
    NoRevision {
        /// What was asked for.
        text: String,
        /// What the library said.
        reason: String,
    },
    /// The history begins later.
    #[error("nothing was committed before {time}")]
    TooEarly {
        /// The time asked for.
        time: jiff::Timestamp,
    },
    /// An object is missing or damaged.
    #[error("object {id} cannot be read: {reason}")]
    Object {
        /// Its name.
        id: Id,
        /// Why.
        reason: String,
    },
    /// There are no files to compare with.
    #[error("{folder} is a repository without files")]
    NoWorkTree {
        /// The folder.
        folder: PathBuf,
    },
    /// A file of the work tree cannot be read.
    #[error("could not read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// A company's history, open for reading.
pub struct History {
    repository: gix::Repository,
    /// Folders from the top of the repository to the company.
    prefix: Vec<String>,
    /// The company's folder.
    root: PathBuf,
    /// Commits whose parents were not fetched.
    shallow: Vec<Id>,
    trees: trees::Cache,
    /// People of the board by their address, as the newest commit has it.
    board: BTreeMap<String, String>,
    zone: Option<TimeZone>,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History").field("root", &self.root).finish_non_exhaustive()
    }
}

impl History {
    /// Opens the history of the company in `root`, which lies in a repository, or is one without a work tree.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn open(root: &Path) -> Result<Self, HistoryError> {
        let no_repository = || HistoryError::NoRepository { folder: root.to_owned() };
        let root = root.canonicalize().map_err(|_| no_repository())?;
        let is_bare = root.join("HEAD").is_file() && root.join("objects").is_dir();
        let is_top = |folder: &&Path| super::found::has_repository(folder);
        let top = if is_bare { Some(root.as_path()) } else { root.ancestors().find(is_top) };
        let top = top.ok_or_else(no_repository)?;
        let prefix: Option<Vec<String>> = root
            .strip_prefix(top)
            .ok()
            .map(|rest| rest.iter().map(|part| part.to_string_lossy().into_owned()).collect());
        let options = super::repository::options().config_overrides([
            "core.useReplaceRefs=false".to_owned(),
            format!("gitoxide.objects.allocLimit={OBJECT_BYTES_MAX}"),
        ]);
        let open =
            |error: &dyn std::fmt::Display| HistoryError::Open { folder: top.to_owned(), reason: error.to_string() };
        let repository = gix::open_opts(top, options).map_err(|error| open(&error))?;
        let shallow = repository.shallow_commits().map_err(|error| open(&error))?;
        let shallow = shallow.map(|commits| commits.iter().copied().collect()).unwrap_or_default();
        let mut history = Self {
            repository,
            prefix: prefix.unwrap_or_default(),
            root: root.clone(),
            shallow,
            trees: trees::Cache::default(),
            board: BTreeMap::new(),
            zone: None,
        };
        history.learn();
        Ok(history)
    }

    /// Takes the zone and the board from the newest commit; what cannot be read is left out.
    fn learn(&mut self) {
        let Ok(head) = self.head() else { return };
        let Ok(Some(entry)) = self.entry(head, "corp.yaml") else { return };
        let Ok(Content::Text(text)) = self.content(entry) else { return };
        let (Document::Corp(corp), _) = document::read("corp.yaml", &text) else { return };
        self.zone = corp.timezone.as_ref().map(|zone| zone.rules().clone());
        for member in corp.board.iter().flatten() {
            if let (Some(id), Some(email)) = (&member.id, &member.email) {
                self.board.insert(email.to_ascii_lowercase(), id.to_string());
            }
        }
    }

    /// The company's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The company's time zone, as the newest commit has it.
    pub fn zone(&self) -> Option<&TimeZone> {
        self.zone.as_ref()
    }

    /// The newest commit of what is checked out.
    ///
    /// # Errors
    /// [`HistoryError`]; `Unborn` if there is none yet.
    pub fn head(&self) -> Result<Id, HistoryError> {
        let failed =
            |error: &dyn std::fmt::Display| HistoryError::Open { folder: self.root.clone(), reason: error.to_string() };
        let head = self.repository.head().map_err(|error| failed(&error))?;
        if head.is_unborn() {
            let branch = head.referent_name().map(|name| name.shorten().to_str_lossy().into_owned());
            return Err(HistoryError::Unborn { branch: branch.unwrap_or_default() });
        }
        self.repository.read_head().map(|commit| commit.id).map_err(|error| failed(&error))
    }

    /// Whether commits are missing because they were not fetched.
    pub fn is_shallow(&self) -> bool {
        !self.shallow.is_empty()
    }

    /// The shortest name of a commit that no other object shares.
    pub fn short(&self, id: Id) -> String {
        gix::prelude::ObjectIdExt::attach(id, &self.repository).shorten_or_id().to_string()
    }

    /// The same for an id in words, which may not be known yet.
    pub fn short_of(&self, id: &str) -> String {
        id.parse::<Id>().map_or_else(|_| id.to_owned(), |id| self.short(id))
    }

    /// The name and address git has for the person in this repository, if it has its own.
    pub fn identity(&self) -> Option<Author> {
        let config = self.repository.config_snapshot();
        let text = |key: &str| {
            let value = config.string(key)?.to_str_lossy().trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        Some(Author { name: text("user.name")?, email: text("user.email")? })
    }

    /// The id of the member of the board with this address, as last committed.
    pub fn board_member(&self, email: &str) -> Option<&str> {
        self.board.get(&email.to_ascii_lowercase()).map(String::as_str)
    }

    /// The commit `id`.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn commit(&self, id: Id) -> Result<Commit, HistoryError> {
        Ok(self.raw(id)?.told(&self.board))
    }

    /// The repository, for whoever reads many objects at once.
    pub(super) fn repository(&self) -> &gix::Repository {
        &self.repository
    }

    fn raw(&self, id: Id) -> Result<Raw, HistoryError> {
        let failed = |error: &dyn std::fmt::Display| HistoryError::Object { id, reason: error.to_string() };
        let commit = self.repository.read_commit(id).map_err(|error| failed(&error))?;
        Raw::read(id, commit.detach().data, self.shallow.contains(&id)).map_err(|reason| failed(&reason))
    }
}
