//! When something comes again: [`Schedule`] is a length of time, a cron expression or a single time.
//!
//! Everything here is a function of its arguments: no clock, no file. A schedule answers one question,
//! [`Schedule::next_after`], in a zone. What is done when the time has come, whether firings were missed and how
//! they are spread is decided in [`crate::engine`]. `docs/schedules.md` tells people the grammar and what happens
//! when the clock is put forward or back.
//!
//! [`cron`] has the expressions, [`at`] single times, [`shift`] the moments at which a zone's clock is put
//! forward or back, [`hours`] hours of the day.

pub mod at;
pub mod cron;
pub mod hours;
pub mod shift;

pub use at::At;
pub use cron::Cron;
pub use hours::ActiveHours;
pub use shift::Shift;

use crate::model::scalar::Flaw;
use crate::model::{Interval, Scalar as _, Zone};
use jiff::{Timestamp, ToSpan as _};

/// How far ahead a search looks, in years. The calendar repeats after 400 years to the day and the weekday, so
/// what does not come within them never comes.
pub const SEARCH_YEARS: i64 = 400;

/// When something comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// After equal lengths of time that passed, counted from an instant; the zone does not matter.
    Every {
        /// The length. With 0 it never comes.
        interval: Interval,
        /// The instant from which is counted; it is a firing itself.
        anchor: Timestamp,
    },
    /// At the times of the clock on the wall that an expression describes.
    Cron(Cron),
    /// Once.
    At(At),
}

/// Why a text is not a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// `every` without a length that can be read.
    #[error("`{0}` is not a length of time: {1}")]
    Every(String, String),
    /// `every 0s`.
    #[error("`every` needs a length of time greater than 0")]
    EveryNothing,
    /// Looks like a date and is none.
    #[error("`{0}` is not a time: {1}")]
    At(String, String),
    /// Not a cron expression.
    #[error("`{0}` is not a schedule: {1}")]
    Cron(String, cron::CronError),
    /// A cron expression for days that do not exist.
    #[error("`{0}` {flaw}", flaw = .1.message)]
    Never(String, Flaw),
}

impl Schedule {
    /// Reads `every 30m` (counted from `anchor`), a time such as `2026-12-01T09:00`, or a cron expression.
    ///
    /// # Errors
    /// Why it is none of them.
    pub fn parse(text: &str, anchor: Timestamp) -> Result<Self, ScheduleError> {
        let text = text.trim();
        let shown = || text.chars().take(60).flat_map(char::escape_debug).collect::<String>();
        if let Some(length) = text.strip_prefix("every").filter(|rest| rest.starts_with(char::is_whitespace)) {
            let interval = Interval::parse(length.trim()).map_err(|why| ScheduleError::Every(shown(), why))?;
            return if interval.ms() == 0 {
                Err(ScheduleError::EveryNothing)
            } else {
                Ok(Self::Every { interval, anchor })
            };
        }
        let year = text.bytes().take_while(u8::is_ascii_digit).count();
        if year >= 4 && text.as_bytes().get(year) == Some(&b'-') {
            return At::parse(text).map(Self::At).map_err(|why| ScheduleError::At(shown(), why));
        }
        let cron = Cron::read(text).map_err(|why| ScheduleError::Cron(shown(), why))?;
        match cron.flaw() {
            Some(flaw) => Err(ScheduleError::Never(shown(), flaw)),
            None => Ok(Self::Cron(cron)),
        }
    }

    /// Returns the first firing strictly after `after`, or `None` if there is none within [`SEARCH_YEARS`] or
    /// before the end of the calendar (the year 9999).
    pub fn next_after(&self, after: Timestamp, zone: &Zone) -> Option<Timestamp> {
        match self {
            Self::Every { interval, anchor } => multiple_after(after, *interval, *anchor),
            Self::Cron(cron) => cron.next_after(after, zone),
            Self::At(at) => at.instant(zone).filter(|instant| *instant > after),
        }
    }

    /// Returns the firings strictly after `after`, in order; cut them with [`Iterator::take`].
    pub fn after<'s>(&'s self, after: Timestamp, zone: &'s Zone) -> impl Iterator<Item = Timestamp> + 's {
        std::iter::successors(self.next_after(after, zone), move |last| self.next_after(*last, zone))
    }
}

