//! Hours of the day during which something may happen.

use crate::model::Scalar;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt;

/// Minutes of a day that has 24 hours.
const DAY: u16 = 24 * 60;

/// Longest look ahead for a change: two days and the hour a clock may be set back.
const LOOK_AHEAD_MINUTES: i64 = 49 * 60;

/// Hours of the day, such as `08:00-20:00`: from the first minute to the one before the second.
///
/// They are compared with what a clock on the wall shows, so summer time needs no rule of its own: an hour that
/// comes twice counts twice, an hour that is left out does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveHours {
    start: u16,
    end: u16,
}

impl ActiveHours {
    /// Hours from `start` (`00:00` to `23:59`) to `end` (`24:00`, too), or `None` if one of them is not of that
    /// form. Whoever reads foreign settings takes `None` for "always", as OpenClaw does.
    pub fn between(start: &str, end: &str) -> Option<Self> {
        let start = minute(start).filter(|minute| *minute < DAY)?;
        Some(Self { start, end: minute(end)? })
    }

    /// Whether `minute` of the day (0 to 1439) is within. Equal ends: never. An end before the start: past midnight.
    pub fn contains(self, minute: u16) -> bool {
        match self.start.cmp(&self.end) {
            std::cmp::Ordering::Equal => false,
            std::cmp::Ordering::Less => self.start <= minute && minute < self.end,
            std::cmp::Ordering::Greater => self.start <= minute || minute < self.end,
        }
    }

    /// Whether a clock in `zone` shows a time within, at `now`.
    pub fn active(self, now: Timestamp, zone: &TimeZone) -> bool {
        self.contains(minute_of_day(now, zone))
    }

    /// The next instant, to the minute, at which [`active`](Self::active) changes; `None` if it never does.
    pub fn next_change(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let active = self.active(now, zone);
        let minute = now.as_second().div_euclid(60);
        (minute + 1..=minute + LOOK_AHEAD_MINUTES)
            .filter_map(|minute| Timestamp::from_second(minute * 60).ok())
            .find(|at| self.active(*at, zone) != active)
    }
}

/// What a clock in `zone` shows at `now`, in minutes since midnight.
fn minute_of_day(now: Timestamp, zone: &TimeZone) -> u16 {
    let clock = zone.to_datetime(now).time();
    u16::from(clock.hour().unsigned_abs()) * 60 + u16::from(clock.minute().unsigned_abs())
}

/// Reads `HH:MM`, or `24:00`.
fn minute(text: &str) -> Option<u16> {
    let [h1, h2, b':', m1, m2] = *text.as_bytes() else {
        return None;
    };
    let digit = |b: u8| b.is_ascii_digit().then(|| u16::from(b - b'0'));
    let (hour, minute) = (digit(h1)? * 10 + digit(h2)?, digit(m1)? * 10 + digit(m2)?);
    (minute < 60 && (hour < 24 || (hour == 24 && minute == 0))).then_some(hour * 60 + minute)
}

impl Scalar for ActiveHours {
    const EXPECTED: &'static str = "hours of the day such as `08:00-20:00`";
    const PATTERN: &'static str = "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";

    fn parse(text: &str) -> Result<Self, String> {
        text.split_once('-')
            .and_then(|(start, end)| Self::between(start, end))
            .ok_or_else(|| "two times of the day with `-` between them are expected".to_owned())
    }
}

impl fmt::Display for ActiveHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, end } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", start / 60, start % 60, end / 60, end % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        jiff::tz::TimeZoneDatabase::bundled().get(name).unwrap()
    }

    #[test]
    fn a_day_has_a_first_minute_and_an_end() {
        for (hours, now, active) in [
            ("08:00-20:00", "07:59", false),
            ("08:00-20:00", "08:00", true),
            ("08:00-20:00", "19:59", true),
            ("08:00-20:00", "20:00", false),
            ("08:00-24:00", "23:59", true),
            ("00:00-24:00", "00:00", true),
            ("22:00-06:00", "23:00", true),
            ("22:00-06:00", "05:59", true),
            ("22:00-06:00", "06:00", false),
            ("22:00-06:00", "12:00", false),
            ("09:00-09:00", "09:00", false),
        ] {
            let hours = ActiveHours::parse(hours).unwrap();
            assert_eq!(hours.contains(minute(now).unwrap()), active, "{hours} at {now}");
            assert_eq!(ActiveHours::parse(&hours.to_string()), Ok(hours));
        }
        for bad in [
            "8:00-20:00",
            "08:00",
            "24:00-08:00",
            "08:00-24:30",
            "08:60-09:00",
            "08:00 - 20:00",
            "",
            "-",
            "25:00-26:00",
        ] {
            assert!(ActiveHours::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_clock_on_the_wall_counts() {
        let hours = ActiveHours::parse("01:00-03:00").unwrap();
        // Clocks go back at 2 in New York on 2 November 2025, and forward on 9 March.
        for (now, active, change) in [
            ("2025-11-02T04:59:30Z", false, Some("2025-11-02T05:00:00Z")),
            ("2025-11-02T05:30:00Z", true, Some("2025-11-02T08:00:00Z")),
            ("2025-11-02T06:30:00Z", true, Some("2025-11-02T08:00:00Z")),
            ("2025-03-09T06:59:00Z", true, Some("2025-03-09T07:00:00Z")),
            ("2025-03-09T07:00:00Z", false, Some("2025-03-10T05:00:00Z")),
        ] {
            let at: Timestamp = now.parse().unwrap();
            let zone = zone("America/New_York");
            assert_eq!(hours.active(at, &zone), active, "{now}");
            assert_eq!(hours.next_change(at, &zone), change.map(|text| text.parse().unwrap()), "{now}");
        }
        let always = ActiveHours::parse("00:00-24:00").unwrap();
        assert_eq!(always.next_change("2025-01-01T00:00:00Z".parse().unwrap(), &TimeZone::UTC), None);
    }
}
