//! Which saved files have become still: nobody has changed them for a while, and what was saved with them is still too.
//!
//! No clock and no files here: what the files look like and what time it is comes in.

use crate::store::writing::FileId;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// How long a file has to be as it is before it is looked into, in milliseconds. An editor's "save all" and a
/// program's several files come within less, and nobody waits for longer with pleasure.
pub const SETTLE_MS: i64 = 250;

/// The same for the only file that waits, in milliseconds: a whole file that nobody has open is no burst. It is longer than
/// the pause between two files that a program saves together. Where nobody tells who has a file open, it is no less.
pub const ALONE_MS: i64 = if cfg!(target_os = "linux") { 10 } else { SETTLE_MS };

/// The same for what may be the middle of a save: a file that is gone, empty or wrong, in milliseconds.
pub const DOUBT_MS: i64 = 1_000;

/// Longest time a still file waits for others that go on changing, in milliseconds.
pub const TOGETHER_MS: i64 = 3_000;

/// Longest time a file that is gone, with a backup beside it, is believed to come back, in milliseconds.
const LATE_MS: i64 = 60_000;

/// What a file looks like from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// There is none.
    Gone,
    /// Something that is not a file.
    Other,
    /// A file: which, its size, and when it was changed, in nanoseconds.
    File { id: FileId, bytes: u64, modified: i128, changed: i128 },
}

/// Files that were changed and have not been looked into.
#[derive(Debug, Default)]
pub(super) struct Still {
    waiting: BTreeMap<String, Waiting>,
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    look: Option<Look>,
    /// Since when it has looked so.
    since: Timestamp,
    /// When it was noticed.
    first: Timestamp,
    /// Whether it may be the middle of a save.
    doubtful: bool,
}

impl Still {
    /// Something happened at this path.
    pub(super) fn hint(&mut self, path: &str) {
        let new = Waiting { look: None, since: Timestamp::MAX, first: Timestamp::MAX, doubtful: false };
        self.waiting.entry(path.to_owned()).or_insert(new);
    }

    /// It is looked into later: somebody is not done with it.
    pub(super) fn again(&mut self, path: &str, now: Timestamp) {
        self.hint(path);
        if let Some(waiting) = self.waiting.get_mut(path) {
            (waiting.since, waiting.first) = (now, waiting.first.min(now));
        }
    }

    /// It may be the middle of a save, and is looked into once that cannot be any more. True if it cannot be already.
    pub(super) fn doubt(&mut self, path: &str, now: Timestamp) -> bool {
        let Some(waiting) = self.waiting.get_mut(path) else { return false };
        waiting.doubtful = true;
        elapsed(waiting.since, now) >= DOUBT_MS
    }

    /// Whether it has waited so long that nobody is in the middle of saving it.
    pub(super) fn is_late(&self, path: &str, now: Timestamp) -> bool {
        self.waiting.get(path).is_some_and(|waiting| elapsed(waiting.first, now) >= LATE_MS)
    }

    /// It needs no look any more.
    pub(super) fn forget(&mut self, path: &str) {
        self.waiting.remove(path);
    }

    /// Takes in what the files look like now.
    pub(super) fn look(&mut self, now: Timestamp, look: &mut dyn FnMut(&str) -> Look) {
        for (path, waiting) in &mut self.waiting {
            let seen = look(path);
            // A clock that was put back starts the wait anew, which is never wrong.
            if waiting.look != Some(seen) || waiting.since > now {
                let empty = matches!(seen, Look::Gone | Look::File { bytes: 0, .. });
                *waiting = Waiting { look: Some(seen), since: now, first: waiting.first.min(now), doubtful: empty };
            }
        }
    }

    /// The files that may be looked into: all together, or those that have waited for others long enough.
    pub(super) fn ready(&self, now: Timestamp) -> Vec<String> {
        let alone = self.waiting.len() == 1;
        let still = |waiting: &Waiting| elapsed(waiting.since, now) >= waiting.wait(alone);
        // What may be the middle of a save does not keep the others waiting.
        let all = self.waiting.values().filter(|waiting| !waiting.doubtful).all(still);
        let long = |waiting: &Waiting| all || elapsed(waiting.first, now) >= TOGETHER_MS;
        let ready = self.waiting.iter().filter(|(_, waiting)| still(waiting) && long(waiting));
        ready.map(|(path, _)| path.clone()).collect()
    }

