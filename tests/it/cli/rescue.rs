//! `corp rescue`: a branch that was put elsewhere, as a person meets it.

use crate::repository::{ADA, CORP, CTO, Repository};

/// A company whose agent worked, after which the branch was put back by two commits.
fn put_back() -> Repository {
    let acme = Repository::acme();
    acme.company.write(
        "ledger/open/r-1.json",
        "{\"id\": \"r-1\", \"run\": \"r-1\", \"agent\": \"cto\", \"cost\": \"1.37 USD\"}\n",
    );
    acme.commit_as(CTO, CORP, "2026-11-19T12:00:00Z", "cto worked\n\nActor: cto\nRun: r-1\n");
    acme.company.write("agents/cto/agent.yaml", "# how it runs\nheartbeat:\n  every: 2h\n");
    assert_eq!(acme.corp(&["commit"]).code, 0);
    acme.git(&["reset", "-q", "--hard", "HEAD~2"]);
    acme
}

#[test]
fn what_is_gone_is_told_by_the_next_command_shown_and_let_go() {
    let acme = put_back();
    let log = acme.corp(&["log", "-n", "1"]);
    assert_eq!(log.code, 0, "looking is not kept from anybody");
    assert!(
        log.stderr.contains("`main` was put elsewhere, and something is gone: `corp rescue` tells what"),
        "{}",
        log.stderr
    );
    acme.company.write("agents/cto/agent.yaml", "# how it runs\nheartbeat:\n  every: 3h\n");
    let head = acme.git(&["rev-parse", "HEAD"]);
    let refused = acme.corp(&["commit"]);
    assert_ne!(refused.code, 0);
    assert!(refused.stderr.contains("`main` has lost 2 commits, 1 line of the ledger"), "{}", refused.stderr);
    assert_eq!(acme.git(&["rev-parse", "HEAD"]), head);

    let shown = acme.corp(&["rescue"]);
    for part in ["refs/corp/rescue/20261120T100000Z-", "cto: cto worked", "ledger: r-1, 1.37 USD"] {
        assert!(shown.stdout.contains(part), "{}", shown.stdout);
    }
    let json = acme.corp(&["rescue", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["rescues"][0]["asked"], true);
    assert_eq!(json["rescues"][0]["commits"].as_array().unwrap().len(), 2);

    let wrong = acme.corp(&["rescue", "accept", "19700101"]);
    assert!(wrong.stderr.contains("nothing is asked about `19700101`"), "{}", wrong.stderr);
    let accepted = acme.corp(&["rescue", "accept", "20261120"]);
    assert_eq!(accepted.code, 0, "{}", accepted.stderr);
    assert!(accepted.stderr.contains("what was spent stays spent"), "{}", accepted.stderr);
    assert!(acme.company.read("ledger/open/r-1.json").contains("1.37 USD"));
    assert_eq!(acme.corp(&["commit"]).code, 0);
    assert_eq!(acme.corp(&["log", "-n", "9"]).stderr, "");
}

#[test]
fn what_is_merged_back_is_asked_about_no_more() {
    let acme = put_back();
    let shown = acme.corp(&["rescue"]).stderr;
    let merge = shown.lines().find_map(|line| line.split('`').find(|part| part.starts_with("git merge "))).unwrap();
    acme.git(&merge.split(' ').skip(1).collect::<Vec<_>>());
    let quiet = acme.corp(&["rescue"]);
    assert_eq!((quiet.code, quiet.stderr.as_str()), (0, "nothing is asked\n"), "{}", quiet.stdout);
    assert!(quiet.stdout.contains("on the branch again"), "{}", quiet.stdout);
    acme.commit(ADA, "2026-11-19T13:00:00Z", "and on");
    assert_eq!(acme.corp(&["log"]).stderr, "");
}
