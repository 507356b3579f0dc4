//! `corp sync`, `corp clone`, `corp merge` and `corp home`, with the real program, the real git and a bare repository
//! between clones.

use crate::harness::{Company, Run};
use std::path::{Path, PathBuf};
use std::process::Command;

const TICKET: &str = "tickets/0000/ACME-2.md";

/// Two clones of a company and the bare repository between them.
pub(super) struct Clones {
    pub(super) scratch: Company,
}

impl Clones {
    pub(super) fn new() -> Self {
        let clones = Self { scratch: Company::new(&[]) };
        clones.done(&clones.scratch.corp(&["init", "one", "--template", "studio", "--name", "Acme"]));
        git(&clones.path("."), &["init", "-q", "--bare", "hub.git"]);
        git(&clones.path("one"), &["remote", "add", "origin", "../hub.git"]);
        clones.done(&clones.corp("one", &["sync"]));
        clones.clone_to("two");
        clones
    }

    pub(super) fn clone_to(&self, name: &str) {
        self.done(&self.scratch.corp(&["clone", "hub.git", name]));
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.scratch.root().join(path)
    }

    pub(super) fn corp(&self, clone: &str, args: &[&str]) -> Run {
        self.scratch.corp_in(&self.path(clone), args)
    }

    fn git(&self, clone: &str, args: &[&str]) -> String {
        git(&self.path(clone), args)
    }

    fn read(&self, clone: &str, path: &str) -> String {
        std::fs::read_to_string(self.path(clone).join(path)).unwrap()
    }

    fn write(&self, clone: &str, path: &str, text: &str) {
        let path = self.path(clone).join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn replace(&self, clone: &str, path: &str, from: &str, to: &str) {
        let text = self.read(clone, path);
        assert!(text.contains(from), "{from:?} is not in {text}");
        self.write(clone, path, &text.replacen(from, to, 1));
    }

    fn commit(&self, clone: &str) {
        self.done(&self.corp(clone, &["commit"]));
    }

    /// What must be true of a clone after anything.
    pub(super) fn assert_sound(&self, clone: &str) {
        assert_eq!(self.git(clone, &["status", "--porcelain"]), "", "{clone}");
        assert_eq!(self.git(clone, &["fsck", "--full", "--strict", "--no-dangling"]), "", "{clone}");
    }

    fn done(&self, run: &Run) {
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    }

    /// Both clones hold the same, and it is what the hub holds.
    fn assert_same(&self) {
        let hub = self.git("hub.git", &["rev-parse", "main"]);
        for clone in ["one", "two"] {
            assert_eq!(self.git(clone, &["rev-parse", "main"]), hub, "{clone}");
            self.assert_sound(clone);
        }
    }

    /// What two people do at the same time, far from each other.
    fn edit_both(&self) {
        for (clone, from, to, label, id) in [
            ("one", "status: todo", "status: in_review", "api", "r-4"),
            ("two", "priority: high", "priority: low", "web", "r-3"),
        ] {
            self.replace(clone, TICKET, from, to);
            self.replace(clone, TICKET, "assignee: engineer\n", &format!("assignee: engineer\nlabels: [{label}]\n"));
            let entry = format!("---\nauthor: engineer\nkind: comment\n---\n\nSaid in {clone}.\n");
            self.write(clone, &format!("tickets/0000/ACME-2/20261120T101500Z-engineer-{label}1.md"), &entry);
            self.write(clone, &format!("tickets/draft-0000{label}1.md"), &format!("---\ntitle: New in {clone}\n---\n"));
            let line = format!("{{\"id\":\"{id}\",\"run\":\"{id}\",\"agent\":\"engineer\",\"cost\":\"1.00 USD\"}}\n");
            self.write(clone, "ledger/2026-11/20-1.jsonl", &line);
            self.commit(clone);
        }
    }

    fn assert_both_are_in(&self, clone: &str) {
        let text = self.read(clone, TICKET);
        assert!(text.contains("status: in_review\npriority: low\n"), "{text}");
        let both = ["labels: [api, web]", "labels: [web, api]"];
        assert!(both.iter().any(|labels| text.contains(labels)), "{text}");
        let ledger = self.read(clone, "ledger/2026-11/20-1.jsonl");
        let ids: Vec<&str> = ledger.lines().map(|line| &line[7..10]).collect();
        assert_eq!(ids, ["r-3", "r-4"], "{ledger}");
        let listed = self.git(clone, &["ls-files", "tickets"]);
        for part in ["engineer-api1.md", "engineer-web1.md", "draft-0000api1.md", "draft-0000web1.md"] {
            assert!(listed.contains(part), "{part} is not in {listed}");
        }
    }
}

fn git(folder: &Path, args: &[&str]) -> String {
    let (ok, text) = try_git(folder, args);
    assert!(ok, "git {args:?}: {text}");
    text
}

fn try_git(folder: &Path, args: &[&str]) -> (bool, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_corp")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@acme.example", "-c", "init.defaultBranch=main"])
        .args(args)
        .env("PATH", path)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_EDITOR", "true")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let ok = output.status.success();
    (ok, if ok { text(&output.stdout) } else { text(&output.stdout) + &text(&output.stderr) })
}

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
