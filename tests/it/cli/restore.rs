//! `corp restore`.

use crate::repository::{ADA, Repository};

#[test]
fn a_thing_is_brought_back_as_it_was() {
    let acme = Repository::acme();
    let dry = acme.corp(&["restore", "cto@2026-11-18", "--dry-run"]);
    assert_eq!((dry.code, dry.stdout.as_str()), (0, "cto: heartbeat every 1h → 30m\n"), "{}", dry.stderr);
    assert_eq!(acme.printed(&["restore", "cto@2026-11-18"]), "cto: heartbeat every 1h → 30m\n");
    assert_eq!(acme.company.read("agents/cto/agent.yaml"), "# how it runs\nheartbeat:\n  every: 30m\n");
    assert_eq!(acme.git(&["log", "-1", "--format=%s"]).trim(), "Restore cto as of 2026-11-18 11:00");
    assert_eq!(acme.git(&["status", "--porcelain"]), "");
    let again = acme.corp(&["restore", "cto@2026-11-18"]);
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
}

#[test]
fn what_is_gone_comes_back_and_what_came_later_stays() {
    let acme = Repository::acme();
    acme.git(&["rm", "-q", "-r", "agents/cto"]);
    acme.company.write("agents/cto/HEARTBEAT.md", "- look\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Tidy too much");
    assert_eq!(acme.printed(&["restore", "cto@HEAD~1"]), "cto: added: CTO, got settings\n");
    assert_eq!(acme.company.read("agents/cto/AGENTS.md"), "---\nname: CTO\n---\nLead.\n");
    assert_eq!(acme.company.read("agents/cto/HEARTBEAT.md"), "- look\n");
}

#[test]
fn records_stay_as_they_are() {
    let acme = Repository::acme();
    acme.company.write("tickets/0000/ACME-1.lock", "agent: cto\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Taken");
    acme.git(&["rm", "-q", "tickets/0000/ACME-1.lock"]);
    acme.company.write("tickets/0000/ACME-1.md", "---\nid: ACME-1\ntitle: Other\n---\n");
    acme.commit(ADA, "2026-11-19T12:01:00Z", "Released");
    let run = acme.corp(&["restore", "ACME-1@HEAD~1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("ACME-1: "), "{}", run.stdout);
    assert!(run.stderr.contains("tickets/0000/ACME-1.lock is a record and stays as it is"), "{}", run.stderr);
    assert!(!acme.company.root().join("tickets/0000/ACME-1.lock").exists());
    assert!(acme.company.read("tickets/0000/ACME-1.md").contains("title: Do it"));
}

#[test]
fn what_would_break_the_company_is_refused() {
    let acme = Repository::acme();
    acme.company.write("agents/boss/AGENTS.md", "---\nname: Boss\n---\n");
    acme.company.write("agents/cto/AGENTS.md", "---\nname: CTO\nreportsTo: boss\n---\nLead.\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "A boss");
    acme.git(&["rm", "-q", "-r", "agents/boss"]);
    acme.company.write("agents/cto/AGENTS.md", "---\nname: CTO\n---\nLead.\n");
    acme.commit(ADA, "2026-11-19T12:01:00Z", "No boss");
    let run = acme.corp(&["restore", "cto@HEAD~1", "--dry-run"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("error[unknown-agent]"), "{}", run.stderr);
    assert_eq!(acme.corp(&["restore", "boss@HEAD~1"]).code, 0);
    assert_eq!(acme.corp(&["restore", "cto@HEAD~1"]).code, 0, "once the boss is back, so may who reports to them");
}

#[test]
fn mistakes_are_answered_with_what_to_type() {
    let acme = Repository::acme();
    for (args, code, expected) in [
        (&["restore", "cto"][..], 2, "`cto` does not say when"),
        (&["restore", "qa@HEAD"], 1, "there is no `qa` in 61463e9"),
        (&["restore", "goal:x@HEAD"], 1, "there is no"),
        (&["restore", "cto@nix"], 1, "there is no commit or time `nix`"),
        (&["restore"], 2, "<THING@REV|@TIME>"),
    ] {
        let run = acme.corp(args);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{args:?}: {}", run.stderr);
    }
}
