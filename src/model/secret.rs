//! A secret as far as deciding goes: who may use it and whether it can be used. Its value is nowhere in the model.

use super::Slug;
use crate::choice;

choice! {
    /// Whether a secret may be used.
    pub enum SecretStatus { "active" => Active, "disabled" => Disabled, "deleted" => Deleted }
}

choice! {
    /// How a run gets the value of a secret.
    pub enum SecretDelivery {
        /// In a file for this run alone, named by the variable `<NAME>_FILE`, and gone with the run.
        "file" => File,
        /// In the variable of its name, which whatever the run starts inherits.
        "env" => Env,
        /// Not at all: the variable of its name holds what stands for it, and the model gateway puts the value in its place
        /// on the way to the provider.
        "gateway" => Gateway,
    }
}

/// The beginning of names that the program keeps for itself: its own variables and secrets.
pub const RESERVED_PREFIX: &str = "CORP_";

/// The secret that fingerprints of the company's other secrets are made with.
pub const FINGERPRINT_KEY: &str = "CORP_FINGERPRINT_KEY";

/// A secret without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Whether it may be used.
    pub status: SecretStatus,
    /// Whether its value should lie in the company's own files, and whether it does; `None`: it lies elsewhere.
    pub here: Option<bool>,
    /// The public keys its value is sealed for.
    pub sealed_for: Vec<String>,
    /// Who may use it.
    pub bindings: Vec<Binding>,
    /// Why its value must be replaced, if it must.
    pub to_be_rotated: Option<String>,
}

/// Somebody who may use a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Who.
    pub to: BoundTo,
    /// The version that is used; `None`: the latest.
    pub version: Option<u64>,
    /// Whether a run needs it to start.
    pub required: bool,
    /// How a run gets it.
    pub delivery: SecretDelivery,
}

/// Whose runs get a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoundTo {
    /// An agent's.
    Agent(Slug),
    /// Those on a project.
    Project(Slug),
    /// Those of a routine.
    Routine(Slug),
}

impl BoundTo {
    /// What it is, in a word, which is also its key in a file.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Agent(_) => "agent",
            Self::Project(_) => "project",
            Self::Routine(_) => "routine",
        }
    }

    /// Its name.
    pub fn slug(&self) -> &Slug {
        match self {
            Self::Agent(slug) | Self::Project(slug) | Self::Routine(slug) => slug,
        }
    }
}

impl std::fmt::Display for BoundTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the {} {}", self.noun(), self.slug())
    }
}

impl Secret {
    /// The binding by which `to` may use it.
    pub fn bound(&self, to: &BoundTo) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.to == *to)
    }
}
