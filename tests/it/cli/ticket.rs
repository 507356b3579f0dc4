//! `corp ticket …`: each command is one commit, and the file says what was said.

use super::look::busy;
use crate::harness::{Company, Run};

fn subject(company: &Company) -> String {
    let log: serde_json::Value = serde_json::from_str(&company.corp(&["log", "--json"]).stdout).unwrap();
    log["entries"][0]["subject"].as_str().unwrap().to_owned()
}

fn done(company: &Company, args: &[&str]) -> Run {
    let run = company.corp(args);
    assert_eq!(run.code, 0, "{args:?}: {}", run.stderr);
    run
}

#[test]
fn each_change_is_a_line_of_the_file_and_a_commit() {
    let company = busy();
    let one = || company.read("tickets/0000/ACME-1.md");
    // What is typed, what the commit is called, and a line that is then in the file.
    let steps: &[(&[&str], &str, &str)] = &[
        (&["assign", "ACME-1", "ceo"], "ada changes ACME-1: assignee ceo", "assignee: ceo"),
        (&["edit", "ACME-1", "--title", "Build it", "--priority", "low"], "ada changes ACME-1: ", "title: Build it"),
        (&["label", "ACME-1", "big", "--remove", "urgent"], "ada changes ACME-1: ", "labels: [web, big]"),
        (&["link", "ACME-1", "--wait-for", "ACME-5"], "ada changes ACME-1: ", "blocked_by: [ACME-5]"),
        (&["block", "ACME-1", "--on", "ACME-5", "--reason", "later"], "ada changes ACME-1: ", "status: blocked"),
        (&["unblock", "ACME-1", "--from", "ACME-5"], "ada changes ACME-1: ", "status: todo"),
        (&["move", "ACME-1", "cancelled"], "ada changes ACME-1: ", "status: cancelled"),
        (&["reopen", "ACME-1"], "ada changes ACME-1: ", "status: todo"),
    ];
    for (args, subject_begins, line) in steps {
        done(&company, &[&["ticket"], *args].concat());
        let subject = subject(&company);
        assert!(subject.starts_with(subject_begins), "{args:?}: {subject}");
        assert!(one().lines().any(|have| have == *line), "{args:?}: {}", one());
    }
    assert!(one().contains("All of it, Übermensch."), "{}", one());
    let again = done(&company, &["ticket", "reopen", "ACME-1"]);
    assert_eq!(again.stderr, "ACME-1 is so already\n");
}

#[test]
fn a_question_is_asked_and_answered() {
    let company = busy();
    let file = done(&company, &["ticket", "answer", "ACME-1", "The small one."]).stdout;
    let answer = company.read(&format!("tickets/0000/ACME-1/{}", file.trim()));
    assert!(answer.contains("kind: answer") && answer.contains("answers: 20261119T090000Z-eng-0001.md"), "{answer}");
    let none = company.corp(&["ticket", "answer", "ACME-1", "Again."]);
    assert_eq!((none.code, none.stderr.as_str()), (1, "error: nobody waits for an answer in ACME-1\n"));
    for text in ["Red?", "Or blue?"] {
        done(&company, &["ticket", "ask", "ACME-1", "--to", "ceo", text]);
    }
    let several = company.corp(&["ticket", "answer", "ACME-1", "Red."]);
    assert_eq!(several.code, 1);
    assert!(several.stderr.starts_with("error: ACME-1 has several open questions; name one with its file: 2026"));
    assert!(company.corp(&["inbox", "ceo"]).stdout.starts_with("question  ACME-1  ada"));
}

#[test]
fn a_ticket_is_shown_to_be_read() {
    let company = busy();
    let run = done(&company, &["ticket", "show", "ACME-4"]);
    insta::assert_snapshot!(run.stdout, @r#"
    ACME-4  Ship
    status        blocked
    priority      medium
    assignee      ceo
    goal          launch
    waits for     ACME-1, ACME-3 (done)
    unblocked by  ada
    created       15d ago
    file          tickets/0000/ACME-4.md

    When built.

    ceo, 2d ago
      @ada what do you think?
    "#);
    let json: serde_json::Value =
        serde_json::from_str(&done(&company, &["ticket", "show", "ACME-1", "--json"]).stdout).unwrap();
    assert_eq!(json["thread"][0]["answered"], false);
    assert_eq!(json["parts"].as_array().unwrap().len(), 2);
}

#[test]
fn what_makes_no_sense_changes_nothing() {
    let company = busy();
    let before = company.corp(&["log", "--json"]).stdout;
    for (args, code, message) in [
        (&["ticket", "block", "ACME-1"][..], 2, "error: the following required arguments"),
        (&["ticket", "move", "ACME-1", "finished"], 1, "error: `finished` is no status of a ticket: backlog, todo"),
        (&["ticket", "move", "ACME-3", "todo"], 1, "error: ACME-3 is done; reopen it first"),
        (&["ticket", "close", "ACME-1"], 1, "error: ACME-1 is todo, and does not become done from there"),
        (&["ticket", "link", "ACME-1", "--wait-for", "ACME-4"], 1, "error: ACME-1 would wait for itself"),
        (&["ticket", "assign", "ACME-99", "ceo"], 1, "error: there is no ticket ACME-99"),
    ] {
        let run = company.corp(args);
        assert_eq!(run.code, code, "{args:?}: {}", run.stderr);
        assert!(run.stderr.starts_with(message), "{args:?}: {}", run.stderr);
    }
    let subjects = |log: &str| log.matches("\"subject\"").count();
    // A first question makes this clone home; nothing else was written.
    assert!(subjects(&company.corp(&["log", "--json"]).stdout) <= subjects(&before) + 1);
}
