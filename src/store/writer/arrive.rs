//! A commit that was made elsewhere and judged becomes the branch's: the branch goes forward to it, or to a merge of both.
//!
//! It walks the same road as every other change. What is merged, and whether it may come in at all, was decided before
//! ([`crate::store::sync`]); here it is made durable and shown.

use super::build;
use super::difference::{Difference, difference};
use super::journal::{Intent, Record};
use super::reference::{self, Note};
use super::{Author, Committed, How, Step, WriteError, Writer, journal, objects};
use crate::store::message::Message;
use gix::objs::tree::EntryKind;
use gix::{ObjectId, Repository};
use std::collections::BTreeSet;

/// What is to come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The branch's commit on which this was decided; `None` before its first.
    pub onto: Option<String>,
    /// The commit that came. Its objects are in the repository.
    pub theirs: String,
    /// The commit above both; `None` if the branch goes forward to theirs.
    pub merge: Option<Merge>,
    /// When, by the clock of the edge.
    pub at: jiff::Timestamp,
}

/// A commit with two parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// Who brings it in.
    pub author: Author,
    /// What the commit says.
    pub message: Message,
    /// What becomes of the files of the branch's commit.
    pub files: Vec<MergedFile>,
}

/// A file that a merge changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedFile {
    /// Its path.
    pub path: String,
    /// What it becomes; `None` removes it.
    pub after: Option<MergedContent>,
    /// Whether it is a program.
    pub executable: bool,
}

/// What a merged file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MergedContent {
    /// A blob that is in the repository.
    Object(String),
    /// New bytes.
    Bytes(Vec<u8>),
}

impl Writer {
    /// Brings in a commit that was made elsewhere.
    ///
    /// # Errors
    /// [`WriteError::Contended`] if the branch is not where this was decided: decide again. [`WriteError::Path`] for a
    /// link, another repository or a name that cannot be a company's. Otherwise the same as [`Self::commit`].
    pub fn take_in(&mut self, arrival: &Arrival) -> Result<Committed, WriteError> {
        let _lock = self.lock()?;
        let base = self.ready()?;
        self.bring(base, arrival)
    }

    /// The same with what `decide` makes of the branch's commit while nobody else writes; `None` if it wants nothing.
    ///
    /// # Errors
    /// Those of `decide` and of [`Self::take_in`].
    pub fn take_in_as<E: From<WriteError>>(
        &mut self,
        decide: impl FnOnce(Option<ObjectId>) -> Result<Option<Arrival>, E>,
    ) -> Result<Option<Committed>, E> {
        let _lock = self.lock()?;
        let base = self.ready()?;
        match decide(base)? {
            Some(arrival) => Ok(Some(self.bring(base, &arrival)?)),
            None => Ok(None),
        }
    }

    /// Where the branch is, once everything is in order.
    fn ready(&mut self) -> Result<Option<ObjectId>, WriteError> {
        self.catch_up()?;
        (self.observer)(Step::Locked);
        self.courtesy.begin();
        self.give_way();
        self.wait_for_git()?;
        reference::read(&self.repository, &self.options.branch)
    }

    fn bring(&mut self, base: Option<ObjectId>, arrival: &Arrival) -> Result<Committed, WriteError> {
        // What a person put back must not come again by itself with the next pull.
        if let Some(paused) = self.guard(base, Some(arrival.at))? {
            return Err(paused.into());
        }
        let onto = arrival.onto.as_deref().and_then(journal::id);
        if base != onto || self.follow(base)? {
            return Err(WriteError::Contended { times: 1 });
        }
        let Some(theirs) = journal::id(&arrival.theirs) else {
            return Err(WriteError::Git { doing: "read", reason: format!("{} is no commit", arrival.theirs) });
        };
        let built = build(&mut self.repository, base, theirs, arrival)?;
        (self.observer)(Step::Built);
        let tip = built.tip.unwrap_or(theirs);
        if base == Some(tip) {
            return Ok(Committed { commit: tip.to_string(), how: How::Nothing, kept: Vec::new() });
        }
        // What was fetched is not known to be durable, and the branch is about to stand on it.
        self.durable = None;
        let intent = Intent {
            branch: self.options.branch.clone(),
            old: base.map(|id| id.to_string()),
            new: tip.to_string(),
            paths: built.difference.paths,
            modes: built.difference.modes,
            whole: false,
        };
        let record = Record { intent, objects: built.objects };
        let text = arrival.merge.as_ref().map_or("sync: forward", |merge| merge.message.subject());
        let note = Note { seconds: arrival.at.as_second(), text };
        match self.show(base, tip, &record, note)? {
            Some(kept) => {
                self.remember(tip);
                Ok(Committed { commit: tip.to_string(), how: How::Now, kept })
            }
            None => Err(WriteError::Contended { times: 1 }),
        }
    }
}

struct Arrived {
    tip: Option<ObjectId>,
    difference: Difference,
    objects: Vec<objects::Object>,
}

fn build(
    repository: &mut Repository,
    onto: Option<ObjectId>,
    theirs: ObjectId,
    arrival: &Arrival,
) -> Result<Arrived, WriteError> {
    repository.objects.set_object_memory(gix::odb::memory::Storage::default());
    let made = make(repository, onto, theirs, arrival);
    let memory = repository.objects.take_object_memory().unwrap_or_default();
    let (tip, difference) = made?;
    let objects = objects::taken(memory, &BTreeSet::new());
    Ok(Arrived { tip, difference, objects })
}

fn make(
    repository: &Repository,
    onto: Option<ObjectId>,
    theirs: ObjectId,
    arrival: &Arrival,
) -> Result<(Option<ObjectId>, Difference), WriteError> {
    let before = onto.map(|onto| build::tree_of(repository, onto)).transpose()?;
    let (tip, after) = match (&arrival.merge, before, onto) {
        (Some(merge), Some(before), Some(onto)) => {
            let tree = tree(repository, before, &merge.files)?;
            let commit = build::commit(repository, &merge.author, arrival.at, &merge.message, tree, &[onto, theirs])?;
            (Some(commit), tree)
        }
        _ => (None, build::tree_of(repository, theirs)?),
    };
    let difference = difference(repository, before, Some(after))?;
    if let Some(path) = difference.odd.first() {
        return Err(WriteError::Path { path: path.clone() });
    }
    for (path, _, _) in difference.paths.iter().filter(|(_, _, after)| after.is_some()) {
        build::check_path(path)?;
    }
    Ok((tip, difference))
}

/// The tree `before` with the merged files.
fn tree(repository: &Repository, before: ObjectId, files: &[MergedFile]) -> Result<ObjectId, WriteError> {
    let mut editor = repository.edit_tree(before).map_err(WriteError::git("read"))?;
    for file in files.iter().filter(|file| file.after.is_none()) {
        editor.remove(file.path.as_str()).map_err(WriteError::git("written"))?;
    }
    for file in files {
        let id = match &file.after {
            None => continue,
            Some(MergedContent::Object(id)) => match journal::id(id) {
                Some(id) => id,
                None => return Err(WriteError::Git { doing: "read", reason: format!("{id} is no blob") }),
            },
            Some(MergedContent::Bytes(bytes)) => {
                repository.write_blob(bytes).map_err(WriteError::git("written"))?.detach()
            }
        };
        let kind = if file.executable { EntryKind::BlobExecutable } else { EntryKind::Blob };
        editor.upsert(file.path.as_str(), kind, id).map_err(WriteError::git("written"))?;
    }
    Ok(editor.write().map_err(WriteError::git("written"))?.detach())
}
