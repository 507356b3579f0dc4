//! Two clones of a company and a bare repository between them: what tests of `corp sync` and its kin begin with.

use crate::harness::{Company, Run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A ticket that both have.
pub(crate) const TICKET: &str = "tickets/0000/ACME-2.md";

/// Two clones of a company and the bare repository between them.
pub(crate) struct Clones {
    pub(crate) scratch: Company,
}

impl Clones {
    pub(crate) fn new() -> Self {
        let clones = Self { scratch: Company::new(&[]) };
        clones.done(&clones.scratch.corp(&["init", "one", "--template", "studio", "--name", "Acme"]));
        git(&clones.path("."), &["init", "-q", "--bare", "hub.git"]);
        git(&clones.path("one"), &["remote", "add", "origin", "../hub.git"]);
        clones.done(&clones.corp("one", &["sync"]));
        clones.clone_to("two");
        clones
    }

    pub(crate) fn clone_to(&self, name: &str) {
        self.done(&self.scratch.corp(&["clone", "hub.git", name]));
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.scratch.root().join(path)
    }

    pub(crate) fn corp(&self, clone: &str, args: &[&str]) -> Run {
        self.scratch.corp_in(&self.path(clone), args)
    }

    pub(crate) fn git(&self, clone: &str, args: &[&str]) -> String {
        git(&self.path(clone), args)
    }

    pub(crate) fn read(&self, clone: &str, path: &str) -> String {
        std::fs::read_to_string(self.path(clone).join(path)).unwrap()
    }

    pub(crate) fn write(&self, clone: &str, path: &str, text: &str) {
        let path = self.path(clone).join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn replace(&self, clone: &str, path: &str, from: &str, to: &str) {
        let text = self.read(clone, path);
        assert!(text.contains(from), "{from:?} is not in {text}");
        self.write(clone, path, &text.replacen(from, to, 1));
    }

    pub(crate) fn commit(&self, clone: &str) {
        self.done(&self.corp(clone, &["commit"]));
    }

    /// What must be true of a clone after anything.
    pub(crate) fn assert_sound(&self, clone: &str) {
        assert_eq!(self.git(clone, &["status", "--porcelain"]), "", "{clone}");
        assert_eq!(self.git(clone, &["fsck", "--full", "--strict", "--no-dangling"]), "", "{clone}");
    }

    pub(crate) fn done(&self, run: &Run) {
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    }

    /// Both clones hold the same, and it is what the hub holds.
    pub(crate) fn assert_same(&self) {
        let hub = self.git("hub.git", &["rev-parse", "main"]);
        for clone in ["one", "two"] {
            assert_eq!(self.git(clone, &["rev-parse", "main"]), hub, "{clone}");
            self.assert_sound(clone);
        }
    }

    /// What two people do at the same time, far from each other.
    pub(crate) fn edit_both(&self) {
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

    pub(crate) fn assert_both_are_in(&self, clone: &str) {
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

pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let (ok, text) = try_git(folder, args);
    assert!(ok, "git {args:?}: {text}");
    text
}

pub(crate) fn try_git(folder: &Path, args: &[&str]) -> (bool, String) {
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
