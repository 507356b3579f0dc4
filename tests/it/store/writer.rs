//! One writer: what it commits, and what it leaves alone.

use super::{Repository, asked_as, author, change, content, git, one, try_git, write};
use corp::store::message::Message;
use corp::store::writer::{Durability, Expect, FileChange, How, Mutation, Options, WriteError, Writer};

#[test]
fn a_mutation_is_a_commit_of_exactly_its_files() {
    let repository = Repository::new();
    let mut writer = repository.writer();
    let done =
        one(&mut writer, change("tickets/0000/ACME-1.md", Expect::Absent, Some("---\nid: ACME-1\n---\n"))).unwrap();
    assert_eq!(done.how, How::Now);
    assert_eq!(
        repository.git(&["log", "-1", "--format=%H %an %ae %cn %cI %s"]).trim(),
        format!(
            "{} Ada Lovelace ada@acme.example corp 2026-11-20T10:00:00Z change tickets/0000/ACME-1.md",
            done.commit
        )
    );
    assert_eq!(repository.git(&["show", "--name-only", "--format="]), "tickets/0000/ACME-1.md\n");
    assert_eq!(repository.read("tickets/0000/ACME-1.md"), "---\nid: ACME-1\n---\n");
    repository.assert_sound();
    one(&mut writer, change("b.md", content("text\n"), None)).unwrap();
    assert!(!repository.root().join("b.md").exists());
    repository.assert_sound();
    assert!(repository.git(&["reflog"]).contains("change b.md"));
}

#[test]
fn a_group_is_built_one_upon_the_other_and_each_is_answered() {
    let repository = Repository::new();
    let answers = repository.writer().commit(&[
        change("corp.yaml", content("n: 0\nm: 0\n"), Some("n: 1\nm: 0\n")),
        change("corp.yaml", content("n: 0\nm: 0\n"), Some("n: 9\nm: 0\n")),
        change("corp.yaml", content("n: 1\nm: 0\n"), Some("n: 2\nm: 0\n")),
        change("b.md", content("text\n"), Some("text\n")),
        change("../out", Expect::Anything, Some("x")),
        change(".git/config", Expect::Anything, Some("x")),
        change("x/.GIT./hooks/pre-commit", Expect::Anything, Some("x")),
    ]);
    let shown: Vec<String> = answers
        .iter()
        .map(|answer| match answer {
            Ok(done) => format!("{:?}", done.how),
            Err(error) => error.to_string(),
        })
        .collect();
    assert_eq!(
        shown,
        [
            "Now",
            "corp.yaml is not what it was when this was decided",
            "Now",
            "Nothing",
            "\"../out\" is not a path of a file in the company",
            "\".git/config\" is not a path of a file in the company",
            "\"x/.GIT./hooks/pre-commit\" is not a path of a file in the company",
        ]
    );
    assert_eq!(repository.git(&["rev-list", "--count", "HEAD"]), "3\n");
    assert_eq!(repository.read("corp.yaml"), "n: 2\nm: 0\n");
    repository.assert_sound();
}

#[test]
fn what_a_person_has_not_committed_stays_theirs() {
    let repository = Repository::new();
    repository.save("corp.yaml", "n: 0\nm: 7\n");
    repository.save("staged.md", "mine\n");
    repository.save("b.md", "text staged\n");
    repository.git(&["add", "staged.md", "b.md"]);
    repository.save("untracked.md", "mine\n");
    let mut writer = repository.writer();
    let done = one(&mut writer, change("corp.yaml", content("n: 0\nm: 0\n"), Some("n: 1\nm: 0\n"))).unwrap();
    assert_eq!(done.kept, ["corp.yaml"]);
    assert_eq!(repository.read("corp.yaml"), "n: 1\nm: 7\n", "both changes");
    assert_eq!(repository.git(&["show", "HEAD:corp.yaml"]), "n: 1\nm: 0\n", "only ours is committed");
    assert_eq!(repository.git(&["status", "--porcelain"]), "M  b.md\n M corp.yaml\nA  staged.md\n?? untracked.md\n");
    // The same file staged and changed by us: what is staged keeps both.
    one(&mut writer, change("b.md", content("text\n"), Some("text\nours\n"))).unwrap();
    assert!(repository.git(&["diff", "--cached", "b.md"]).contains("+text staged"));
    repository.git(&["commit", "-qm", "mine"]);
    assert_eq!(repository.git(&["show", "--name-only", "--format=", "HEAD"]), "b.md\nstaged.md\n");
    assert!(repository.read("b.md").contains("staged"));
}

