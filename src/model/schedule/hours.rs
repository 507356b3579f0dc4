//! Hours of the day during which something may happen.

use crate::model::Scalar;
use std::fmt;

/// Hours of the day, such as `08:00-20:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveHours(Box<str>);

impl Scalar for ActiveHours {
    const EXPECTED: &'static str = "hours of the day such as `08:00-20:00`";
    const PATTERN: &'static str = "^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";

    fn parse(text: &str) -> Result<Self, String> {
        Ok(Self(text.into()))
    }
}

impl fmt::Display for ActiveHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
