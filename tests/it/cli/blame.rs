//! `corp blame`.

use crate::repository::{ADA, Repository};

#[test]
fn it_says_who_when_and_why() {
    let acme = Repository::acme();
    let expected = "\
agents/cto/agent.yaml: heartbeat.every is 1h
a80c55d  2026-11-19 10:30  ada  30m → 1h
    Slow the CTO down
    It woke for nothing.
";
    for file in ["cto", "agents/cto/agent.yaml", "agent:cto"] {
        assert_eq!(acme.printed(&["blame", file, "heartbeat.every"]), expected, "{file}");
    }
    let all = "\
tickets/0000/ACME-1.md: status is done
61463e9  2026-11-19 11:10  cto  in_progress → done
    cto finished ACME-1
    [run r-01jd, ticket ACME-1, cost 1.37 USD]
7ec2ed9  2026-11-19 11:00  cto  todo → in_progress
    cto took ACME-1
    [run r-01jd, ticket ACME-1]
224b031  2026-11-18 11:00  ada  set to todo
    First ticket
";
    assert_eq!(acme.printed(&["blame", "ACME-1", "status", "--all"]), all);
    let value: serde_json::Value =
        serde_json::from_str(&acme.printed(&["blame", "cto", "heartbeat.every", "--json"])).unwrap();
    assert_eq!((&value["value"], &value["changes"][0]["before"]), (&"1h".into(), &"30m".into()));
}

#[test]
fn what_means_nothing_is_passed_over() {
    let acme = Repository::acme();
    for (minute, text) in [
        (1, "heartbeat: {every: '1h'} # tidier\nrole: cto\n"),
        // Nobody can tell what a broken file says.
        (2, "heartbeat: {every: [\n"),
        (3, "role: cto\nheartbeat:\n  every: 1h\n"),
    ] {
        acme.company.write("agents/cto/agent.yaml", text);
        acme.commit(ADA, &format!("2026-11-19T12:0{minute}:00Z"), "Tidy");
    }
    assert!(acme.printed(&["blame", "cto", "heartbeat.every"]).contains("a80c55d"));
    acme.company.write("agents/cto/agent.yaml", "heartbeat: [\n");
    acme.commit(ADA, "2026-11-19T12:04:00Z", "Break it");
    let run = acme.corp(&["blame", "agents/cto/agent.yaml", "heartbeat.every"]);
    assert!(run.stdout.contains("is 1h\na80c55d"), "{}", run.stdout);
    assert!(run.stderr.contains("as last committed cannot be read"), "{}", run.stderr);
}

#[test]
fn a_key_that_is_gone_was_taken_out_by_somebody() {
    let acme = Repository::acme();
    acme.company.write("agents/cto/agent.yaml", "role: cto\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "No heartbeat");
    let text = acme.printed(&["blame", "cto", "heartbeat.every"]);
    assert!(text.starts_with("agents/cto/agent.yaml: heartbeat.every is not set\n"), "{text}");
    assert!(text.contains("removed, it was 1h"), "{text}");
    // A mapping as a whole can be asked about, and an item of a list.
    assert!(acme.printed(&["blame", "cto", "heartbeat"]).contains("removed, it was {every: 1h}"));
    assert!(acme.printed(&["blame", "corp.yaml", "board[0].id"]).contains("set to ada"));
}

#[test]
fn a_file_that_is_gone_still_has_a_history() {
    let acme = Repository::acme();
    acme.git(&["rm", "-q", "-r", "agents/cto", "tickets"]);
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Tidy too much");
    for (file, key, was) in [("agents/cto/agent.yaml", "heartbeat.every", "1h"), ("ACME-1", "status", "done")] {
        let text = acme.printed(&["blame", file, key]);
        assert!(text.contains(&format!("{key} is not set\n")), "{text}");
        assert!(text.contains(&format!("  ada  removed, it was {was}\n    Tidy too much\n")), "{text}");
    }
    assert_eq!(acme.corp(&["blame", "agents/qa/agent.yaml", "status"]).code, 1);
}

#[test]
fn a_merge_is_followed_to_the_one_who_wrote_it() {
    let acme = Repository::acme();
    acme.git(&["checkout", "-q", "-b", "side", "HEAD~2"]);
    acme.company.write("agents/cto/agent.yaml", "# how it runs\nheartbeat:\n  every: 1h\nrole: lead\n");
    acme.commit(ADA, "2026-11-19T09:45:00Z", "Side work");
    let side = acme.git(&["rev-parse", "--short", "HEAD"]).trim().to_owned();
    acme.git(&["checkout", "-q", "main"]);
    acme.company.write("notes.md", "x\n");
    acme.commit(ADA, "2026-11-19T10:45:00Z", "Main work");
    acme.merge("side", "2026-11-19T11:00:00Z", "Bring side in");
    let text = acme.printed(&["blame", "cto", "role"]);
    assert!(text.contains(&format!("\n{side}  2026-11-19 10:45  ada  set to lead\n")), "{text}");
    assert!(acme.printed(&["blame", "cto", "heartbeat.every"]).contains("a80c55d"));
}

#[test]
fn mistakes_are_answered_with_what_to_type() {
    let acme = Repository::acme();
    for (args, code, expected) in [
        (&["blame", "ACME-1", "statu"][..], 1, "did you mean `status`?"),
        (&["blame", "cto", "nix"], 1, "no file of `cto` has or had `nix`"),
        (&["blame", "cto", "["], 2, "`[` is not a key"),
        (&["blame", "ctp", "status"], 1, "did you mean `cto`?"),
        (&["blame", "cto"], 2, "<KEY>"),
    ] {
        let run = acme.corp(args);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(expected), "{args:?}: {}", run.stderr);
    }
}
