//! A machine that was restarted: what ran is lost, tried once more after a pause, and then a person is asked.

use super::daemon::{After, at_work, ledger, run_folders, status_of, until, workers};
use crate::harness::Company;
use std::process::{Child, Command, Stdio};

const TICKET: &str = "tickets/0000/COMPANY-1.md";

/// `corp` at this minute of a day.
fn at(company: &Company, minute: u32, args: &[&str]) -> Command {
    let mut command = company.command(args);
    command.env("CORP_NOW", format!("2026-11-20T10:{minute:02}:00Z")).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// The machine goes down while one run is at work.
fn restart(mut daemon: Child, run: &std::path::Path) {
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    let record = run.join("supervisor.json");
    let mut supervisor: serde_json::Value = serde_json::from_slice(&std::fs::read(&record).unwrap()).unwrap();
    let pid = supervisor["process"]["pid"].to_string();
    assert!(Command::new("kill").args(["-9", &pid]).status().unwrap().success());
    supervisor["boot"] = "another".into();
    std::fs::write(&record, supervisor.to_string()).unwrap();
}

pub(super) fn once(company: &Company, minute: u32) -> String {
    let output = at(company, minute, &["up", "--once"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_lost_twice_is_not_tried_a_third_time() {
    let company = workers(1, "say up\nhang\n");
    let _after = After(&company);
    let first = at(&company, 0, &["up"]).stderr(Stdio::null()).spawn().unwrap();
    until("the first is at work", || at_work(&company) == 1);
    let run = run_folders(&company).pop().unwrap();
    restart(first, &run);
    // It is lost, and at once nothing is tried.
    let said = once(&company, 0);
    assert!(ledger(&company)[0].1.contains("restarted while it ran"), "{said}");
    assert_eq!((ledger(&company).len(), run_folders(&company).len()), (1, 1), "{said}");
    assert!(!company.root().join("tickets/0000/COMPANY-1.lock").exists(), "{said}");
    // After a pause it is tried once more.
    let second = at(&company, 2, &["up"]).stderr(Stdio::null()).spawn().unwrap();
    until("the second is at work", || at_work(&company) == 2);
    let again = run_folders(&company).into_iter().find(|folder| *folder != run).unwrap();
    restart(second, &again);
    let said = once(&company, 3);
    // Then the ticket waits for a person, who is told.
    assert_eq!(status_of(&company, TICKET), "blocked", "{said}");
    assert!(company.read(TICKET).contains("unblock_owner: "), "{}", company.read(TICKET));
    let thread = std::fs::read_dir(company.root().join("tickets/0000/COMPANY-1")).unwrap();
    let told: Vec<String> = thread.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    assert!(told.iter().any(|text| text.contains("kind: notice")), "{told:?}");
    assert!(said.contains("COMPANY-1"), "the board is told: {said}");
    // And that is all: hours later nothing is tried.
    let said = once(&company, 59);
    assert_eq!((ledger(&company).len(), run_folders(&company).len()), (2, 2), "{said}");
    assert_eq!(company.corp(&["check"]).code, 0);
}
