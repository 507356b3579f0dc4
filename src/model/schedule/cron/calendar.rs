//! Which days and which times of day an expression means, without any zone.

use crate::model::schedule::search_end;
use jiff::civil::{Date, DateTime, Time, Weekday};

/// What the fields of an expression say, as sets: bit `n` stands for the value `n`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Calendar {
    pub(super) seconds: u64,
    pub(super) minutes: u64,
    pub(super) hours: u64,
    pub(super) months: u64,
    pub(super) month_days: MonthDays,
    pub(super) weekdays: Weekdays,
    /// Day of the month and day of the week are both needed (`+` in front of the weekday).
    pub(super) both_days: bool,
    /// The hour is not named: `*`, with a step, or all 24.
    pub(super) hours_run: bool,
    /// Second, minute or hour is not named.
    pub(super) beat: bool,
}

/// The field "day of the month".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MonthDays {
    /// The field is `*` or `?`.
    pub(super) any: bool,
    /// Days 1 to 31.
    pub(super) days: u64,
    /// `15W`: the weekday nearest to that day.
    pub(super) nearest: u64,
    /// `L`: the last day.
    pub(super) last: bool,
    /// `LW`: the last weekday.
    pub(super) last_weekday: bool,
}

/// The field "day of the week"; Sunday is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Weekdays {
    /// The field is `*` or `?`.
    pub(super) any: bool,
    /// Every such day.
    pub(super) days: u64,
    /// `1#2`: the days that count only as the first, second … fifth of their month.
    pub(super) nth: [u64; 5],
    /// `5L`: the days that count only as the last of their month.
    pub(super) last: u64,
}

impl Calendar {
    /// Whether any day of the calendar is meant.
    pub(super) fn has_a_day(&self) -> bool {
        let from = Date::constant(2000, 1, 1).at(0, 0, 0, 0);
        self.first_between(from, search_end(from)).is_some()
    }

    /// Returns the first time that is meant and lies at or after `from` and before `until`.
    pub(super) fn first_between(&self, from: DateTime, until: DateTime) -> Option<DateTime> {
        let mut from = from;
        while from < until {
            let date = from.date();
            if !has(self.months, date.month()) {
                from = date.last_of_month().tomorrow().ok()?.at(0, 0, 0, 0);
                continue;
            }
            if let Some(time) = self.time_from(from.time()).filter(|_| self.means_day(date)) {
                let found = date.to_datetime(time);
                return (found < until).then_some(found);
            }
            from = date.tomorrow().ok()?.at(0, 0, 0, 0);
        }
        None
    }

    /// Whether `date` is meant; its month is known to be.
    fn means_day(&self, date: Date) -> bool {
        let (month, week) = (&self.month_days, &self.weekdays);
        match (month.any, week.any) {
            (true, true) => true,
            (true, false) => week.means(date),
            (false, true) => month.means(date),
            (false, false) if self.both_days => month.means(date) && week.means(date),
            (false, false) => month.means(date) || week.means(date),
        }
    }

    /// The first time of day at or after `from`, in whole seconds.
    fn time_from(&self, from: Time) -> Option<Time> {
        let time = |hour, minute, second| Time::new(hour, minute, second, 0).ok();
        let (first_minute, first_second) = (next(self.minutes, 0)?, next(self.seconds, 0)?);
        let second = if from.subsec_nanosecond() > 0 { from.second() + 1 } else { from.second() };
        if has(self.hours, from.hour()) {
            if has(self.minutes, from.minute())
                && let Some(second) = next(self.seconds, second)
            {
                return time(from.hour(), from.minute(), second);
            }
            if let Some(minute) = next(self.minutes, from.minute() + 1) {
                return time(from.hour(), minute, first_second);
            }
        }
        time(next(self.hours, from.hour() + 1)?, first_minute, first_second)
    }
}

impl MonthDays {
    fn means(&self, date: Date) -> bool {
        let (day, length) = (date.day(), date.days_in_month());
        has(self.days, day)
            || (self.last && day == length)
            || (self.last_weekday && day == nearest_weekday(date, length))
            // The nearest weekday is two days away at most.
            || (day.saturating_sub(2).max(1)..=(day + 2).min(length))
                .any(|target| has(self.nearest, target) && day == nearest_weekday(date, target))
    }
}

impl Weekdays {
    fn means(&self, date: Date) -> bool {
        let weekday = date.weekday().to_sunday_zero_offset();
        let nth = usize::try_from((date.day() - 1) / 7).unwrap_or_default();
        has(self.days, weekday)
            || self.nth.get(nth).is_some_and(|days| has(*days, weekday))
            || (date.day() + 7 > date.days_in_month() && has(self.last, weekday))
    }
}

/// The weekday (Monday to Friday) nearest to day `target` in the month of `date`, without leaving the month.
fn nearest_weekday(date: Date, target: i8) -> i8 {
    let length = date.days_in_month();
    match date.weekday().wrapping_add(target - date.day()) {
        Weekday::Saturday if target == 1 => 3,
        Weekday::Saturday => target - 1,
        Weekday::Sunday if target == length => target - 2,
        Weekday::Sunday => target + 1,
        Weekday::Monday | Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday | Weekday::Friday => target,
    }
}

/// Whether `value` is in the set.
fn has(set: u64, value: i8) -> bool {
    u32::try_from(value).ok().and_then(|value| set.checked_shr(value)).is_some_and(|rest| rest & 1 == 1)
}

/// The first value of the set at or after `from`.
fn next(set: u64, from: i8) -> Option<i8> {
    let from = u32::try_from(from).ok()?;
    let rest = set.checked_shr(from).filter(|rest| *rest != 0)?;
    i8::try_from(from + rest.trailing_zeros()).ok()
}
