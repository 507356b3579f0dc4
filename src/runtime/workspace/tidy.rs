//! Folders nobody needs any more: which there are, what is in them that is nowhere else, and removing the others.

use super::record::Record;
use super::{Plan, Source, collect};
use crate::runtime::place::Place;
use std::path::PathBuf;

/// A workspace on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is called: the ticket, the agent, the project.
    pub name: String,
    /// Where it is.
    pub folder: PathBuf,
    /// What is known of it, if it is a clone.
    pub record: Option<Record>,
}

/// What became of one that was to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// It is gone; everything in it is elsewhere.
    Removed,
    /// It stays, and why.
    Stays(String),
}

/// The workspaces of the company at `place`, in order.
pub fn list(place: &Place) -> Vec<Found> {
    let above = place.workspace("");
    let mut names: Vec<String> = std::fs::read_dir(&above)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    let found = names.into_iter().map(|name| {
        let folder = above.join(&name);
        Found { record: Record::read(&folder), name, folder }
    });
    found.collect()
}

/// Removes a workspace whose work is done, if nothing is in it that is nowhere else. What is committed is brought home
/// first, what is not is kept in the mirror, and then the folder stays all the same.
pub fn remove(found: &Found) -> Gone {
    let Some(record) = &found.record else {
        // A plain folder is the only place where its files are.
        let empty = std::fs::read_dir(&found.folder).is_ok_and(|mut entries| entries.next().is_none());
        return if empty {
            gone(found)
        } else {
            Gone::Stays("it has files, and no repository they could be in".to_owned())
        };
    };
    let plan = Plan {
        folder: found.folder.clone(),
        name: found.name.clone(),
        run: "tidied".to_owned(),
        source: Some(Source {
            url: record.url.clone(),
            refused: None,
            project: String::new(),
            start: None,
            branch: record.branch.clone(),
            named: true,
            mirror: record.mirror.clone(),
            author: String::new(),
            email: String::new(),
            setup: None,
        }),
    };
    let work = collect(&plan, true);
    if let Some(notice) = work.notices.into_iter().next() {
        return Gone::Stays(notice);
    }
    if let Some(uncommitted) = work.uncommitted {
        return Gone::Stays(uncommitted);
    }
    gone(found)
}

fn gone(found: &Found) -> Gone {
    match std::fs::remove_dir_all(&found.folder) {
        Ok(()) => {
            // Without its folder it says nothing any more; what it said of the branch is in the mirror.
            drop(std::fs::remove_file(Record::place(&found.folder)));
            Gone::Removed
        }
        Err(error) => Gone::Stays(format!("it could not be removed: {error}")),
    }
}
