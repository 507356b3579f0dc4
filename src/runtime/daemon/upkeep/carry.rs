//! The sync: what came from others, and what was sent to them, in words.

use super::Came;
use crate::model::CloneId;
use crate::runtime::chance;
use crate::store::found::Author;
use crate::store::sync::{self, Chosen, Report, Request, Sent, SyncError};
use jiff::Timestamp;
use std::path::Path;

/// Brings the clone and its remote together, in the name of the program: nobody sits there who could be asked anything.
pub(super) fn sync(root: &Path, branch: &str, clone: CloneId, at: Timestamp) -> Came {
    match sync::has_remote(root) {
        Ok(true) => {}
        Ok(false) => return Came::Done(None),
        Err(error) => return came(error),
    }
    let request = Request {
        root: root.to_owned(),
        branch: branch.to_owned(),
        remote: None,
        author: Author { name: "corp".to_owned(), email: "corp@localhost".to_owned() },
        clone,
        accept: None,
        chosen: Chosen::new(),
        ask: false,
        at,
    };
    let done = sync::writer(root, branch)
        .map_err(SyncError::from)
        .and_then(|mut writer| sync::sync(&mut writer, &request, &mut chance::number));
    match done {
        Ok(report) => told(&report),
        Err(error) => came(error),
    }
}

fn told(report: &Report) -> Came {
    for (old, new) in &report.renumbered {
        tracing::warn!("two tickets were called {old}; one of them is {new} now");
    }
    let commits = |number: usize| format!("{number} commit{}", if number == 1 { "" } else { "s" });
    let mut said = Vec::new();
    if report.brought.is_some() {
        said.push(format!("brought in {} from `{}`", commits(report.commits), report.remote));
    }
    match &report.sent {
        Sent::Nothing => {}
        Sent::Commits(number) => said.push(format!("sent {} to `{}`", commits(*number), report.remote)),
        Sent::Waits { branch, commits: number, reason } => {
            let remote = &report.remote;
            return Came::Wrong(format!(
                "`{remote}` does not take this branch from here ({reason}); {} on `{branch}` there until home merges it: corp merge {branch}",
                if *number == 1 { "1 commit waits".to_owned() } else { format!("{number} commits wait") }
            ));
        }
    }
    if !report.waiting.is_empty() {
        said.push(format!("waiting to be merged: {}; corp merge {}", report.waiting.join(", "), report.waiting[0]));
    }
    Came::Done(if said.is_empty() { None } else { Some(said.join("; ")) })
}

fn came(error: SyncError) -> Came {
    match &error {
        SyncError::Unreachable { waiting: 0, .. } => Came::Away(error.to_string()),
        SyncError::Unreachable { waiting, .. } => Came::Away(format!("{error}; not sent yet: {waiting}")),
        // Somebody syncs by hand, or is in the middle of something in git; it is tried again.
        SyncError::Busy | SyncError::Contended { .. } | SyncError::Write(_) => Came::Wrong(error.to_string()),
        _ => Came::Wrong(format!("{error}; see: corp sync")),
    }
}
