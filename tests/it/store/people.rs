//! Everything a person may do with git in a company's repository, with the real git: followed, waited for, or refused;
//! never a commit on another branch, and nothing of theirs lost. The table of it is `docs/git.md`.

use super::force::company;
use super::races::surroundings;
use super::{Repository, git, one, try_git, write};
use corp::store::force::Force;
use corp::store::writer::{Options, Paused, WriteError, Writer};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

const MEMORY: &str = "agents/qa/MEMORY.md";

/// A writer that asks once and does not wait.
fn hasty(root: &Path) -> Writer {
    Writer::open(Options { patience_ms: 0, ..Options::new(root) }).unwrap()
}

fn refs(repository: &Repository) -> String {
    repository.git(&["for-each-ref", "--format=%(refname) %(objectname)"])
}

/// Writes, and holds what is in force against what is committed.
fn goes_on(repository: &Repository, text: &str) {
    one(&mut repository.writer(), write(MEMORY, text)).unwrap();
    assert_eq!(repository.git(&["show", &format!("main:{MEMORY}")]), text);
    let force = Force::load(&repository.root(), "main").unwrap();
    assert_eq!(force.tip().unwrap().to_string(), repository.git(&["rev-parse", "main"]).trim());
}

/// A company with a commit of a person's on top, and a branch that changes the same line.
fn forked() -> Repository {
    let repository = company();
    let commit = |text: &str| {
        repository.save("papers.txt", text);
        repository.git(&["add", "papers.txt"]);
        repository.git(&["commit", "-qm", text.trim()]);
    };
    commit("one\n");
    repository.git(&["switch", "-qc", "side"]);
    commit("side\n");
    repository.git(&["switch", "-q", "main"]);
    commit("two\n");
    repository
}

type Deed = fn(&Repository);

#[test]
fn what_moves_the_branch_is_followed() {
    let deeds: [(&str, Deed); 10] = [
        ("commit", |r| {
            r.save("papers.txt", "three\n");
            r.git(&["commit", "-qam", "three"]);
        }),
        ("amend", |r| {
            r.git(&["commit", "-q", "--amend", "-m", "two, really"]);
        }),
        ("revert", |r| {
            r.git(&["revert", "--no-edit", "HEAD"]);
        }),
        ("merge", |r| {
            r.git(&["merge", "-q", "-X", "theirs", "--no-edit", "side"]);
        }),
        ("pull", |r| {
            r.git(&["pull", "-q", "--no-rebase", "-X", "theirs", "--no-edit", ".", "side"]);
        }),
        ("rebase", |r| {
            r.git(&["rebase", "-q", "-X", "theirs", "side"]);
        }),
        ("cherry-pick", |r| {
            r.git(&["cherry-pick", "-X", "theirs", "side"]);
        }),
        ("reset --soft, and commit", |r| {
            r.git(&["reset", "-q", "--soft", "HEAD~1"]);
            r.git(&["commit", "-qm", "two again"]);
        }),
        ("reset --mixed, and commit", |r| {
            r.git(&["reset", "-q", "--mixed", "HEAD~1"]);
            r.git(&["commit", "-qam", "two again"]);
        }),
        ("reset --hard", |r| {
            r.git(&["reset", "-q", "--hard", "HEAD~1"]);
        }),
    ];
    for (name, deed) in deeds {
        let repository = forked();
        let mut writer = hasty(&repository.root());
        one(&mut writer, write(MEMORY, "before\n")).unwrap();
        // What the person rewrites is their own; what we wrote lies below it.
        repository.save("papers.txt", "two and a half\n");
        repository.git(&["commit", "-qam", "two and a half"]);
        let mut force = Force::load(&repository.root(), "main").unwrap();
        deed(&repository);
        one(&mut writer, write(MEMORY, "after\n")).unwrap_or_else(|error| panic!("{name}: {error}"));
        force.advance().unwrap();
        let anew = Force::load(&repository.root(), "main").unwrap();
        assert_eq!((force.draft(), force.tip()), (anew.draft(), anew.tip()), "{name}");
        assert_eq!(repository.read(MEMORY), "after\n", "{name}");
        repository.assert_sound();
    }
}

