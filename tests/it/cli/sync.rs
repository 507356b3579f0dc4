//! `corp sync`, `corp clone`, `corp merge` and `corp home`, with the real program, the real git and a bare repository
//! between clones.

use crate::two_clones::{Clones, TICKET, git, try_git};
use std::process::Command;

#[test]
fn two_clones_edited_apart_come_together_through_corp_sync() {
    let clones = Clones::new();
    clones.edit_both();
    let first = clones.corp("one", &["sync"]);
    assert_eq!((first.code, first.stdout.as_str()), (0, ""), "{}", first.stderr);
    assert!(first.stderr.contains("sent 1 commit to `origin`"), "{}", first.stderr);
    let second = clones.corp("two", &["sync"]);
    clones.done(&second);
    assert!(second.stdout.contains("ACME-2: todo → in_review, labels +api"), "{}{}", second.stdout, second.stderr);
    assert!(second.stderr.contains("brought in 1 commit from `origin`"), "{}", second.stderr);
    assert!(second.stderr.contains("sent 2 commits"), "{}", second.stderr);
    clones.done(&clones.corp("one", &["sync"]));
    clones.assert_same();
    clones.assert_both_are_in("one");
    let merge = clones.git("two", &["log", "-1", "--format=%an/%cn %s%n%P"]);
    assert!(merge.starts_with("ada/corp merge origin/main: ") && merge.contains("ACME-2: todo → in_review"), "{merge}");
    assert_eq!(merge.lines().nth(1).unwrap().split(' ').count(), 2, "{merge}");
    assert_eq!(clones.corp("two", &["check"]).code, 0);
    let again = clones.corp("one", &["sync"]);
    assert!(again.stderr.contains("nothing to bring in, nothing to send"), "{}", again.stderr);
}

#[test]
fn two_clones_edited_apart_come_together_through_plain_git() {
    let clones = Clones::new();
    clones.edit_both();
    git(&clones.path("one"), &["push", "-q", "origin", "main"]);
    git(&clones.path("two"), &["fetch", "-q"]);
    git(&clones.path("two"), &["merge", "-q", "--no-edit", "origin/main"]);
    clones.assert_both_are_in("two");
    git(&clones.path("two"), &["push", "-q", "origin", "main"]);
    clones.done(&clones.corp("one", &["sync"]));
    clones.assert_both_are_in("one");
    clones.assert_same();
}

