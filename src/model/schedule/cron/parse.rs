//! The text of a cron expression.

use super::calendar::{Calendar, MonthDays, Weekdays};
use std::fmt;

/// Longest expression, in bytes: one that lists every value of every field has about 600.
pub const CRON_BYTES_MAX: usize = 1_000;

/// One of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The second, 0 to 59; only with six fields.
    Second,
    /// The minute, 0 to 59.
    Minute,
    /// The hour, 0 to 23.
    Hour,
    /// The day of the month, 1 to 31.
    DayOfMonth,
    /// The month, 1 to 12 or JAN to DEC.
    Month,
    /// The day of the week, 0 to 7 or SUN to SAT; Sunday is 0 and 7.
    DayOfWeek,
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Field {
    const ALL: [Self; 6] = [Self::Second, Self::Minute, Self::Hour, Self::DayOfMonth, Self::Month, Self::DayOfWeek];

    fn bounds(self) -> (u8, u8) {
        match self {
            Self::Second | Self::Minute => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 7),
        }
    }

    /// The names of values, and the value of the first.
    fn names(self) -> (&'static [&'static str], u8) {
        match self {
            Self::Month => (&MONTHS, 1),
            Self::DayOfWeek => (&DAYS, 0),
            Self::Second | Self::Minute | Self::Hour | Self::DayOfMonth => (&[], 0),
        }
    }

    /// What the field may hold, for messages.
    fn allowed(self) -> &'static str {
        match self {
            Self::Second | Self::Minute => "between 0 and 59",
            Self::Hour => "between 0 and 23",
            Self::DayOfMonth => "between 1 and 31",
            Self::Month => "between 1 and 12 or JAN and DEC",
            Self::DayOfWeek => "between 0 and 7 or SUN and SAT",
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day-of-month",
            Self::Month => "month",
            Self::DayOfWeek => "day-of-week",
        })
    }
}

/// Why a text is not a cron expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// Longer than [`CRON_BYTES_MAX`].
    #[error("it is longer than {CRON_BYTES_MAX} bytes")]
    TooLong,
    /// Nothing but white space.
    #[error("it is empty")]
    Empty,
    /// Not 5 or 6 fields.
    #[error("it has {0} field{s} where 5 or 6 belong", s = if *.0 == 1 { "" } else { "s" })]
    Fields(usize),
    /// Seven fields, of which the last is a year.
    #[error("it has 7 fields where 5 or 6 belong; there is no field for the year")]
    Year,
    /// `@every 5m`.
    #[error("`@every` is not a cron expression; use `every` with a length of time, such as `every: 5m`")]
    AtEvery,
    /// `@reboot` and whatever else begins with `@`.
    #[error("there is no `{0}`, only @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually")]
    Nickname(String),
    /// A field that cannot be read.
    #[error("{}", wrong_field(*.field, .text, .item, .why))]
    Field {
        /// Which one.
        field: Field,
        /// Its whole text, shortened.
        text: String,
        /// The part of it that is wrong.
        item: String,
        /// What is wrong with that part; follows it in a sentence.
        why: String,
    },
}

/// "the hour field `25` is not …" or, in a list, "in the hour field `9,25`, `25` is not …".
fn wrong_field(field: Field, text: &str, item: &str, why: &str) -> String {
    if text == item {
        format!("the {field} field `{item}` {why}")
    } else {
        format!("in the {field} field `{text}`, `{item}` {why}")
    }
}

/// Reads an expression.
pub(super) fn calendar(text: &str) -> Result<Calendar, CronError> {
    if text.len() > CRON_BYTES_MAX {
        return Err(CronError::TooLong);
    }
    let text = text.trim_matches([' ', '\t']);
    let text = if text.starts_with('@') { nickname(text)? } else { text };
    let mut fields: Vec<&str> = text.split([' ', '\t']).filter(|field| !field.is_empty()).collect();
    match fields.len() {
        0 => return Err(CronError::Empty),
        5 => fields.insert(0, "0"),
        6 => {}
        7 => return Err(CronError::Year),
        count => return Err(CronError::Fields(count)),
    }
    let mut calendar = Calendar::default();
    for (field, text) in Field::ALL.into_iter().zip(fields) {
        read_field(field, text, &mut calendar)?;
    }
    Ok(calendar)
}

fn nickname(text: &str) -> Result<&'static str, CronError> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "@hourly" => "0 * * * *",
        "@daily" | "@midnight" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        other if other.starts_with("@every") => return Err(CronError::AtEvery),
        _ => return Err(CronError::Nickname(shorten(text))),
    })
}

fn read_field(field: Field, text: &str, calendar: &mut Calendar) -> Result<(), CronError> {
    let (body, both) = match text.strip_prefix('+') {
        Some(body) if field == Field::DayOfWeek => (body, true),
        _ => (text, false),
    };
    let any = body == "*" || (body == "?" && matches!(field, Field::DayOfMonth | Field::DayOfWeek));
    let mut said = Said::default();
    for item in body.split(',') {
        let read = if any { said.range(field, "*").map(drop) } else { said.item(field, item) };
        read.map_err(|why| {
            let item = if item.is_empty() { text } else { item };
            CronError::Field { field, text: shorten(text), item: shorten(item), why }
        })?;
    }
    let full = |(low, high): (u8, u8)| (low..=high).all(|value| said.values & (1 << value) != 0);
    let running = said.running || full(field.bounds());
    match field {
        Field::Second => calendar.seconds = said.values,
        Field::Minute => calendar.minutes = said.values,
        Field::Hour => {
            calendar.hours = said.values;
            calendar.hours_run = running;
        }
        Field::Month => calendar.months = said.values,
        Field::DayOfMonth => {
            let Said { values: days, nearest, last, last_weekday, .. } = said;
            calendar.month_days = MonthDays { any, days, nearest, last, last_weekday };
        }
        Field::DayOfWeek => {
            let [days, last] = [said.values, said.last_of].map(sunday_is_0);
            calendar.weekdays = Weekdays { any, days, nth: said.nth.map(sunday_is_0), last };
            calendar.both_days = both;
        }
    }
    calendar.beat |= running && matches!(field, Field::Second | Field::Minute | Field::Hour);
    Ok(())
}

