//! `corp bench` and `corp repack`.

use crate::harness::Company;

#[test]
fn the_store_is_measured_beside_git_and_plain_files() {
    let company = Company::new(&[]);
    let run = company.corp(&["bench", "store", "--tickets", "20", "--changes", "5", "--in", ".", "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let read: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(read[0]["tickets"], 20);
    let rows = read[0]["rows"].as_array().unwrap();
    let shown: Vec<_> =
        rows.iter().map(|row| format!("{} {} {}", row["what"], row["callers"], row["durable"])).collect();
    assert_eq!(
        shown,
        [
            "\"plain files\" 1 false",
            "\"plain files\" 1 true",
            "\"corp\" 1 false",
            "\"corp\" 16 false",
            "\"corp\" 1 true",
            "\"corp\" 16 true",
            "\"corp, opened each time\" 1 true",
            "\"git add and commit\" 1 false",
            "\"git add and commit\" 1 true",
        ]
    );
    assert!(rows.iter().all(|row| row["changes"].as_u64() > Some(0) && row["per_second"].is_u64()));
    assert_eq!(std::fs::read_dir(company.root()).unwrap().count(), 0, "the folder is removed");
}

/// With the real daemon: every figure is found, and nothing is left.
#[test]
fn runs_are_measured_beside_bare_ones() {
    let company = Company::new(&[]);
    let sizes = ["--tickets", "10", "--agents", "3", "--runs", "2", "--idle", "1", "--timers", "2", "--assigned", "4"];
    let mut command = company.command(&["bench", "runs", "--in", ".", "--json"]);
    let output = command.args(sizes).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let row = |what: &str| rows.iter().find(|row| row["what"].as_str().is_some_and(|name| name.starts_with(what)));
    for what in [
        "floor: a bare `true`, to its end",
        "floor: a bare durable change",
        "processor while 3 agents wait",
        "request to the beginning",
        "request to the settled run",
        "runs of `true`, all asked for at once",
        "a saved ticket to the beginning",
        "tickets done by 50 agents",
        "lateness of 3 agents every 2 s (p99)",
        "packed repository, for each run",
    ] {
        let found = row(what).unwrap_or_else(|| panic!("{what} is not in {rows:#?}"));
        assert!(found["value"].as_f64().is_some_and(|value| value >= 0.0), "{found}");
    }
    let begins = row("request to the beginning").unwrap();
    assert!(begins["value"].as_f64() >= row("floor: a bare `true`, to its beginning").unwrap()["value"].as_f64());
    assert_eq!(std::fs::read_dir(company.root()).unwrap().count(), 0, "the folder is removed");
}

#[test]
fn money_is_looked_at_over_a_ledger_and_asked_for_through_the_gateway() {
    let company = Company::new(&[]);
    let sizes = ["--lines", "600", "--looks", "2", "--requests", "3"];
    let mut command = company.command(&["bench", "money", "--in", ".", "--json"]);
    let output = command.args(sizes).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let found: Vec<&str> = rows.iter().map(|row| row["what"].as_str().unwrap()).collect();
    assert_eq!(
        found,
        [
            "first byte of an answer through the gateway",
            "the daemon, from its first start to an answer",
            "the daemon, from its next start to an answer",
            "memory of the daemon (PSS)",
            "floor: `corp --version`",
            "`corp budget status`",
            "`corp cost`",
            "`corp cost --by ticket --since all`",
            "`corp cost --by day --since all`",
        ]
    );
    assert!(rows[0]["floor"].as_f64() > Some(0.0) && rows[0]["wanted"] == 2.0, "{}", rows[0]);
    assert_eq!((rows[5]["wanted"].as_f64(), rows[5]["count"].as_u64()), (Some(150.0), Some(2)));
    assert_eq!(std::fs::read_dir(company.root()).unwrap().count(), 0, "the folder is removed");
}

#[test]
fn repack_packs_what_is_loose() {
    let company = Company::new(&[]);
    let run = company.corp(&["repack"]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert_eq!(company.corp(&["init", "."]).code, 0);
    let run = company.corp(&["repack"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("now: 0 objects, 0.0 MiB"), "{}", run.stderr);
}
