//! The next firing in a zone whose clock is put forward and back.
//!
//! Time is cut at the shifts of the zone into stretches of one offset. Within a stretch the clock on the wall and
//! time go together, and the calendar alone decides. What the shift at its beginning does is decided there:
//! times that were skipped are made up for at the gap's end, times that come again are left out unless the
//! expression is a beat.

use super::Cron;
use crate::model::Zone;
use crate::model::schedule::{Shift, search_end};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

impl Cron {
    /// Returns the first firing strictly after `after`, or `None` if there is none within
    /// [`SEARCH_YEARS`](crate::model::schedule::SEARCH_YEARS).
    ///
    /// - A time that the clock skips fires once, at the end of the gap, together with whatever else was skipped
    ///   or falls there; with a running hour (see [`Cron::makes_up`]) it does not. A date that a zone skipped as a
    ///   whole is not made up for.
    /// - A time that comes twice fires the first time; with a beat (see [`Cron::repeats`]) both times.
    pub fn next_after(&self, after: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let from = whole_second_after(after)?;
        let end = search_end(zone.rules().to_datetime(from));
        let mut began = zone.shift_before(from);
        let mut offset = zone.rules().to_offset(from);
        let mut shifts = zone.shifts_after(from);
        loop {
            let next = shifts.next();
            if let Some(found) = self.first_in(began, offset, next, from, end) {
                return Some(found);
            }
            let next = next.filter(|shift| shift.to() < end)?;
            began = Some(next);
            offset = next.after;
        }
    }

    /// Whether the expression means a time that `shift` skips or repeats.
    pub fn touches(&self, shift: Shift) -> bool {
        let (from, to) = (shift.from(), shift.to());
        self.calendar.first_between(from.min(to), from.max(to)).is_some()
    }

    /// The first firing at or after `from` in the stretch between two shifts.
    fn first_in(
        &self,
        began: Option<Shift>,
        offset: Offset,
        until: Option<Shift>,
        from: Timestamp,
        end: DateTime,
    ) -> Option<Timestamp> {
        let mut local = offset.to_datetime(from);
        if let Some(shift) = began {
            if shift.at >= from {
                local = shift.to();
                if shift.is_gap() && self.makes_up() && self.skipped(shift) {
                    return Some(shift.at);
                }
            }
            if !shift.is_gap() && !self.repeats() {
                local = local.max(shift.from());
            }
        }
        let end = until.map_or(end, |shift| end.min(shift.from()));
        let found = self.calendar.first_between(local, end)?;
        offset.to_timestamp(found).ok()
    }

    /// Whether a time in the gap was meant, on a date that exists in the zone.
    fn skipped(&self, gap: Shift) -> bool {
        let mut from = gap.from();
        while let Some(found) = self.calendar.first_between(from, gap.to()) {
            let Ok(next_day) = found.date().tomorrow().map(|date| date.at(0, 0, 0, 0)) else { return true };
            let whole_date = gap.from() <= found.date().at(0, 0, 0, 0) && next_day <= gap.to();
            if !whole_date {
                return true;
            }
            from = next_day;
        }
        false
    }
}

/// The first whole second strictly after `instant`.
fn whole_second_after(instant: Timestamp) -> Option<Timestamp> {
    let second = instant.as_nanosecond().div_euclid(1_000_000_000) + 1;
    Timestamp::from_second(i64::try_from(second).ok()?).ok()
}
