//! `project.yaml`: the repository and workspaces of a project.

use crate::format::record::choice_fields;
use crate::model::status::ProjectStatus;
use crate::model::{SecretName, Slug};
use crate::{choice, record};
use std::collections::BTreeMap;

record! {
    /// How a project is worked on: `project.yaml`.
    pub struct ProjectSettings {
        /// Where it stands. Default `planned`.
        "status" => status: ProjectStatus;
        /// The goal it serves.
        "goal" => goal: Slug;
        /// When it should be finished, as a date.
        "target_date" => target_date: String;
        /// A colour for charts.
        "color" => color: String;
        /// An icon for charts.
        "icon" => icon: String;
        /// The repository that is worked on. Without it each ticket gets a plain folder.
        "repository" => repository: Repository;
        /// Whether tickets share a folder. Default `ticket`.
        "workspace" => workspace: WorkspaceMode;
        /// Further environment of runs on this project. Secrets belong into `secrets`.
        "env" => env: BTreeMap<String, String>;
        /// Names of the secrets that runs on this project get.
        "secrets" => secrets: Vec<SecretName>;
        /// Names of the secrets that runs on this project get if there are any, and start without otherwise.
        "optional_secrets" => optional_secrets: Vec<SecretName>;
        /// Most runs on this project at the same time.
        "max_concurrent_runs" => max_concurrent_runs: u64;
    }
}

record! {
    /// The repository of a project.
    pub struct Repository {
        /// Where it is: a URL or a path.
        "url" => url: String, required;
        /// The branch that work starts from. Default: the repository's own.
        "branch" => branch: String;
        /// What is run in a fresh workspace. An import brings it switched off.
        "setup" => setup: String;
        /// What is run before a workspace goes (`corp workspace clean`).
        "cleanup" => cleanup: String;
    }
}

choice! {
    /// Whether tickets share a folder.
    pub enum WorkspaceMode {
        /// Each ticket has its own.
        "ticket" => Ticket,
        /// All tickets of the project share one.
        "project" => Project,
    }
}

choice_fields!(WorkspaceMode);
