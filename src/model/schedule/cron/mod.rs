//! [`Cron`]: an expression with 5 or 6 fields that describes times of the clock on the wall.
//!
//! `parse` reads the text, `calendar` knows which days and times of day are meant, `search` finds the next one
//! in a zone whose clock is put forward and back. Why this is not a library:
//! `docs/decisions/0003-cron-library.md`.

#[cfg(test)]
mod by_the_minute;
mod calendar;
mod parse;
mod search;
#[cfg(test)]
mod tests;

pub use parse::{CRON_BYTES_MAX, CronError, Field};

use crate::model::Scalar;
use crate::model::scalar::Flaw;
use calendar::Calendar;
use std::fmt;

/// A cron expression, checked.
///
/// Minute, hour, day of the month, month, day of the week, with the second in front if there are six fields.
/// When day of the month and day of the week are both restricted, either is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: Box<str>,
    calendar: Calendar,
}

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// The field that is wrong, and why.
    pub fn read(text: &str) -> Result<Self, CronError> {
        Ok(Self { text: text.into(), calendar: parse::calendar(text)? })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a time that the clock skips is made up for at the end of the gap. It is not where the hour is `*`,
    /// has a step, or names all 24: the next one comes soon enough.
    pub fn makes_up(&self) -> bool {
        !self.calendar.hours_run
    }

    /// Whether a time that the clock repeats fires again. It does where second, minute or hour is `*`, has a step
    /// or names all there are: that is a beat, which goes on. A time that is named fires once a day.
    pub fn repeats(&self) -> bool {
        self.calendar.beat
    }
}

impl Scalar for Cron {
    const EXPECTED: &'static str = "a cron expression with 5 or 6 fields, such as `0 9 * * 1-5`";
    const PATTERN: &'static str = r"^[ \t]*(@[A-Za-z]+|[^ \t@]+([ \t]+[^ \t]+){4,5})[ \t]*$";

    fn parse(text: &str) -> Result<Self, String> {
        Self::read(text).map_err(|error| error.to_string())
    }

    fn flaw(&self) -> Option<Flaw> {
        (!self.calendar.has_a_day()).then(|| Flaw {
            code: "schedule-never-fires",
            message: "never fires: no month it names has such a day".to_owned(),
            help: "name a day that exists, such as `28`, or `L` for the last day of the month".to_owned(),
        })
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
