//! Our cron beside another library's, croner: the same wherever it is right, and where it is not, pinned.
//!
//! `docs/decisions/0003-cron-library.md` rests on these differences. If one of them goes away with a newer
//! version, its test fails, and the reason for having our own is weaker by one.

use corp::model::schedule::Cron;
use corp::model::{Scalar as _, Zone};
use jiff::Timestamp;
use proptest::prelude::*;
use std::str::FromStr as _;

/// The next `count` firings by the library, up to its first error.
fn theirs(text: &str, zone: &str, after: Timestamp, count: usize) -> Vec<String> {
    let cron = croner::Cron::from_str(text).unwrap();
    let mut at = after.to_zoned(Zone::parse(zone).unwrap().rules().clone());
    let mut found = Vec::new();
    while found.len() < count {
        match cron.find_next_occurrence(&at, false) {
            Ok(next) => at = next,
            Err(error) => {
                found.push(error.to_string());
                break;
            }
        }
        found.push(at.strftime("%F %H:%M:%S %:z").to_string());
    }
    found
}

/// The same by ours.
fn ours(text: &str, zone: &str, after: Timestamp, count: usize) -> Vec<String> {
    let (cron, zone) = (Cron::parse(text).unwrap(), Zone::parse(zone).unwrap());
    let all = std::iter::successors(cron.next_after(after, &zone), |at| cron.next_after(*at, &zone));
    all.take(count).map(|at| at.to_zoned(zone.rules().clone()).strftime("%F %H:%M:%S %:z").to_string()).collect()
}

/// An item of a field from `low` to `high`, a step or range among them.
fn item(low: u8, high: u8) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (low..=high).prop_map(|value| value.to_string()),
        1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (low..=high, low..=high, 1..=high).prop_map(|(a, b, step)| format!("{}-{}/{step}", a.min(b), a.max(b))),
        1 => (1..=high).prop_map(|step| format!("*/{step}")),
    ]
}

/// A list of items, or `*`.
fn list(item: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just("*".to_owned()),
        3 => prop::collection::vec(item, 1..4).prop_map(|items| items.join(",")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Without shifts of the clock the two agree on every field, with letters and names.
    #[test]
    fn the_two_agree_in_utc(
        second in prop_oneof![2 => Just(String::new()), 1 => list(item(0, 59)).prop_map(|text| text + " ")],
        minute in list(item(0, 59)),
        hour in list(item(0, 23)),
        day in list(prop_oneof![4 => item(1, 31), 1 => Just("L".to_owned()), 1 => (1_u8..=28).prop_map(|day| format!("{day}W"))]),
        month in list(prop_oneof![2 => item(1, 12), 1 => Just("feb".to_owned()), 1 => Just("JUN-AUG".to_owned())]),
        weekday in list(prop_oneof![
            4 => item(0, 7),
            1 => (0_u8..=7, 1_u8..=5).prop_map(|(day, nth)| format!("{day}#{nth}")),
            1 => (0_u8..=7).prop_map(|day| format!("{day}L")),
            1 => Just("MON-FRI".to_owned()),
            1 => Just("fri-sun".to_owned()),
        ]),
        both in prop::bool::weighted(0.1),
        start in 0_i64..4_000_000_000,
    ) {
        let both = if both { "+" } else { "" };
        let text = format!("{second}{minute} {hour} {day} {month} {both}{weekday}");
        let after = Timestamp::from_second(start).unwrap();
        let cron = Cron::parse(&text).unwrap();
        if cron.flaw().is_none() {
            prop_assert_eq!(ours(&text, "UTC", after, 4), theirs(&text, "UTC", after, 4), "{}", text);
        }
    }
}

#[test]
fn named_times_in_a_list_are_lost_in_spring_and_doubled_in_autumn() {
    let spring: Timestamp = "2026-03-28T14:00:00Z".parse().unwrap();
    for (text, lost, kept) in [
        ("30 2,14 * * *", "2026-03-29 14:30:00 +02:00", "2026-03-29 03:00:00 +02:00"),
        ("*/15 2 * * *", "2026-03-30 02:00:00 +02:00", "2026-03-29 03:00:00 +02:00"),
    ] {
        assert_eq!(theirs(text, "Europe/Berlin", spring, 1), [lost], "{text}");
        assert_eq!(ours(text, "Europe/Berlin", spring, 1), [kept], "{text}");
    }
    let autumn: Timestamp = "2026-10-24T23:45:00Z".parse().unwrap();
    let first = "2026-10-25 02:30:00 +02:00";
    assert_eq!(theirs("30 1,2 * * *", "Europe/Berlin", autumn, 2), [first, "2026-10-25 02:30:00 +01:00"]);
    assert_eq!(ours("30 1,2 * * *", "Europe/Berlin", autumn, 2), [first, "2026-10-26 01:30:00 +01:00"]);
}

#[test]
fn a_date_left_out_as_a_whole_ends_the_search() {
    let after: Timestamp = "2011-12-29T13:00:00Z".parse().unwrap();
    assert_eq!(theirs("30 2 * * *", "Pacific/Apia", after, 1), ["CronScheduler time search limit exceeded."]);
    assert_eq!(ours("30 2 * * *", "Pacific/Apia", after, 1), ["2011-12-31 02:30:00 +14:00"]);
}

#[test]
fn the_last_weekday_swallows_the_last_day() {
    let after: Timestamp = "2027-01-15T00:00:00Z".parse().unwrap();
    assert_eq!(theirs("0 0 L,LW * *", "UTC", after, 2), ["2027-01-29 00:00:00 +00:00", "2027-02-26 00:00:00 +00:00"]);
    assert_eq!(ours("0 0 L,LW * *", "UTC", after, 2), ["2027-01-29 00:00:00 +00:00", "2027-01-31 00:00:00 +00:00"]);
}

#[test]
fn texts_that_mean_nothing_are_taken() {
    for text in ["0 MON * * *", "0 9 * MON *", "1,,2 * * * *", ", * * * *", "0 0 * * L", "0 0 0 1 1 * 2027"] {
        assert!(Cron::parse(text).is_err(), "{text}");
        assert!(croner::Cron::from_str(text).is_ok(), "{text}");
    }
    assert!(croner::Cron::from_str("@midnight").is_err());
    assert!(Cron::parse("@midnight").is_ok());
    // No field is named.
    assert_eq!(croner::Cron::from_str("0 25 * * *").unwrap_err().to_string(), "Component error: Number out of bounds.");
}
