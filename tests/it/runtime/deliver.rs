//! What a ticket has to come with is there before it is done, whoever says so and however.

use super::daemon::{After, daemon, git, live, status_of, until, workers};
use crate::harness::Company;

const TICKET: &str = "tickets/0000/COMPANY-1.md";

/// A company of one agent, whose ticket has to come with a report that says "all".
fn wanting(script: &str) -> Company {
    let company = workers(1, script);
    let command = "grep -q all docs/report.md && test -z \"$CORP_DOOR\"";
    let mut wanted = format!("deliverables:\n  - path: docs/report.md\n  - run: {command}");
    if corp::sandbox::Offer::here().is_of_use() {
        // What an agent's script may be called by is confined: this account reads the file, and the command does not.
        let file = company.root().canonicalize().unwrap().join("corp.yaml");
        assert!(std::fs::read(&file).is_ok());
        wanted = format!("{wanted} && ! cat {} > /dev/null", file.display());
    }
    let text = company.read(TICKET).replace("assignee: w1\n", &format!("assignee: w1\n{wanted}\n"));
    company.write(TICKET, text);
    git(&company, &["add", "-A"]);
    git(&company, &["commit", "-qm", "a report is wanted"]);
    company
}

fn workspace(company: &Company) -> std::path::PathBuf {
    company.state().join("workspaces/COMPANY-1")
}

#[test]
fn an_agent_is_told_what_is_missing_and_done_is_done_once_it_is_there() {
    let company = wanting("comment I am done.\ndone\n");
    // It fails again and again, with pauses; one run is enough here.
    let once = company.command(&["up", "--once"]).output().unwrap();
    assert!(once.status.success(), "{once:?}");
    assert_ne!(status_of(&company, TICKET), "done");
    let said = company.corp(&["explain", "COMPANY-1"]).stdout + &company.corp(&["log", "COMPANY-1"]).stdout;
    let runs = super::daemon::ledger(&company);
    assert!(runs.iter().any(|(_, text)| text.contains("docs/report.md is not in")), "{said}\n{runs:?}");

    let company = wanting("edit docs/report.md not yet\ndone\n");
    let once = company.command(&["up", "--once"]).output().unwrap();
    assert!(once.status.success(), "{once:?}");
    assert_ne!(status_of(&company, TICKET), "done");
    let runs = super::daemon::ledger(&company);
    assert!(runs.iter().any(|(_, text)| text.contains("ended with exit status: 1")), "{runs:?}");

    let company = wanting("edit docs/report.md this is all\ncomment There it is.\ndone\n");
    live(&company);
    assert_eq!(status_of(&company, TICKET), "done");
}

#[test]
fn a_person_is_told_too_with_a_daemon_and_without() {
    let company = wanting("wait 1s\n");
    company.write("agents/w1/agent.yaml", "status: paused\nadapter: {type: script}\n");
    git(&company, &["commit", "-qam", "w1 rests"]);
    company.corp(&["ticket", "move", "COMPANY-1", "in_progress"]);
    for args in [
        &["ticket", "close", "COMPANY-1"][..],
        &["ticket", "done", "COMPANY-1"],
        &["ticket", "move", "COMPANY-1", "done"],
    ] {
        let refused = company.corp(args);
        assert_eq!(refused.code, 1, "{args:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("COMPANY-1 is not done: docs/report.md is not there"), "{}", refused.stderr);
    }
    std::fs::create_dir_all(workspace(&company).join("docs")).unwrap();
    std::fs::write(workspace(&company).join("docs/report.md"), "some of it\n").unwrap();
    let mut up = daemon(&company);
    let _after = After(&company);
    until("the daemon answers", || company.corp(&["status"]).stdout.contains("the daemon runs"));
    let refused = company.corp(&["ticket", "close", "COMPANY-1"]);
    assert!(refused.stderr.contains("`grep -q all docs/report.md"), "{}", refused.stderr);
    std::fs::write(workspace(&company).join("docs/report.md"), "all of it\n").unwrap();
    let closed = company.corp(&["ticket", "close", "COMPANY-1"]);
    assert_eq!(closed.code, 0, "{}", closed.stderr);
    assert_eq!(status_of(&company, TICKET), "done");
    company.corp(&["down"]);
    up.wait().unwrap();
}

#[test]
fn a_file_that_says_done_is_a_request() {
    let company = wanting("wait 1s\n");
    company.write("agents/w1/agent.yaml", "status: paused\nadapter: {type: script}\n");
    git(&company, &["commit", "-qam", "w1 rests"]);
    company.corp(&["ticket", "move", "COMPANY-1", "in_progress"]);
    let mut up = daemon(&company);
    let _after = After(&company);
    until("the daemon answers", || company.corp(&["status"]).stdout.contains("the daemon runs"));
    company.write(TICKET, company.read(TICKET).replace("status: in_progress", "status: done"));
    let thread = || company.corp(&["ticket", "show", "COMPANY-1"]).stdout;
    until("it is told what is missing", || thread().contains("docs/report.md is not there"));
    assert_eq!(status_of(&company, TICKET), "in_review");
    assert!(!company.read(TICKET).contains("closed:"), "{}", company.read(TICKET));
    std::fs::create_dir_all(workspace(&company).join("docs")).unwrap();
    std::fs::write(workspace(&company).join("docs/report.md"), "all of it\n").unwrap();
    let closed = company.corp(&["ticket", "close", "COMPANY-1"]);
    assert_eq!(closed.code, 0, "{}", closed.stderr);
    let text = company.read(TICKET);
    assert!(text.contains("status: done") && text.contains("closed:"), "{text}");
    company.corp(&["down"]);
    up.wait().unwrap();
}
