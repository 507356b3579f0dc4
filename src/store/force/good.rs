//! The last good version of files: back along the way the branch went, as far as is worth it.

use super::{Force, ForceError, Version, read};
use crate::store::history::{Entry as Committed, History, Id};
use std::collections::{BTreeMap, BTreeSet};

/// Commits that are looked back for a good version or for who changed a file: a busy month.
pub(super) const LOOKED_BACK_MAX: usize = 10_000;

/// Versions of one file that are tried.
const VERSIONS_MAX: usize = 100;

/// When a file last changed: in `commit`, whose parent is `before`.
#[derive(Debug, Clone)]
pub(super) struct Changed {
    pub(super) commit: Id,
    pub(super) before: Option<Id>,
    /// What the file was before.
    pub(super) was: Option<Committed>,
    /// How many commits lie between it and where was looked from.
    pub(super) age: usize,
}

/// Finds the newest change of each of `paths`, looking back from `from`.
pub(super) fn newest_changes(
    history: &History,
    from: Id,
    mut paths: BTreeSet<String>,
) -> Result<BTreeMap<String, Changed>, ForceError> {
    let mut found = BTreeMap::new();
    for (age, step) in history.way_back(from).take(LOOKED_BACK_MAX).enumerate() {
        if paths.is_empty() {
            break;
        }
        let step = step?;
        for file in step.changes.files {
            if paths.remove(&file.path) {
                let changed = Changed { commit: step.commit, before: step.parent, was: file.before, age };
                found.insert(file.path, changed);
            }
        }
    }
    Ok(found)
}

/// A version that can be in force, with what it says.
#[derive(Debug)]
pub(super) struct Good {
    pub(super) version: Version,
    pub(super) read: read::Read,
}

impl Force {
    /// Finds the last version of each of `paths` that is good by itself, looking back from `from`, whose own versions
    /// are not.
    pub(super) fn last_good(
        &self,
        from: Id,
        mut paths: BTreeSet<String>,
    ) -> Result<BTreeMap<String, Good>, ForceError> {
        let mut found = BTreeMap::new();
        let mut tried: BTreeMap<String, usize> = BTreeMap::new();
        for step in self.history.way_back(from).take(LOOKED_BACK_MAX) {
            if paths.is_empty() {
                break;
            }
            let step = step?;
            for file in step.changes.files {
                if !paths.contains(&file.path) {
                    continue;
                }
                let (Some(before), Some(commit)) = (file.before, step.parent) else {
                    // It came with this commit, and was never good.
                    paths.remove(&file.path);
                    continue;
                };
                let read = read::one(self.history.repository(), None, file.path.clone(), before)?;
                if read.errors.is_empty() {
                    paths.remove(&file.path);
                    let version = Version { commit, content: before };
                    found.insert(file.path, Good { version, read });
                    continue;
                }
                let tried = tried.entry(file.path.clone()).or_default();
                *tried += 1;
                if *tried >= VERSIONS_MAX {
                    paths.remove(&file.path);
                }
            }
        }
        Ok(found)
    }
}
