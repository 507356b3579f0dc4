//! Where a company's repository is, and how its `corp.yaml` asks for it to be written.

use crate::format::kind::Durability as Wanted;
use crate::store::force;
use crate::store::history::History;
use std::path::{Path, PathBuf};

/// How much "durable" means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On the platter before it is answered.
    Full,
    /// Handed to the operating system: safe from a crash of the program, not from a power cut.
    Relaxed,
}

/// Where a company's repository is, and how to write to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The company's folder: the top of a work tree.
    pub root: PathBuf,
    /// The one branch that is written to, such as `main`.
    pub branch: String,
    /// How much "durable" means.
    pub durability: Durability,
    /// Longest wait for another writer or for a person's git, in milliseconds.
    pub patience_ms: u64,
    /// New objects from which on a group of changes writes them as one small pack, instead of a file for each.
    pub packed_from: usize,
}

/// The usual bound: what four changes write. A pack is looked into by every reader until it is packed with others.
const PACKED_FROM: usize = 20;

impl Options {
    /// The usual: branch `main`, full durability, ten seconds of patience.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            branch: "main".to_owned(),
            durability: Durability::Full,
            patience_ms: 10_000,
            packed_from: PACKED_FROM,
        }
    }

    /// What the `corp.yaml` of the company in `root` asks for, as it was last committed without errors. Where it
    /// is silent or cannot be read, the usual.
    pub fn of(root: &Path) -> Self {
        let mut options = Self::new(root);
        let corp = History::open(root).and_then(|history| force::corp(&history));
        let Ok(Some(corp)) = corp else { return options };
        if let Some(branch) = corp.branch {
            options.branch = branch;
        }
        if let Some(Wanted::Relaxed) = corp.durability {
            options.durability = Durability::Relaxed;
        }
        options
    }
}
