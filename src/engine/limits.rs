//! Figures that bound what may go on by itself. Each has a unit and a reason.

/// Runs in a row of one agent on one ticket that ended well and changed nothing, after which it is blocked: two may be
/// a look and a second look, the third is a loop.
pub const IDLE_RUNS_MAX: usize = 3;

/// Failures in a row of one agent on one ticket after which it is blocked: one more than there are pauses to wait.
pub const FAILURES_MAX: usize = 6;

/// Runs in a row that were lost, after which the ticket is blocked: a lost run is retried once.
pub const LOST_MAX: usize = 2;

/// Runs in a row of one agent on one ticket, all of them with some change, without a word of a person: work that needs
/// more is not one ticket, and may be a loop that writes files.
pub const RUNS_IN_A_ROW_MAX: usize = 24;

/// Failures in a row of an agent's runs without a ticket after which the board is told.
pub const BEAT_FAILURES_TOLD: usize = 5;

/// Pauses after one, two, three … runs in a row that failed or changed nothing, in milliseconds; the last one repeats.
pub const BACKOFF_MS: [u64; 5] = [30_000, 60_000, 300_000, 900_000, 3_600_000];

/// Shortest time between two notices to the board about the same thing, in milliseconds.
pub const TOLD_AGAIN_MS: i64 = 3_600_000;

/// How long a ticket that an agent gave to itself waits before it wakes it, in milliseconds: the usual heartbeat. An
/// agent never wakes itself; what it set aside is looked at in its own time.
pub const OWN_TICKET_MS: i64 = 30 * 60_000;

/// Most beats and firings that came late and are made up for at once.
pub const LATE_AT_ONCE: usize = 5;

/// Time between further ones, in milliseconds.
pub const LATE_EVERY_MS: i64 = 5_000;

/// Most missed firings of one trigger that are made up for.
pub const CATCH_UP_MAX: usize = 25;

/// Schedules that come more often than this, in milliseconds, make up for all they missed with one firing.
pub const CATCH_UP_EACH_MS: i64 = 3_600_000;

/// The pause after `count` runs in a row that came to nothing.
pub fn backoff_ms(count: usize) -> u64 {
    count.min(BACKOFF_MS.len()).checked_sub(1).map_or(0, |index| BACKOFF_MS[index])
}

/// Between two agents of one account that go on after its provider took no requests, in milliseconds: one request's time.
pub const PROVIDER_STAGGER_MS: u64 = 2_000;
