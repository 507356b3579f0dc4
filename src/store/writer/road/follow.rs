//! What others did to branch and index since our last commit: it is followed, and what git took back unseen is brought up.

use super::{TRIES_MAX, Writer, note_of};
use crate::store::writer::answered::Answered;
use crate::store::writer::objects::Kept;
use crate::store::writer::stale::Recent;
use crate::store::writer::{Recovered, WriteError, build, recover, reference, state};
use gix::ObjectId;

impl Writer {
    /// Finishes what a predecessor left half-done, without a change of its own.
    ///
    /// # Errors
    /// The same as [`Self::commit`].
    pub fn recover(&mut self) -> Result<&Recovered, WriteError> {
        let _lock = self.lock()?;
        self.catch_up()?;
        if state::paused(self.repository.git_dir(), &self.options.branch).is_none() {
            let base = reference::read(&self.repository, &self.options.branch)?;
            if self.guard(base, None)?.is_none() {
                self.bring_up()?;
            }
        }
        Ok(&self.recovered)
    }

    /// Brings up what git took back unseen, in the index and in a commit.
    fn bring_up(&mut self) -> Result<(), WriteError> {
        for _ in 0..TRIES_MAX {
            let base = reference::read(&self.repository, &self.options.branch)?;
            if !self.follow(base)? {
                let mut index = self.index()?;
                let paths = index.bring_up(&self.repository, &self.options.root, &self.recent, base)?;
                if !paths.is_empty() {
                    self.left(index.write()?);
                    self.recovered.brought_up.extend(paths);
                }
                return Ok(());
            }
        }
        Ok(())
    }

    /// Looks what others did to the branch since our last commit. True: something was made again, and the branch has
    /// moved.
    pub(in crate::store::writer) fn follow(&mut self, base: Option<ObjectId>) -> Result<bool, WriteError> {
        let Some(tip) = self.recent.tip().filter(|tip| base != Some(*tip)) else { return Ok(false) };
        if !recover::is_ancestor(&self.repository, tip, base) {
            // Reset, rebased or amended: what is left behind has a name already, by the guard.
            (self.recent, self.answered) = (Recent::default(), Answered::default());
            return Ok(false);
        }
        let Some(again) = self.recent.taken_back(&self.repository, &self.options.root, base)? else {
            return Ok(false);
        };
        let again = [again];
        let mut built = build::build(&mut self.repository, base, &again, &mut |_| None, Kept::default())?;
        let Some((tip, record)) = self.record(base, &mut built) else { return Ok(false) };
        if self.show(base, tip, &record, note_of(&again))?.is_some() {
            self.recovered.brought_up.extend(record.intent.paths.into_iter().map(|(path, ..)| path));
        }
        Ok(true)
    }
}
