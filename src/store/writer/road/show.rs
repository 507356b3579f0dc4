//! A group becomes durable, and then seen: the journal, the objects, the branch, the files and the index, in this order.

use super::{Step, Writer};
use crate::store::writer::beside::Change;
use crate::store::writer::contents::Contents;
use crate::store::writer::journal::{self, Record};
use crate::store::writer::reference::{self, Move, Note};
use crate::store::writer::worktree::Brought;
use crate::store::writer::{WriteError, gitlock, index, objects, recover, state};
use gix::ObjectId;

/// How long somebody else's lock on `HEAD` or the branch is waited for while the index is locked, in milliseconds: git has them
/// for less, and who has them for longer is waited for without it.
const LOCKED_REFS_MAX_MS: u64 = 15;

impl Writer {
    /// Makes a group durable and shows it. `None`: the branch moved meanwhile, and nothing of it is left.
    pub(in crate::store::writer) fn show(
        &mut self,
        base: Option<ObjectId>,
        tip: ObjectId,
        record: &Record,
        note: Note<'_>,
    ) -> Result<Option<Vec<String>>, WriteError> {
        self.sync_theirs(base)?;
        let mut payload = journal::encode(record);
        if !self.journal()?.fits(&payload) {
            self.checkpoint()?;
        }
        let mut written = None;
        if !self.journal()?.fits(&payload) {
            // Too large for the journal: its objects are made durable first, and the journal names the commits only.
            written = Some(objects::write(&self.repository, &record.objects, self.options.packed_from)?);
            self.sync()?;
            payload = journal::encode(&record.whole());
        }
        let durability = self.options.durability;
        let number = self.journal()?.append(&payload, durability)?;
        (self.observer)(Step::Journaled);
        let shown = self.show_journaled(base, tip, record, note, written);
        let moved = matches!(shown, Ok(Some(_)))
            || reference::read(&self.repository, &self.options.branch).inspect_err(|_| self.look_again = true)?
                == Some(tip);
        if !moved {
            self.journal()?.void(number, payload.len() as u64, durability)?;
            return shown;
        }
        // The change is durable and in the history: that is an answer, and never an error. What could not be shown is
        // not noted as done, and brought along at the next look.
        let kept = shown.unwrap_or_else(|error| {
            self.unshown(&error);
            Some(record.intent.paths.iter().map(|(path, ..)| path.clone()).collect())
        });
        if self.behind.is_empty() && !self.look_again {
            recover::note_done(&self.folder, number);
        }
        self.durable = Some(tip);
        self.courtesy.left(tip);
        self.recent.add(&record.intent);
        (self.observer)(Step::Done);
        Ok(kept)
    }

    /// Remembers that something of the journal is not shown yet, and looks at it again next time.
    pub(super) fn unshown(&mut self, error: &WriteError) {
        tracing::warn!("a change is committed and not in the work tree yet: {error}");
        self.look_again = true;
    }

    fn show_journaled(
        &mut self,
        base: Option<ObjectId>,
        tip: ObjectId,
        record: &Record,
        note: Note<'_>,
        written: Option<bool>,
    ) -> Result<Option<Vec<String>>, WriteError> {
        // What was made durable is not written again.
        let packed = match written {
            Some(packed) => packed,
            None => objects::write(&self.repository, &record.objects, self.options.packed_from)?,
        };
        self.growth.add(record, packed);
        (self.observer)(Step::Objects);
        let mut contents = Contents::of(&self.repository, &record.intent.paths, &record.objects)?;
        // Whatever takes long comes before git finds the index locked: the files are made ahead.
        let locks = reference::Locks::ready(&self.repository, &self.folder, &self.options.branch)?;
        self.present.prepare(contents.new_files());
        let shown = self.show_at_rest(base, tip, record, note, &mut contents, locks);
        self.courtesy.let_go();
        self.present.unprepare();
        shown
    }

    /// What is done while git finds the index locked.
    fn show_at_rest(
        &mut self,
        base: Option<ObjectId>,
        tip: ObjectId,
        record: &Record,
        note: Note<'_>,
        contents: &mut Contents,
        locks: reference::Locks,
    ) -> Result<Option<Vec<String>>, WriteError> {
        let mut index = match self.ahead.take() {
            Some(index) => index,
            None => match self.index_at_rest(base)? {
                Some(index) => index,
                None => return Ok(None),
            },
        };
        (self.observer)(Step::Index);
        if state::stopped(self.repository.git_dir(), &self.options.branch).is_some() {
            return Ok(None);
        }
        self.recovered.brought_up.extend(index.bring_up(&self.repository, &self.options.root, &self.recent, base)?);
        let (branch, patience) = (&self.options.branch, self.options.patience_ms.min(LOCKED_REFS_MAX_MS));
        let held = match reference::advance(&self.repository, locks, branch, base, tip, note, patience) {
            Ok(Move::Done(held)) => held,
            Ok(Move::Elsewhere) => return Ok(None),
            Err(WriteError::GitLock { path }) => {
                // Whoever has that lock may want the index next, and fails where it is taken.
                drop(index);
                self.patiently(|patience_ms| gitlock::until_gone(&path, patience_ms))?;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        (self.observer)(Step::Branch);
        let mut kept = Vec::new();
        let at = jiff::Timestamp::from_second(note.seconds).unwrap_or_default();
        for moved in &record.intent.paths {
            let (old, new) = contents.next(&self.repository, moved)?;
            let program = record.intent.modes.get(&moved.0).copied();
            let brought = if index.left_out(&self.repository, &self.options.root, &moved.0)? {
                Brought::Clean
            } else if let Some(behind) = self.behind.iter_mut().find(|behind| behind.0 == moved.0) {
                behind.2.clone_from(&moved.2);
                Brought::Kept
            } else {
                let change = Change { path: &moved.0, old: old.as_deref(), new: new.as_deref(), program };
                match self.present.bring(&self.repository, &self.options.root, base, change, at) {
                    Ok(brought) => brought,
                    Err(error) => {
                        self.unshown(&error);
                        self.behind.push(moved.clone());
                        Brought::Kept
                    }
                }
            };
            (self.observer)(Step::File);
            if brought == Brought::Kept {
                kept.push(moved.0.clone());
            }
            index.bring(&self.repository, &self.options.root, moved, program, brought)?;
        }
        self.left(index.write()?);
        held.let_go();
        self.present.write();
        (self.observer)(Step::Shown);
        Ok(Some(kept))
    }

    pub(in crate::store::writer) fn left(&mut self, index: index::Left) {
        self.courtesy.let_go();
        self.recent.left(index.stamp());
        self.index = Some(index);
    }
}
