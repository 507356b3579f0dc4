//! Giving way: git never waits for the index lock and fails where it finds it taken, so the writer waits for whoever uses git
//! beside it, before it takes that lock. All of it is bounded: nobody keeps the company from going on.

use super::at_work;
use super::gitlock::Ready;
use super::index::{Index, Left};
use super::stale::Stamp;
use super::{WriteError, Writer, reference, state};
use gix::ObjectId;
use std::time::{Duration, Instant};

/// Between two looks whether a person's git is done.
const LOOK_EVERY: Duration = Duration::from_millis(4);

/// How long a person who has just staged something is left to go on: time enough for the `git commit` after a `git add`. It
/// ends when they have committed.
const COURTESY: Duration = Duration::from_millis(80);

/// How often in a row a person is given way, so that one who never stops does not stop us.
const COURTESIES_MAX: usize = 3;

/// How long one group waits for a git that is at work and has not got the lock: longer than git itself takes, while a hook of
/// a minute does not stop the company.
const AT_WORK_MAX: Duration = Duration::from_secs(2);

/// How long a lock of somebody else's is waited for before that is done aloud.
const LOCKED_MAX: Duration = Duration::from_millis(500);

/// How long after a person's git was last noticed it is reckoned with: processes are looked at before each index lock.
const NOTICED_FOR: Duration = Duration::from_secs(60);

/// How long a person whose git was noticed finds the index free after each time we had it: time enough for a git that was
/// refused to be started again and to get it. Twenty changes a second are not kept from coming by that.
const BREATH: Duration = Duration::from_millis(25);

/// What is known of those who use git beside the writer.
#[derive(Debug, Default)]
pub(super) struct Courtesy {
    /// When somebody's git was last noticed.
    noticed: Option<Instant>,
    /// When we last let go of the index.
    free_since: Option<Instant>,
    /// Where the branch was when we last looked.
    tip: Option<ObjectId>,
    /// How long this group has waited for a git that is at work.
    waited: Duration,
}

#[expect(clippy::disallowed_methods, reason = "who waits measures how long; nothing that is decided depends on it")]
fn now() -> Instant {
    Instant::now()
}

impl Courtesy {
    /// A group begins.
    pub(super) fn begin(&mut self) {
        self.waited = Duration::ZERO;
    }

    /// Remembers where we have left the branch.
    pub(super) fn left(&mut self, tip: ObjectId) {
        self.tip = Some(tip);
    }

    /// Remembers that git finds the index free from now on.
    pub(super) fn let_go(&mut self) {
        self.free_since = Some(now());
    }

    /// How long the index is left free from `at` on.
    fn breath(&self, at: Instant) -> Duration {
        let about = self.noticed.is_some_and(|noticed| at.saturating_duration_since(noticed) < NOTICED_FOR);
        let free = self.free_since.filter(|_| about).map(|since| at.saturating_duration_since(since));
        free.map_or(Duration::ZERO, |free| BREATH.saturating_sub(free))
    }

    fn notice(&mut self) {
        self.noticed = Some(now());
    }

    /// Whether somebody used git lately.
    fn is_about(&self) -> bool {
        self.noticed.is_some_and(|at| at.elapsed() < NOTICED_FOR)
    }
}

impl Writer {
    /// Takes the index lock once nobody's git is about to, and nobody's is between its index and its branch. `git checkout`,
    /// `reset` and others write files and index, let go of the lock, and move `HEAD` or the branch then; what we showed in
    /// between would lie beside the other branch, or be moved over. So whoever wrote the index since we looked is left to go
    /// on, and a git that is seen at work (Linux) is waited for. `None`: the branch is not at `base` any more, or git is in
    /// the middle of something that takes longer. It never waits for the lock, which is not even taken then.
    pub(super) fn index_at_rest(&mut self, base: Option<ObjectId>) -> Result<Option<Index>, WriteError> {
        let patience = Duration::from_millis(self.options.patience_ms);
        let (mut waited, mut courtesies) = (Duration::ZERO, 0);
        let (path, folder) = (self.repository.index_path(), self.folder.clone());
        let mut ready = None;
        loop {
            if state::paused(self.repository.git_dir(), &self.options.branch).is_some()
                || reference::read(&self.repository, &self.options.branch)? != base
            {
                return Ok(None);
            }
            // To make its file takes as long as git needs to begin.
            let lock = ready.take().map_or_else(|| Ready::new(&folder, &path), Ok)?;
            let found = self.stamp();
            if self.index.as_ref().map(Left::stamp) != found {
                self.index = Left::by_others(&self.repository);
            }
            if waited < patience {
                if courtesies < COURTESIES_MAX && self.recent.is_by_others(found) {
                    courtesies += 1;
                    waited += self.courtesy(found);
                    ready = Some(lock);
                    continue;
                }
                let moving = !self.recent.is_as_left(found) && at_work::is_moving(self.repository.git_dir());
                let locked = waited < LOCKED_MAX && self.is_locked();
                if locked || moving || self.is_in_the_way() {
                    waited += look_again();
                    ready = Some(lock);
                    continue;
                }
            }
            let mut lock = Some(lock);
            let lock = self.patiently(|patience_ms| {
                lock.take().map_or_else(|| Ready::new(&folder, &path), Ok)?.take(patience_ms)
            })?;
            // Somebody may have written it before we had the lock. Reading it takes a while, in which they would find it locked.
            if self.stamp() == found || courtesies >= COURTESIES_MAX {
                let left = self.index.take();
                return Index::read(&self.repository, &self.folder, lock, self.options.patience_ms, left).map(Some);
            }
        }
    }

