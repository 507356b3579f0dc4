//! The store's writer, on real repositories, beside the real git.

mod archive;
mod arrive;
mod edits;
mod force;
mod growth;
mod hand;
mod kill;
mod lineage;
mod people;
mod power;
mod races;
mod rewrite;
mod stale;
mod trouble;
mod writer;

use corp::store::found::{self, Author};
use corp::store::message::{Line, Message, Trailers};
use corp::store::writer::{Committed, Expect, FileChange, Mutation, Options, WriteError, Writer};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A repository with one commit of `corp.yaml` (`n: 0`) and `b.md`.
pub(super) struct Repository {
    /// Removed with this, unless it is somebody else's.
    _folder: Option<tempfile::TempDir>,
    root: PathBuf,
}

/// Options by which even the smallest change is written as a pack.
pub(crate) fn packed(root: PathBuf) -> Options {
    Options { packed_from: 1, ..Options::new(root) }
}

impl Repository {
    pub(super) fn new() -> Self {
        let repository = Self::empty();
        Self::found(&repository.root());
        repository
    }

    /// With one commit of these files.
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let repository = Self::empty();
        files.iter().for_each(|(path, text)| repository.save(path, text));
        let paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        found::first_commit(&repository.root(), &paths, &author(), jiff::Timestamp::UNIX_EPOCH, Message::new("Found"))
            .unwrap();
        repository
    }

    /// A folder, and nothing in it.
    pub(super) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { root: folder.path().to_owned(), _folder: Some(folder) }
    }

    /// One that another process made.
    pub(super) fn at(root: &Path) -> Self {
        Self { _folder: None, root: root.to_owned() }
    }

    /// The same again.
    pub(super) fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("copy");
        assert!(Command::new("cp").arg("-a").arg(&self.root).arg(&root).status().unwrap().success());
        Self { root, _folder: Some(folder) }
    }

    /// The same as [`Self::new`] in a folder that is somewhere else.
    pub(super) fn found(root: &Path) {
        std::fs::write(root.join("corp.yaml"), "n: 0\nm: 0\n").unwrap();
        std::fs::write(root.join("b.md"), "text\n").unwrap();
        let files = ["corp.yaml".to_owned(), "b.md".to_owned()];
        found::first_commit(root, &files, &author(), jiff::Timestamp::UNIX_EPOCH, Message::new("Found")).unwrap();
    }

    pub(super) fn root(&self) -> PathBuf {
        self.root.clone()
    }

    pub(super) fn writer(&self) -> Writer {
        Writer::open(Options::new(self.root())).unwrap()
    }

    pub(super) fn save(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap()
    }

    pub(super) fn git(&self, args: &[&str]) -> String {
        git(&self.root(), args)
    }

    /// What must be true after anything: sound objects, a clean tree, no lock and nothing of ours left over.
    pub(super) fn assert_sound(&self) {
        let fsck = self.git(&["fsck", "--full", "--strict", "--no-dangling"]);
        assert_eq!(fsck, "", "fsck");
        assert_eq!(self.git(&["status", "--porcelain"]), "", "status");
        for lock in ["index.lock", "HEAD.lock", "refs/heads/main.lock"] {
            assert!(!self.root().join(".git").join(lock).exists(), "{lock} is left");
        }
        crate::harness::assert_sound(&self.root());
        let left: Vec<_> = std::fs::read_dir(self.root().join(".git/corp"))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with("held-"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

pub(super) fn git(root: &Path, args: &[&str]) -> String {
    let (ok, text) = try_git(root, args);
    assert!(ok, "git {args:?}: {text}");
    text
}

pub(super) fn try_git(root: &Path, args: &[&str]) -> (bool, String) {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@acme.example", "-c", "gc.auto=0"])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_EDITOR", "true")
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        (true, text(&output.stdout))
    } else {
        (false, text(&output.stdout) + &text(&output.stderr))
    }
}

/// The same, as if the clock stood still.
pub(super) fn git_at(root: &Path, args: &[&str], time: &str) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@acme.example"])
        .args(args)
        .envs([("GIT_AUTHOR_DATE", time), ("GIT_COMMITTER_DATE", time)])
        .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")])
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub(super) fn author() -> Author {
    Author { name: "Ada Lovelace".to_owned(), email: "ada@acme.example".to_owned() }
}

/// A mutation that writes one file whatever it was.
pub(super) fn write(path: &str, text: &str) -> Mutation {
    change(path, Expect::Anything, Some(text))
}

pub(super) fn change(path: &str, before: Expect, after: Option<&str>) -> Mutation {
    let after = after.map(|text| text.as_bytes().to_vec());
    Mutation {
        author: author(),
        at: "2026-11-20T10:00:00Z".parse().unwrap(),
        message: Message::new(&format!("change {path}")),
        changes: vec![FileChange { path: path.to_owned(), before, after }],
    }
}

/// A mutation that writes many files whatever they were.
pub(super) fn write_all(files: &[(String, String)]) -> Mutation {
    let mut mutation = write("", "");
    mutation.changes = (files.iter())
        .map(|(path, text)| FileChange {
            path: path.clone(),
            before: Expect::Anything,
            after: Some(text.clone().into_bytes()),
        })
        .collect();
    mutation
}

pub(super) fn content(text: &str) -> Expect {
    Expect::Content(text.as_bytes().to_vec())
}

pub(super) fn asked_as(mut mutation: Mutation, id: &str) -> Mutation {
    let trailers = Trailers { mutation: Line::new(id), ..Trailers::default() };
    mutation.message = mutation.message.with_trailers(trailers);
    mutation
}

pub(super) fn one(writer: &mut Writer, mutation: Mutation) -> Result<Committed, WriteError> {
    writer.commit(&[mutation]).pop().unwrap()
}
