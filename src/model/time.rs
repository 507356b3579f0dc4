//! Lengths of time and time zones, as written in files. Instants are [`jiff::Timestamp`].

use super::{Scalar, ecma};
use std::fmt;

/// A length of time in whole milliseconds: `30m`, `1h30m`, `10s`, `2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    ms: u64,
}

/// Longest interval: 100 years, so that adding one to any instant of ours cannot overflow.
pub const INTERVAL_MS_MAX: u64 = 100 * 366 * 86_400_000;

impl Interval {
    /// An interval of `ms` milliseconds.
    pub fn from_ms(ms: u64) -> Self {
        Self { ms: ms.min(INTERVAL_MS_MAX) }
    }

    /// The length in milliseconds.
    pub fn ms(self) -> u64 {
        self.ms
    }

    /// Reads a length in the grammar of [`ecma::duration_ms`]; a bare number takes `default_unit`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse_with(text: &str, default_unit: &str) -> Result<Self, String> {
        match ecma::duration_ms(text, default_unit)? {
            ms if ms > INTERVAL_MS_MAX => Err("it is longer than 100 years".to_owned()),
            ms => Ok(Self { ms }),
        }
    }
}

impl Scalar for Interval {
    const EXPECTED: &'static str = "a length of time with its unit, such as `30m`, `10s`, `1h30m` or `2d`";
    const PATTERN: &'static str = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d|MS|S|M|H|D))+$";

    /// Reads a length whose every piece names its unit.
    fn parse(text: &str) -> Result<Self, String> {
        if text.bytes().all(|b| b.is_ascii_digit()) && !text.is_empty() {
            return Err("the unit is missing, one of ms, s, m, h, d".to_owned());
        }
        Self::parse_with(text, "")
    }
}

impl fmt::Display for Interval {
    /// The shortest exact form: `1h30m`, not `90m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ms == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.ms;
        for (unit, scale) in ecma::DURATION_UNITS.iter().rev() {
            if rest >= *scale {
                write!(f, "{}{unit}", rest / scale)?;
                rest %= scale;
            }
        }
        Ok(())
    }
}

/// A time zone by its IANA name, such as `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: Box<str>,
    zone: jiff::tz::TimeZone,
}

impl Zone {
    /// Coordinated Universal Time.
    pub fn utc() -> Self {
        Self { name: "UTC".into(), zone: jiff::tz::TimeZone::UTC }
    }

    /// The IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rules of the zone.
    pub fn rules(&self) -> &jiff::tz::TimeZone {
        &self.zone
    }
}

impl Scalar for Zone {
    const EXPECTED: &'static str = "a time zone by its IANA name, such as `Europe/Berlin`";
    const PATTERN: &'static str = "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$";

    fn parse(text: &str) -> Result<Self, String> {
        match jiff::tz::TimeZoneDatabase::bundled().get(text) {
            Ok(zone) => Ok(Self { name: text.into(), zone }),
            Err(_) => Err("no such zone in the IANA time zone database".to_owned()),
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// An instant as written in files: `2026-11-20T10:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub jiff::Timestamp);

impl Scalar for Instant {
    const EXPECTED: &'static str = "an instant such as `2026-11-20T10:00:00Z`";
    const PATTERN: &'static str =
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})$";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| "write date, `T`, time and `Z` or an offset".to_owned())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals() {
        for (text, ms, shown) in [
            ("30m", 1_800_000, "30m"),
            ("1h30m", 5_400_000, "1h30m"),
            ("90m", 5_400_000, "1h30m"),
            ("1.5h", 5_400_000, "1h30m"),
            ("2d", 172_800_000, "2d"),
            ("10S", 10_000, "10s"),
            ("0s", 0, "0s"),
            ("1500ms", 1_500, "1s500ms"),
        ] {
            let interval = Interval::parse(text).unwrap();
            assert_eq!((interval.ms(), interval.to_string().as_str()), (ms, shown), "{text}");
        }
        for bad in ["", "5", "-5m", "+5m", "1h 30m", "1h30", ".5h", "1e3", "30min", "2w", "m", "1.m", "99999999d"] {
            assert!(Interval::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Interval::parse_with(" 5 ", "m").unwrap().ms(), 300_000);
    }

    #[test]
    fn zones() {
        assert_eq!(Zone::parse("Europe/Berlin").unwrap().name(), "Europe/Berlin");
        assert!(Zone::parse("Mars/Olympus").is_err());
    }
}