#[test]
fn what_is_under_way_or_elsewhere_pauses_and_goes_on_by_itself() {
    // How it begins, what is said, and how the person ends it.
    let table: [(&str, Deed, &str, Deed); 9] = [
        (
            "branch switch",
            |r| drop(r.git(&["switch", "-q", "side"])),
            "the branch `side` is checked out",
            |r| drop(r.git(&["switch", "-q", "main"])),
        ),
        (
            "a new branch",
            |r| drop(r.git(&["switch", "-qc", "idea"])),
            "the branch `idea` is checked out",
            |r| drop(r.git(&["switch", "-q", "main"])),
        ),
        (
            "orphan",
            |r| drop(r.git(&["switch", "-q", "--orphan", "fresh"])),
            "the branch `fresh` is checked out",
            |r| drop(r.git(&["switch", "-q", "main"])),
        ),
        (
            "detached HEAD",
            |r| drop(r.git(&["checkout", "-q", "--detach"])),
            "no branch is checked out",
            |r| drop(r.git(&["switch", "-q", "main"])),
        ),
        (
            "bisect",
            |r| drop(r.git(&["bisect", "start", "HEAD", "HEAD~2"])),
            "a bisect is under way",
            |r| drop(r.git(&["bisect", "reset"])),
        ),
        (
            "conflict of a merge",
            |r| assert!(!try_git(&r.root(), &["merge", "-q", "side"]).0),
            "a merge is under way",
            |r| drop(r.git(&["merge", "--abort"])),
        ),
        (
            "conflict of a rebase",
            |r| assert!(!try_git(&r.root(), &["rebase", "-q", "side"]).0),
            "a rebase is under way",
            |r| drop(r.git(&["rebase", "--abort"])),
        ),
        (
            "conflict of a cherry-pick",
            |r| assert!(!try_git(&r.root(), &["cherry-pick", "side"]).0),
            "a cherry-pick is under way",
            |r| drop(r.git(&["cherry-pick", "--abort"])),
        ),
        (
            "conflict of a revert",
            |r| assert!(!try_git(&r.root(), &["revert", "--no-edit", "HEAD~1"]).0),
            "a revert is under way",
            |r| drop(r.git(&["revert", "--abort"])),
        ),
    ];
    for (name, begin, said, end) in table {
        let repository = forked();
        let before = Force::load(&repository.root(), "main").unwrap();
        begin(&repository);
        let at = refs(&repository);
        let error = one(&mut hasty(&repository.root()), write(MEMORY, "x\n")).unwrap_err();
        assert!(matches!(error, WriteError::Paused(_)), "{name}: {error}");
        assert!(error.to_string().contains(said), "{name}: {error}");
        assert_eq!(refs(&repository), at, "{name}: nothing is committed anywhere");
        assert_eq!(Force::load(&repository.root(), "main").unwrap().draft(), before.draft(), "{name}: in force");
        end(&repository);
        goes_on(&repository, name);
        repository.assert_sound();
    }
}

#[test]
fn a_merge_that_is_finished_by_hand_goes_on() {
    let repository = forked();
    assert!(!try_git(&repository.root(), &["merge", "-q", "side"]).0);
    repository.save("papers.txt", "both\n");
    repository.git(&["add", "papers.txt"]);
    let error = one(&mut hasty(&repository.root()), write(MEMORY, "x\n")).unwrap_err();
    assert!(matches!(error, WriteError::Paused(Paused::InProgress { what: "merge" })), "{error}");
    repository.git(&["commit", "-q", "--no-edit"]);
    goes_on(&repository, "merged\n");
    repository.assert_sound();
}