#[test]
fn a_true_conflict_is_told_in_words_and_settled_by_a_person() {
    let clones = Clones::new();
    for (clone, priority) in [("one", "low"), ("two", "critical")] {
        clones.replace(clone, TICKET, "priority: high", &format!("priority: {priority}"));
        if clone == "two" {
            clones.replace(clone, TICKET, "assignee:", "labels: [mine]\nassignee:");
        }
        clones.commit(clone);
    }
    clones.done(&clones.corp("one", &["sync"]));
    let before = clones.git("two", &["rev-parse", "main"]);
    let run = clones.corp("two", &["sync"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.stdout, format!("{TICKET}: both sides changed `priority`: here it is `critical`, there `low`\n"));
    assert!(run.stderr.contains(&format!("choose: --here {TICKET} or --there {TICKET}")), "{}", run.stderr);
    assert_eq!(clones.git("two", &["rev-parse", "main"]), before, "nothing was changed");
    clones.assert_sound("two");
    let hub = clones.git("hub.git", &["rev-parse", "main"]);
    assert_eq!(clones.git("two", &["rev-parse", "refs/corp/incoming/origin"]), hub, "what came is kept");

    // By hand, both are marked; by choice, one is taken.
    let (merged, said) = try_git(&clones.path("two"), &["merge", "--no-edit", "refs/corp/incoming/origin"]);
    assert!(!merged && said.contains("both sides changed `priority`: here it is `critical`, there `low`"), "{said}");
    assert!(
        clones.read("two", TICKET).contains("<<<<<<< ours\npriority: critical\n=======\npriority: low\n>>>>>>> theirs")
    );
    clones.git("two", &["merge", "--abort"]);
    clones.done(&clones.corp("two", &["sync", "--there", TICKET]));
    let text = clones.read("two", TICKET);
    assert!(
        text.contains("priority: low\n") && text.contains("labels: [mine]\n"),
        "only the conflict is chosen: {text}"
    );
    clones.done(&clones.corp("one", &["sync"]));
    clones.assert_same();
    assert!(!try_git(&clones.path("two"), &["rev-parse", "-q", "--verify", "refs/corp/incoming/origin"]).0);
}

#[test]
fn what_adds_errors_is_shown_and_not_in_force_until_a_person_takes_it() {
    let clones = Clones::new();
    clones.replace("two", "agents/engineer/AGENTS.md", "reportsTo: ceo", "reportsTo: coe");
    clones.git("two", &["commit", "-qam", "broken"]);
    clones.git("two", &["push", "-q", "origin", "main"]);
    let run = clones.corp("one", &["sync"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stdout.contains("error[unknown-agent]: there is no agent `coe`"), "{}", run.stdout);
    assert!(run.stdout.contains("agents/engineer/AGENTS.md:4:12"), "{}", run.stdout);
    assert!(clones.read("one", "agents/engineer/AGENTS.md").contains("reportsTo: ceo"));
    let theirs = clones.git("two", &["rev-parse", "main"]);
    assert_ne!(clones.git("one", &["rev-parse", "main"]), theirs);
    assert_eq!(clones.git("one", &["rev-parse", "refs/corp/incoming/origin"]), theirs);
    assert_ne!(clones.git("one", &["rev-parse", "refs/corp/trusted"]), theirs);
    let wrong = clones.corp("one", &["sync", "--accept", "0123456789"]);
    assert_eq!(wrong.code, 3, "another commit was accepted: {}", wrong.stderr);
    clones.done(&clones.corp("one", &["sync", "--accept", &theirs[..10]]));
    assert!(clones.read("one", "agents/engineer/AGENTS.md").contains("reportsTo: coe"));
    assert_eq!(clones.git("one", &["rev-parse", "refs/corp/trusted"]), theirs);
    // An error that is there already keeps nothing else out.
    clones.replace("two", TICKET, "priority: high", "priority: low");
    clones.git("two", &["commit", "-qam", "more"]);
    clones.git("two", &["push", "-q", "origin", "main"]);
    clones.done(&clones.corp("one", &["sync"]));
    clones.assert_same();
}

#[test]
fn links_and_strange_names_are_not_brought_along() {
    let clones = Clones::new();
    std::os::unix::fs::symlink("/etc/passwd", clones.path("two/agents/ceo/MEMORY.md")).unwrap();
    clones.git("two", &["add", "agents"]);
    clones.git("two", &["commit", "-qm", "a link"]);
    clones.git("two", &["push", "-q", "origin", "main"]);
    let theirs = clones.git("two", &["rev-parse", "main"]);
    // Not even by a person's word: it would have to be made by git.
    for args in [&["sync"][..], &["sync", "--accept", theirs.trim()]] {
        let run = clones.corp("one", args);
        assert_eq!(run.code, 3, "{}", run.stderr);
        assert!(run.stdout.contains("error[incoming-link]"), "{}", run.stdout);
    }
    assert!(std::fs::symlink_metadata(clones.path("one/agents/ceo/MEMORY.md")).is_err());
    clones.assert_sound("one");
}

#[test]
fn a_rewritten_a_deleted_and_a_foreign_branch_are_refused_with_both_ids() {
    let clones = Clones::new();
    clones.replace("two", TICKET, "priority: high", "priority: low");
    clones.commit("two");
    clones.done(&clones.corp("two", &["sync"]));
    clones.done(&clones.corp("one", &["sync"]));
    let had = clones.git("one", &["rev-parse", "main"]);
    clones.git("two", &["commit", "-q", "--amend", "-m", "another"]);
    clones.git("two", &["push", "-qf"]);
    let has = clones.git("two", &["rev-parse", "main"]);
    let run = clones.corp("one", &["sync"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let told =
        format!("`main` at `origin` was rewritten: it was {}, and {} does not come from it", had.trim(), has.trim());
    assert!(run.stderr.contains(&told), "{}", run.stderr);
    assert_eq!(clones.git("one", &["rev-parse", "main"]), had, "what is here stays");
    assert_eq!(clones.git("hub.git", &["rev-parse", "main"]), has, "nothing was forced there either");
    clones.done(&clones.corp("one", &["sync", "--accept", has.trim()]));
    let both = clones.git("one", &["log", "--format=%H"]);
    assert!(both.contains(had.trim()) && both.contains(has.trim()), "{both}");

    let last = clones.git("one", &["rev-parse", "main"]);
    clones.git("hub.git", &["update-ref", "-d", "refs/heads/main"]);
    let run = clones.corp("one", &["sync"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains(&format!("`main` at `origin` was deleted: it was {}", last.trim())), "{}", run.stderr);
    clones.done(&clones.corp("one", &["sync", "--accept", last.trim()]));
    assert_eq!(clones.git("hub.git", &["rev-parse", "main"]), last);

    clones.done(&clones.scratch.corp(&["init", "other", "--name", "Other"]));
    clones.git("other", &["remote", "add", "origin", "../hub.git"]);
    let run = clones.corp("other", &["sync"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let ours = clones.git("other", &["rev-parse", "main"]);
    assert!(run.stderr.contains(last.trim()) && run.stderr.contains(ours.trim()), "{}", run.stderr);
    assert!(run.stderr.contains("have no commit in common"), "{}", run.stderr);
}

#[test]
fn offline_is_said_and_everything_is_sent_later() {
    let clones = Clones::new();
    clones.replace("one", TICKET, "priority: high", "priority: low");
    clones.commit("one");
    std::fs::rename(clones.path("hub.git"), clones.path("unplugged")).unwrap();
    let run = clones.corp("one", &["sync"]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert!(run.stderr.contains("`origin` could not be reached"), "{}", run.stderr);
    assert!(run.stderr.contains("1 commit waits here to be sent"), "{}", run.stderr);
    clones.assert_sound("one");
    std::fs::rename(clones.path("unplugged"), clones.path("hub.git")).unwrap();
    clones.done(&clones.corp("one", &["sync"]));
    clones.done(&clones.corp("two", &["sync"]));
    clones.assert_same();
}

#[test]
fn a_protected_branch_is_not_forced_and_home_merges_what_waits() {
    let clones = Clones::new();
    let hook = "#!/bin/sh\nwhile read old new ref; do\n  if [ $ref = refs/heads/main ] && [ -e protected ]; then\n    echo 'only home pushes to main' >&2\n    exit 1\n  fi\ndone\n";
    let path = clones.path("hub.git/hooks/pre-receive");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, hook).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&path).status().unwrap().success());
    std::fs::write(clones.path("hub.git/protected"), "").unwrap();

    clones.replace("two", TICKET, "priority: high", "priority: low");
    clones.commit("two");
    let run = clones.corp("two", &["sync"]);
    clones.done(&run);
    assert!(run.stderr.contains("only home pushes to main"), "{}", run.stderr);
    let branch = clones.git("hub.git", &["for-each-ref", "--format=%(refname:short)", "refs/heads/corp/"]);
    let branch = branch.trim();
    assert!(run.stderr.contains(&format!("1 commit waits there on `{branch}` until home merges it")), "{}", run.stderr);
    // Again, with more: the branch grows and is never forced.
    clones.replace("two", TICKET, "priority: low", "priority: critical");
    clones.commit("two");
    clones.done(&clones.corp("two", &["sync"]));

    // At home, which may push.
    std::fs::remove_file(clones.path("hub.git/protected")).unwrap();
    let run = clones.corp("one", &["sync"]);
    assert!(run.stderr.contains(&format!("waiting to be merged by home: {branch}")), "{}", run.stderr);
    assert_eq!(clones.corp("one", &["merge"]).stdout, format!("{branch}\n"));
    let run = clones.corp("one", &["merge", branch]);
    clones.done(&run);
    assert!(run.stdout.contains("ACME-2"), "{}", run.stdout);
    clones.done(&clones.corp("one", &["sync"]));
    assert_eq!(clones.corp("one", &["merge"]).stdout, "");
    clones.done(&clones.corp("two", &["sync"]));
    clones.assert_same();
    let run = clones.corp("one", &["merge", "nothing"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
}

#[test]
fn one_clone_is_home_and_a_copied_folder_is_not() {
    let clones = Clones::new();
    assert!(clones.corp("one", &["home", "show"]).stdout.contains("home: nobody"));
    clones.done(&clones.corp("one", &["home", "take"]));
    assert!(clones.corp("one", &["home", "show"]).stdout.contains("home: this clone"));
    clones.done(&clones.corp("two", &["sync"]));
    let show = clones.corp("two", &["home", "show"]).stdout;
    assert!(show.contains("home: c-") && !show.contains("this clone\n"), "{show}");
    assert!(Command::new("cp").arg("-a").arg(clones.path("one")).arg(clones.path("copy")).status().unwrap().success());
    let show = clones.corp("copy", &["home", "show"]).stdout;
    assert!(show.contains("home: c-") && !show.contains("home: this clone"), "{show}");
    std::fs::rename(clones.path("one"), clones.path("moved")).unwrap();
    assert!(clones.corp("moved", &["home", "show"]).stdout.contains("home: this clone"));
    std::fs::rename(clones.path("moved"), clones.path("one")).unwrap();

    clones.done(&clones.corp("two", &["home", "take"]));
    assert!(clones.read("two", "home.yaml").contains("fence: 2\n"), "{}", clones.read("two", "home.yaml"));
    clones.done(&clones.corp("one", &["sync"]));
    assert!(!clones.corp("one", &["home", "show"]).stdout.contains("home: this clone"));
    clones.assert_same();

    std::fs::rename(clones.path("hub.git"), clones.path("unplugged")).unwrap();
    let run = clones.corp("one", &["home", "take"]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert!(run.stderr.contains("corp home take --offline"), "{}", run.stderr);
    clones.done(&clones.corp("one", &["home", "take", "--offline"]));
    assert!(clones.corp("one", &["home", "show"]).stdout.contains("home: this clone"));
}

#[test]
fn nothing_of_the_folder_is_run() {
    let clones = Clones::new();
    let ran = clones.path("ran");
    let program = clones.path("program");
    std::fs::write(&program, format!("#!/bin/sh\ntouch {}\nexit 1\n", ran.display())).unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&program).status().unwrap().success());
    let hooks = clones.path("two/.git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in ["pre-push", "reference-transaction", "post-merge", "post-index-change", "pre-commit", "post-checkout"]
    {
        std::fs::copy(&program, hooks.join(hook)).unwrap();
    }
    let told = program.to_string_lossy().into_owned();
    for key in
        ["core.fsmonitor", "core.sshCommand", "credential.helper", "core.gitProxy", "filter.x.clean", "core.askPass"]
    {
        clones.git("two", &["config", key, &told]);
    }
    clones.git("two", &["config", "remote.origin.uploadpack", &told]);
    clones.git("two", &["config", "remote.origin.receivepack", &told]);
    clones.write("two", ".git/info/attributes", "* filter=x\n");
    std::fs::remove_file(&ran).unwrap_or(());
    clones.replace("two", "budgets.yaml", "80%", "70%");
    clones.commit("two");
    clones.done(&clones.corp("two", &["sync"]));
    clones.replace("one", TICKET, "priority: high", "priority: low");
    clones.commit("one");
    clones.done(&clones.corp("one", &["sync"]));
    clones.done(&clones.corp("two", &["sync"]));
    assert!(!ran.exists(), "a program that the folder names was run");
    for (url, why) in [("ext::sh -c touch% x", "would start a program"), ("https://u:p@host/x", "contains a password")]
    {
        clones.git("two", &["config", "remote.origin.url", url]);
        let run = clones.corp("two", &["sync"]);
        assert_eq!(run.code, 5, "{}", run.stderr);
        assert!(run.stderr.contains(why) && !run.stderr.contains("u:p@"), "{}", run.stderr);
    }
}

#[test]
fn a_person_s_unfinished_work_stays_beside_what_comes() {
    let clones = Clones::new();
    clones.replace("one", TICKET, "priority: high", "priority: low");
    clones.replace("one", "README.md", "#", "# Read this\n\n#");
    clones.commit("one");
    clones.done(&clones.corp("one", &["sync"]));
    clones.replace("two", TICKET, "assignee: engineer", "assignee: ceo");
    clones.write("two", "goals/staged.md", "---\nname: Staged\n---\n");
    clones.git("two", &["add", "goals/staged.md"]);
    let run = clones.corp("two", &["sync"]);
    clones.done(&run);
    assert!(
        run.stderr.contains(&format!("{TICKET}: what you have not committed there is kept beside what came")),
        "{}",
        run.stderr
    );
    let text = clones.read("two", TICKET);
    assert!(text.contains("priority: low\n") && text.contains("assignee: ceo\n"), "{text}");
    assert_eq!(clones.git("two", &["status", "--porcelain"]), format!("A  goals/staged.md\n M {TICKET}\n"));
}

#[test]
fn a_clone_is_whole_or_not_there() {
    let clones = Clones::new();
    let run = clones.scratch.corp(&["clone", "hub.git", "one"]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert!(run.stderr.contains("is there already, and not empty"), "{}", run.stderr);
    git(&clones.path("."), &["init", "-q", "--bare", "empty.git"]);
    git(&clones.path("."), &["init", "-q", "plain"]);
    git(&clones.path("plain"), &["commit", "-q", "--allow-empty", "-m", "nothing"]);
    for (address, why) in [
        ("empty.git", "has no branch yet"),
        ("plain", "is no company"),
        ("nowhere.git", "could not be reached"),
        ("http://host/x", "only https, ssh and paths"),
    ] {
        let run = clones.scratch.corp(&["clone", address, "three"]);
        assert_eq!(run.code, 5, "{address}: {}", run.stderr);
        assert!(run.stderr.contains(why), "{address}: {}", run.stderr);
        assert!(!clones.path("three").exists(), "{address}");
    }
    let program = clones.path("one/skills/review/scripts/run.sh");
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    std::fs::write(&program, "#!/bin/sh\n").unwrap();
    assert!(Command::new("chmod").arg("+x").arg(&program).status().unwrap().success());
    clones.git("one", &["add", "skills"]);
    clones.git("one", &["commit", "-qm", "a program"]);
    clones.git("one", &["push", "-q", "origin", "main"]);
    clones.clone_to("three");
    clones.assert_sound("three");
    let listed = clones.git("three", &["ls-files", "-s", "skills/review/scripts"]);
    assert!(listed.starts_with("100755"), "{listed}");
    assert_eq!(clones.git("three", &["status", "-sb"]), "## main...origin/main\n");
}

#[test]
fn a_watching_sync_brings_in_what_others_send() {
    let clones = Clones::new();
    let mut watching = clones.scratch.spawn_in(&clones.path("two"), &["sync", "--watch", "1"]);
    clones.replace("one", TICKET, "priority: high", "priority: low");
    clones.commit("one");
    clones.done(&clones.corp("one", &["sync"]));
    let until = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while !clones.read("two", TICKET).contains("priority: low") {
        assert!(watching.try_wait().unwrap().is_none(), "it ended by itself");
        assert!(std::time::Instant::now() < until, "it did not come");
        std::thread::yield_now();
    }
    watching.kill().unwrap();
    watching.wait().unwrap();
    // Killed anywhere, it is simply begun anew.
    clones.done(&clones.corp("two", &["sync"]));
    clones.assert_same();
}
