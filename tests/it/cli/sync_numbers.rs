//! Numbers of tickets between clones: one that was given twice, and drafts that wait for one.

use crate::two_clones::Clones;

#[test]
fn a_number_given_twice_is_kept_by_the_older_ticket() {
    let clones = Clones::new();
    for (clone, created) in [("one", "2026-11-20T10:00:00Z"), ("two", "2026-11-19T10:00:00Z")] {
        let text = format!(
            "---\nid: ACME-4\ntitle: From {clone}\nstatus: todo\nassignee: engineer\ncreated: {created}\n---\n"
        );
        clones.write(clone, "tickets/0000/ACME-4.md", &text);
        let entry = "---\nauthor: engineer\nkind: comment\n---\n\nMine.\n";
        clones.write(clone, &format!("tickets/0000/ACME-4/20261120T101500Z-engineer-{clone}.md"), entry);
        clones.commit(clone);
    }
    clones.done(&clones.corp("one", &["sync"]));
    let run = clones.corp("two", &["sync"]);
    clones.done(&run);
    assert!(run.stderr.contains("two tickets were called ACME-4; the newer one is ACME-5 now"), "{}", run.stderr);
    clones.done(&clones.corp("one", &["sync"]));
    clones.assert_same();
    assert!(clones.read("one", "tickets/0000/ACME-4.md").contains("title: From two"));
    let moved = clones.read("one", "tickets/0000/ACME-5.md");
    assert!(moved.contains("id: ACME-5\n") && moved.contains("title: From one") && moved.contains("ACME-4"), "{moved}");
    assert!(clones.path("one/tickets/0000/ACME-5/20261120T101500Z-engineer-one.md").exists());
    assert!(clones.path("one/tickets/0000/ACME-4/20261120T101500Z-engineer-two.md").exists());
    assert!(!clones.path("one/tickets/0000/ACME-4/20261120T101500Z-engineer-one.md").exists());
    assert_eq!(clones.corp("one", &["check"]).code, 0);
}

/// What the ticket that gives up its number is called elsewhere is called so on its own side, and nowhere else.
#[test]
fn references_go_along_with_a_ticket_that_gives_up_its_number() {
    for newer in ["one", "two"] {
        let clones = Clones::new();
        clones.write("one", "tickets/0000/ACME-3.md", "---\nid: ACME-3\ntitle: Both know\nstatus: todo\n---\n\nOld.\n");
        clones.commit("one");
        clones.done(&clones.corp("one", &["sync"]));
        clones.done(&clones.corp("two", &["sync"]));
        for clone in ["one", "two"] {
            let day = if clone == newer { 20 } else { 19 };
            let (created, other) = (format!("created: 2026-11-{day}T10:00:00Z"), if clone == "one" { 10 } else { 20 });
            let mine = format!("---\nid: ACME-4\ntitle: From {clone}\nstatus: todo\n{created}\n---\n\nACME-4 is me.\n");
            clones.write(clone, "tickets/0000/ACME-4.md", &mine);
            let waits = format!(
                "---\nid: ACME-{other}\ntitle: After it\nstatus: todo\nparent: ACME-4   # the one of {clone}\nblocked_by: [ACME-3, ACME-4]\n---\n\nSee ACME-4, `ACME-4` and tickets/0000/ACME-4.md.\n"
            );
            clones.write(clone, &format!("tickets/0000/ACME-{other}.md"), &waits);
            let said = format!("---\nauthor: engineer\nkind: comment\n---\n\nOf {clone}: ACME-4.\n");
            clones.write(clone, &format!("tickets/0000/ACME-3/20261120T101500Z-engineer-{clone}.md"), &said);
            clones.write(clone, &format!("tickets/0000/ACME-4/20261120T101500Z-engineer-{clone}.md"), &said);
            clones.replace(
                clone,
                "tickets/0000/ACME-3.md",
                "Old.\n",
                &format!("Old.\n\n{}\n", "More.\n".repeat(other)),
            );
            clones.commit(clone);
        }
        // The ticket both know is changed by both, so that it is merged and not taken: in other lines.
        clones.replace(newer, "tickets/0000/ACME-3.md", "status: todo\n", "status: todo\nblocked_by: [ACME-4]\n");
        clones.commit(newer);
        clones.done(&clones.corp("one", &["sync"]));
        let run = clones.corp("two", &["sync", "--there", "."]);
        clones.done(&run);
        clones.done(&clones.corp("one", &["sync"]));
        clones.assert_same();
        let (of_newer, of_older) = if newer == "one" { (10, 20) } else { (20, 10) };
        let older = if newer == "one" { "two" } else { "one" };
        // Free is what nobody has, above the highest of both sides.
        let moved = "ACME-21";
        let waits = clones.read("one", &format!("tickets/0000/ACME-{of_newer}.md"));
        assert!(waits.contains(&format!("parent: {moved}   # the one of {newer}\n")), "{newer}: {waits}");
        assert!(waits.contains(&format!("blocked_by: [ACME-3, {moved}]\n")), "{newer}: {waits}");
        assert!(waits.contains(&format!("See {moved}, `ACME-4` and tickets/0000/{moved}.md.")), "{newer}: {waits}");
        let waits = clones.read("one", &format!("tickets/0000/ACME-{of_older}.md"));
        assert!(!waits.contains(moved), "{newer}: {waits}");
        let known = clones.read("one", "tickets/0000/ACME-3.md");
        assert!(known.contains(&format!("blocked_by: [{moved}]")), "{newer}: {known}");
        let said = |ticket: &str, clone: &str| {
            clones.read("one", &format!("tickets/0000/{ticket}/20261120T101500Z-engineer-{clone}.md"))
        };
        for ticket in ["ACME-3", moved] {
            assert!(said(ticket, newer).contains(&format!("Of {newer}: {moved}.")), "{newer}");
        }
        for ticket in ["ACME-3", "ACME-4"] {
            assert!(said(ticket, older).contains(&format!("Of {older}: ACME-4.")), "{newer}");
        }
        let gave_up = clones.read("one", &format!("tickets/0000/{moved}.md"));
        assert!(gave_up.contains(&format!("title: From {newer}")) && gave_up.contains("ACME-4"), "{gave_up}");
        assert!(gave_up.contains(&format!("{moved} is me.")), "{gave_up}");
        assert_eq!(clones.corp("one", &["check"]).code, 0, "{}", clones.corp("one", &["check"]).stdout);
    }
}

