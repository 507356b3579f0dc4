//! What we know of a workspace. It lies beside the folder and not in it: the folder is the agent's.

use crate::store::whole::{self, Lasts, Readers};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// What we know of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The repository it is a clone of.
    pub url: String,
    /// The branch that is worked on.
    pub branch: String,
    /// The commit the work began at.
    pub base: String,
    /// The commit the repository got from us last.
    #[serde(default)]
    pub pushed: Option<String>,
    /// Whether the folder was there: before it is, the record is.
    pub ready: bool,
    /// Our mirror of the repository.
    pub mirror: PathBuf,
}

impl Record {
    /// Where the record of the workspace in `folder` is.
    pub fn place(folder: &Path) -> PathBuf {
        let mut name = folder.file_name().unwrap_or_default().to_owned();
        name.push(".json");
        folder.with_file_name(name)
    }

    /// What is known of the workspace in `folder`; what cannot be read is not known.
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(Self::place(folder)).ok()?).ok()
    }

    /// Writes it down, whole.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        whole::write(&Self::place(folder), &serde_json::to_vec_pretty(self)?, Lasts::UntilCrash, Readers::AsUsual)
    }
}
