//! `corp merge-driver`, as git calls it.

use crate::harness::Company;
use std::path::Path;
use std::process::Command;

fn git(folder: &Path, args: &[&str]) -> (bool, String) {
    let program = Path::new(env!("CARGO_BIN_EXE_corp")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@acme.example"])
        .args(args)
        .env("PATH", path)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.success(), text)
}

#[test]
fn plain_git_merges_two_peoples_changes_of_neighbouring_keys() {
    let scratch = Company::new(&[]);
    assert_eq!(scratch.corp(&["init", "acme", "--template", "studio"]).code, 0);
    let root = scratch.root().join("acme");
    let ticket = root.join("tickets/0000/ACME-2.md");
    let change = |from: &str, to: &str| {
        let text = std::fs::read_to_string(&ticket).unwrap();
        assert!(text.contains(from));
        std::fs::write(&ticket, text.replace(from, to)).unwrap();
        assert!(git(&root, &["commit", "-qam", to]).0);
    };
    git(&root, &["switch", "-qc", "theirs"]);
    change("status: todo", "status: backlog");
    git(&root, &["switch", "-q", "main"]);
    change("priority: high", "priority: low");
    let (merged, said) = git(&root, &["merge", "-q", "--no-edit", "theirs"]);
    assert!(merged, "{said}");
    let text = std::fs::read_to_string(&ticket).unwrap();
    assert!(text.contains("status: backlog\npriority: low\n"), "{text}");

    git(&root, &["switch", "-qc", "more"]);
    change("assignee: engineer", "assignee: reviewer");
    git(&root, &["switch", "-q", "main"]);
    change("assignee: engineer", "assignee: ceo");
    let (merged, said) = git(&root, &["merge", "--no-edit", "more"]);
    assert!(!merged);
    assert!(said.contains("both sides changed `assignee`: here it is `ceo`, there `reviewer`"), "{said}");
    let text = std::fs::read_to_string(&ticket).unwrap();
    assert!(
        text.contains("<<<<<<< ours\nassignee: ceo\n=======\nassignee: reviewer\n>>>>>>> theirs\nproject:"),
        "{text}"
    );
}
