//! What happened in a life, counted by name.

use std::collections::BTreeMap;
use std::fmt;

/// How often each thing happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told(BTreeMap<&'static str, u64>);

/// Every fault the simulator knows, and what life is made of: a simulator in which one of them never happens proves
/// nothing about it.
pub(super) const HAPPENS: &[&str] = &[
    "commit",
    "start",
    "end",
    "ticket done",
    "blocked ticket",
    "refusal",
    "firing",
    "stop",
    // The daemon dies.
    "crash before a commit",
    "crash between commit and effects",
    "crash after an effect",
    "crash out of the blue",
    "reboot",
    "run announced and never started",
    "run lost",
    // Runs misbehave.
    "hung run",
    "failing run",
    "run that does nothing and says it did",
    "run that lies about money",
    "run that lies about time",
    "flooding run",
    "run that reaches for what it may not have",
    // News are lost, come twice, come late.
    "end that nobody heard",
    "end told twice",
    "due told twice",
    "word of a run that came late",
    "word of a run that was lost",
    // The machine misbehaves.
    "full disk",
    "clock jumps ahead",
    "clock is put back",
    // People.
    "edit by hand",
    "edit by hand while the daemon is away",
    "record removed by hand",
    "lock removed by hand",
    "budget changed by hand",
    "checkout of a person",
    // What is held against it.
    "company read again",
];

impl Told {
    pub(super) fn count(&mut self, what: &'static str) {
        assert!(HAPPENS.contains(&what), "{what} is counted and not listed");
        *self.0.entry(what).or_default() += 1;
    }

    pub(super) fn of(&self, what: &str) -> u64 {
        assert!(HAPPENS.contains(&what), "{what} is not listed");
        self.0.get(what).copied().unwrap_or(0)
    }

    pub(super) fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            *self.0.entry(what).or_default() += count;
        }
    }

    /// What never happened.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        HAPPENS.iter().copied().filter(|what| self.of(what) == 0).collect()
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for what in HAPPENS {
            write!(f, "\n  {:>9}  {what}", self.of(what))?;
        }
        Ok(())
    }
}
