//! Waiting: for another writer, for git's lock, for a person who is in the middle of something. Bounded, and said so.

use super::index::Index;
use super::lock::Lock;
use super::stale::Stamp;
use super::{Paused, WriteError, Writer, state};
use std::time::Duration;

/// Between two looks whether a person's git is done.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// After how long a wait is told, in milliseconds: longer than anybody's ordinary commit.
const TELL_AFTER_MS: u64 = 500;

/// How long a person who has just used git is left to go on: time enough for the `git commit` after a `git add`.
const COURTESY: Duration = Duration::from_millis(80);

/// How often in a row a person is given way, so that one who never stops does not stop us.
const COURTESIES_MAX: usize = 3;

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

    /// Takes the index lock once nobody's git is between its index and its branch. `git checkout`, `reset` and others write
    /// files and index, let go of the lock, and move `HEAD` or the branch then; what we showed in between would lie beside
    /// the other branch, or be moved over. So whoever wrote the index since we looked is left to go on, and a git that is
    /// seen to move something (Linux) is waited for. `None`: git is in the middle of something that takes longer. It never
    /// waits for the lock, which is not even taken then.
    pub(super) fn index_at_rest(&mut self) -> Result<Option<Index>, WriteError> {
        let path = self.repository.index_path();
        let stamp = || std::fs::metadata(&path).ok().map(|file| Stamp::of(&file));
        let patience = Duration::from_millis(self.options.patience_ms);
        let (mut waited, mut courtesies) = (Duration::ZERO, 0);
        loop {
            if state::paused(self.repository.git_dir(), &self.options.branch).is_some() {
                return Ok(None);
            }
            let found = stamp();
            let new = self.recent.is_by_others(found) && courtesies < COURTESIES_MAX;
            let moves = || !self.recent.is_as_left(found) && state::is_moving(self.repository.git_dir());
            if waited < patience && (new || moves()) {
                self.recent.seen(found);
                courtesies += usize::from(new);
                let pause = if new { COURTESY } else { LOOK_EVERY };
                std::thread::sleep(pause);
                waited += pause;
                continue;
            }
            let index = self.index()?;
            if stamp() == found || courtesies >= COURTESIES_MAX {
                return Ok(Some(index));
            }
            // Somebody wrote it before we had the lock.
        }
    }

    /// Tries for a short while, tells what it waits for, and tries for the rest of the patience.
    fn patiently<T>(&mut self, mut take: impl FnMut(u64) -> Result<T, WriteError>) -> Result<T, WriteError> {
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

    /// Lets a person go on who has just written the index: git does not wait for our lock, so we wait for them.
    pub(super) fn give_way(&mut self) {
        let path = self.repository.index_path();
        let stamp = || std::fs::metadata(&path).ok().map(|file| Stamp::of(&file));
        for _ in 0..COURTESIES_MAX {
            let found = stamp();
            if !self.recent.is_by_others(found) {
                return;
            }
            // Once for each time they wrote.
            self.recent.seen(found);
            std::thread::sleep(COURTESY);
        }
    }
}
