//! Waiting: for another writer, for git's lock, for a person who is in the middle of something. Bounded, and said so. Giving
//! way to who is not in the way yet is in [`super::courtesy`].

use super::index::Index;
use super::lock::Lock;
use super::{Paused, WriteError, Writer, state};
use std::time::Duration;

/// Between two looks whether a person's git is done.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// After how long a wait is told, in milliseconds: longer than anybody's ordinary commit.
const TELL_AFTER_MS: u64 = 500;

impl Writer {
    /// Calls `told` when something is waited for, with what it is.
    pub fn on_wait(&mut self, told: impl FnMut(&str) + Send + 'static) {
        self.told = Box::new(told);
    }

    /// Takes the writer's lock.
    pub(super) fn lock(&mut self) -> Result<Lock, WriteError> {
        let git_dir = self.repository.git_dir().to_owned();
        self.patiently(|patience_ms| Lock::take(&git_dir, patience_ms))
    }

    /// Takes the index lock and reads the index.
    pub(super) fn index(&mut self) -> Result<Index, WriteError> {
        let (repository, folder) = (self.repository.clone(), self.folder.clone());
        // As we left it, unless it has to be waited for.
        let mut left = self.index.take();
        self.patiently(|patience_ms| Index::lock(&repository, &folder, patience_ms, left.take()))
    }

    /// Tries for a short while, tells what it waits for, and tries for the rest of the patience.
    pub(super) fn patiently<T>(&mut self, mut take: impl FnMut(u64) -> Result<T, WriteError>) -> Result<T, WriteError> {
        let patience = self.options.patience_ms;
        match take(patience.min(TELL_AFTER_MS)) {
            Err(error @ (WriteError::Busy { .. } | WriteError::GitLock { .. })) if patience > TELL_AFTER_MS => {
                (self.told)(&error.to_string());
                take(patience - TELL_AFTER_MS)
            }
            taken => taken,
        }
    }

    /// Waits while git is in the middle of something that is a person's.
    pub(super) fn wait_for_git(&mut self) -> Result<(), WriteError> {
        let mut waited = Duration::ZERO;
        let mut told = false;
        while let Some(paused) = state::paused(self.repository.git_dir(), &self.options.branch) {
            // Another branch stays until the person switches back; waiting would only hold the lock.
            let stays = matches!(paused, Paused::Branch { .. });
            if stays || waited.as_millis() >= u128::from(self.options.patience_ms) {
                return Err(paused.into());
            }
            if !told && waited.as_millis() >= u128::from(TELL_AFTER_MS) {
                (self.told)(&paused.to_string());
                told = true;
            }
            std::thread::sleep(LOOK_EVERY);
            waited += LOOK_EVERY;
        }
        Ok(())
    }
}