    /// When something may be ready next; `None` if nothing waits.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let alone = self.waiting.len() == 1;
        self.waiting
            .values()
            .map(|waiting| waiting.since.saturating_add(millis(waiting.wait(alone))))
            .filter_map(Result::ok)
            .min()
    }

    /// What a path looked like when it was looked at last.
    pub(super) fn last(&self, path: &str) -> Option<Look> {
        self.waiting.get(path)?.look
    }

    /// The paths that wait.
    pub(super) fn paths(&self) -> Vec<String> {
        self.waiting.keys().cloned().collect()
    }
}

impl Waiting {
    fn wait(&self, alone: bool) -> i64 {
        match (self.doubtful, alone) {
            (true, _) => DOUBT_MS,
            (false, true) => ALONE_MS,
            (false, false) => SETTLE_MS,
        }
    }
}

pub(super) fn millis(milliseconds: i64) -> SignedDuration {
    SignedDuration::from_millis(milliseconds)
}

fn elapsed(from: Timestamp, to: Timestamp) -> i64 {
    i64::try_from(to.duration_since(from).as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(1_000_000 + milliseconds).unwrap()
    }

    fn file(bytes: u64, modified: i128) -> Look {
        Look::File { id: (1, 1), bytes, modified, changed: modified }
    }

    #[test]
    fn what_was_saved_together_is_ready_together() {
        let mut still = Still::default();
        still.hint("a");
        still.look(at(0), &mut |_| file(1, 1));
        assert_eq!((still.ready(at(0)), still.next()), (vec![], Some(at(ALONE_MS))));
        still.hint("b");
        still.look(at(5), &mut |_| file(1, 1));
        assert_eq!(still.next(), Some(at(250)));
        assert!(still.ready(at(254)).is_empty(), "a waits for b");
        assert_eq!(still.ready(at(255)), ["a", "b"]);
        // One that never becomes still does not keep the other for ever.
        for round in 0..25 {
            still.look(at(500 + round * 100), &mut |path| file(1, if path == "a" { 1 } else { i128::from(round) + 2 }));
        }
        assert!(still.ready(at(2_950)).is_empty());
        assert_eq!(still.ready(at(3_000)), ["a"]);
        still.forget("a");
        assert_eq!(still.ready(at(9_000)), ["b"]);
    }

    #[test]
    fn one_file_alone_waits_for_no_burst() {
        let mut still = Still::default();
        still.hint("a");
        still.look(at(0), &mut |_| file(1, 1));
        assert!(still.ready(at(ALONE_MS - 1)).is_empty());
        assert_eq!(still.ready(at(ALONE_MS)), ["a"]);
        // An empty one may be the middle of a save, alone or not.
        still.look(at(ALONE_MS), &mut |_| file(0, 2));
        assert!(still.ready(at(500)).is_empty());
        assert_eq!(still.ready(at(ALONE_MS + DOUBT_MS)), ["a"]);
    }

    #[test]
    fn what_may_be_the_middle_of_a_save_waits_longer_and_alone() {
        let mut still = Still::default();
        still.hint("gone");
        still.hint("a");
        still.look(at(0), &mut |path| if path == "gone" { Look::Gone } else { file(1, 1) });
        assert_eq!(still.ready(at(250)), ["a"]);
        still.forget("a");
        assert!(still.ready(at(900)).is_empty());
        assert_eq!(still.ready(at(1_000)), ["gone"]);
        still.look(at(1_000), &mut |_| file(3, 7));
        assert!(still.ready(at(1_000 + ALONE_MS - 1)).is_empty(), "it came back");
        assert!(!still.doubt("gone", at(1_250)) && still.ready(at(1_250)).is_empty(), "and makes no sense yet");
        assert!(still.doubt("gone", at(2_000)));
        assert_eq!(still.ready(at(2_000)), ["gone"]);
    }

    #[test]
    fn a_clock_that_is_put_back_begins_the_wait_anew() {
        let mut still = Still::default();
        still.hint("a");
        still.look(at(10_000), &mut |_| file(1, 1));
        still.look(at(0), &mut |_| file(1, 1));
        assert!(still.ready(at(ALONE_MS - 1)).is_empty());
        assert_eq!(still.ready(at(250)), ["a"]);
        still.again("a", at(250));
        assert!(still.ready(at(250 + ALONE_MS - 1)).is_empty());
    }
}
