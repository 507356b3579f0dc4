//! Expressions in tables with literal instants.

use super::*;
use crate::model::Zone;
use jiff::{SignedDuration, Timestamp};

fn cron(text: &str) -> Cron {
    Cron::read(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The firings after an instant, as local times with their offset.
fn firings(text: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let zone = Zone::parse(zone).unwrap();
    let cron = cron(text);
    let first = cron.next_after(after.parse().unwrap(), &zone);
    let all = std::iter::successors(first, |last| cron.next_after(*last, &zone));
    all.take(count).map(|at| at.to_zoned(zone.rules().clone()).strftime("%F %H:%M:%S %:z").to_string()).collect()
}

/// The firings of a day in UTC after an instant, as `MM-DD HH:MM`.
fn in_utc(text: &str, after: &str, count: usize) -> Vec<String> {
    firings(text, "UTC", after, count).iter().map(|at| at[5..16].to_owned()).collect()
}

#[test]
fn fields() {
    // 20 November 2026 is a Friday.
    for (text, next) in [
        ("0 9 * * 1-5", &["11-20 09:00", "11-23 09:00", "11-24 09:00"][..]),
        ("0 0 9 * * 1-5", &["11-20 09:00", "11-23 09:00", "11-24 09:00"]),
        ("0 9 * * MON-FRI", &["11-20 09:00", "11-23 09:00", "11-24 09:00"]),
        ("0 9 * * mon,Wed", &["11-23 09:00", "11-25 09:00", "11-30 09:00"]),
        ("0 9 * * 0", &["11-22 09:00", "11-29 09:00"]),
        ("0 9 * * 7", &["11-22 09:00", "11-29 09:00"]),
        ("0 9 * * 5-7", &["11-20 09:00", "11-21 09:00", "11-22 09:00", "11-27 09:00"]),
        ("0 9 * * FRI-SUN", &["11-20 09:00", "11-21 09:00", "11-22 09:00", "11-27 09:00"]),
        ("*/20 8-9 * * *", &["11-20 08:00", "11-20 08:20", "11-20 08:40", "11-20 09:00"]),
        ("5-20/5,50 8 * * *", &["11-20 08:05", "11-20 08:10", "11-20 08:15", "11-20 08:20", "11-20 08:50"]),
        ("*/60 */24 * * *", &["11-21 00:00", "11-22 00:00"]),
        ("0 0 */7 * *", &["11-22 00:00", "11-29 00:00", "12-01 00:00", "12-08 00:00"]),
        ("0 0 13 * 5", &["11-27 00:00", "12-04 00:00", "12-11 00:00", "12-13 00:00"]),
        ("0 0 13 * +5", &["08-13 00:00", "10-13 00:00"]),
        ("0 0 13 * ?", &["12-13 00:00", "01-13 00:00"]),
        ("0 0 ? * 5", &["11-27 00:00", "12-04 00:00"]),
        ("0 0 1 JAN,jul *", &["01-01 00:00", "07-01 00:00"]),
        ("0 0 L * *", &["11-30 00:00", "12-31 00:00", "01-31 00:00", "02-28 00:00"]),
        ("0 0 LW * *", &["11-30 00:00", "12-31 00:00", "01-29 00:00", "02-26 00:00"]),
        ("0 0 15W * *", &["12-15 00:00", "01-15 00:00", "02-15 00:00", "03-15 00:00", "04-15 00:00", "05-14 00:00"]),
        ("0 0 1W * *", &["12-01 00:00", "01-01 00:00", "02-01 00:00", "03-01 00:00", "04-01 00:00", "05-03 00:00"]),
        ("0 0 31W * *", &["12-31 00:00", "01-29 00:00", "03-31 00:00", "05-31 00:00"]),
        ("0 0 * * 1#1", &["12-07 00:00", "01-04 00:00"]),
        ("0 0 * * FRI#5", &["01-29 00:00", "04-30 00:00"]),
        ("0 0 * * 7#2", &["12-13 00:00", "01-10 00:00"]),
        ("0 0 * * 5L", &["11-27 00:00", "12-25 00:00"]),
        ("0 0 * * SUNL,1#1", &["11-29 00:00", "12-07 00:00", "12-27 00:00"]),
        ("0 0 L * 1#1", &["11-30 00:00", "12-07 00:00", "12-31 00:00"]),
        ("0 0 29 2 *", &["02-29 00:00", "02-29 00:00"]),
        ("0 0 31 * *", &["12-31 00:00", "01-31 00:00", "03-31 00:00"]),
        ("@hourly", &["11-20 08:00", "11-20 09:00"]),
        ("@daily", &["11-21 00:00", "11-22 00:00"]),
        ("@Midnight", &["11-21 00:00", "11-22 00:00"]),
        ("@weekly", &["11-22 00:00", "11-29 00:00"]),
        ("@monthly", &["12-01 00:00", "01-01 00:00"]),
        ("@yearly", &["01-01 00:00", "01-01 00:00"]),
        (" @annually ", &["01-01 00:00", "01-01 00:00"]),
    ] {
        assert_eq!(in_utc(text, "2026-11-20T07:59:59Z", next.len()), next, "{text}");
    }
    assert_eq!(
        firings("*/25 59 23 31 12 *", "UTC", "2026-01-01T00:00:00Z", 4),
        [
            "2026-12-31 23:59:00 +00:00",
            "2026-12-31 23:59:25 +00:00",
            "2026-12-31 23:59:50 +00:00",
            "2027-12-31 23:59:00 +00:00"
        ]
    );
}

#[test]
fn the_spring_gap() {
    const BERLIN: (&str, &str) = ("Europe/Berlin", "2026-03-28T12:00:00Z");
    const NEW_YORK: (&str, &str) = ("America/New_York", "2026-03-07T18:00:00Z");
    const LORD_HOWE: (&str, &str) = ("Australia/Lord_Howe", "2026-10-03T12:00:00Z");
    const APIA: (&str, &str) = ("Pacific/Apia", "2011-12-29T12:00:00Z");
    const NUUK: (&str, &str) = ("America/Nuuk", "2024-03-30T12:00:00Z");
    for (text, (zone, after), expected) in [
        // A named time that is skipped fires at the end of the gap.
        ("30 2 * * *", BERLIN, &["2026-03-29 03:00:00 +02:00", "2026-03-30 02:30:00 +02:00"][..]),
        ("30 2 * * *", NEW_YORK, &["2026-03-08 03:00:00 -04:00", "2026-03-09 02:30:00 -04:00"]),
        ("15 2 * * *", LORD_HOWE, &["2026-10-04 02:30:00 +11:00", "2026-10-05 02:15:00 +11:00"]),
        ("0 30 2 29 3 *", BERLIN, &["2026-03-29 03:00:00 +02:00", "2027-03-29 02:30:00 +02:00"]),
        // So does one in a list or a range; several fire once, together with what falls on the gap's end.
        (
            "30 2,14 * * *",
            BERLIN,
            &["2026-03-28 14:30:00 +01:00", "2026-03-29 03:00:00 +02:00", "2026-03-29 14:30:00 +02:00"],
        ),
        (
            "30 1-3 * * *",
            BERLIN,
            &["2026-03-29 01:30:00 +01:00", "2026-03-29 03:00:00 +02:00", "2026-03-29 03:30:00 +02:00"],
        ),
        ("0,20,40 2 * * *", BERLIN, &["2026-03-29 03:00:00 +02:00", "2026-03-30 02:00:00 +02:00"]),
        ("*/15 2 * * *", BERLIN, &["2026-03-29 03:00:00 +02:00", "2026-03-30 02:00:00 +02:00"]),
        ("0 2,3 * * *", BERLIN, &["2026-03-29 03:00:00 +02:00", "2026-03-30 02:00:00 +02:00"]),
        // The last moment before the gap and the first after it are not in it.
        ("59 1 * * *", BERLIN, &["2026-03-29 01:59:00 +01:00", "2026-03-30 01:59:00 +02:00"]),
        ("0 3 * * *", BERLIN, &["2026-03-29 03:00:00 +02:00", "2026-03-30 03:00:00 +02:00"]),
        ("30 2 * * *", LORD_HOWE, &["2026-10-04 02:30:00 +11:00", "2026-10-05 02:30:00 +11:00"]),
        // A running hour goes on.
        (
            "30 * * * *",
            ("Europe/Berlin", "2026-03-29T00:00:00Z"),
            &["2026-03-29 01:30:00 +01:00", "2026-03-29 03:30:00 +02:00"],
        ),
        (
            "*/30 * * * *",
            ("Europe/Berlin", "2026-03-29T00:15:00Z"),
            &["2026-03-29 01:30:00 +01:00", "2026-03-29 03:00:00 +02:00", "2026-03-29 03:30:00 +02:00"],
        ),
        (
            "0 */2 * * *",
            ("Europe/Berlin", "2026-03-28T22:30:00Z"),
            &["2026-03-29 00:00:00 +01:00", "2026-03-29 04:00:00 +02:00"],
        ),
        ("15 * * * *", ("Australia/Lord_Howe", "2026-10-03T14:50:00Z"), &["2026-10-04 03:15:00 +11:00"]),
        ("45 * * * *", ("Australia/Lord_Howe", "2026-10-03T15:20:00Z"), &["2026-10-04 02:45:00 +11:00"]),
        // A date that was left out as a whole is not made up for.
        ("30 2 * * *", APIA, &["2011-12-29 02:30:00 -10:00", "2011-12-31 02:30:00 +14:00"]),
        ("0 12 30 12 *", APIA, &["2012-12-30 12:00:00 +14:00"]),
        (
            "0 * * * *",
            ("Pacific/Apia", "2011-12-30T09:00:00Z"),
            &["2011-12-31 00:00:00 +14:00", "2011-12-31 01:00:00 +14:00"],
        ),
        // A gap whose end is the next day.
        ("30 23 * * *", NUUK, &["2024-03-31 00:00:00 -01:00", "2024-03-31 23:30:00 -01:00"]),
    ] {
        assert_eq!(firings(text, zone, after, expected.len()), expected, "{text} in {zone}");
    }
}

#[test]
fn the_repeated_hour_in_autumn() {
    const BERLIN: (&str, &str) = ("Europe/Berlin", "2026-10-24T12:00:00Z");
    const NEW_YORK: (&str, &str) = ("America/New_York", "2026-10-31T18:00:00Z");
    const LORD_HOWE: (&str, &str) = ("Australia/Lord_Howe", "2026-04-04T06:00:00Z");
    for (text, (zone, after), expected) in [
        // A named time fires the first time.
        ("30 2 * * *", BERLIN, &["2026-10-25 02:30:00 +02:00", "2026-10-26 02:30:00 +01:00"][..]),
        ("30 1 * * *", NEW_YORK, &["2026-11-01 01:30:00 -04:00", "2026-11-02 01:30:00 -05:00"]),
        ("45 1 * * *", LORD_HOWE, &["2026-04-05 01:45:00 +11:00", "2026-04-06 01:45:00 +10:30"]),
        (
            "30 1,2,3 * * *",
            BERLIN,
            &["2026-10-25 01:30:00 +02:00", "2026-10-25 02:30:00 +02:00", "2026-10-25 03:30:00 +01:00"],
        ),
        (
            "0,30 2 * * *",
            BERLIN,
            &["2026-10-25 02:00:00 +02:00", "2026-10-25 02:30:00 +02:00", "2026-10-26 02:00:00 +01:00"],
        ),
        (
            "0 2-4 * * *",
            BERLIN,
            &["2026-10-25 02:00:00 +02:00", "2026-10-25 03:00:00 +01:00", "2026-10-25 04:00:00 +01:00"],
        ),
        // Asked from within the second round, it is past.
        ("30 2 * * *", ("Europe/Berlin", "2026-10-25T01:10:00Z"), &["2026-10-26 02:30:00 +01:00"]),
        ("0 3 * * *", ("Europe/Berlin", "2026-10-25T01:10:00Z"), &["2026-10-25 03:00:00 +01:00"]),
        // A beat goes on through both.
        (
            "30 * * * *",
            ("Europe/Berlin", "2026-10-24T23:45:00Z"),
            &["2026-10-25 02:30:00 +02:00", "2026-10-25 02:30:00 +01:00", "2026-10-25 03:30:00 +01:00"],
        ),
        (
            "*/30 * * * *",
            ("Europe/Berlin", "2026-10-24T23:45:00Z"),
            &[
                "2026-10-25 02:00:00 +02:00",
                "2026-10-25 02:30:00 +02:00",
                "2026-10-25 02:00:00 +01:00",
                "2026-10-25 02:30:00 +01:00",
                "2026-10-25 03:00:00 +01:00",
            ],
        ),
        (
            "*/30 2 * * *",
            BERLIN,
            &[
                "2026-10-25 02:00:00 +02:00",
                "2026-10-25 02:30:00 +02:00",
                "2026-10-25 02:00:00 +01:00",
                "2026-10-25 02:30:00 +01:00",
                "2026-10-26 02:00:00 +01:00",
            ],
        ),
        (
            "0 */2 * * *",
            ("Europe/Berlin", "2026-10-24T22:30:00Z"),
            &["2026-10-25 02:00:00 +02:00", "2026-10-25 02:00:00 +01:00", "2026-10-25 04:00:00 +01:00"],
        ),
        (
            "45 * * * *",
            ("Australia/Lord_Howe", "2026-04-04T14:00:00Z"),
            &["2026-04-05 01:45:00 +11:00", "2026-04-05 01:45:00 +10:30", "2026-04-05 02:45:00 +10:30"],
        ),
    ] {
        assert_eq!(firings(text, zone, after, expected.len()), expected, "{text} in {zone}");
    }
}

#[test]
fn a_day_has_23_24_or_25_hours() {
    for (zone, day, hours) in [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-03-30", 24),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        // Half an hour more or less leaves the full hours alone, but for the repeated half in which none lies.
        ("Australia/Lord_Howe", "2026-10-04", 23),
        ("Australia/Lord_Howe", "2026-04-05", 24),
    ] {
        let rules = Zone::parse(zone).unwrap();
        let midnight = |text: &str| text.parse::<jiff::civil::Date>().unwrap().to_zoned(rules.rules().clone()).unwrap();
        let (from, until) = (midnight(day), midnight(day).tomorrow().unwrap());
        let before = from.timestamp() - SignedDuration::from_nanos(1);
        let all = std::iter::successors(cron("@hourly").next_after(before, &rules), |at| {
            cron("@hourly").next_after(*at, &rules)
        });
        assert_eq!(all.take_while(|at| *at < until.timestamp()).count(), hours, "{zone} {day}");
        let daily = std::iter::successors(cron("30 2 * * *").next_after(before, &rules), |at| {
            cron("30 2 * * *").next_after(*at, &rules)
        });
        assert_eq!(daily.take_while(|at| *at < until.timestamp()).count(), 1, "{zone} {day}");
    }
}

#[test]
fn what_never_fires_is_known() {
    for text in ["0 0 30 2 *", "0 0 31 2 *", "0 0 31 4,6,9,11 *", "0 0 30W 2 *", "0 0 31 * +1#1", "0 0 0 30 FEB ?"] {
        assert_eq!(cron(text).flaw().map(|flaw| flaw.code), Some("schedule-never-fires"), "{text}");
        assert_eq!(cron(text).next_after(Timestamp::UNIX_EPOCH, &Zone::utc()), None, "{text}");
    }
    for text in ["0 0 29 2 *", "0 0 29 2 +1", "0 0 31 2 1", "0 0 L 2 *", "0 0 31 2,3 *", "0 0 * 2 1#5", "0 0 29W 2 *"] {
        assert_eq!(cron(text).flaw(), None, "{text}");
    }
    // 29 February on a Monday: once in 28 years, and 40 years apart around 2100.
    let found: Vec<_> =
        firings("0 0 29 2 +1", "UTC", "2044-03-01T00:00:00Z", 3).iter().map(|at| at[..10].to_owned()).collect();
    assert_eq!(found, ["2072-02-29", "2112-02-29", "2140-02-29"]);
}

#[test]
fn what_is_wrong_names_the_field() {
    for (text, why) in [
        ("", "it is empty"),
        (" \t ", "it is empty"),
        ("* * * *", "it has 4 fields where 5 or 6 belong"),
        ("*", "it has 1 field where 5 or 6 belong"),
        ("0 0 0 1 1 * 2027", "it has 7 fields where 5 or 6 belong; there is no field for the year"),
        ("* * * * * * * *", "it has 8 fields where 5 or 6 belong"),
        ("0 25 * * *", "the hour field `25` is not between 0 and 23"),
        ("60 9 * * *", "the minute field `60` is not between 0 and 59"),
        ("60 0 9 * * *", "the second field `60` is not between 0 and 59"),
        ("0 9 0 * *", "the day-of-month field `0` is not between 1 and 31"),
        ("0 9 * 13 *", "the month field `13` is not between 1 and 12 or JAN and DEC"),
        ("0 9 * * 8", "the day-of-week field `8` is not between 0 and 7 or SUN and SAT"),
        ("0 9 * * MONDAY", "the day-of-week field `MONDAY` is not between 0 and 7 or SUN and SAT"),
        ("0 MON * * *", "the hour field `MON` is not between 0 and 23"),
        ("0 9 * MON *", "the month field `MON` is not between 1 and 12 or JAN and DEC"),
        ("0 9,25 * * *", "in the hour field `9,25`, `25` is not between 0 and 23"),
        ("0 -1 * * *", "the hour field `-1` is not between 0 and 23"),
        ("0 99999999999999999999 * * *", "the hour field `99999999999999999999` is not between 0 and 23"),
        ("1,,2 * * * *", "the minute field `1,,2` has nothing before or after a comma"),
        (", * * * *", "the minute field `,` has nothing before or after a comma"),
        ("0 17-9 * * *", "the hour field `17-9` goes backwards; write `17-23,0-9`"),
        ("0 9 * * SAT-MON", "the day-of-week field `SAT-MON` goes backwards; write `6-7,0-1`"),
        ("*/0 * * * *", "the minute field `*/0` needs a whole number greater than 0 after `/`"),
        ("*/x * * * *", "the minute field `*/x` needs a whole number greater than 0 after `/`"),
        (
            "*/90 * * * *",
            "the minute field `*/90` has a step greater than 60; a step begins anew with each round of the field",
        ),
        ("/10 * * * *", "the minute field `/10` has nothing in front of `/`; write `*/10`"),
        ("5/10 * * * *", "the minute field `5/10` has a step without a range; write `5-59/10`"),
        ("0 0 * FEB/2 *", "the month field `FEB/2` has a step without a range; write `2-12/2`"),
        ("0 0 * * 1+1/2", "the day-of-week field `1+1/2` is not between 0 and 7 or SUN and SAT"),
        ("75/10 * * * *", "the minute field `75/10` is not between 0 and 59"),
        (
            "5/90 * * * *",
            "the minute field `5/90` has a step greater than 60; a step begins anew with each round of the field",
        ),
        ("0 ? * * *", "the hour field `?` stands for \"any\" only as a whole day field; write `*`"),
        ("0 0 L-3 * *", "the day-of-month field `L-3` is not between 1 and 31"),
        ("0 0 32W * *", "the day-of-month field `32W` is not between 1 and 31"),
        ("0 0 * * L", "the day-of-week field `L` does not say which weekday; `5L` is the last Friday"),
        ("0 0 * * 1#6", "the day-of-week field `1#6` needs a number from 1 to 5 after `#`"),
        ("0 0 1#1 * *", "the day-of-month field `1#1` is not between 1 and 31"),
        ("L 0 * * *", "the minute field `L` is not between 0 and 59"),
        ("0 0 +1 * *", "the day-of-month field `+1` is not between 1 and 31"),
        ("0 0 * * +", "the day-of-week field `+` has nothing before or after a comma"),
        ("@every 5m", "`@every` is not a cron expression; use `every` with a length of time, such as `every: 5m`"),
        ("@reboot", "there is no `@reboot`, only @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually"),
        ("0 9 * * ①", "the day-of-week field `①` is not between 0 and 7 or SUN and SAT"),
    ] {
        assert_eq!(Cron::read(text).unwrap_err().to_string(), why, "{text}");
    }
    assert_eq!(Cron::read(&"* ".repeat(CRON_BYTES_MAX)), Err(CronError::TooLong));
    // However long and however written: what is quoted back stays short.
    for long in ["9", "\u{2028}", "\u{10ffff}", "1+1", "9,"] {
        for end in ["", "/7", "-3/7", "#9", "W", "L"] {
            let text = format!("0 0 * * {}{end}", long.repeat(CRON_BYTES_MAX / 2 / long.len()));
            let why = Cron::read(&text).unwrap_err().to_string();
            assert!(why.len() < 250, "{why}");
        }
    }
}
