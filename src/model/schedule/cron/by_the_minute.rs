//! Expressions made at random, so that what they mean is known without reading them, against a search that looks
//! at every minute.

use super::Cron;
use crate::model::{Scalar as _, Zone};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A field: its text, its values, and whether it is `*` or has a step.
#[derive(Debug, Clone)]
struct Made {
    text: String,
    values: BTreeSet<i8>,
    running: bool,
}

fn field(low: i8, high: i8) -> impl Strategy<Value = Made> {
    let star = Just(Made { text: "*".to_owned(), values: (low..=high).collect(), running: true });
    let step = (1..=high / 2).prop_map(move |step| Made {
        text: format!("*/{step}"),
        values: (low..=high).step_by(usize::try_from(step).unwrap()).collect(),
        running: true,
    });
    let list = prop::collection::btree_set(low..=high, 1..4).prop_map(|values| Made {
        text: values.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        values,
        running: false,
    });
    let range = (low..=high, low..=high).prop_map(move |(a, b)| {
        let values: BTreeSet<i8> = (a.min(b)..=a.max(b)).collect();
        let running = values.len() == usize::try_from(high - low + 1).unwrap();
        Made { text: format!("{}-{}", a.min(b), a.max(b)), values, running }
    });
    prop_oneof![2 => star, 1 => step, 3 => list, 2 => range]
}

/// Firings of a made expression by looking at every minute, as the documentation says it.
fn by_the_minute(fields: &[Made; 5], zone: &Zone, from: Timestamp, days: i64) -> Vec<Timestamp> {
    let [minute, hour, day, month, weekday] = fields;
    let means = |at: jiff::civil::DateTime| {
        let by_day = day.values.contains(&at.day());
        let by_weekday = weekday.values.contains(&at.weekday().to_sunday_zero_offset());
        let date = match (day.text.as_str(), weekday.text.as_str()) {
            ("*", _) => by_weekday,
            (_, "*") => by_day,
            _ => by_day || by_weekday,
        };
        date && minute.values.contains(&at.minute())
            && hour.values.contains(&at.hour())
            && month.values.contains(&at.month())
    };
    let local = |at: Timestamp| zone.rules().to_datetime(at);
    let minutes = |count: i64| SignedDuration::from_mins(count);
    let mut found = Vec::new();
    for step in 1..=days * 1440 {
        let at = from + minutes(step);
        let now = local(at);
        let last = local(at - minutes(1));
        let jumped = now.duration_since(last).as_mins() - 1;
        let made_up = jumped > 0
            && !hour.running
            && (1..=jumped).any(|skipped| means(last.checked_add(minutes(skipped)).unwrap()));
        let again = !(minute.running || hour.running) && [30, 60].iter().any(|ago| local(at - minutes(*ago)) == now);
        if made_up || (means(now) && !again) {
            found.push(at);
        }
    }
    found
}

/// Near these instants the clock is put, in one zone or the other.
const NEAR: [&str; 8] = [
    "2026-03-27T12:00:00Z",
    "2026-10-23T12:00:00Z",
    "2026-03-06T12:00:00Z",
    "2026-10-30T12:00:00Z",
    "2026-10-02T12:00:00Z",
    "2026-04-03T12:00:00Z",
    "2028-02-27T12:00:00Z",
    "2026-12-30T12:00:00Z",
];
const ZONES: [&str; 5] = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Nuuk"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Five fields agree with a search minute by minute over three days around a shift.
    #[test]
    fn agrees_with_a_search_by_the_minute(
        fields in (field(0, 59), field(0, 23), field(1, 31), field(1, 12), field(0, 6)),
        near in 0..NEAR.len(),
        zone in 0..ZONES.len(),
    ) {
        let (mut minute, hour, day, month, weekday) = fields;
        // Half of all months would never be met.
        let month = if month.values.len() < 4 { Made { text: "*".to_owned(), values: (1..=12).collect(), running: true } } else { month };
        if minute.values.len() == 60 {
            minute.running = true;
        }
        let fields = [minute, hour, day, month, weekday];
        let text = fields.iter().map(|field| field.text.clone()).collect::<Vec<_>>().join(" ");
        let zone = Zone::parse(ZONES[zone]).unwrap();
        let from: Timestamp = NEAR[near].parse().unwrap();
        let expected = by_the_minute(&fields, &zone, from, 3);
        let cron = Cron::read(&text).unwrap();
        let end = from + SignedDuration::from_hours(72);
        let all = std::iter::successors(cron.next_after(from, &zone), |at| cron.next_after(*at, &zone));
        let found: Vec<Timestamp> = all.take_while(|at| *at <= end).collect();
        prop_assert_eq!(found, expected, "{} in {}", text, zone);
    }

    /// What comes next comes later, and asking again just before gives the same.
    #[test]
    fn next_is_later_and_nothing_lies_between(
        fields in (field(0, 59), field(0, 59), field(0, 23), field(1, 31), field(0, 6)),
        second in -62_135_596_800_i64..253_000_000_000,
        zone in 0..ZONES.len(),
    ) {
        let (second_field, minute, hour, day, weekday) = fields;
        let text = format!("{} {} {} {} * {}", second_field.text, minute.text, hour.text, day.text, weekday.text);
        let (cron, zone) = (Cron::read(&text).unwrap(), Zone::parse(ZONES[zone]).unwrap());
        let after = Timestamp::from_second(second).unwrap();
        let next = cron.next_after(after, &zone).unwrap();
        prop_assert!(next > after);
        prop_assert_eq!(cron.next_after(next - SignedDuration::from_nanos(1), &zone), Some(next));
        let between = Timestamp::from_second(i64::midpoint(after.as_second(), next.as_second())).unwrap();
        if between < next {
            prop_assert_eq!(cron.next_after(between, &zone), Some(next), "{}", text);
        }
    }
}