/// The first multiple of `interval`, counted from `anchor`, that lies after `after`.
fn multiple_after(after: Timestamp, interval: Interval, anchor: Timestamp) -> Option<Timestamp> {
    if after < anchor {
        return (interval.ms() > 0).then_some(anchor);
    }
    let step_ns = i128::from(interval.ms()) * 1_000_000;
    let passed = (after.as_nanosecond() - anchor.as_nanosecond()).checked_div(step_ns)?;
    Timestamp::from_nanosecond(anchor.as_nanosecond() + (passed + 1) * step_ns).ok()
}

/// The end of a search that begins at `from`.
fn search_end(from: jiff::civil::DateTime) -> jiff::civil::DateTime {
    from.checked_add(SEARCH_YEARS.years()).unwrap_or(jiff::civil::DateTime::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn parse(text: &str) -> Schedule {
        Schedule::parse(text, instant("2026-11-20T10:00:00Z")).unwrap()
    }

    #[test]
    fn lengths_of_time_are_counted_from_their_anchor() {
        let utc = Zone::utc();
        let every = parse("every 45m");
        for (after, next) in [
            ("2026-11-19T00:00:00Z", "2026-11-20T10:00:00Z"),
            ("2026-11-20T09:59:59.999Z", "2026-11-20T10:00:00Z"),
            ("2026-11-20T10:00:00Z", "2026-11-20T10:45:00Z"),
            ("2026-11-20T10:44:59.999999999Z", "2026-11-20T10:45:00Z"),
            ("2026-11-20T10:45:00Z", "2026-11-20T11:30:00Z"),
            ("2027-01-01T00:00:00Z", "2027-01-01T00:15:00Z"),
        ] {
            assert_eq!(every.next_after(instant(after), &utc), Some(instant(next)), "{after}");
        }
        // Time that passed does not care for the clock on the wall: both sides of the spring gap in Berlin.
        let berlin = Zone::parse("Europe/Berlin").unwrap();
        let hourly = Schedule::parse("every 1h", instant("2026-03-29T00:30:00Z")).unwrap();
        let found: Vec<_> = hourly.after(instant("2026-03-29T00:00:00Z"), &berlin).take(2).collect();
        assert_eq!(found, [instant("2026-03-29T00:30:00Z"), instant("2026-03-29T01:30:00Z")]);
    }

    #[test]
    fn the_ends_of_time_are_answered() {
        let utc = Zone::utc();
        let nothing = Schedule::Every { interval: Interval::from_ms(0), anchor: Timestamp::MIN };
        for after in [Timestamp::MIN, Timestamp::UNIX_EPOCH, Timestamp::MAX] {
            assert_eq!(nothing.next_after(after, &utc), None);
        }
        for text in ["* * * * *", "* * * * * *", "every 1ms", "every 36500d", "0 0 29 2 *", "9999-12-30"] {
            let schedule = parse(text);
            assert_eq!(schedule.next_after(Timestamp::MAX, &utc), None, "{text}");
            assert!(schedule.next_after(Timestamp::MIN, &utc).is_some(), "{text}");
        }
        assert_eq!(parse("every 36500d").after(Timestamp::MIN, &utc).count(), 80);
    }

    #[test]
    fn the_kind_is_seen_from_the_text() {
        assert!(matches!(parse("every 30m"), Schedule::Every { .. }));
        assert!(matches!(parse("  every  1h30m "), Schedule::Every { .. }));
        assert!(matches!(parse("2026-12-01T09:00"), Schedule::At(_)));
        assert!(matches!(parse("@daily"), Schedule::Cron(_)));
        assert!(matches!(parse("0 9 * * 1-5"), Schedule::Cron(_)));
        for (text, why) in [
            ("every 5", "`every 5` is not a length of time: the unit is missing, one of ms, s, m, h, d"),
            ("every 0s", "`every` needs a length of time greater than 0"),
            ("2026-02-30", "`2026-02-30` is not a time: there is no such date or time of day"),
            ("0 0 30 2 *", "`0 0 30 2 *` never fires: no month it names has such a day"),
            ("30m", "`30m` is not a schedule: it has 1 field where 5 or 6 belong"),
        ] {
            assert_eq!(Schedule::parse(text, Timestamp::UNIX_EPOCH).unwrap_err().to_string(), why);
        }
    }
}
