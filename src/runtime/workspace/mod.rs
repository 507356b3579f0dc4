//! The folder a run works in: a clone of its project's repository on a branch of its ticket, or a plain folder.
//!
//! It is made ready by the run's supervisor before the agent's program starts ([`prepare()`]), and what was committed there
//! is brought home when all processes of the run are gone ([`collect()`]). Both may take their time: no daemon waits for it.
//!
//! | | |
//! | --- | --- |
//! | `mirrors/<name>.git` | what a repository had when it was last asked, and everything that came back from workspaces |
//! | `workspaces/<ticket>/` | the folder; its objects are hard links into the mirror |
//! | `workspaces/<ticket>.json` | what we know of it; beside it, since the folder is the agent's |
//!
//! In the mirror, `refs/heads/*` is what the repository has, `refs/work/<ticket>/*` the branches of a workspace, and
//! `refs/rescue/<ticket>/*` what would have been lost otherwise. [`tidy`](mod@tidy) removes folders nobody needs any more, and never
//! one that holds something that is nowhere else.

mod collect;
mod command;
pub mod deliver;
pub mod fingerprint;
pub mod git;
mod mirror;
mod prepare;
mod record;
mod rescue;
pub mod tidy;

pub use collect::collect;
pub use fingerprint::fingerprint;
pub use prepare::prepare;
pub use record::Record;

use crate::store::courier::Address;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A repository's address as git is told it, a path taken from the company's folder `root`; and why not, if it is none.
pub fn address(text: &str, root: &Path) -> (String, Option<String>) {
    match Address::new(text, root) {
        Ok(address) => (address.as_str().to_owned(), None),
        Err(why) => (text.to_owned(), Some(why.to_owned())),
    }
}

/// What folder a run works in, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The folder.
    pub folder: PathBuf,
    /// What it is called: the ticket, the agent, the project.
    pub name: String,
    /// The run, for names of what is kept.
    pub run: String,
    /// The repository; none: a plain folder.
    pub source: Option<Source>,
}

/// The repository a folder is a clone of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Where it is, as git is told it.
    pub url: String,
    /// Why git is not told it.
    #[serde(default)]
    pub refused: Option<String>,
    /// The project, for what to do about it.
    pub project: String,
    /// The branch that work starts from; none: the repository's own.
    pub start: Option<String>,
    /// The branch that is worked on.
    pub branch: String,
    /// Whether the ticket names that branch: then it may be there already.
    pub named: bool,
    /// Our mirror of it.
    pub mirror: PathBuf,
    /// The agent's name in commits.
    pub author: String,
    /// The agent's address in commits.
    pub email: String,
    /// What is run in a fresh folder.
    pub setup: Option<String>,
}

/// Why no run can work in a folder, and what to do about it: full sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble(pub String);

/// What became of a folder after a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The branch that holds what was committed.
    pub branch: Option<String>,
    /// What whoever reads the ticket should know.
    pub notices: Vec<String>,
    /// What of it is nowhere but in the folder.
    pub uncommitted: Option<String>,
    /// Why no run can work there.
    pub trouble: Option<String>,
}
