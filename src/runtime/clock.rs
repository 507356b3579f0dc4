//! The one place of this room that reads the clock.

use jiff::Timestamp;

/// Where the time comes from: the machine, or a fixed instant for tests and for looking at another day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The machine's clock.
    Machine,
    /// Always this instant.
    Fixed(Timestamp),
}

impl Clock {
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "the daemon lives on while the clock moves; this is where it looks")]
    pub fn now(self) -> Timestamp {
        match self {
            Self::Machine => Timestamp::now(),
            Self::Fixed(at) => at,
        }
    }
}
