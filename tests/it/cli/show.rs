//! `corp show`.

use crate::repository::{ADA, Repository};

#[test]
fn a_thing_is_shown_as_it_was() {
    let acme = Repository::acme();
    let run = acme.corp(&["show", "agents/cto/agent.yaml@HEAD~3"]);
    assert_eq!(run.stdout, "# how it runs\nheartbeat:\n  every: 30m\n");
    assert_eq!(run.stderr, "as of 224b031 (2026-11-18 11:00)\n");
    let ticket = "\
==> tickets/0000/ACME-1.md <==
---
id: ACME-1
title: Do it
status: done
assignee: cto
---
Please.

==> tickets/0000/ACME-1/20261119T101000Z-cto-1a2b.md <==
---
author: cto
---
Done.
";
    assert_eq!(acme.printed(&["show", "ACME-1"]), ticket);
    for (thing, expected) in [
        ("cto@yesterday", "every: 1h"),
        ("cto@2026-11-18", "every: 30m"),
        ("agent:cto@2026-11-19T10:29", "every: 30m"),
        ("cto@2026-11-19T10:30", "every: 1h"),
        ("cto@24h ago", "every: 1h"),
        ("cto@a80c55d~1", "every: 30m"),
    ] {
        assert!(acme.printed(&["show", thing]).contains(expected), "{thing}");
    }
}

#[test]
fn a_commit_is_shown_with_what_it_changed() {
    let acme = Repository::acme();
    let expected = "\
commit a80c55da027bd42aafb4435dbae0c482557816e6
2026-11-19 10:30  ada (Ada <ada@example.org>)

    Slow the CTO down

    It woke for nothing.

cto: heartbeat every 30m → 1h
";
    for name in ["a80c55d", "HEAD~2", "main~2"] {
        assert_eq!(acme.printed(&["show", name]), expected, "{name}");
    }
    let value: serde_json::Value = serde_json::from_str(&acme.printed(&["show", "HEAD~2", "--json"])).unwrap();
    assert_eq!(value["changes"][0]["keys"][0]["before"], "30m");
}

#[test]
fn what_is_gone_is_shown_as_it_was_last() {
    let acme = Repository::acme();
    acme.git(&["rm", "-q", "-r", "agents/cto"]);
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Let the CTO go");
    for name in ["cto", "agents/cto/agent.yaml"] {
        let run = acme.corp(&["show", name]);
        assert!(run.stdout.contains("every: 1h"), "{name}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains("Let the CTO go"), "{}", run.stderr);
    }
    let run = acme.corp(&["show", "cto@HEAD"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("there is no `cto` in"), "{}", run.stderr);
}

#[test]
fn a_renamed_ticket_is_found_by_its_earlier_id() {
    let acme = Repository::acme();
    acme.git(&["mv", "tickets/0000/ACME-1.md", "tickets/0000/ACME-7.md"]);
    acme.company.write(
        "tickets/0000/ACME-7.md",
        "---\nid: ACME-7\ntitle: Do it\nstatus: done\nassignee: cto\nformerly: [ACME-1]\n---\nPlease.\n",
    );
    acme.commit(ADA, "2026-11-19T12:00:00Z", "ACME-1 is ACME-7 now");
    let text = acme.printed(&["show", "ACME-1"]);
    assert!(text.starts_with("==> tickets/0000/ACME-7.md <=="), "{text}");
    assert!(text.contains("==> tickets/0000/ACME-1/20261119T101000Z-cto-1a2b.md <=="), "{text}");
    let id = acme.git(&["rev-parse", "--short", "HEAD"]).trim().to_owned();
    assert_eq!(acme.printed(&["diff", "HEAD~1", "HEAD"]), "ACME-7: id ACME-1 → ACME-7, formerly +ACME-1\n");
    let log = acme.printed(&["log", "ACME-7"]);
    let ids: Vec<&str> = log.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(ids, [id.as_str(), "61463e9", "224b031"]);
    let blame = acme.printed(&["blame", "ACME-7", "status"]);
    let expected = "\
tickets/0000/ACME-7.md: status is done
61463e9  2026-11-19 11:10  cto  in_progress → done
    cto finished ACME-1
    [run r-01jd, ticket ACME-1, cost 1.37 USD]
    (the file was tickets/0000/ACME-1.md then)
";
    assert_eq!(blame, expected);
}

#[test]
fn mistakes_are_answered_with_what_to_type() {
    let acme = Repository::acme();
    for (thing, expected) in [
        ("nix", "there is no agent, ticket, path or commit `nix`"),
        ("cot", "did you mean `cto`?"),
        ("cto@2026-11-17", "nothing was committed before 2026-11-17 23:59"),
        ("cto@nix", "there is no commit or time `nix`"),
        ("ACME-1@HEAD~4", "there is no `ACME-1` in 0f1f2c0 (2026-11-18 10:00)"),
        ("ACME-2", "there is no agent, ticket, path or commit `ACME-2`"),
        ("goal:moon", "there is no agent, ticket, path or commit `goal:moon`"),
    ] {
        let run = acme.corp(&["show", thing]);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{thing}");
        assert!(run.stderr.contains(expected), "{thing}: {}", run.stderr);
    }
    let unborn = Repository::unborn().corp(&["show", "cto"]);
    assert_eq!(unborn.code, 1);
    assert!(unborn.stderr.contains("nothing was committed yet"), "{}", unborn.stderr);
}

#[test]
fn large_files_and_odd_names_are_bounded() {
    let acme = Repository::acme();
    acme.company.write("big.bin", vec![b'x'; (4 << 20) + 1]);
    acme.company.write("a@b/c d.md", "odd\n");
    acme.company.write("raw.bin", [0, 159, 146, 150]);
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Odd things");
    let run = acme.corp(&["show", "big.bin"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.contains("big.bin has 4194305 bytes, too many to be shown"), "{}", run.stderr);
    assert_eq!(acme.printed(&["show", "a@b/c d.md"]), "odd\n");
    assert_eq!(acme.printed(&["show", "a@b/c d.md@HEAD"]), "odd\n");
    let value: serde_json::Value = serde_json::from_str(&acme.printed(&["show", "raw.bin", "--json"])).unwrap();
    assert_eq!((&value["files"][0]["bytes"], &value["files"][0]["text"]), (&4.into(), &serde_json::Value::Null));
}