#[test]
fn a_mutation_asked_again_is_answered_from_history() {
    let repository = Repository::new();
    let asked = asked_as(write("corp.yaml", "n: 5\n"), "m-1");
    let first = one(&mut repository.writer(), asked.clone()).unwrap();
    repository.git(&["commit", "-q", "--allow-empty", "-m", "a person's"]);
    let mut writer = repository.writer();
    one(&mut writer, write("corp.yaml", "n: 6\n")).unwrap();
    let again =
        writer.commit(&[asked.clone(), asked_as(write("b.md", "x\n"), "m-2"), asked_as(write("b.md", "y\n"), "m-2")]);
    let again: Vec<_> = again.into_iter().map(Result::unwrap).collect();
    assert_eq!((again[0].how, &again[0].commit), (How::Before, &first.commit));
    assert_eq!((again[1].how, again[2].how), (How::Now, How::Before));
    assert_eq!(again[1].commit, again[2].commit);
    assert_eq!((repository.read("corp.yaml"), repository.read("b.md")), ("n: 6\n".into(), "x\n".into()));
}

#[test]
fn what_git_is_doing_is_waited_for_and_never_committed_into() {
    let repository = Repository::new();
    let mut writer = Writer::open(Options { patience_ms: 50, ..Options::new(repository.root()) }).unwrap();
    let refused = |writer: &mut Writer| one(writer, write("corp.yaml", "n: 1\n")).unwrap_err().to_string();
    repository.git(&["switch", "-qc", "idea"]);
    assert_eq!(
        refused(&mut writer),
        "the branch `idea` is checked out, and the company lives on `main`; `git switch main` goes on"
    );
    repository.save("corp.yaml", "n: idea\nm: 0\n");
    repository.git(&["commit", "-qam", "idea"]);
    repository.git(&["checkout", "-q", "--detach"]);
    assert!(refused(&mut writer).starts_with("no branch is checked out"));
    repository.git(&["switch", "-q", "main"]);
    repository.save("corp.yaml", "n: main\nm: 0\n");
    repository.git(&["commit", "-qam", "main"]);
    assert!(!try_git(&repository.root(), &["merge", "idea"]).0, "a conflict");
    assert_eq!(refused(&mut writer), "a merge is under way; finish it, or give it up with `git merge --abort`");
    repository.git(&["merge", "--abort"]);
    assert!(!try_git(&repository.root(), &["rebase", "idea"]).0, "a conflict");
    assert!(refused(&mut writer).starts_with("a rebase is under way"));
    repository.git(&["rebase", "--abort"]);
    let head = repository.git(&["rev-parse", "HEAD"]);
    std::fs::write(repository.root().join(".git/index.lock"), "").unwrap();
    assert!(refused(&mut writer).contains("index.lock"), "somebody else's lock is never removed");
    assert_eq!(repository.git(&["rev-parse", "HEAD"]), head, "nothing of it is in the history");
    std::fs::remove_file(repository.root().join(".git/index.lock")).unwrap();
    one(&mut writer, write("corp.yaml", "n: 2\nm: 0\n")).unwrap();
    repository.assert_sound();
    assert_eq!(repository.git(&["branch", "--contains", "HEAD"]), "* main\n");
}

