//! `corp undo`.

use crate::repository::{ADA, CORP, CTO, Repository};
use std::fs;

fn head(acme: &Repository) -> String {
    acme.git(&["rev-parse", "HEAD"])
}

#[test]
fn a_change_is_taken_back_and_what_came_later_stays() {
    let acme = Repository::acme();
    acme.company.write("agents/cto/agent.yaml", "# how it runs\nheartbeat:\n  every: 1h # calmer\nrole: lead\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Make it lead");
    let before = head(&acme);
    let dry = acme.corp(&["undo", "a80c55d", "--dry-run"]);
    assert_eq!((dry.code, dry.stdout.as_str()), (0, "cto: heartbeat every 1h → 30m\n"), "{}", dry.stderr);
    assert_eq!(dry.stderr, "nothing was changed; leave `--dry-run` out to do it\n");
    assert_eq!(head(&acme), before);

    let run = acme.corp(&["undo", "a80c55d"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "cto: heartbeat every 1h → 30m\n"), "{}", run.stderr);
    let text = acme.company.read("agents/cto/agent.yaml");
    assert_eq!(text, "# how it runs\nheartbeat:\n  every: 30m # calmer\nrole: lead\n");
    let log = acme.git(&["log", "-1", "--format=%an <%ae>, %cn, %cI%n%B"]);
    let expected = "\
ada <ada@localhost>, corp, 2026-11-20T10:00:00Z
Undo: Slow the CTO down

Takes back a80c55da027bd42aafb4435dbae0c482557816e6 Slow the CTO down

Actor: ada
Cause: undo of a80c55da027bd42aafb4435dbae0c482557816e6
";
    assert_eq!(log.trim_end(), expected.trim_end());
    assert_eq!(acme.git(&["status", "--porcelain"]), "");
    acme.git(&["fsck", "--strict"]);

    // Taken back already; and the taking back can be taken back.
    let again = acme.corp(&["undo", "a80c55d"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, ""));
    assert!(again.stderr.contains("nothing to do"), "{}", again.stderr);
    assert_eq!(acme.printed(&["undo", "HEAD"]), "cto: heartbeat every 30m → 1h\n");
}

#[test]
fn what_was_changed_again_is_left_alone_and_the_answer_says_by_whom() {
    let acme = Repository::acme();
    acme.company.write("agents/cto/agent.yaml", "# how it runs\nheartbeat:\n  every: 2h\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Slower still");
    let (before, id) = (head(&acme), acme.git(&["rev-parse", "--short", "HEAD"]).trim().to_owned());
    let run = acme.corp(&["undo", "a80c55d"]);
    let expected = format!(
        "error: a80c55d (2026-11-19 10:30) “Slow the CTO down” cannot be taken back; nothing was changed\n\
         hint: agents/cto/agent.yaml: `heartbeat.every` was changed since: by ada in {id} (2026-11-19 13:00) “Slower still”\n"
    );
    assert_eq!((run.code, run.stdout.as_str(), run.stderr), (1, "", expected));
    assert_eq!(head(&acme), before);
    // Both together are no conflict: the newer is taken back first.
    assert_eq!(acme.printed(&["undo", "a80c55d", "HEAD"]), "cto: heartbeat every 2h → 30m\n");
    assert_eq!(acme.git(&["log", "-1", "--format=%s"]).trim(), "Undo 2 changes");
}

