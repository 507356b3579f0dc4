//! Tickets that left the work tree: git sees a clean tree, nothing deletes them, and what changes comes back.

use super::{Repository, change, content, git, one, try_git, write};
use corp::store::writer::{Expect, FileChange, Mutation, Options, Shelved, WriteError, Writer};
use std::collections::BTreeSet;
use std::path::Path;

fn ticket(number: u32) -> String {
    format!("tickets/{:04}/ACME-{number}.md", number / 100)
}

/// A repository with tickets in the buckets 0000 to 0003, one with a thread.
fn company() -> Repository {
    let repository = Repository::new();
    let mut mutation = write("agents/ceo/AGENTS.md", "---\nname: ceo\n---\n");
    for number in [1, 2, 99, 100, 150, 200, 300] {
        let text = format!("---\nid: ACME-{number}\nstatus: done\n---\n");
        let change = |path: String, text: &str| FileChange {
            path,
            before: Expect::Anything,
            after: Some(text.as_bytes().to_vec()),
        };
        mutation.changes.push(change(ticket(number), &text));
        if number == 2 {
            mutation.changes.push(change("tickets/0000/ACME-2/20261120T100000Z-ceo-1a2b.md".to_owned(), "Done.\n"));
        }
    }
    one(&mut repository.writer(), mutation).unwrap();
    repository.assert_sound();
    repository
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn archive(repository: &Repository, buckets: &[&str]) -> Shelved {
    repository.writer().archive(&set(buckets)).unwrap()
}

fn there(repository: &Repository, path: &str) -> bool {
    repository.root().join(path).exists()
}

/// Every ticket is in the last commit, wherever its file is.
fn assert_nothing_lost(repository: &Repository) {
    let listed = repository.git(&["ls-tree", "-r", "--name-only", "HEAD", "tickets"]);
    for number in [1, 2, 99, 100, 150, 200, 300] {
        assert!(listed.contains(&ticket(number)), "ACME-{number} is gone from HEAD");
    }
    repository.assert_sound();
}

#[test]
fn a_bucket_leaves_the_work_tree_and_stays_in_the_history() {
    let repository = company();
    let head = repository.git(&["rev-parse", "HEAD"]);
    let done = archive(&repository, &["0000", "0001"]);
    assert_eq!((done.gone, done.files_gone, done.stayed), (vec!["0000".to_owned(), "0001".to_owned()], 6, vec![]));
    assert!(!there(&repository, "tickets/0000") && !there(&repository, "tickets/0001"));
    assert!(there(&repository, &ticket(200)) && there(&repository, "agents/ceo/AGENTS.md"));
    assert_eq!(repository.git(&["rev-parse", "HEAD"]), head, "it is no commit");
    let listed = repository.git(&["ls-files", "--sparse", "-t"]);
    assert!(listed.contains("S tickets/0000/\n") && listed.contains("H tickets/0002/ACME-200.md\n"), "{listed}");
    assert_nothing_lost(&repository);
    assert_eq!(repository.git(&["show", "HEAD:tickets/0000/ACME-1.md"]), "---\nid: ACME-1\nstatus: done\n---\n");
    let again = archive(&repository, &["0000", "0001"]);
    assert_eq!((again.gone.len(), again.stayed.len()), (0, 0), "{again:?}");

    let back = repository.writer().unarchive(&set(&["0001"])).unwrap();
    assert_eq!(back.files_back, 2);
    assert!(there(&repository, &ticket(150)) && !there(&repository, "tickets/0000"));
    assert_nothing_lost(&repository);
    let back = repository.writer().unarchive(&set(&["0000"])).unwrap();
    assert_eq!(back.files_back, 4);
    assert!(there(&repository, "tickets/0000/ACME-2/20261120T100000Z-ceo-1a2b.md"));
    let (set, _) = try_git(&repository.root(), &["config", "core.sparseCheckout"]);
    assert!(!set, "what was begun by us goes with the last bucket");
    assert_nothing_lost(&repository);
    repository.save("notes/new.md", "x\n");
    repository.git(&["add", "notes"]);
}

#[test]
fn a_change_of_an_archived_ticket_brings_its_bucket_back() {
    let repository = company();
    let mut writer = repository.writer();
    writer.archive(&set(&["0000", "0001"])).unwrap();
    let old = "---\nid: ACME-1\nstatus: done\n---\n";
    one(&mut writer, change(&ticket(1), content(old), Some("---\nid: ACME-1\nstatus: todo\n---\n"))).unwrap();
    assert!(repository.read(&ticket(1)).contains("todo"));
    assert!(there(&repository, &ticket(99)), "its neighbours come too");
    assert!(!there(&repository, &ticket(100)));
    assert_nothing_lost(&repository);
    // A new file, a deletion, and a bucket nobody thought of.
    one(&mut writer, write("tickets/0001/ACME-100/20261120T100000Z-ceo-1a2b.md", "Again.\n")).unwrap();
    assert!(there(&repository, &ticket(150)));
    one(&mut writer, write("tickets/0777/ACME-77700.md", "---\nid: ACME-77700\n---\n")).unwrap();
    one(&mut writer, write("wholly/new.md", "x\n")).unwrap();
    writer.archive(&set(&["0001"])).unwrap();
    one(&mut writer, change(&ticket(150), Expect::Anything, None)).unwrap();
    assert!(!there(&repository, &ticket(150)) && there(&repository, &ticket(100)));
    one(&mut writer, write(&ticket(150), "---\nid: ACME-150\nstatus: done\n---\n")).unwrap();
    assert_nothing_lost(&repository);
    // What is in the cone stays in the work tree when git applies it.
    repository.git(&["sparse-checkout", "reapply"]);
    assert!(there(&repository, "tickets/0777/ACME-77700.md") && there(&repository, "wholly/new.md"));
    assert_nothing_lost(&repository);
}

#[test]
fn what_people_do_with_git_deletes_no_archived_ticket() {
    let repository = company();
    archive(&repository, &["0000", "0001"]);
    let run = |args: &[&str]| {
        repository.git(args);
        assert_nothing_lost(&repository);
        assert!(!there(&repository, &ticket(1)), "{args:?}");
    };
    run(&["clean", "-fdx"]);
    run(&["checkout", "-q", "-b", "idea"]);
    repository.save("agents/ceo/AGENTS.md", "---\nname: ceo\ntitle: Boss\n---\n");
    repository.save("goals/a.md", "---\ntitle: a\n---\n");
    repository.git(&["add", "-A"]);
    run(&["commit", "-qm", "idea"]);
    run(&["checkout", "-q", "main"]);
    run(&["merge", "-q", "--no-edit", "idea"]);
    repository.save("b.md", "other\n");
    run(&["commit", "-qam", "b"]);
    run(&["reset", "-q", "--hard", "HEAD~1"]);
    repository.save("b.md", "third\n");
    run(&["stash", "-q"]);
    run(&["stash", "drop", "-q"]);
    run(&["restore", "."]);
    run(&["rebase", "-q", "HEAD~1"]);
    run(&["sparse-checkout", "reapply"]);
    // And the other way round: writing goes on beside it.
    one(&mut repository.writer(), write(&ticket(301), "---\nid: ACME-301\n---\n")).unwrap();
    run(&["clean", "-fdx"]);
    assert!(there(&repository, &ticket(301)));
    let clone = tempfile::tempdir().unwrap();
    git(clone.path(), &["clone", "-q", repository.root().to_str().unwrap(), "copy"]);
    assert!(clone.path().join("copy").join(ticket(1)).exists(), "a clone has everything");
    repository.git(&["sparse-checkout", "disable"]);
    assert!(there(&repository, &ticket(1)), "a person may have everything back by git alone");
    assert_nothing_lost(&repository);
    one(&mut repository.writer(), write(&ticket(1), "---\nid: ACME-1\nstatus: todo\n---\n")).unwrap();
    assert_nothing_lost(&repository);
    archive(&repository, &["0001"]);
    assert!(there(&repository, &ticket(1)) && !there(&repository, &ticket(100)));
    assert_nothing_lost(&repository);
}

#[test]
fn a_bucket_with_unfinished_work_in_it_stays() {
    for (what, why) in [
        ("edited", "ACME-2.md was edited and not committed"),
        ("deleted", "ACME-2.md was deleted and not committed"),
        ("new", "it holds mine.txt, which is not committed"),
        ("ignored", "it holds x.log, which is not committed"),
        ("staged", "something in it is staged"),
        ("link", "it holds link, which is no ordinary file"),
    ] {
        let repository = company();
        let path = repository.root().join(ticket(2));
        match what {
            "edited" => std::fs::write(&path, "mine").unwrap(),
            "deleted" => std::fs::remove_file(&path).unwrap(),
            "new" => repository.save("tickets/0000/mine.txt", "mine"),
            "ignored" => {
                repository.save(".git/info/exclude", "*.log\n");
                repository.save("tickets/0000/x.log", "mine");
            }
            "staged" => {
                std::fs::write(&path, "mine").unwrap();
                repository.git(&["add", "."]);
                std::fs::write(&path, "---\nid: ACME-2\nstatus: done\n---\n").unwrap();
            }
            _ => std::os::unix::fs::symlink("ACME-1.md", repository.root().join("tickets/0000/link")).unwrap(),
        }
        let before = repository.git(&["status", "--porcelain", "--ignored"]);
        let done = archive(&repository, &["0000", "0001"]);
        assert_eq!(done.stayed, [("tickets/0000".to_owned(), why.to_owned())], "{what}");
        assert_eq!(done.gone, ["0001"], "{what}");
        assert_eq!(repository.git(&["status", "--porcelain", "--ignored"]), before, "{what}");
        assert!(there(&repository, &ticket(1)) && !there(&repository, &ticket(100)), "{what}");
    }
}

#[test]
fn a_sparse_checkout_of_a_persons_own_is_joined_or_refused() {
    let repository = company();
    repository.git(&["sparse-checkout", "set", "--cone", "tickets"]);
    assert!(!there(&repository, "agents"));
    archive(&repository, &["0000"]);
    assert!(!there(&repository, "agents") && !there(&repository, "tickets/0000") && there(&repository, &ticket(100)));
    assert_nothing_lost(&repository);
    let mut writer = repository.writer();
    one(&mut writer, write("agents/ceo/AGENTS.md", "---\nname: boss\n---\n")).unwrap();
    assert!(!there(&repository, "agents"), "what they left out is committed and stays out");
    one(&mut writer, write("agents/new/AGENTS.md", "---\nname: new\n---\n")).unwrap();
    assert!(!there(&repository, "agents"), "so is what is new there");
    assert!(repository.git(&["show", "HEAD:agents/ceo/AGENTS.md"]).contains("boss"));
    assert_nothing_lost(&repository);
    writer.unarchive(&set(&["0000"])).unwrap();
    assert!(there(&repository, &ticket(1)) && !there(&repository, "agents"), "theirs is theirs");
    assert_nothing_lost(&repository);
    repository.git(&["sparse-checkout", "set", "--cone", "agents"]);
    let refused = writer.archive(&set(&["0000"])).unwrap_err().to_string();
    assert!(refused.contains("leaves out all tickets"), "{refused}");
    one(&mut writer, write("tickets/0000/ACME-5.md", "---\nid: ACME-5\n---\n")).unwrap();
    assert!(repository.git(&["show", "HEAD:tickets/0000/ACME-5.md"]).contains("ACME-5"));
    repository.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/tickets/0000/ACME-1.md"]);
    let before = std::fs::read_to_string(repository.root().join(".git/info/sparse-checkout")).unwrap();
    let refused = writer.archive(&set(&["0000"])).unwrap_err().to_string();
    assert!(refused.contains("sparse checkout by patterns"), "{refused}");
    assert_eq!(std::fs::read_to_string(repository.root().join(".git/info/sparse-checkout")).unwrap(), before);
    assert_nothing_lost(&repository);
}

#[test]
fn a_person_without_folder_entries_keeps_an_index_without_them() {
    let repository = company();
    repository.git(&["config", "index.sparse", "false"]);
    archive(&repository, &["0000"]);
    assert!(!there(&repository, "tickets/0000"));
    assert!(repository.git(&["ls-files", "--sparse", "-t"]).contains("S tickets/0000/ACME-1.md\n"));
    assert_nothing_lost(&repository);
    one(&mut repository.writer(), write(&ticket(2), "---\nid: ACME-2\nstatus: todo\n---\n")).unwrap();
    assert!(repository.read(&ticket(2)).contains("todo") && there(&repository, &ticket(1)));
    assert_nothing_lost(&repository);
}

#[test]
fn a_damaged_index_is_made_anew_without_what_was_left_out() {
    let repository = company();
    archive(&repository, &["0000", "0001"]);
    std::fs::write(repository.root().join(".git/index"), "broken").unwrap();
    one(&mut repository.writer(), write("b.md", "new\n")).unwrap();
    assert!(!there(&repository, &ticket(1)));
    assert_nothing_lost(&repository);
}

#[test]
fn a_writer_that_dies_on_the_way_is_finished_by_the_next() {
    // As if it died after the note and before anything else, and after everything but the files.
    let cone = {
        let repository = company();
        archive(&repository, &["0000", "0001"]);
        std::fs::read_to_string(repository.root().join(".git/info/sparse-checkout")).unwrap()
    };
    for stage in ["noted", "cone", "files"] {
        let repository = company();
        let git_dir = repository.root().join(".git");
        if stage == "files" {
            archive(&repository, &["0000", "0001"]);
            // Files back without the index knowing, as they lie when the writer dies before it removes them.
            let archived = repository.git(&["archive", "HEAD", "tickets/0000", "--format=tar"]);
            drop(archived);
            repository.save(&ticket(1), "---\nid: ACME-1\nstatus: done\n---\n");
            repository.save(&ticket(2), "mine, saved in that moment\n");
            assert!(repository.git(&["status", "--porcelain"]).contains("M tickets/0000/ACME-2.md"));
        }
        std::fs::create_dir_all(git_dir.join("corp")).unwrap();
        std::fs::write(git_dir.join("corp/archive"), "begun\n").unwrap();
        std::fs::write(git_dir.join("corp/archive-wanted"), &cone).unwrap();
        if stage == "cone" {
            std::fs::write(git_dir.join("info/sparse-checkout"), &cone).unwrap();
        }
        repository.writer().recover().unwrap();
        assert!(!git_dir.join("corp/archive-wanted").exists());
        assert!(!there(&repository, &ticket(100)), "{stage}");
        if stage == "files" {
            assert_eq!(repository.read(&ticket(2)), "mine, saved in that moment\n", "{stage}");
            assert_eq!(repository.git(&["status", "--porcelain"]), " M tickets/0000/ACME-2.md\n");
        } else {
            assert!(!there(&repository, &ticket(1)), "{stage}");
            assert_nothing_lost(&repository);
        }
    }
}

#[test]
fn nothing_leaves_while_a_persons_git_is_busy() {
    let repository = company();
    std::fs::write(repository.root().join(".git/MERGE_HEAD"), repository.git(&["rev-parse", "HEAD"])).unwrap();
    let mut writer = Writer::open(Options { patience_ms: 0, ..Options::new(repository.root()) }).unwrap();
    assert!(matches!(writer.archive(&set(&["0000"])), Err(WriteError::Paused(_))));
    assert!(there(&repository, &ticket(1)));
}

#[test]
fn a_new_folder_on_top_is_taken_in() {
    let repository = company();
    archive(&repository, &["0000"]);
    repository.save("notes/a.md", "mine\n");
    let (added, said) = try_git(&repository.root(), &["add", "notes"]);
    assert!(!added && said.contains("sparse"), "git refuses what the cone does not name: {said}");
    assert_eq!(repository.writer().widen().unwrap(), ["notes"]);
    repository.git(&["add", "notes"]);
    repository.git(&["commit", "-qm", "notes"]);
    assert!(Path::new(&repository.root().join("notes/a.md")).exists() && !there(&repository, &ticket(1)));
    assert_nothing_lost(&repository);
}

#[test]
fn a_group_with_an_archived_ticket_in_it_is_one_group() {
    let repository = company();
    let mut writer = repository.writer();
    writer.archive(&set(&["0000", "0001"])).unwrap();
    let group: Vec<Mutation> = [ticket(1), "b.md".to_owned(), ticket(100), ticket(2)]
        .iter()
        .map(|path| write(path, "---\nstatus: todo\n---\n"))
        .collect();
    assert!(writer.commit(&group).iter().all(Result::is_ok));
    assert!(there(&repository, &ticket(99)) && there(&repository, &ticket(150)));
    assert_nothing_lost(&repository);
}