#[test]
fn repositories_that_would_lose_data_are_refused() {
    let repository = Repository::new();
    repository.git(&["update-index", "--split-index"]);
    let error = Writer::open(Options::new(repository.root())).unwrap_err();
    assert!(error.to_string().contains("`corp doctor --fix`"), "{error}");
    repository.git(&["update-index", "--no-split-index"]);
    for entry in std::fs::read_dir(repository.root().join(".git")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("sharedindex") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let other = tempfile::tempdir().unwrap();
    let tree = other.path().join("tree");
    repository.git(&["worktree", "add", "-q", tree.to_str().unwrap(), "-b", "other"]);
    let error = Writer::open(Options { branch: "other".to_owned(), ..Options::new(&tree) }).unwrap_err();
    assert!(error.to_string().contains("second work tree"), "{error}");
    git(other.path(), &["init", "-q", "--bare", "bare"]);
    let error = Writer::open(Options::new(other.path().join("bare"))).unwrap_err();
    assert!(error.to_string().contains("bare repository"), "{error}");
}

#[test]
fn a_repository_without_a_commit_gets_its_first() {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "-b", "main"]);
    let mut writer = Writer::open(Options::new(folder.path())).unwrap();
    one(&mut writer, write("COMPANY.md", "---\nname: A\n---\n")).unwrap();
    assert_eq!(git(folder.path(), &["log", "--format=%s"]), "change COMPANY.md\n");
    assert_eq!(git(folder.path(), &["status", "--porcelain"]), "");
}

#[test]
fn the_journal_begins_anew_when_it_is_full_and_large_groups_go_without_it() {
    let repository = Repository::new();
    let mut writer =
        Writer::open(Options { durability: Durability::Relaxed, ..Options::new(repository.root()) }).unwrap();
    // Texts that do not compress, half a megabyte each; the journal holds four megabytes.
    let text = |seed: u64| {
        let mut state = seed;
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'a' + u8::try_from(state >> 40 & 15).unwrap())
        })
        .take(500_000)
        .collect::<String>()
    };
    for round in 0..10 {
        one(&mut writer, write("big.md", &text(round))).unwrap();
    }
    let files = (0..12).map(|file| FileChange {
        path: format!("f/{file}.md"),
        before: Expect::Absent,
        after: Some(text(100 + file).into_bytes()),
    });
    let large = Mutation {
        author: author(),
        at: jiff::Timestamp::UNIX_EPOCH,
        message: Message::new("large"),
        changes: files.collect(),
    };
    one(&mut writer, large).unwrap();
    one(&mut repository.writer(), write("corp.yaml", "n: 1\n")).unwrap();
    assert_eq!(repository.git(&["rev-list", "--count", "HEAD"]), "13\n");
    repository.assert_sound();
}

#[test]
fn a_damaged_index_is_made_anew() {
    let repository = Repository::new();
    std::fs::write(repository.root().join(".git/index"), "").unwrap();
    one(&mut repository.writer(), write("corp.yaml", "n: 1\n")).unwrap();
    repository.assert_sound();
}

#[test]
fn files_left_out_of_the_work_tree_on_purpose_stay_out() {
    let repository = Repository::new();
    one(&mut repository.writer(), write("old/x.md", "1\n")).unwrap();
    repository.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/old/"]);
    assert!(!repository.root().join("old/x.md").exists());
    one(&mut repository.writer(), change("old/x.md", content("1\n"), Some("2\n"))).unwrap();
    assert!(!repository.root().join("old/x.md").exists());
    assert_eq!(repository.git(&["show", "HEAD:old/x.md"]), "2\n");
    repository.assert_sound();
}

#[test]
fn an_error_of_the_disk_is_no_acknowledgement() {
    let repository = Repository::new();
    let mut writer = repository.writer();
    one(&mut writer, write("corp.yaml", "n: 1\n")).unwrap();
    // A file where git needs the folder of an object; the work of a full or broken disk.
    let head = repository.git(&["rev-parse", "HEAD"]);
    let error = {
        let mut writer = repository.writer();
        writer.observe({
            let objects = repository.root().join(".git/objects");
            move |step| {
                if step == corp::store::writer::Step::Built {
                    std::fs::rename(&objects, objects.with_extension("away")).unwrap();
                    std::fs::write(&objects, "").unwrap();
                }
            }
        });
        one(&mut writer, write("corp.yaml", "n: 2\n")).unwrap_err()
    };
    assert!(matches!(error, WriteError::Git { .. } | WriteError::Io { .. }), "{error}");
    let objects = repository.root().join(".git/objects");
    std::fs::remove_file(&objects).unwrap();
    std::fs::rename(objects.with_extension("away"), &objects).unwrap();
    assert_eq!(repository.git(&["rev-parse", "HEAD"]), head);
    one(&mut writer, write("corp.yaml", "n: 3\n")).unwrap();
    assert_eq!(repository.git(&["rev-list", "--count", "HEAD"]), "3\n");
    repository.assert_sound();
}
