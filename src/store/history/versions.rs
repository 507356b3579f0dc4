//! Every version of every file there ever was, for whoever looks for something that must not be in any of them.

use super::trees::Content;
use super::{History, HistoryError, Id};
use crate::store::reading::{Reading as _, twice};
use std::collections::BTreeSet;

/// What is shown instead of a path for what a commit says.
pub const MESSAGE: &str = "its message";

/// A version of a file, or what a commit says.
#[derive(Debug)]
pub struct Version<'v> {
    /// The commit that brought it, the earliest that is known.
    pub commit: Id,
    /// The file, or [`MESSAGE`].
    pub path: &'v str,
    /// What it holds; `None`: more than is read.
    pub bytes: Option<&'v [u8]>,
}

impl History {
    /// Shows every version of every file that any branch, tag or other name leads to, and what every commit says, each once, the
    /// earliest first. Returns how many commits there are.
    ///
    /// # Errors
    /// [`HistoryError`] if an object cannot be read.
    pub fn versions(&self, visit: &mut dyn FnMut(&Version<'_>)) -> Result<usize, HistoryError> {
        let failed =
            |error: &dyn std::fmt::Display| HistoryError::Open { folder: self.root.clone(), reason: error.to_string() };
        let repository = self.repository();
        let references = repository.references().map_err(|error| failed(&error))?;
        let mut tips = BTreeSet::new();
        for mut reference in references.all().map_err(|error| failed(&error))?.filter_map(Result::ok) {
            // A name that leads nowhere, or to no commit, holds no file.
            if let Ok(id) = twice(|| reference.peel_to_id().map(gix::Id::detach))
                && repository.read_commit(id).is_ok()
            {
                tips.insert(id);
            }
        }
        tips.extend(repository.head_id().ok().map(gix::Id::detach));
        let tips: Vec<Id> = tips.into_iter().collect();
        let walked = repository.read_back(&tips, None, usize::MAX);
        if let Some(error) = walked.broken {
            return Err(failed(&error));
        }
        let commits: Vec<Id> = walked.commits.into_iter().map(|commit| commit.id).collect();
        let mut known: BTreeSet<Id> = BTreeSet::new();
        for commit in commits.iter().rev().copied() {
            let object = repository.read_commit(commit).map_err(|error| failed(&error))?;
            let message: &[u8] = object.message_raw_sloppy();
            visit(&Version { commit, path: MESSAGE, bytes: Some(message) });
            let changes = self.changed(object.parent_ids().next().map(gix::Id::detach), commit);
            let files = match changes {
                Ok(changes) if !changes.cut => {
                    changes.files.into_iter().filter_map(|file| Some((file.path, file.after?))).collect()
                }
                // More changed than is compared, or its parent was not fetched.
                Ok(_) | Err(_) => self.files(commit, "")?,
            };
            for (path, entry) in files.into_iter().filter(|(_, entry)| known.insert(entry.id)) {
                let content = self.content(entry)?;
                let bytes = match &content {
                    Content::Text(text) => Some(text.as_bytes()),
                    Content::Binary(bytes) => Some(bytes.as_slice()),
                    Content::Large(_) => None,
                };
                visit(&Version { commit, path: &path, bytes });
            }
        }
        Ok(commits.len())
    }
}