#[test]
fn what_is_stashed_comes_back_over_what_was_written_meanwhile() {
    let repository = company();
    repository.save("goals/launch.md", "---\nname: Launch\n---\nSoon.\n");
    repository.save("papers.txt", "new\n");
    repository.git(&["stash", "-q", "-u"]);
    goes_on(&repository, "meanwhile\n");
    repository.git(&["stash", "pop", "-q"]);
    assert!(repository.read("goals/launch.md").contains("Soon."));
    assert_eq!(repository.read("papers.txt"), "new\n");
    assert_eq!(repository.read(MEMORY), "meanwhile\n");
}

#[test]
fn cleaning_copying_and_collecting_hurt_nothing() {
    let repository = company();
    goes_on(&repository, "one\n");
    repository.save("leftover.tmp", "x");
    repository.git(&["clean", "-qfdx"]);
    goes_on(&repository, "two\n");
    repository.git(&["reflog", "expire", "--expire=now", "--all"]);
    repository.git(&["gc", "-q", "--prune=now"]);
    goes_on(&repository, "three\n");
    repository.git(&["pack-refs", "--all"]);
    goes_on(&repository, "four\n");
    // A copy is a company of its own, with the same past.
    let copy = repository.copy();
    goes_on(&copy, "copy\n");
    goes_on(&repository, "original\n");
    assert_eq!(copy.read(MEMORY), "copy\n");
    copy.assert_sound();
    repository.assert_sound();
}

#[test]
fn a_second_work_tree_is_refused_and_beside_the_first_nobody_minds() {
    let repository = company();
    let other = tempfile::tempdir().unwrap();
    let tree = other.path().join("tree");
    repository.git(&["worktree", "add", "-q", "-b", "side", &tree.to_string_lossy()]);
    let refused = Writer::open(Options::new(&tree)).unwrap_err().to_string();
    assert!(refused.contains("second work tree"), "{refused}");
    let looks = Force::load(&tree, "main").unwrap();
    assert_eq!(looks.draft().agents.len(), 3, "it can be read from there");
    goes_on(&repository, "first\n");
    repository.assert_sound();

    let bare = other.path().join("bare.git");
    repository.git(&["clone", "-q", "--bare", ".", &bare.to_string_lossy()]);
    let refused = Writer::open(Options::new(&bare)).unwrap_err().to_string();
    assert!(refused.contains("bare repository"), "{refused}");
    assert_eq!(Force::load(&bare, "main").unwrap().draft().agents.len(), 3, "it can be read");
    let tree = other.path().join("of-bare");
    git(&bare, &["worktree", "add", "-q", &tree.to_string_lossy(), "main"]);
    let refused = Writer::open(Options::new(&tree)).unwrap_err().to_string();
    assert!(refused.contains("second work tree"), "{refused}");
}

#[test]
fn a_sparse_checkout_stays_sparse_and_everything_is_in_force() {
    let repository = company();
    repository.git(&["sparse-checkout", "set", "--cone", "agents"]);
    assert!(!repository.root().join("tickets").exists());
    let force = Force::load(&repository.root(), "main").unwrap();
    assert_eq!(force.draft().tickets.len(), 2);
    let ticket = super::force::ticket(1, "assignee: cto\ngoal: launch\npriority: high\n");
    one(&mut repository.writer(), write("tickets/0000/ACME-1.md", &ticket)).unwrap();
    assert!(!repository.root().join("tickets").exists(), "what is left out stays out");
    assert_eq!(repository.git(&["show", "main:tickets/0000/ACME-1.md"]), ticket);
    goes_on(&repository, "inside\n");
    repository.assert_sound();
}

#[test]
fn a_shallow_clone_goes_on_from_where_it_begins() {
    let repository = company();
    for text in ["one\n", "two\n", "three\n"] {
        goes_on(&repository, text);
    }
    repository.save("agents/qa/agent.yaml", "status: [\n");
    repository.git(&["commit", "-qam", "break it"]);
    let folder = tempfile::tempdir().unwrap();
    let from = format!("file://{}", repository.root().display());
    git(folder.path(), &["clone", "-q", "--depth", "1", &from, "clone"]);
    let clone = Repository::at(&folder.path().join("clone"));
    let force = Force::load(&clone.root(), "main").unwrap();
    assert_eq!(force.broken()["agents/qa/agent.yaml"].in_force, None, "its good version was not fetched");
    goes_on(&clone, "shallow\n");
    clone.git(&["reset", "-q", "--hard", "HEAD~1"]);
    goes_on(&clone, "again\n");
    clone.git(&["fetch", "-q", "--unshallow"]);
    assert!(Force::load(&clone.root(), "main").unwrap().broken()["agents/qa/agent.yaml"].in_force.is_some());
}

