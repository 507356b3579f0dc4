//! Single times: an instant, or a time of the clock on the wall.

use crate::model::{Scalar, Zone};
use jiff::civil::{Date, DateTime};
use jiff::tz::AmbiguousOffset;
use jiff::{SignedDuration, Timestamp};
use std::fmt;

/// A single time: an instant (RFC 3339), or a time of the clock on the wall in the zone that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    text: Box<str>,
    time: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Time {
    Instant(Timestamp),
    Local(DateTime),
}

impl At {
    /// The time as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the instant it means in `zone`: for a time that the clock skips the end of the gap, for one that
    /// comes twice the first. `None` at the ends of the calendar.
    pub fn instant(&self, zone: &Zone) -> Option<Timestamp> {
        let local = match self.time {
            Time::Instant(instant) => return Some(instant),
            Time::Local(local) => local,
        };
        match zone.rules().to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok(),
            // With the old offset the time lies after the gap by less than the gap is long.
            AmbiguousOffset::Gap { before, .. } => {
                zone.shift_before(before.to_timestamp(local).ok()?).map(|shift| shift.at)
            }
        }
    }
}

impl Scalar for At {
    const EXPECTED: &'static str = "a time such as `2026-12-01T09:00`, with `Z` or an offset if it is not local";
    const PATTERN: &'static str =
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$";

    fn parse(text: &str) -> Result<Self, String> {
        if let Some(wrong) = text.chars().find(|c| !c.is_ascii_digit() && !"-:.+TZ".contains(*c)) {
            return Err(format!("`{}` does not belong there", wrong.escape_debug()));
        }
        let none = || "there is no such date or time of day".to_owned();
        let (date, rest) = text.split_at_checked(10).ok_or("a date has the form `2026-12-01`")?;
        if !shaped(date, "0000-00-00") {
            return Err("a date has the form `2026-12-01`".to_owned());
        }
        let date: Date = date.parse().map_err(|_| none())?;
        let time = if rest.is_empty() {
            Time::Local(date.at(0, 0, 0, 0))
        } else {
            let rest = rest.strip_prefix('T').ok_or("between date and time belongs `T`")?;
            let end = rest.find(['Z', '+', '-']).unwrap_or(rest.len());
            let (clock, offset) = rest.split_at(end);
            let (whole, fraction) = clock.split_once('.').map_or((clock, None), |(whole, part)| (whole, Some(part)));
            let seconds = shaped(whole, "00:00:00");
            let fraction_fits = fraction.is_none_or(|part| {
                seconds && (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
            });
            if !(seconds || shaped(whole, "00:00")) || !fraction_fits {
                return Err("a time of day has the form `09:00` or `09:00:30`".to_owned());
            }
            let clock: jiff::civil::Time = clock.parse().map_err(|_| none())?;
            let local = date.to_datetime(clock);
            match offset_of(offset)? {
                None => Time::Local(local),
                Some(offset) => Time::Instant(offset.to_timestamp(local).map_err(|_| none())?),
            }
        };
        Ok(Self { text: text.into(), time })
    }
}

/// Reads `Z` or `+01:00`; nothing for a local time.
fn offset_of(text: &str) -> Result<Option<jiff::tz::Offset>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if text == "Z" {
        return Ok(Some(jiff::tz::Offset::UTC));
    }
    let wrong = || "an offset has the form `Z` or `+01:00`".to_owned();
    let (sign, clock) = text.split_at(1);
    if !shaped(clock, "00:00") {
        return Err(wrong());
    }
    let (hours, minutes) = clock.split_once(':').ok_or_else(wrong)?;
    let (hours, minutes): (i64, i64) = (hours.parse().map_err(|_| wrong())?, minutes.parse().map_err(|_| wrong())?);
    if hours > 23 || minutes > 59 {
        return Err(wrong());
    }
    let length = SignedDuration::from_mins(hours * 60 + minutes);
    let length = if sign == "-" { -length } else { length };
    jiff::tz::Offset::UTC.checked_add(length).map(Some).map_err(|_| wrong())
}

