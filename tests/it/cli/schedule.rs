//! `corp schedule`.

use crate::harness::{Company, Run};

/// Asks in a folder that is no company.
fn next(args: &[&str]) -> Run {
    let outside = Company::new(&[]);
    outside.corp(&[&["schedule", "next"], args].concat())
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[test]
fn the_next_firings_with_their_zone() {
    let run = next(&["0 9 * * 1-5", "--tz", "Europe/Berlin", "-n", "3"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(
        lines(&run.stdout),
        [
            "Mon 2026-11-23 09:00 CET +01:00  2026-11-23T08:00:00Z  in 2d 22h",
            "Tue 2026-11-24 09:00 CET +01:00  2026-11-24T08:00:00Z  in 3d 22h",
            "Wed 2026-11-25 09:00 CET +01:00  2026-11-25T08:00:00Z  in 4d 22h",
        ]
    );
    assert_eq!(lines(&run.stderr), ["`0 9 * * 1-5` after 2026-11-20 11:00:00 CET in Europe/Berlin"]);
}

#[test]
fn five_are_shown_and_outside_of_a_company_in_utc() {
    let run = next(&["@daily"]);
    assert_eq!(run.stdout.lines().count(), 5);
    assert_eq!(lines(&run.stdout)[0], "Sat 2026-11-21 00:00 UTC +00:00  2026-11-21T00:00:00Z  in 14h");
    assert_eq!(lines(&run.stderr), ["`@daily` after 2026-11-20 10:00:00 UTC in UTC"]);
}

#[test]
fn a_company_lends_its_zone() {
    let company = Company::new(&[
        ("COMPANY.md", "---\nname: Acme\n---\n"),
        ("corp.yaml", "schema: corp/v1\nticket_prefix: ACME\ntimezone: America/New_York\n"),
    ]);
    for args in [&["schedule", "next", "@daily", "-n1"][..], &["schedule", "next", "2026-11-21", "-n1"]] {
        let run = company.corp(args);
        assert_eq!(lines(&run.stdout), ["Sat 2026-11-21 00:00 EST -05:00  2026-11-21T05:00:00Z  in 19h"]);
    }
    let run = company.corp(&["schedule", "next", "@daily", "-n1", "--tz", "UTC", "--from", "2026-12-31T23:59:30.5Z"]);
    assert_eq!(lines(&run.stdout), ["Fri 2027-01-01 00:00 UTC +00:00  2027-01-01T00:00:00Z  in 29s"]);
    let run = company.corp_in(
        std::path::Path::new("/"),
        &["-C", &company.root().to_string_lossy(), "schedule", "next", "@hourly", "-n1"],
    );
    assert_eq!(lines(&run.stdout), ["Fri 2026-11-20 06:00 EST -05:00  2026-11-20T11:00:00Z  in 1h"]);
    let run = company.corp(&["-C", "nowhere", "schedule", "next", "@hourly"]);
    assert_eq!(run.code, 5);
    assert_eq!(lines(&run.stderr)[0], "error: there is no folder nowhere");
}

#[test]
fn lengths_of_time_and_single_times() {
    let run = next(&["every", "90m", "-n", "2"]);
    assert_eq!(
        lines(&run.stdout),
        [
            "Fri 2026-11-20 11:30 UTC +00:00  2026-11-20T11:30:00Z  in 1h 30m",
            "Fri 2026-11-20 13:00 UTC +00:00  2026-11-20T13:00:00Z  in 3h",
        ]
    );
    let run = next(&["every 1500ms", "-n", "2"]);
    assert_eq!(
        lines(&run.stdout),
        [
            "Fri 2026-11-20 10:00:01.5 UTC +00:00  2026-11-20T10:00:01.5Z  in 1s",
            "Fri 2026-11-20 10:00:03 UTC +00:00    2026-11-20T10:00:03Z    in 3s",
        ]
    );
    let run = next(&["2026-12-01T09:00", "--tz", "Asia/Kolkata"]);
    assert_eq!(lines(&run.stdout), ["Tue 2026-12-01 09:00 IST +05:30  2026-12-01T03:30:00Z  in 10d 17h"]);
    assert_eq!(lines(&run.stderr)[1..], ["it does not fire again"]);
    let run = next(&["2020-01-01"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert_eq!(lines(&run.stderr)[1..], ["it does not fire after that"]);
}

#[test]
fn a_change_of_the_clock_between_firings_is_told() {
    for (expression, zone, from, hints) in [
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-28",
            &[
                "on 2026-03-29 the clock in Europe/Berlin goes from 02:00 to 03:00; what falls in between fires once, at 03:00",
            ][..],
        ),
        (
            "30 * * * *",
            "Europe/Berlin",
            "2026-03-29",
            &["on 2026-03-29 the clock in Europe/Berlin goes from 02:00 to 03:00; what falls in between is left out"],
        ),
        (
            "0 9 * * *",
            "Europe/Berlin",
            "2026-03-28",
            &["on 2026-03-29 the clock in Europe/Berlin goes from 02:00 to 03:00; nothing falls in between"],
        ),
        (
            "30 1 * * *",
            "America/New_York",
            "2026-10-31",
            &[
                "on 2026-11-01 the clock in America/New_York goes back from 02:00 to 01:00; what falls in between fires the first time",
            ],
        ),
        (
            "45 * * * *",
            "Australia/Lord_Howe",
            "2026-04-05",
            &[
                "on 2026-04-05 the clock in Australia/Lord_Howe goes back from 02:00 to 01:30; what falls in between fires twice",
            ],
        ),
        (
            "every 1h",
            "Europe/Berlin",
            "2026-03-29",
            &["on 2026-03-29 the clock in Europe/Berlin goes from 02:00 to 03:00; the length of time stays the same"],
        ),
        (
            "2026-03-29T02:30",
            "Europe/Berlin",
            "2026-03-01",
            &[
                "on 2026-03-29 the clock in Europe/Berlin goes from 02:00 to 03:00; what falls in between fires once, at 03:00",
            ],
        ),
        (
            "30 2 * * *",
            "Pacific/Apia",
            "2011-12-29",
            &[
                "on 2011-12-30 the clock in Pacific/Apia goes from 00:00 to 2011-12-31 00:00; what falls in between is left out",
            ],
        ),
        ("0 9 1 * *", "Europe/Berlin", "2026-04-02", &[]),
        ("@daily", "UTC", "2026-03-28", &[]),
        (
            "@yearly",
            "Europe/Berlin",
            "2026-06-01",
            &[
                "on 2027-03-28 the clock in Europe/Berlin goes from 02:00 to 03:00; nothing falls in between",
                "on 2027-10-31 the clock in Europe/Berlin goes back from 03:00 to 02:00; nothing falls in between",
                "until then the clock is put forward or back 6 more times",
            ],
        ),
    ] {
        let run = next(&[expression, "--tz", zone, "--from", from]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let told: Vec<_> = run.stderr.lines().filter_map(|line| line.strip_prefix("hint: ")).collect();
        assert_eq!(told, hints, "{expression} in {zone}\n{}", run.stdout);
    }
}

#[test]
fn json_holds_instants_local_times_and_shifts() {
    let run = next(&["30 2 * * *", "--tz", "Europe/Berlin", "--from", "2026-03-28T03:00", "-n2", "--json"]);
    assert_eq!(run.stderr, "");
    assert_eq!(
        run.stdout,
        r#"{
  "expression": "30 2 * * *",
  "timezone": "Europe/Berlin",
  "from": "2026-03-28T02:00:00Z",
  "firings": [
    {
      "at": "2026-03-29T01:00:00Z",
      "local": "2026-03-29T03:00:00+02:00",
      "abbreviation": "CEST",
      "in_s": 82800
    },
    {
      "at": "2026-03-30T00:30:00Z",
      "local": "2026-03-30T02:30:00+02:00",
      "abbreviation": "CEST",
      "in_s": 167400
    }
  ],
  "shifts": [
    {
      "at": "2026-03-29T01:00:00Z",
      "from": "2026-03-29T02:00:00",
      "to": "2026-03-29T03:00:00"
    }
  ]
}
"#
    );
}

#[test]
fn what_makes_no_sense_is_said_with_what_to_type() {
    const FORMS: &str =
        "hint: write a cron expression such as '0 9 * * 1-5', `@daily`, `every 30m` or `2026-12-01T09:00`";
    for (args, said) in [
        (
            &["0 25 * * *"][..],
            ["error: `0 25 * * *` is not a schedule: the hour field `25` is not between 0 and 23", FORMS],
        ),
        (
            &["0 9 31 2 *"],
            [
                "error: `0 9 31 2 *` never fires: no month it names has such a day",
                "hint: name a day that exists, such as `28`, or `L` for the last day of the month",
            ],
        ),
        (
            &["30m"],
            ["error: `30m` is not a schedule: it has 1 field where 5 or 6 belong", "hint: did you mean `every 30m`?"],
        ),
        (
            &["0", "9", "Cargo.toml", "src", "tests", "x", "y", "z"],
            [
                "error: `0 9 Cargo.toml src tests x y z` is not a schedule: it has 8 fields where 5 or 6 belong",
                "hint: put the expression in quotes, or the shell replaces `*`: `corp schedule next '0 9 * * 1-5'`",
            ],
        ),
        (&["every 0s"], ["error: `every` needs a length of time greater than 0", FORMS]),
        (&["2026-02-30"], ["error: `2026-02-30` is not a time: there is no such date or time of day", FORMS]),
        (
            &["@daily", "--tz", "Mars"],
            [
                "error: `--tz Mars`: no such zone in the IANA time zone database",
                "hint: write a time zone by its IANA name, such as `Europe/Berlin`",
            ],
        ),
        (
            &["@daily", "--from", "soon"],
            [
                "error: `--from soon`: `s` does not belong there",
                "hint: write a time such as `2026-12-01T09:00`, with `Z` or an offset if it is not local",
            ],
        ),
    ] {
        let run = next(args);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{args:?}");
        assert_eq!(lines(&run.stderr), said, "{args:?}");
    }
    for args in [&["@daily", "-n", "0"][..], &["@daily", "-n", "1001"], &[]] {
        assert_eq!(next(args).code, 2, "{args:?}");
    }
    assert_eq!(next(&["@hourly", "-n", "1000"]).stdout.lines().count(), 1000);
}

/// Splits a line as a shell does with words and single quotes.
fn words(line: &str) -> Vec<String> {
    line.split('\'')
        .enumerate()
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}

/// Every `$ corp schedule next …` in docs/schedules.md prints what stands below it: firings, then hints and errors.
#[test]
fn the_documentation_tells_the_truth() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schedules.md");
    let page = std::fs::read_to_string(path).unwrap();
    let outside = Company::new(&[]);
    let mut seen = 0;
    for example in page.split("$ corp ").skip(1) {
        let (command, rest) = example.split_once('\n').unwrap();
        let expected: Vec<&str> = rest.lines().take_while(|line| !line.is_empty() && *line != "```").collect();
        let args = words(command);
        let run = outside.corp(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let said = |line: &&str| line.starts_with("hint: ") || line.starts_with("error: ");
        let shown: Vec<&str> = run.stdout.lines().chain(run.stderr.lines().filter(said)).collect();
        assert_eq!(shown, expected, "{command}");
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} examples found");
}
