//! Folders nobody needs any more: which there are, what is in them that is nowhere else, and removing the others.

use super::command::{Wanted, Went};
use super::record::Record;
use super::{Plan, Source, collect};
use crate::runtime::place::Place;
use crate::sandbox::Policy;
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

/// What a project wants to be run before a folder goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleanup {
    /// The project.
    pub project: String,
    /// The text, for a shell.
    pub text: String,
    /// All of its environment.
    pub environment: Vec<(String, String)>,
    /// What it may touch. None: it is not confined.
    pub policy: Option<Policy>,
}

/// Longest that a cleanup may take, in minutes: it stops what the work needed and nobody waits at a ticket for it.
const CLEANUP_MINUTES_MAX: u64 = 5;

/// What became of one that was to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gone {
    /// It is gone; everything in it is elsewhere. And what its cleanup said last.
    Removed(String),
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
/// first, what is not is kept in the mirror, and then the folder stays all the same. The project's cleanup is run in a folder
/// that is to go; while it fails, the folder stays.
pub fn remove(found: &Found, cleanup: Option<&Cleanup>) -> Gone {
    let Some(record) = &found.record else {
        // A plain folder is the only place where its files are.
        let empty = std::fs::read_dir(&found.folder).is_ok_and(|mut entries| entries.next().is_none());
        return if empty {
            gone(found, String::new())
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
    match cleanup.map_or(Ok(String::new()), |cleanup| clean_up(found, cleanup)) {
        Ok(said) => gone(found, said),
        Err(why) => Gone::Stays(why),
    }
}

/// Where what a command of the project said in this workspace is.
fn log(found: &Found, of: &str) -> PathBuf {
    found.folder.with_file_name(format!("{}.{of}.log", found.name))
}

/// Runs the project's cleanup, and returns what it said last.
fn clean_up(found: &Found, cleanup: &Cleanup) -> Result<String, String> {
    let Cleanup { project, text, environment, policy } = cleanup;
    let wanted = Wanted {
        text,
        folder: &found.folder,
        environment,
        is_worked_in: true,
        policy: policy.as_ref(),
        minutes_max: CLEANUP_MINUTES_MAX,
        log: log(found, "cleanup"),
    };
    match wanted.run() {
        Ok(Went::Well(said)) => Ok(said),
        Ok(Went::Badly(how, said)) => Err(format!(
            "the cleanup of the project {how}; all of it is in {}. Mend `repository.cleanup` in \
             projects/{project}/project.yaml. It said: {said}",
            wanted.log.display()
        )),
        Err(error) => Err(format!("the cleanup of the project could not be run: {error}")),
    }
}

fn gone(found: &Found, said: String) -> Gone {
    match std::fs::remove_dir_all(&found.folder) {
        Ok(()) => {
            // Without its folder they say nothing any more; what was said of the branch is in the mirror.
            for file in [Record::place(&found.folder), log(found, "setup"), log(found, "cleanup")] {
                drop(std::fs::remove_file(file));
            }
            Gone::Removed(said)
        }
        Err(error) => Gone::Stays(format!("it could not be removed: {error}")),
    }
}
