//! When the clock of a zone is put forward or back.

use crate::model::Zone;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};

/// A moment at which the clock of a zone is put forward or back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shift {
    /// The first instant with the new offset.
    pub at: Timestamp,
    /// The offset from UTC until then.
    pub before: Offset,
    /// The offset from UTC from then on.
    pub after: Offset,
}

impl Shift {
    /// Whether times of the day are skipped; otherwise some come twice.
    pub fn is_gap(self) -> bool {
        self.after > self.before
    }

    /// The clock on the wall at the last moment before, had it not been touched.
    pub fn from(self) -> jiff::civil::DateTime {
        self.before.to_datetime(self.at)
    }

    /// The clock on the wall after it was put.
    pub fn to(self) -> jiff::civil::DateTime {
        self.after.to_datetime(self.at)
    }
}

impl Zone {
    /// Returns the last shift at or before `instant`.
    pub fn shift_before(&self, instant: Timestamp) -> Option<Shift> {
        let just_after = instant.checked_add(NANOSECOND).unwrap_or(Timestamp::MAX);
        let times = self.rules().preceding(just_after).map(|transition| transition.timestamp());
        times.filter_map(|at| self.shift_at(at)).next()
    }

    /// Returns the shifts strictly after `instant`, in order. For most zones with summer time they do not end.
    pub fn shifts_after(&self, instant: Timestamp) -> impl Iterator<Item = Shift> + '_ {
        self.rules().following(instant).filter_map(|transition| self.shift_at(transition.timestamp()))
    }

    /// The shift at `at`; `None` if only the name of the time changes there.
    fn shift_at(&self, at: Timestamp) -> Option<Shift> {
        let before = self.rules().to_offset(at.checked_sub(NANOSECOND).ok()?);
        let after = self.rules().to_offset(at);
        (before != after).then_some(Shift { at, before, after })
    }
}

const NANOSECOND: SignedDuration = SignedDuration::from_nanos(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Scalar as _;

    #[test]
    fn shifts_of_some_zones() {
        for (zone, after, at, from, to) in [
            (
                "Europe/Berlin",
                "2026-01-01T00:00:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-29T02:00:00",
                "2026-03-29T03:00:00",
            ),
            (
                "Europe/Berlin",
                "2026-03-29T01:00:00Z",
                "2026-10-25T01:00:00Z",
                "2026-10-25T03:00:00",
                "2026-10-25T02:00:00",
            ),
            (
                "America/New_York",
                "2026-01-01T00:00:00Z",
                "2026-03-08T07:00:00Z",
                "2026-03-08T02:00:00",
                "2026-03-08T03:00:00",
            ),
            (
                "Australia/Lord_Howe",
                "2026-07-01T00:00:00Z",
                "2026-10-03T15:30:00Z",
                "2026-10-04T02:00:00",
                "2026-10-04T02:30:00",
            ),
            (
                "Pacific/Apia",
                "2011-12-01T00:00:00Z",
                "2011-12-30T10:00:00Z",
                "2011-12-30T00:00:00",
                "2011-12-31T00:00:00",
            ),
        ] {
            let zone = Zone::parse(zone).unwrap();
            let shift = zone.shifts_after(after.parse().unwrap()).next().unwrap();
            let shown = (shift.at.to_string(), shift.from().to_string(), shift.to().to_string());
            assert_eq!(shown, (at.to_owned(), from.to_owned(), to.to_owned()), "{zone}");
            assert_eq!(shift.is_gap(), shift.to() > shift.from());
            assert_eq!(zone.shift_before(shift.at), Some(shift), "{zone}");
        }
        assert_eq!(Zone::utc().shifts_after(Timestamp::MIN).count(), 0);
        assert_eq!(Zone::utc().shift_before(Timestamp::MAX), None);
    }
}