/// Sunday is written 0 or 7.
fn sunday_is_0(days: u64) -> u64 {
    (days | days >> 7) & 0x7f
}

/// What the items of one field say.
#[derive(Debug, Default)]
struct Said {
    values: u64,
    /// `*` or a step was used.
    running: bool,
    nearest: u64,
    last: bool,
    last_weekday: bool,
    nth: [u64; 5],
    last_of: u64,
}

impl Said {
    /// Reads one item of the list; the error follows the item in a sentence.
    fn item(&mut self, field: Field, item: &str) -> Result<(), String> {
        let upper = item.to_ascii_uppercase();
        match (field, upper.as_str()) {
            (_, "") => return Err("has nothing before or after a comma".to_owned()),
            (_, "?") => return Err("stands for \"any\" only as a whole day field; write `*`".to_owned()),
            (Field::DayOfMonth, "L") => self.last = true,
            (Field::DayOfMonth, "LW") => self.last_weekday = true,
            (Field::DayOfWeek, "L") => {
                return Err("does not say which weekday; `5L` is the last Friday".to_owned());
            }
            (Field::DayOfMonth, text) if text.ends_with('W') => {
                self.nearest |= 1 << value(field, &text[..text.len() - 1])?;
            }
            (Field::DayOfWeek, text) if text.ends_with('L') => {
                self.last_of |= 1 << value(field, &text[..text.len() - 1])?;
            }
            (Field::DayOfWeek, text) if text.contains('#') => {
                let (days, nth) = text.split_once('#').unwrap_or((text, ""));
                let slot = match nth {
                    "1" | "2" | "3" | "4" | "5" => usize::from(nth.as_bytes()[0] - b'1'),
                    _ => return Err("needs a number from 1 to 5 after `#`".to_owned()),
                };
                self.nth[slot] |= range(field, days)?;
            }
            (_, text) => drop(self.range(field, text)?),
        }
        Ok(())
    }

    /// Reads `*`, `5`, `1-5`, each but the single value with an optional step.
    fn range(&mut self, field: Field, text: &str) -> Result<u64, String> {
        let Some((range_text, step)) = text.split_once('/') else {
            self.running |= text == "*";
            let set = range(field, text)?;
            self.values |= set;
            return Ok(set);
        };
        let (low, high) = field.bounds();
        let step = number(step).filter(|step| *step > 0).ok_or("needs a whole number greater than 0 after `/`")?;
        if range_text.is_empty() {
            return Err(format!("has nothing in front of `/`; write `*/{step}`"));
        }
        let most = high - low + 1;
        if step > u32::from(most) {
            return Err(format!("has a step greater than {most}; a step begins anew with each round of the field"));
        }
        if range_text != "*" && !range_text.contains('-') {
            // What is advised has to be right itself, so only a value is taken into it.
            let first = value(field, range_text)?;
            return Err(format!("has a step without a range; write `{first}-{high}/{step}`"));
        }
        let set = range(field, range_text)?;
        let first = set.trailing_zeros().max(u32::from(low));
        let stepped = (first..=u32::from(high)).step_by(usize::try_from(step).unwrap_or(usize::MAX));
        self.running = true;
        let stepped = stepped.fold(0, |all, value| all | 1 << value) & set;
        self.values |= stepped;
        Ok(stepped)
    }
}

/// Reads `*`, `5` or `1-5` as a set.
fn range(field: Field, text: &str) -> Result<u64, String> {
    let (low, high) = field.bounds();
    let (first, last) = match text.split_once('-') {
        _ if text == "*" => (low, high),
        None => {
            let value = value(field, text)?;
            (value, value)
        }
        Some((first, last)) => {
            let (first, last) = (value(field, first)?, value(field, last)?);
            // Friday to Sunday is written FRI-SUN as well as 5-7.
            let last = if field == Field::DayOfWeek && last == 0 && first > 0 { 7 } else { last };
            (first, last)
        }
    };
    if first > last {
        return Err(format!("goes backwards; write `{first}-{high},{low}-{last}`"));
    }
    Ok((first..=last).fold(0, |all, value| all | 1 << value))
}

/// Reads a number or the name of one.
fn value(field: Field, text: &str) -> Result<u8, String> {
    let (low, high) = field.bounds();
    let (names, first) = field.names();
    if let Some(at) = names.iter().position(|name| *name == text) {
        return Ok(first + u8::try_from(at).unwrap_or_default());
    }
    let within =
        number(text).and_then(|number| u8::try_from(number).ok()).filter(|number| (low..=high).contains(number));
    within.ok_or_else(|| format!("is not {}", field.allowed()))
}

/// Reads digits only; what does not fit is greater than every bound.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

/// A piece of hostile text for a message: bounded as it is shown, since an escaped character is ten times as long.
fn shorten(text: &str) -> String {
    const SHOWN_BYTES: usize = 60;
    let mut shown = String::new();
    for c in text.chars() {
        if shown.len() >= SHOWN_BYTES {
            shown.push('…');
            break;
        }
        shown.extend(c.escape_debug());
    }
    shown
}
