//! `corp diff`.

use crate::repository::{ADA, Repository};
use std::fs;

#[test]
fn two_states_are_compared_in_words() {
    let acme = Repository::acme();
    for (args, expected) in [
        (
            &["diff", "HEAD~3", "HEAD"][..],
            "cto: heartbeat every 30m → 1h\nACME-1: todo → done, assigned to cto, commented\n",
        ),
        (&["diff", "HEAD", "HEAD~3"], "cto: heartbeat every 1h → 30m\nACME-1: done → todo, unassigned, removed\n"),
        (&["diff", "2026-11-18", "2026-11-19T10:45"], "cto: heartbeat every 30m → 1h\n"),
        (&["diff", "HEAD", "HEAD"], ""),
    ] {
        assert_eq!(acme.printed(args), expected, "{args:?}");
    }
    assert_eq!(
        acme.corp(&["diff", "HEAD", "HEAD"]).stderr,
        "nothing differs\nfrom 61463e9 (2026-11-19 11:10) to 61463e9 (2026-11-19 11:10)\n"
    );
}

#[test]
fn the_work_tree_is_what_is_compared_without_a_second_state() {
    let acme = Repository::acme();
    assert_eq!(acme.printed(&["diff"]), "");
    let company = &acme.company;
    company.write("agents/cto/agent.yaml", "# how it runs\nheartbeat:\n  every: 2h\nstatus: paused\n");
    company.write("agents/qa/AGENTS.md", "---\nname: QA\n---\n");
    company.write("scratch.log", "git does not track this\n");
    company.write("node_modules/x/AGENTS.md", "not ours\n");
    company.write("corp.yaml", "timezone: [\n");
    fs::remove_file(company.root().join("COMPANY.md")).unwrap();
    let expected = "\
company removed
cto: heartbeat every 1h → 2h, status paused
qa added: QA
corp.yaml: edited
";
    assert_eq!(acme.printed(&["diff"]), expected);
    assert_eq!(
        acme.printed(&["diff", "2026-11-18"]).lines().nth(1),
        Some("cto: heartbeat every 30m → 2h, status paused")
    );
}

#[test]
fn line_by_line_is_for_reading() {
    let acme = Repository::acme();
    let expected = "\
--- a/agents/cto/agent.yaml
+++ b/agents/cto/agent.yaml
@@ -1,3 +1,3 @@
 # how it runs
 heartbeat:
-  every: 30m
+  every: 1h
--- a/tickets/0000/ACME-1.md
+++ b/tickets/0000/ACME-1.md
@@ -1,6 +1,7 @@
 ---
 id: ACME-1
 title: Do it
-status: todo
+status: done
+assignee: cto
 ---
 Please.
--- /dev/null
+++ b/tickets/0000/ACME-1/20261119T101000Z-cto-1a2b.md
@@ -0,0 +1,4 @@
+---
+author: cto
+---
+Done.
";
    assert_eq!(acme.printed(&["diff", "HEAD~3", "HEAD", "--text"]), expected);
}

#[test]
fn a_secret_is_told_nowhere() {
    let acme = Repository::acme();
    let token = |letter: &str| format!("ghp_{}{letter}", "a1B2c3D4e5".repeat(4));
    for letter in ["x", "y"] {
        acme.company.write("agents/cto/agent.yaml", format!("adapter:\n  env:\n    PASSWORD: {}\n", token(letter)));
        acme.commit(ADA, "2026-11-19T12:00:00Z", "Oops");
    }
    for args in [
        &["diff", "HEAD~2", "HEAD"][..],
        &["diff", "HEAD~2", "HEAD", "--json"],
        &["diff", "HEAD~2", "HEAD", "--text"],
        &["blame", "cto", "adapter.env.PASSWORD", "--all"],
        &["blame", "cto", "adapter", "--json"],
        &["log", "-v"],
    ] {
        let text = acme.printed(args);
        assert!(!text.contains("c3D4e5a1"), "{args:?}: {text}");
    }
    let text = acme.printed(&["diff", "HEAD~1", "HEAD", "--text"]);
    assert!(text.ends_with("only what looks like a secret changed\n"), "{text}");
}

