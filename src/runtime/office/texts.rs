//! From edits to files.

use crate::format::edit::{self as writing, TextChange};
use crate::model::Snapshot;
use crate::model::plan::{Edit, Revision};
use crate::store::force::Force;
use crate::store::history::{History, Id};
use crate::store::message::Message;
use crate::store::writer::{Expect, FileChange, Mutation};
use std::collections::BTreeMap;

/// Texts as they will be once what was decided before is committed.
#[derive(Debug, Default)]
pub(super) struct Texts {
    decided: BTreeMap<String, Option<String>>,
}

impl Texts {
    /// The files that `edits` come to, upon those of the calls before. `snapshot` is the company before them.
    pub(super) fn changes(
        &mut self,
        force: &Force,
        snapshot: &Snapshot,
        edits: &[Edit],
    ) -> Result<Vec<FileChange>, String> {
        let mut unreadable = None;
        // A whole text is put in the place of what is committed, also where that has errors and so is not in force.
        let is_whole = |path: &str| edits.iter().any(|edit| matches!(edit, Edit::Paper(paper) if paper.path == path));
        let mut read = |path: &str| match self.decided.get(path) {
            Some(text) => text.clone(),
            None => {
                let text = if is_whole(path) { force.committed_text(path) } else { force.text(path) };
                text.unwrap_or_else(|error| {
                    unreadable = Some(format!("{path} cannot be read: {error}"));
                    None
                })
            }
        };
        let texts = writing::texts(snapshot, edits, &mut read).map_err(|error| error.to_string())?;
        if let Some(why) = unreadable {
            return Err(why);
        }
        let mut changes = Vec::with_capacity(texts.len());
        for TextChange { path, before, after } in texts {
            changes.push(FileChange {
                path: path.clone(),
                before: before.map_or(Expect::Absent, |text| Expect::Content(text.into_bytes())),
                after: after.clone().map(String::into_bytes),
            });
            self.decided.insert(path, after);
        }
        Ok(changes)
    }
}

/// A mutation that changes nothing, in the place of one for a plan without edits.
pub(super) fn empty(at: jiff::Timestamp) -> Mutation {
    Mutation { author: super::message::corp(), at, message: Message::new("nothing"), changes: Vec::new() }
}

/// The commit a snapshot is of.
pub(super) fn revision(tip: Option<Id>) -> Revision {
    Revision(tip.map(|id| id.to_string()).unwrap_or_default().into())
}

/// What a commit of ours says.
pub(super) fn message_of(history: &History, commit: &str) -> Option<Message> {
    let id = Id::from_hex(commit.as_bytes()).ok()?;
    history.commit(id).ok().map(|commit| commit.message)
}
