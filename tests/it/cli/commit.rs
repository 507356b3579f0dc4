//! `corp commit`.

use crate::harness::{Company, Run, git};

fn studio() -> Company {
    let scratch = Company::new(&[]);
    assert_eq!(scratch.corp(&["init", "acme", "--template", "studio"]).code, 0);
    scratch
}

fn change(scratch: &Company, path: &str, from: &str, to: &str) {
    let path = scratch.root().join("acme").join(path);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&path, text.replace(from, to)).unwrap();
}

fn commit(scratch: &Company, args: &[&str]) -> Run {
    scratch.corp(&[&["-C", "acme", "commit"], args].concat())
}

#[test]
fn what_was_edited_becomes_a_commit_that_says_so() {
    let scratch = studio();
    let root = scratch.root().join("acme");
    change(&scratch, "agents/ceo/agent.yaml", "every: 4h", "every: 1h   # busy");
    change(&scratch, "tickets/0000/ACME-2.md", "assignee: engineer", "assignee: reviewer");
    scratch.write("acme/agents/ceo/MEMORY.md", "We met.\n");
    scratch.write("acme/agents/ceo/AGENTS.md~", "editor's");
    scratch.write("acme/notes.txt", "mine");
    std::fs::remove_file(root.join("goals/first-release.md")).unwrap();
    let dry = commit(&scratch, &["--dry-run", "agents"]);
    assert_eq!(dry.stdout, "agents/ceo/MEMORY.md added\nceo: heartbeat every 4h → 1h\n");
    assert_eq!(git(&root, &["rev-list", "--count", "HEAD"]), "1\n");
    let run = commit(&scratch, &[]);
    // The goal is named by tickets and a project: without it they have errors, so it is told and they stay.
    assert!(run.stderr.contains("left alone: notes.txt"), "{}", run.stderr);
    assert!(run.stdout.contains("ceo: heartbeat every 4h → 1h\n"), "{}", run.stdout);
    let subject = git(&root, &["log", "-1", "--format=%an|%cn|%s"]);
    assert!(subject.starts_with("ada|corp|"), "{subject}");
    assert!(subject.contains("ceo: heartbeat every 4h → 1h"), "{subject}");
    assert!(git(&root, &["show", "HEAD:agents/ceo/agent.yaml"]).contains("every: 1h   # busy"));
    let status = git(&root, &["status", "--porcelain"]);
    assert!(status.contains("?? notes.txt") && status.contains("?? agents/ceo/AGENTS.md~"), "{status}");
    assert!(!status.contains("agent.yaml"), "{status}");
}

#[test]
fn what_has_errors_or_secrets_stays_and_the_rest_is_committed() {
    let scratch = studio();
    let root = scratch.root().join("acme");
    let token = format!("ghp_{}", "a1B2c3D4e5".repeat(4).split_at(36).0);
    change(&scratch, "agents/ceo/agent.yaml", "status: active", "status: activ");
    change(&scratch, "tickets/0000/ACME-3.md", "priority: medium", "priority: low");
    scratch.write("acme/agents/engineer/NOTES.md", format!("token {token}\n"));
    let run = commit(&scratch, &["-m", "Less urgent"]);
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("left alone: agents/ceo/agent.yaml: it has an error (unknown-word)"), "{}", run.stderr);
    assert!(run.stderr.contains("NOTES.md: it holds what looks like a secret"), "{}", run.stderr);
    assert!(!run.stderr.contains(&token[8..24]) && !run.stdout.contains(&token[8..24]));
    assert_eq!(
        git(&root, &["show", "--name-only", "--format=%s%n%b", "HEAD"]).trim(),
        concat!("Less urgent\nACME-3: priority medium → low\n\nActor: ada\n\n\n", "tickets/0000/ACME-3.md")
    );
    assert!(git(&root, &["status", "--porcelain"]).contains(" M agents/ceo/agent.yaml"));
}

#[test]
fn nothing_is_said_and_done_when_nothing_changed_or_another_branch_is_out() {
    let scratch = studio();
    let root = scratch.root().join("acme");
    let run = commit(&scratch, &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "nothing to commit\n"));
    git(&root, &["switch", "-qc", "idea"]);
    change(&scratch, "tickets/0000/ACME-3.md", "priority: medium", "priority: low");
    let run = commit(&scratch, &[]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("`git switch main` goes on"), "{}", run.stderr);
}