#[test]
fn a_company_may_be_a_submodule_and_have_one() {
    let inner = company();
    let outer = tempfile::tempdir().unwrap();
    git(outer.path(), &["init", "-q", "-b", "trunk"]);
    let from = inner.root().to_string_lossy().into_owned();
    let add = ["-c", "protocol.file.allow=always", "submodule", "add", "-q", &from, "acme"];
    git(outer.path(), &add);
    git(outer.path(), &["commit", "-qm", "with a company"]);
    let module = Repository::at(&outer.path().join("acme"));
    goes_on(&module, "inside\n");
    assert_eq!(module.git(&["status", "--porcelain"]), "");
    assert!(outer.path().join(".git/modules/acme/corp/journal").exists(), "our state lies in its own folder");
    assert_eq!(git(outer.path(), &["status", "--porcelain"]), " M acme\n", "the outer one sees a newer commit");
    assert_eq!(git(outer.path(), &["rev-list", "--count", "trunk"]).trim(), "1", "and gets none");
    // Updating the outer one detaches the inner one, as git does.
    git(outer.path(), &["-c", "protocol.file.allow=always", "submodule", "update", "-q"]);
    let error = one(&mut hasty(&module.root()), write(MEMORY, "x\n")).unwrap_err().to_string();
    assert!(error.contains("no branch is checked out"), "{error}");
    module.git(&["switch", "-q", "main"]);
    goes_on(&module, "back\n");

    let parent = company();
    parent.git(&["-c", "protocol.file.allow=always", "submodule", "add", "-q", &from, "projects/web/code"]);
    parent.git(&["commit", "-qm", "with code"]);
    goes_on(&parent, "outside\n");
    let force = Force::load(&parent.root(), "main").unwrap();
    assert!(!force.draft().entries.keys().any(|path| path.starts_with("projects/web/code")), "it is another's");
    assert_eq!(parent.git(&["status", "--porcelain"]), "");
}

#[test]
fn settings_of_a_person_change_nothing_that_is_written_and_run_nothing() {
    let repository = company();
    let ran = repository.root().join(".git/ran");
    let program = repository.root().join(".git/program");
    std::fs::write(&program, format!("#!/bin/sh\necho \"$0 $*\" >> '{}'\ncat\n", ran.display())).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = program.to_string_lossy().into_owned();
    let hooks = [
        "pre-commit",
        "prepare-commit-msg",
        "commit-msg",
        "post-commit",
        "reference-transaction",
        "post-index-change",
        "post-checkout",
    ];
    std::fs::create_dir_all(repository.root().join(".git/hooks")).unwrap();
    for hook in hooks {
        std::fs::copy(&program, repository.root().join(".git/hooks").join(hook)).unwrap();
    }
    let settings = [
        ("commit.gpgsign", "true"),
        ("gpg.program", &path),
        ("core.fsmonitor", &path),
        ("filter.x.clean", &path),
        ("filter.x.smudge", &path),
        ("diff.external", &path),
        ("core.pager", &path),
        ("core.autocrlf", "true"),
        ("core.fileMode", "true"),
        ("core.editor", &path),
        ("commit.template", "/nowhere"),
    ];
    for (key, value) in settings {
        repository.save(".git/config", &format!("{}\n", repository.read(".git/config").trim_end()));
        git(&repository.root(), &["config", key, value]);
    }
    repository.save(".git/info/attributes", &format!("{}*.md filter=x\n", repository.read(".git/info/attributes")));
    drop(std::fs::remove_file(&ran));
    let commit = one(&mut repository.writer(), write(MEMORY, "plain\nlines\n")).unwrap().commit;
    let run = |args: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_corp"))
            .args(args)
            .current_dir(repository.root())
            .env("HOME", repository.root())
            .env("CORP_NOW", crate::harness::NOW)
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    repository.save("goals/launch.md", "---\nname: Launch\n---\nSoon.\n");
    run(&["commit"]);
    run(&["log"]);
    run(&["undo", "HEAD"]);
    run(&["check", "--in-force"]);
    assert!(!ran.exists(), "{}", std::fs::read_to_string(&ran).unwrap_or_default());
    for (key, _) in settings {
        git(&repository.root(), &["config", "--unset-all", key]);
    }
    assert_eq!(repository.git(&["show", &format!("{commit}:{MEMORY}")]), "plain\nlines\n");
    assert!(!repository.git(&["cat-file", "-p", &commit]).contains("gpgsig"));
}