/// Whether `text` looks like `form`, in which `0` stands for any digit.
fn shaped(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(b, f)| if f == b'0' { b.is_ascii_digit() } else { b == f })
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn single_times_in_their_zone() {
        for (text, zone, instant) in [
            ("2026-12-01T09:00", "UTC", "2026-12-01T09:00:00Z"),
            ("2026-12-01T09:00", "Europe/Berlin", "2026-12-01T08:00:00Z"),
            ("2026-12-01T09:00:30.25", "Europe/Berlin", "2026-12-01T08:00:30.25Z"),
            ("2026-12-01", "Europe/Berlin", "2026-11-30T23:00:00Z"),
            ("2026-12-01T09:00Z", "Europe/Berlin", "2026-12-01T09:00:00Z"),
            ("2026-12-01T09:00:00-05:00", "Europe/Berlin", "2026-12-01T14:00:00Z"),
            ("2026-12-01T09:00+05:30", "Europe/Berlin", "2026-12-01T03:30:00Z"),
            // Skipped by the clock: the end of the gap.
            ("2026-03-29T02:30", "Europe/Berlin", "2026-03-29T01:00:00Z"),
            ("2026-03-29T02:00", "Europe/Berlin", "2026-03-29T01:00:00Z"),
            ("2026-03-08T02:59:59", "America/New_York", "2026-03-08T07:00:00Z"),
            ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
            ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00:00Z"),
            // Comes twice: the first.
            ("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"),
            ("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30:00Z"),
            ("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45:00Z"),
        ] {
            let at = At::parse(text).unwrap();
            assert_eq!(at.to_string(), text);
            assert_eq!(at.instant(&Zone::parse(zone).unwrap()).unwrap().to_string(), instant, "{text} in {zone}");
        }
    }

    #[test]
    fn what_is_not_a_time() {
        for (text, why) in [
            ("", "a date has the form `2026-12-01`"),
            ("2026-12-1", "a date has the form `2026-12-01`"),
            ("2026-12-1T09:00", "a date has the form `2026-12-01`"),
            ("2026-02-29", "there is no such date or time of day"),
            ("2026-12-01T25:00", "there is no such date or time of day"),
            ("2026-12-01 09:00", "` ` does not belong there"),
            ("2026-12-01-09:00", "between date and time belongs `T`"),
            ("2026-12-01T9:00", "a time of day has the form `09:00` or `09:00:30`"),
            ("2026-12-01T09:00.5", "a time of day has the form `09:00` or `09:00:30`"),
            ("2026-12-01T09:00:00.", "a time of day has the form `09:00` or `09:00:30`"),
            ("2026-12-01T", "a time of day has the form `09:00` or `09:00:30`"),
            ("2026-12-01T09:00+1", "an offset has the form `Z` or `+01:00`"),
            ("2026-12-01T09:00ZZ", "an offset has the form `Z` or `+01:00`"),
            ("2026-12-01T09:00+24:00", "an offset has the form `Z` or `+01:00`"),
            ("2026-12-01T09:00[UTC]", "`[` does not belong there"),
            ("1764579600000", "a date has the form `2026-12-01`"),
        ] {
            assert_eq!(At::parse(text).unwrap_err(), why, "{text}");
        }
    }

    #[test]
    fn the_ends_of_the_calendar_are_answered() {
        let east = Zone::parse("Pacific/Kiritimati").unwrap();
        assert_eq!(At::parse("9999-12-31T23:59:59").unwrap().instant(&east), None);
        assert_eq!(At::parse("9999-12-30T09:00").unwrap().instant(&east).unwrap().to_string(), "9999-12-29T19:00:00Z");
        assert!(At::parse("0000-01-01").unwrap().instant(&east).is_some());
        assert!(At::parse("9999-12-31T23:59:59Z").is_err());
    }
}
