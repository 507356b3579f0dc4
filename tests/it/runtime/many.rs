//! Very many tickets at once, with the real daemon. `CORP_ASSIGNED=1000` gives a thousand to fifty agents.

use super::daemon::{After, git, live, status_of, workers};
use std::collections::BTreeSet;

/// Tickets of the short version.
const SHORT: usize = 40;

/// Tickets for each agent.
const EACH: usize = 20;

#[test]
fn all_that_is_assigned_at_once_is_done() {
    let wanted = std::env::var("CORP_ASSIGNED").ok().and_then(|count| count.parse().ok()).unwrap_or(SHORT);
    let agents = wanted.div_ceil(EACH);
    let company = workers(agents, "done\n");
    let _after = After(&company);
    for number in 1..=agents {
        let settings = "status: active\nadapter: {type: script}\ncooldown: 0s\n";
        company.write(&format!("agents/w{number}/agent.yaml"), settings);
    }
    for number in 1..=wanted {
        let head = format!("id: COMPANY-{number}\ntitle: Job\nstatus: todo\nassignee: w{}\n", number % agents + 1);
        company.write(&path(number), format!("---\n{head}---\n\nDo it.\n"));
    }
    git(&company, &["add", "-A"]);
    git(&company, &["commit", "-qm", "very much to do"]);
    let said = live(&company);
    for number in 1..=wanted {
        assert_eq!(status_of(&company, &path(number)), "done", "COMPANY-{number}: {said}");
    }
    // Every run took one ticket, and every ticket had one run.
    let log = git(&company, &["log", "--format=%s"]);
    let taken: Vec<&str> = log.lines().filter(|subject| subject.contains(" takes ")).collect();
    let tickets: BTreeSet<&str> = taken.iter().filter_map(|subject| subject.split(" takes ").nth(1)).collect();
    assert_eq!((taken.len(), tickets.len()), (wanted, wanted), "{taken:?}");
    assert_eq!(log.lines().filter(|subject| subject.contains("finishes a run")).count(), wanted);
    assert_eq!(company.corp(&["check"]).code, 0);
    assert_eq!(git(&company, &["status", "--porcelain"]), "");
}

fn path(number: usize) -> String {
    format!("tickets/{:04}/COMPANY-{number}.md", number / 100)
}
