//! [`When`]: a time as people type it, such as `yesterday`, `2h ago` or `2026-11-20T10:00`.
//!
//! How times stand in files is [`super::time`]'s business; here nothing is written, only asked.

use super::Scalar as _;
use super::time::Interval;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// A stretch of time: a day is all of it, a minute is all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// Its first second.
    pub first: Timestamp,
    /// Its last second.
    pub last: Timestamp,
}

impl When {
    /// What may be written, for messages.
    pub const EXPECTED: &'static str =
        "a time such as `2026-11-20`, `2026-11-20T10:00`, `yesterday`, `2h ago` or `3 days ago`";

    /// Reads a time in `zone`, counted from `now`; `None` if the text is none.
    pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let today = now.to_zoned(zone.clone()).date();
        match text {
            "now" => return Some(Self::moment(now)),
            "today" => return Self::day(today, zone),
            "yesterday" => return Self::day(today.yesterday().ok()?, zone),
            _ => {}
        }
        if let Some(length) = text.strip_suffix(" ago") {
            let ms = length_ms(length.trim())?;
            return now.checked_sub(jiff::SignedDuration::from_millis(ms)).ok().map(Self::moment);
        }
        // A date begins with four digits; what jiff would read besides (weeks, signs, zones in brackets) is not ours.
        let shape = text.as_bytes();
        if shape.len() < 10 || !shape[..4].iter().all(u8::is_ascii_digit) || shape[4] != b'-' || shape[7] != b'-' {
            return None;
        }
        if shape.len() == 10 {
            return Self::day(text.parse::<Date>().ok()?, zone);
        }
        if !matches!(shape[10], b'T' | b't' | b' ') || text.contains('[') {
            return None;
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Some(Self::moment(instant));
        }
        let first = text.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok()?.timestamp();
        let whole_minute = shape.len() == "2026-11-20T10:00".len();
        let last = if whole_minute { first.checked_add(59.seconds()).ok()? } else { first };
        Some(Self { first, last })
    }

    fn moment(at: Timestamp) -> Self {
        Self { first: at, last: at }
    }

    fn day(date: Date, zone: &TimeZone) -> Option<Self> {
        let start = |date: Date| date.to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp());
        let last = start(date.tomorrow().ok()?)?.checked_sub(1.second()).ok()?;
        Some(Self { first: start(date)?, last })
    }
}

/// `2h`, `1h30m`, `2 hours`, `3 weeks`.
fn length_ms(text: &str) -> Option<i64> {
    let words = [
        ("seconds", "s"),
        ("second", "s"),
        ("minutes", "m"),
        ("minute", "m"),
        ("hours", "h"),
        ("hour", "h"),
        ("days", "d"),
        ("day", "d"),
        ("weeks", "w"),
        ("week", "w"),
    ];
    let short = words
        .iter()
        .find_map(|(word, unit)| text.strip_suffix(word).map(|number| format!("{}{unit}", number.trim_end())))
        .unwrap_or_else(|| text.to_owned());
    let ms = match short.strip_suffix('w') {
        Some(weeks) => weeks.parse::<u64>().ok()?.checked_mul(7 * 86_400_000)?,
        None => Interval::parse(&short).ok()?.ms(),
    };
    i64::try_from(ms).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_mean_them() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        for (text, first, last) in [
            ("now", "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
            ("today", "2026-11-19T23:00:00Z", "2026-11-20T22:59:59Z"),
            ("yesterday", "2026-11-18T23:00:00Z", "2026-11-19T22:59:59Z"),
            ("2h ago", "2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z"),
            ("2 hours ago", "2026-11-20T08:00:00Z", "2026-11-20T08:00:00Z"),
            ("1w ago", "2026-11-13T10:00:00Z", "2026-11-13T10:00:00Z"),
            ("3 days ago", "2026-11-17T10:00:00Z", "2026-11-17T10:00:00Z"),
            // The day on which the clock goes back has 25 hours.
            ("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T22:59:59Z"),
            ("2026-11-20T10:00", "2026-11-20T09:00:00Z", "2026-11-20T09:00:59Z"),
            ("2026-11-20 10:00:30", "2026-11-20T09:00:30Z", "2026-11-20T09:00:30Z"),
            ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z"),
            ("2026-11-20T10:00:00+05:00", "2026-11-20T05:00:00Z", "2026-11-20T05:00:00Z"),
        ] {
            let when = When::parse(text, now, &zone).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((when.first.to_string(), when.last.to_string()), (first.to_owned(), last.to_owned()), "{text}");
        }
        for none in ["", "main", "HEAD~2", "2026", "2026-13-40", "2026-11-20x", "ago", "x ago", "2026-W47-5", "5 ago"] {
            assert_eq!(When::parse(none, now, &zone), None, "{none}");
        }
    }
}