#[test]
#[cfg(unix)]
fn what_is_not_text_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let acme = Repository::acme();
    acme.company.write("run.sh", "#!/bin/sh\n");
    acme.company.write("logo.png", [0, 1, 2]);
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Things");
    let root = acme.company.root();
    fs::set_permissions(root.join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    acme.company.write("logo.png", [0, 1, 3]);
    std::os::unix::fs::symlink("/etc/passwd", root.join("link.md")).unwrap();
    acme.git(&["add", "link.md"]);
    assert_eq!(acme.printed(&["diff"]), "logo.png: edited\nrun.sh: (type) file → executable\n");
    let text = acme.printed(&["diff", "--text"]);
    assert!(text.contains("it is not text"), "{text}");
    assert!(text.contains("it was file and is executable"), "{text}");
    acme.commit(ADA, "2026-11-19T12:01:00Z", "More");
    assert!(acme.printed(&["show", "HEAD"]).contains("link.md added"));
    assert_eq!(acme.printed(&["show", "link.md"]), "/etc/passwd");
    assert_eq!(acme.printed(&["diff"]), "");
}

#[test]
fn a_draft_that_got_its_number_is_one_ticket() {
    let acme = Repository::acme();
    acme.company.write("tickets/draft-1a2b3c4d.md", "---\ntitle: New thing\n---\n");
    acme.company.write("tickets/draft-5e6f7a8b.md", "---\ntitle: Other thing\n---\n");
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Ideas");
    acme.git(&["rm", "-q", "tickets/draft-1a2b3c4d.md", "tickets/draft-5e6f7a8b.md"]);
    acme.company.write("tickets/0000/ACME-2.md", "---\nid: ACME-2\ntitle: New thing\n---\n");
    acme.commit(ADA, "2026-11-19T12:01:00Z", "Numbers");
    assert_eq!(acme.printed(&["diff", "HEAD~1", "HEAD"]), "ACME-2: id ACME-2\ndraft-5e6f7a8b removed\n");
}

#[test]
fn a_large_file_is_told_apart_without_being_read_whole() {
    let acme = Repository::acme();
    let large = |letter: u8| vec![letter; (4 << 20) + 1];
    acme.company.write("big.bin", large(b'x'));
    acme.commit(ADA, "2026-11-19T12:00:00Z", "Big");
    assert_eq!(acme.printed(&["diff"]), "");
    acme.company.write("big.bin", large(b'y'));
    assert_eq!(acme.printed(&["diff"]), "big.bin: edited\n");
    assert!(acme.printed(&["diff", "--text"]).ends_with("it is too large to be compared\n"));
    acme.commit(ADA, "2026-11-19T12:01:00Z", "As big");
    assert_eq!(acme.printed(&["diff", "HEAD~1", "HEAD"]), "big.bin: edited\n");
}

#[test]
fn a_repository_without_files_compares_commits_only() {
    let acme = Repository::acme();
    let bare = acme.company.root().join("../bare.git");
    acme.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    let run = acme.company.corp_in(&bare, &["-C", ".", "diff"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("is a repository without files"), "{}", run.stderr);
    let run = acme.company.corp_in(&bare, &["-C", ".", "diff", "HEAD~3", "HEAD~2"]);
    assert_eq!(run.stdout, "cto: heartbeat every 30m → 1h\n", "{}", run.stderr);
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let unborn = Repository::unborn();
    unborn.company.write("COMPANY.md", "---\nname: Acme\n---\n");
    let run = unborn.corp(&["diff"]);
    assert_eq!(run.stdout, "company added: Acme\n", "{}", run.stderr);
    assert_eq!(run.stderr, "from nothing to the files on the disk\n");
}
