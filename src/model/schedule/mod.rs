//! When something comes again: cron expressions, single times, hours of the day.

mod hours;

pub use hours::ActiveHours;

use crate::model::Scalar;
use std::fmt;

/// A cron expression with 5 or 6 fields, or a nickname such as `@daily`, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronText(Box<str>);

impl CronText {
    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Scalar for CronText {
    const EXPECTED: &'static str = "a cron expression with 5 or 6 fields, such as `0 9 * * 1-5`";
    const PATTERN: &'static str = r"^(@[a-z]+|\S+( +\S+){4,5})$";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(text.into()))
    }
}

impl fmt::Display for CronText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A single time: an instant, or a wall clock time in the zone that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At(Box<str>);

impl At {
    /// The time as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Scalar for At {
    const EXPECTED: &'static str = "a time such as `2026-12-01T09:00`, with `Z` or an offset if it is not local";
    const PATTERN: &'static str =
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(text.into()))
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
