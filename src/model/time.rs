//! Lengths of time and time zones, as written in files. Instants are [`jiff::Timestamp`].

use super::Scalar;
use std::fmt;

/// A length of time in whole milliseconds: `30m`, `1h30m`, `10s`, `2d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    ms: u64,
}

/// Longest interval: 100 years, so that adding one to any instant of ours cannot overflow.
pub const INTERVAL_MS_MAX: u64 = 100 * 366 * 86_400_000;

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

impl Interval {
    /// An interval of `ms` milliseconds.
    pub fn from_ms(ms: u64) -> Self {
        Self { ms: ms.min(INTERVAL_MS_MAX) }
    }

    /// The length in milliseconds.
    pub fn ms(self) -> u64 {
        self.ms
    }

    /// Reads a number with unit, a run of them (`1h30m`), or a bare number that takes `default_unit`.
    /// Decimals are allowed and the sum is rounded to whole milliseconds; upper and lower case are the same;
    /// white space around is ignored. This is the grammar OpenClaw uses for `every` and task intervals.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse_with(text: &str, default_unit: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        if text.is_empty() {
            return Err("it is empty".to_owned());
        }
        let mut rest = text.as_str();
        let mut total_ms = 0.0_f64;
        let mut pieces = 0;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let (number, tail) = rest.split_at(digits);
            let number = decimal(number).ok_or("a number with a unit is expected, such as `30m`")?;
            let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(letters);
            let bare = unit.is_empty() && pieces == 0 && tail.is_empty();
            let unit = if bare { default_unit } else { unit };
            let Some((_, scale)) = UNITS.iter().find(|(name, _)| *name == unit) else {
                return Err("the unit is one of ms, s, m, h, d".to_owned());
            };
            #[expect(clippy::cast_precision_loss, reason = "the scales are small powers of ten and sixty")]
            let scale = *scale as f64;
            total_ms += number * scale;
            pieces += 1;
            rest = tail;
        }
        let total_ms = total_ms.round();
        #[expect(clippy::cast_precision_loss, reason = "the maximum has 42 bits")]
        if !total_ms.is_finite() || total_ms > INTERVAL_MS_MAX as f64 {
            return Err("it is longer than 100 years".to_owned());
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to lie between 0 and the maximum"
        )]
        Ok(Self { ms: total_ms as u64 })
    }
}

/// Reads `12` or `12.5`; no sign, no bare point.
fn decimal(text: &str) -> Option<f64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits(whole) && digits(fraction) { text.parse().ok() } else { None }
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
        for (unit, scale) in UNITS.iter().rev() {
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