#[test]
fn records_are_never_erased() {
    let acme = Repository::acme();
    acme.company.write("ledger/open/r-01jd.json", "{\"id\": \"l-1\", \"run\": \"r-01jd\", \"agent\": \"cto\"}\n");
    acme.company.write("agents/cto/agent.yaml", "status: paused\n");
    acme.commit_as(CTO, CORP, "2026-11-19T12:00:00Z", "cto began\n\nActor: cto\nRun: r-01jd\n");
    let before = head(&acme);
    let run = acme.corp(&["undo", "HEAD"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("ledger/open/r-01jd.json: its run has not ended; stop it first"), "{}", run.stderr);
    assert_eq!(head(&acme), before);

    // Once it has ended, what it spent stays spent, and the rest can be taken back.
    let ended = "{\"id\": \"l-1\", \"run\": \"r-01jd\", \"agent\": \"cto\", \"outcome\": \"failed\"}\n";
    acme.company.write("ledger/open/r-01jd.json", ended);
    acme.commit_as(CTO, CORP, "2026-11-19T12:10:00Z", "cto ended\n\nActor: cto\nRun: r-01jd\n");
    let run = acme.corp(&["undo", "HEAD~1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("ledger/open/r-01jd.json is a record and stays as it is"), "{}", run.stderr);
    assert_eq!(acme.company.read("ledger/open/r-01jd.json"), ended);
    assert!(acme.company.read("agents/cto/agent.yaml").starts_with("# how it runs"));
}

#[test]
fn a_ticket_keeps_its_fence_and_is_not_begun_by_an_old_status() {
    let acme = Repository::acme();
    let ticket = |rest: &str| format!("---\nid: ACME-1\ntitle: Do it\n{rest}---\nPlease.\n");
    acme.company.write("tickets/0000/ACME-1.md", ticket("status: in_progress\nassignee: cto\nfence: 3\n"));
    acme.company
        .write("tickets/0000/ACME-1.lock", "holder: cto\nclone: c1a2b3c4\nfence: 3\nsince: 2026-11-19T12:00:00Z\n");
    acme.commit_as(CTO, CORP, "2026-11-19T12:00:00Z", "cto took ACME-1\n\nActor: cto\nTicket: ACME-1\n");
    let run = acme.corp(&["undo", "HEAD"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("ACME-1.lock: the ticket is checked out; give it back first"), "{}", run.stderr);

    acme.company.write("tickets/0000/ACME-1.md", ticket("status: done\nassignee: cto\nfence: 4\n"));
    acme.git(&["rm", "-q", "--cached", "tickets/0000/ACME-1.lock"]);
    fs::remove_file(acme.company.root().join("tickets/0000/ACME-1.lock")).unwrap();
    acme.commit_as(CTO, CORP, "2026-11-19T12:10:00Z", "cto finished ACME-1\n\nActor: cto\nTicket: ACME-1\n");
    let run = acme.corp(&["undo", "HEAD"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("ACME-1.md becomes `todo`, since nobody has it checked out"), "{}", run.stderr);
    assert_eq!(acme.company.read("tickets/0000/ACME-1.md"), ticket("status: todo\nassignee: cto\nfence: 4\n"));
    assert!(!acme.company.root().join("tickets/0000/ACME-1.lock").exists(), "a checkout is never given out by this");
}

#[test]
fn what_would_break_the_company_is_refused_and_shown() {
    let acme = Repository::acme();
    acme.company.write("goals/launch.md", "---\nname: Launch\n---\n");
    // An error that is there already is in nobody's way.
    acme.company.write("goals/odd.md", "---\nname: [\n---\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "A goal");
    acme.company.write("tickets/0000/ACME-2.md", "---\nid: ACME-2\ntitle: Go\ngoal: launch\n---\n");
    acme.commit(ADA, "2026-11-19T12:01:00Z", "Work for it");
    let before = head(&acme);
    for args in [&["undo", "HEAD~1"][..], &["undo", "HEAD~1", "--dry-run"]] {
        let run = acme.corp(args);
        assert_eq!(run.code, 1, "{}", run.stderr);
        for part in ["error[unknown-goal]", "tickets/0000/ACME-2.md:4:7", "this would break the company (unknown-goal)"]
        {
            assert!(run.stderr.contains(part), "{}", run.stderr);
        }
    }
    assert_eq!(head(&acme), before);
    let both = acme.corp(&["undo", "HEAD~1", "HEAD"]);
    assert_eq!(both.code, 0, "{}", both.stderr);
    assert!(!acme.company.root().join("goals/launch.md").exists());
}

#[test]
fn an_agent_whom_only_the_records_name_is_terminated_too() {
    for (path, text) in [
        (
            "ledger/2026-11/20-1.jsonl",
            "{\"id\": \"l-1\", \"run\": \"r-1\", \"agent\": \"qa\", \"outcome\": \"failed\"}\n",
        ),
        ("tickets/0000/ACME-1/20261119T101000Z-qa-1a2b.md", "---\nauthor: qa\n---\nI looked.\n"),
    ] {
        let acme = Repository::acme();
        acme.company.write("agents/qa/AGENTS.md", "---\nname: QA\n---\n");
        acme.commit(ADA, "2026-11-19T12:00:00Z", "Hire QA");
        acme.company.write(path, text);
        acme.commit(ADA, "2026-11-19T12:01:00Z", "A record");
        let run = acme.corp(&["undo", "HEAD~1", "--dry-run"]);
        assert!(run.stderr.contains("qa stays and is terminated"), "{path}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn an_agent_that_worked_is_terminated_instead_of_removed() {
    let acme = Repository::acme();
    acme.company.write("agents/qa/AGENTS.md", "---\nname: QA\n---\n");
    acme.company.write("agents/old/AGENTS.md", "---\nname: Old\n---\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Hire two");
    acme.company.write("notes.md", "x\n");
    acme.commit_as(("qa", "qa@agents.acme"), CORP, "2026-11-19T12:10:00Z", "qa looked around\n\nActor: qa\n");
    let run = acme.corp(&["undo", "HEAD~1"]);
    assert_eq!(run.stdout, "old removed\nqa got settings\n", "{}", run.stderr);
    assert!(run.stderr.contains("qa stays and is terminated, since its work stays"), "{}", run.stderr);
    assert_eq!(acme.company.read("agents/qa/agent.yaml"), "status: terminated\n");
    let root = acme.company.root();
    assert!(root.join("agents/qa/AGENTS.md").exists() && !root.join("agents/old/AGENTS.md").exists());
}

#[test]
fn an_assigned_ticket_is_history_too() {
    let acme = Repository::acme();
    acme.company.write("agents/qa/AGENTS.md", "---\nname: QA\n---\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Hire QA");
    acme.company.write("tickets/0000/ACME-2.md", "---\nid: ACME-2\ntitle: Test it\nassignee: qa\n---\n");
    acme.commit(ADA, "2026-11-19T12:01:00Z", "Work for QA");
    let run = acme.corp(&["undo", "HEAD~1", "--dry-run"]);
    assert!(run.stderr.contains("qa stays and is terminated"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_company_does_not_undo_itself() {
    let acme = Repository::acme();
    let run = acme.corp(&["undo", "0f1f2c0"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("COMPANY.md: without it there would be no company any more"), "{}", run.stderr);
}

#[test]
fn unsaved_work_in_the_folder_survives() {
    let acme = Repository::acme();
    acme.company.write("notes.md", "mine\n");
    acme.company.write("agents/cto/AGENTS.md", "---\nname: CTO\n---\nLead. And more.\n");
    assert_eq!(acme.printed(&["undo", "a80c55d"]), "cto: heartbeat every 1h → 30m\n");
    assert_eq!(acme.company.read("notes.md"), "mine\n");
    assert!(acme.company.read("agents/cto/AGENTS.md").contains("And more."));
    assert_eq!(acme.git(&["show", "--stat", "--format=", "HEAD"]).lines().count(), 2, "one file, and the sum");
}

#[test]
fn a_broken_work_tree_keeps_nothing_from_being_planned() {
    let acme = Repository::acme();
    fs::remove_dir_all(acme.company.root().join("agents")).unwrap();
    acme.company.write("corp.yaml", "timezone: [\n");
    assert_eq!(acme.printed(&["undo", "a80c55d", "--dry-run"]), "cto: heartbeat every 1h → 30m\n");
}

#[test]
fn mistakes_are_answered_with_what_to_type() {
    let acme = Repository::acme();
    acme.git(&["checkout", "-q", "-b", "side", "HEAD~1"]);
    acme.company.write("notes.md", "x\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Elsewhere");
    acme.git(&["checkout", "-q", "main"]);
    for (args, code, expected) in [
        (&["undo", "nix"][..], 1, "there is no commit or time `nix`"),
        (&["undo"], 2, "<REV>"),
        (&["undo", "side"], 1, "what it changed is not in this history"),
        (&["undo", "HEAD", "side"], 1, "what it changed is not in this history"),
    ] {
        let run = acme.corp(args);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{args:?}: {}", run.stderr);
    }
    acme.git(&["checkout", "-q", "side"]);
    acme.company.write("corp.yaml", "branch: main\n");
    acme.commit(ADA, "2026-11-19T12:05:00Z", "Name the branch");
    let run = acme.corp(&["undo", "HEAD~1"]);
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("the company lives on `main`"), "{}", run.stderr);
    let value: serde_json::Value =
        serde_json::from_str(&acme.printed(&["undo", "HEAD~1", "--dry-run", "--json"])).unwrap();
    assert_eq!((&value["commit"], &value["dry_run"]), (&serde_json::Value::Null, &true.into()));
    assert_eq!(value["changes"][0]["change"], "removed");
}