#[test]
fn a_mode_and_the_case_of_a_name_are_a_persons_to_change() {
    let repository = company();
    let path = repository.root().join(MEMORY);
    goes_on(&repository, "one\n");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    goes_on(&repository, "two\n");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(repository.git(&["diff", "--summary"]).trim(), format!("mode change 100644 => 100755 {MEMORY}"));
    repository.git(&["commit", "-qam", "a program"]);
    goes_on(&repository, "three\n");
    assert!(repository.git(&["ls-tree", "main", MEMORY]).starts_with("100755"), "what is committed stays so");
    repository.git(&["mv", "agents/qa", "agents/QA"]);
    repository.git(&["commit", "-qm", "louder"]);
    let force = Force::load(&repository.root(), "main").unwrap();
    assert!(
        force.draft().agents.contains_key("agents/QA/AGENTS.md") || force.broken().contains_key("agents/QA/AGENTS.md")
    );
    assert!(!force.draft().agents.contains_key("agents/qa/AGENTS.md"));
    goes_on(&repository, "four\n");
    repository.assert_sound();
}

/// `git switch -c` at the tip makes the new branch first and moves `HEAD` then, without the index. What is committed in
/// between is the company's branch's, and lies staged beside the new one until it is switched back.
#[cfg(target_os = "linux")]
#[test]
fn what_is_committed_while_a_new_branch_is_begun_stays_on_the_companys() {
    let repository = company();
    let hook = repository.root().join(".git/hooks/reference-transaction");
    std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
    // git waits for its hook, and the writer for git, but not for ever.
    let test = std::env::current_exe().unwrap();
    let child = "store::people::child_writes_once --ignored";
    let text = format!(
        "#!/bin/sh\ncase \"$1 $(cat)\" in committed*refs/heads/idea) rm -f \"$0\"\n\
         unset GIT_DIR; CORP_TEST_NUMBER=0 CORP_TEST_ROOT='{}' '{}' --exact {child} >&2;; esac\n",
        repository.root().display(),
        test.display()
    );
    std::fs::write(&hook, text).unwrap();
    std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    repository.git(&["switch", "-qc", "idea"]);
    assert!(!hook.exists(), "it was written in that moment");
    assert_eq!(repository.git(&["show", &format!("main:{MEMORY}")]), "in between\n");
    assert_eq!(repository.git(&["rev-list", "--count", "idea..main"]), "1\n");
    assert_eq!(repository.git(&["diff", "--cached", "--name-only"]), format!("{MEMORY}\n"));
    let paused = one(&mut hasty(&repository.root()), write(MEMORY, "elsewhere\n")).unwrap_err();
    assert!(matches!(paused, WriteError::Paused(Paused::Branch { .. })), "{paused}");
    repository.git(&["switch", "-q", "main"]);
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
    assert_eq!(repository.read(MEMORY), "in between\n");
    goes_on(&repository, "afterwards\n");
    repository.assert_sound();
}

#[test]
#[ignore = "started by the test above"]
fn child_writes_once() {
    let Some((root, _)) = surroundings() else { return };
    one(&mut Writer::open(Options::new(root)).unwrap(), write(MEMORY, "in between\n")).unwrap();
}
