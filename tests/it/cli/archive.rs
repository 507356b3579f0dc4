//! `corp archive` and `corp unarchive`.

use crate::harness::{Company, Run, git};
use std::path::PathBuf;

fn corp(scratch: &Company, args: &[&str]) -> Run {
    scratch.corp(&[&["-C", "acme"], args].concat())
}

/// A studio with closed tickets ACME-100 to ACME-102, one open in the next folder that waits for one of them.
fn studio() -> (Company, PathBuf) {
    let scratch = Company::new(&[]);
    assert_eq!(scratch.corp(&["init", "acme", "--template", "studio"]).code, 0);
    for number in [100, 101, 102] {
        let text = format!(
            "---\nid: ACME-{number}\ntitle: Old {number}\nstatus: done\nassignee: engineer\nclosed: 2026-09-01T10:00:00Z\n---\nThe text of {number}.\n"
        );
        scratch.write(&format!("acme/tickets/0001/ACME-{number}.md"), text);
    }
    scratch.write(
        "acme/tickets/0001/ACME-100/20260901T090000Z-engineer-1a2b.md",
        "---\nkind: comment\nauthor: engineer\nat: 2026-09-01T09:00:00Z\n---\nIt is done.\n",
    );
    scratch.write(
        "acme/tickets/0002/ACME-200.md",
        "---\nid: ACME-200\ntitle: New\nstatus: todo\nassignee: engineer\nparent: ACME-101\nblocked_by: [ACME-100]\n---\n",
    );
    let run = corp(&scratch, &["commit", "-m", "Tickets"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let root = scratch.root().join("acme");
    assert_eq!(git(&root, &["status", "--porcelain"]), "");
    (scratch, root)
}

#[test]
fn closed_tickets_leave_and_everything_still_finds_them() {
    let (scratch, root) = studio();
    let check = corp(&scratch, &["check"]);
    assert_eq!(check.code, 0, "{}{}", check.stdout, check.stderr);
    let log = corp(&scratch, &["log", "ACME-100"]);
    let show = corp(&scratch, &["show", "ACME-100"]);
    let dry = corp(&scratch, &["archive", "--dry-run"]);
    assert_eq!(dry.stdout, "tickets/0001  ACME-100 to ACME-102 (3 tickets)\n", "{}", dry.stderr);
    assert_eq!(
        dry.stderr,
        "3 tickets would leave the work tree; the history keeps them\n\
         hint: `corp archive --dry-run -v` says why 2 folders stay\n"
    );
    assert!(root.join("tickets/0001/ACME-100.md").exists());
    let run = corp(&scratch, &["archive"]);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (0, "tickets/0001  ACME-100 to ACME-102 (3 tickets)\n"),
        "{}",
        run.stderr
    );
    assert!(!root.join("tickets/0001").exists());
    assert_eq!(git(&root, &["status", "--porcelain"]), "");

    let after = corp(&scratch, &["show", "ACME-100"]);
    assert_eq!((after.code, &after.stdout), (0, &show.stdout), "{}", after.stderr);
    assert!(after.stdout.contains("The text of 100."), "{}", after.stdout);
    assert_eq!(corp(&scratch, &["log", "ACME-100"]).stdout, log.stdout);
    let blame = corp(&scratch, &["blame", "ACME-101", "status"]);
    assert_eq!(blame.code, 0, "{}", blame.stderr);
    let after = corp(&scratch, &["check"]);
    assert_eq!(after.code, 0, "{}{}", after.stdout, after.stderr);
    assert!(!after.stdout.contains("ACME-10"), "{}", after.stdout);
    assert_eq!(corp(&scratch, &["diff"]).stdout, "", "nothing was deleted");
    let commit = corp(&scratch, &["commit"]);
    assert_eq!(commit.stderr, "nothing to commit\n");
}

#[test]
fn a_reference_to_an_archived_ticket_is_judged_by_what_it_says() {
    let (scratch, _) = studio();
    corp(&scratch, &["archive"]);
    scratch.write("acme/tickets/0002/ACME-201.md", "---\nid: ACME-201\ntitle: x\nblocked_by: [ACME-199]\n---\n");
    scratch.write("acme/tickets/0002/ACME-202.md", "---\nid: ACME-202\ntitle: x\nblocked_by: [ACME-299]\n---\n");
    let check = corp(&scratch, &["check"]);
    assert!(check.stdout.contains("archived-ticket") && check.stdout.contains("`ACME-199` is no longer here"));
    assert!(check.stdout.contains("unknown-ticket") && check.stdout.contains("no ticket `ACME-299`"));
    // The same id twice, once in the work tree and once in the history.
    scratch.write("acme/tickets/0002/ACME-203.md", "---\nid: ACME-101\ntitle: x\n---\n");
    let check = corp(&scratch, &["check"]);
    assert!(
        check.stdout.contains("duplicate-id") && check.stdout.contains("tickets/0001/ACME-101.md"),
        "{}",
        check.stdout
    );
}

#[test]
fn earlier_ids_of_archived_tickets_are_found() {
    let (scratch, root) = studio();
    let path = root.join("tickets/0001/ACME-102.md");
    let text = std::fs::read_to_string(&path).unwrap().replace("status:", "formerly: [ACME-77]\nstatus:");
    std::fs::write(&path, text).unwrap();
    let path = root.join("tickets/0002/ACME-200.md");
    let text = std::fs::read_to_string(&path).unwrap().replace("ACME-100", "ACME-77");
    std::fs::write(&path, text).unwrap();
    assert_eq!(corp(&scratch, &["commit", "-m", "Rename"]).code, 0);
    corp(&scratch, &["archive"]);
    assert!(!root.join("tickets/0001").exists());
    let check = corp(&scratch, &["check"]);
    assert!(!check.stdout.contains("ACME-77"), "{}", check.stdout);
    let show = corp(&scratch, &["show", "ACME-77"]);
    assert!(show.stdout.contains("The text of 102."), "{}{}", show.stdout, show.stderr);
}

#[test]
fn a_ticket_comes_back_when_it_is_asked_for_or_changes() {
    let (scratch, root) = studio();
    corp(&scratch, &["archive"]);
    let run = corp(&scratch, &["unarchive", "ACME-101"]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "tickets/0001\n", "4 files came back\n"));
    assert!(root.join("tickets/0001/ACME-100.md").exists());
    assert_eq!(git(&root, &["status", "--porcelain"]), "");
    let run = corp(&scratch, &["unarchive", "ACME-101"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("ACME-101 is not archived: it lies in tickets/0001/ACME-101.md"), "{}", run.stderr);
    assert_eq!(corp(&scratch, &["unarchive", "ACME-9999"]).code, 1);
    corp(&scratch, &["archive"]);
    assert!(!root.join("tickets/0001").exists());
    // Restored from the history: a change, so the whole folder comes back.
    let head = git(&root, &["rev-parse", "HEAD"]);
    let path = "tickets/0001/ACME-102.md";
    let undo = corp(&scratch, &["undo", head.trim()]);
    assert_eq!(undo.code, 0, "{}{}", undo.stdout, undo.stderr);
    assert!(!root.join(path).exists(), "the commit that made the tickets was undone");
    let undo = corp(&scratch, &["undo", "HEAD"]);
    assert_eq!(undo.code, 0, "{}{}", undo.stdout, undo.stderr);
    assert!(root.join(path).exists());
    assert_eq!(git(&root, &["status", "--porcelain"]), "");
    corp(&scratch, &["archive"]);
    let run = corp(&scratch, &["unarchive", "--all"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(root.join(path).exists());
    assert_eq!(git(&root, &["status", "--porcelain"]), "");
}

#[test]
fn what_stays_is_told_with_its_reason() {
    let (scratch, root) = studio();
    let run = corp(&scratch, &["archive", "--older-than", "200d", "-v"]);
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("tickets/0001 stays: ACME-100 was closed on 2026-09-01"), "{}", run.stderr);
    assert!(run.stderr.contains("nothing to archive"), "{}", run.stderr);
    std::fs::write(
        root.join("tickets/0001/ACME-101.md"),
        "---\nid: ACME-101\ntitle: Mine\nstatus: done\nclosed: 2026-09-01T10:00:00Z\n---\n",
    )
    .unwrap();
    let run = corp(&scratch, &["archive", "--json"]);
    assert!(run.stdout.contains("ACME-101.md was edited and not committed"), "{}", run.stdout);
    assert!(root.join("tickets/0001/ACME-100.md").exists());
    assert_eq!(git(&root, &["status", "--porcelain"]), " M tickets/0001/ACME-101.md\n");
}
