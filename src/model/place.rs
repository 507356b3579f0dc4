//! Where work belongs: goals, projects, teams.

use super::status::{GoalStatus, ProjectStatus};
use super::{SecretName, Slug};
use std::collections::{BTreeMap, BTreeSet};

/// Why work is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goal {
    /// Its name.
    pub name: Option<String>,
    /// The goal this one serves.
    pub parent: Option<Slug>,
    /// The agent or person who answers for it.
    pub owner: Option<Slug>,
    /// Where it stands.
    pub status: GoalStatus,
}

/// What work is done on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its name.
    pub name: Option<String>,
    /// The agent or person who answers for it.
    pub owner: Option<Slug>,
    /// Where it stands.
    pub status: ProjectStatus,
    /// The goal it serves.
    pub goal: Option<Slug>,
    /// The repository that is worked on.
    pub repository: Option<Repository>,
    /// Whether all tickets of the project share one folder.
    pub shared_workspace: bool,
    /// Further environment of runs on it.
    pub env: BTreeMap<String, String>,
    /// Names of the secrets that runs on it get.
    pub secrets: Vec<SecretName>,
    /// Names of the secrets that runs on it get if there are any.
    pub optional_secrets: Vec<SecretName>,
    /// Most runs on it at the same time.
    pub max_concurrent_runs: Option<u64>,
}

/// The repository of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Where it is: a URL or a path.
    pub url: String,
    /// The branch that work starts from.
    pub branch: Option<String>,
    /// What is run in a fresh workspace.
    pub setup: Option<String>,
    /// What is run before a workspace goes.
    pub cleanup: Option<String>,
}

/// A group of agents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Team {
    /// Its name.
    pub name: Option<String>,
    /// The leading agent.
    pub manager: Option<Slug>,
    /// Its agents, the manager among them.
    pub members: BTreeSet<Slug>,
}