    /// Lets a person go on who has just written the index or is at it: git does not wait for our lock, so we wait for them.
    pub(super) fn give_way(&mut self) {
        std::thread::sleep(self.courtesy.breath(now()));
        for _ in 0..COURTESIES_MAX {
            let found = self.stamp();
            if !self.recent.is_by_others(found) {
                break;
            }
            self.courtesy(found);
        }
        while self.is_in_the_way() {
            look_again();
        }
    }

    fn stamp(&self) -> Option<Stamp> {
        std::fs::metadata(self.repository.index_path()).ok().map(|file| Stamp::of(&file))
    }

    /// Whether a git of somebody's is at work that needs the index for a moment, and was not waited for long enough.
    fn is_in_the_way(&mut self) -> bool {
        // Who has just begun knows of nobody.
        let about = self.courtesy.is_about() || !self.recent.knows_the_index();
        let found = about && self.courtesy.waited < AT_WORK_MAX && at_work::is_writing(self.repository.git_dir());
        if found {
            self.courtesy.notice();
            self.courtesy.waited += LOOK_EVERY;
        }
        found
    }

    /// Whether somebody else has the index lock, or one of those that are needed next: ours is not waited for before it is
    /// asked for.
    fn is_locked(&mut self) -> bool {
        let mut targets = reference::targets(self.repository.git_dir(), &self.options.branch);
        targets.push(self.repository.index_path());
        let locked = targets.into_iter().any(|target| {
            let mut lock = target.into_os_string();
            lock.push(".lock");
            std::path::Path::new(&lock).exists()
        });
        if locked {
            self.courtesy.notice();
        }
        locked
    }

    /// Waits, once for each time they wrote, until a person who has written the index has committed, but no longer than is
    /// polite. Returns how long that was.
    fn courtesy(&mut self, found: Option<Stamp>) -> Duration {
        self.courtesy.notice();
        let tip = || reference::read(&self.repository, &self.options.branch).ok().flatten();
        let mut waited = Duration::ZERO;
        // Where nobody tells who is at work, they may be at the next thing already.
        let may_end = cfg!(target_os = "linux");
        while waited < COURTESY && !(may_end && tip() != self.courtesy.tip) {
            waited += look_again();
        }
        let now = tip();
        // A commit writes the index before it moves the branch.
        let seen = if now == self.courtesy.tip { found } else { self.stamp() };
        self.courtesy.tip = now;
        self.recent.seen(seen);
        waited
    }
}

fn look_again() -> Duration {
    std::thread::sleep(LOOK_EVERY);
    LOOK_EVERY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_noticed_finds_the_index_free_for_a_while_and_nobody_else_is_waited_for() {
        let mut courtesy = Courtesy::default();
        assert_eq!(courtesy.breath(now()), Duration::ZERO, "nobody is about, and it was never taken");
        courtesy.let_go();
        let free = courtesy.free_since.unwrap();
        assert_eq!(courtesy.breath(free), Duration::ZERO, "nobody is about");
        courtesy.noticed = Some(free);
        assert_eq!(courtesy.breath(free), BREATH);
        assert_eq!(courtesy.breath(free + BREATH / 5), BREATH - BREATH / 5);
        assert_eq!(courtesy.breath(free + BREATH), Duration::ZERO);
        courtesy.free_since = Some(free + NOTICED_FOR);
        assert_eq!(courtesy.breath(free + NOTICED_FOR), Duration::ZERO, "they are gone");
    }
}