#[test]
fn a_ticket_made_where_no_numbers_are_given_is_a_draft() {
    let clones = Clones::new();
    clones.done(&clones.corp("one", &["home", "take"]));
    clones.done(&clones.corp("two", &["sync"]));
    let run = clones.corp("two", &["ticket", "new", "--title", "From afar", "--assignee", "engineer"]);
    clones.done(&run);
    let path = run.stdout.trim();
    assert!(path.starts_with("tickets/draft-") && run.stderr.contains("another clone is home"), "{run:?}");
    let text = clones.read("two", path);
    assert!(text.contains("title: From afar\n") && text.contains("assignee: engineer\n"), "{text}");
    assert!(!text.contains("\nid:") && text.contains("created: "), "{text}");
    assert!(clones.git("two", &["log", "-1", "--format=%s"]).contains("drafts a ticket for engineer: From afar"));
    clones.done(&clones.corp("two", &["sync"]));
    clones.done(&clones.corp("one", &["sync"]));
    clones.assert_same();
    let at_home = clones.corp("one", &["ticket", "new", "--title", "Here"]);
    assert_eq!(at_home.stdout.trim(), "ACME-4", "{at_home:?}");
}

#[test]
fn a_draft_that_got_its_number_at_home_takes_a_later_edit_along() {
    let clones = Clones::new();
    clones.write("two", "tickets/draft-1a2b3c4d.md", "---\ntitle: Found offline\n---\n\nWhat I saw.\n");
    clones.commit("two");
    clones.done(&clones.corp("two", &["sync"]));
    clones.done(&clones.corp("one", &["sync"]));
    // What home does with a draft.
    let text = clones.read("one", "tickets/draft-1a2b3c4d.md").replace("title:", "id: ACME-4\ntitle:");
    clones.write("one", "tickets/0000/ACME-4.md", &text);
    std::fs::remove_file(clones.path("one/tickets/draft-1a2b3c4d.md")).unwrap();
    clones.commit("one");
    clones.done(&clones.corp("one", &["sync"]));
    clones.replace("two", "tickets/draft-1a2b3c4d.md", "title: Found offline", "title: Found offline\npriority: high");
    clones.commit("two");
    let run = clones.corp("two", &["sync"]);
    clones.done(&run);
    let text = clones.read("two", "tickets/0000/ACME-4.md");
    assert!(text.contains("id: ACME-4\n") && text.contains("priority: high\n"), "{text}");
    assert!(!clones.path("two/tickets/draft-1a2b3c4d.md").exists());
    clones.done(&clones.corp("one", &["sync"]));
    clones.assert_same();
}
