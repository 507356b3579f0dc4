//! Packages fetched from git repositories made here: what comes in, what is refused, and what is left behind.

use corp::format::package::limits::Limits;
use corp::store::source::{Fetched, Origin, Request, SourceError, fetch};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A repository, and a folder for temporary ones.
struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(repository.scratch()).unwrap();
        repository.git(&["init", "--quiet", "--bare", "--initial-branch=main", "."], "");
        repository
    }

    fn scratch(&self) -> PathBuf {
        self.folder.path().join("scratch")
    }

    fn path(&self) -> PathBuf {
        let path = self.folder.path().join("pack.git");
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    fn git(&self, args: &[&str], input: impl AsRef<[u8]>) -> String {
        let mut child = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.protectHFS=false"])
            .args(args)
            .current_dir(self.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_AUTHOR_DATE", "2026-11-20T10:00:00Z")
            .env("GIT_COMMITTER_DATE", "2026-11-20T10:00:00Z")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_ref()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {args:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn blob(&self, content: &str) -> String {
        self.git(&["hash-object", "-w", "--stdin"], content)
    }

    /// A tree of `MODE TYPE ID<tab>NAME` entries; git checks nothing here.
    fn tree(&self, entries: &[(&str, &str, &[u8])]) -> String {
        let mut lines = Vec::new();
        for (mode, id, name) in entries {
            let kind = match *mode {
                "040000" => "tree",
                "160000" => "commit",
                _ => "blob",
            };
            lines.extend_from_slice(format!("{mode} {kind} {id}\t").as_bytes());
            lines.extend_from_slice(name);
            lines.push(0);
        }
        self.git(&["mktree", "-z", "--missing"], lines)
    }

    fn commit(&self, branch: &str, tree: &str) -> String {
        let commit = self.git(&["commit-tree", "-m", "x", tree], "");
        self.git(&["update-ref", &format!("refs/heads/{branch}"), &commit], "");
        commit
    }

    fn fetch(&self, tail: &str) -> Result<Fetched, SourceError> {
        let fetched = fetch_from(self.folder.path(), &self.scratch(), &format!("pack.git{tail}"));
        assert_eq!(std::fs::read_dir(self.scratch()).unwrap().count(), 0, "the temporary repository is removed");
        fetched
    }

    /// The error, without the folder of this test.
    fn refusal(&self, tail: &str) -> String {
        let folder = self.folder.path().canonicalize().unwrap();
        self.fetch(tail).unwrap_err().to_string().replace(&*folder.to_string_lossy(), "[TEMP]")
    }
}

fn fetch_from(base: &Path, scratch: &Path, source: &str) -> Result<Fetched, SourceError> {
    fetch(&Request { source, base, scratch, limits: Limits::default() }, &mut |_| {})
}

/// Two companies side by side, a host's folder, and a file beside them that may not come in.
fn two_companies(repository: &Repository) -> String {
    let file = repository.blob("---\nname: A\n---\n");
    let script = repository.blob("#!/bin/sh\n");
    let agent = repository.tree(&[("100644", &file, b"AGENTS.md"), ("100755", &script, b"run.sh")]);
    let agents = repository.tree(&[("040000", &agent, b"cto")]);
    let hidden = repository.tree(&[("100644", &file, b"x.yml")]);
    let one = repository.tree(&[
        ("040000", &hidden, b".github"),
        ("100644", &file, b"COMPANY.md"),
        ("040000", &agents, b"agents"),
    ]);
    let two = repository.tree(&[("100644", &file, b"COMPANY.md")]);
    repository.tree(&[("040000", &one, b"one"), ("120000", &file, b"link"), ("040000", &two, b"two")])
}

#[test]
fn a_branch_a_tag_a_commit_and_a_folder_are_fetched() {
    let repository = Repository::new();
    let tree = two_companies(&repository);
    let commit = repository.commit("main", &tree);
    repository.git(&["tag", "-a", "-m", "x", "v1", "main"], "");
    for (tail, reference, pinned) in [
        ("#:one", None, false),
        ("#main:one", Some("main"), false),
        ("#v1:one/", Some("v1"), false),
        (&format!("#{commit}:one"), Some(commit.as_str()), true),
    ] {
        let fetched = repository.fetch(tail).unwrap();
        assert_eq!(
            fetched.tree.keys().collect::<Vec<_>>(),
            ["COMPANY.md", "agents/cto/AGENTS.md", "agents/cto/run.sh"]
        );
        assert!(fetched.tree["agents/cto/run.sh"].executable);
        assert!(!fetched.tree["COMPANY.md"].executable);
        assert_eq!(fetched.folder, "one");
        assert_eq!(fetched.left_out.iter().collect::<Vec<_>>(), [".github"]);
        assert_eq!(fetched.network, None);
        let expected = Origin::Git {
            url: "pack.git".to_owned(),
            reference: reference.map(str::to_owned),
            commit: commit.clone(),
            pinned,
        };
        assert_eq!(fetched.origin, expected, "{tail}");
        assert_eq!(fetched.origin.source(&fetched.folder), format!("pack.git#{commit}:one"));
    }
    let url = format!("file://{}#:one", repository.path().display());
    let fetched = fetch_from(Path::new("/nowhere"), &repository.scratch(), &url).unwrap();
    assert_eq!(fetched.tree.len(), 3);
}

#[test]
fn a_work_tree_is_a_folder_and_its_commits_are_asked_for() {
    let repository = Repository::new();
    let tree = two_companies(&repository);
    repository.commit("main", &tree);
    let work = repository.folder.path().join("work");
    std::fs::create_dir_all(work.join("one")).unwrap();
    std::fs::write(work.join("one/COMPANY.md"), "not committed").unwrap();
    std::fs::rename(repository.path(), work.join(".git")).unwrap();
    let fetched = fetch_from(repository.folder.path(), &repository.scratch(), "work").unwrap();
    assert_eq!(fetched.tree["COMPANY.md"].as_text(), Some("not committed"));
    let fetched = fetch_from(repository.folder.path(), &repository.scratch(), "work#main:one").unwrap();
    assert_eq!(fetched.tree["COMPANY.md"].as_text(), Some("---\nname: A\n---\n"));
}

#[test]
fn what_is_not_there_says_so() {
    let repository = Repository::new();
    let tree = two_companies(&repository);
    repository.commit("main", &tree);
    for (tail, expected) in [
        ("", "there are 2 companies in it: `one`, `two`"),
        ("#:three", "there is no folder `three` in it"),
        ("#:one/COMPANY.md", "there is no folder `one/COMPANY.md` in it"),
        ("#:../one", "there is no folder `../one` in it"),
        ("#next", "[TEMP]/pack.git: git could not fetch it: couldn't find remote ref next"),
    ] {
        assert_eq!(repository.refusal(tail), expected, "{tail}");
    }
    let error = repository.fetch("").unwrap_err();
    assert!(error.help()[0].ends_with("pack.git#:one"), "{:?}", error.help());
    let absent = "0123456789012345678901234567890123456789";
    assert!(repository.refusal(&format!("#{absent}")).contains("git could not fetch it"));
}

#[test]
fn what_may_not_come_in_is_refused_by_name() {
    let repository = Repository::new();
    let file = repository.blob("---\nname: A\n---\n");
    let large = repository.blob(&"x".repeat((1 << 20) + 1));
    let config = repository.tree(&[("100644", &file, b"config")]);
    let commit = repository.commit("other", &config);
    type Case<'c> = (&'c str, &'c str, &'c [u8], &'c str);
    let cases: &[Case<'_>] = &[
        ("120000", &file, b"link", "`link` is refused: it is a symbolic link; a package consists of files"),
        ("160000", &commit, b"sub", "`sub` is refused: it is a submodule; its content is not in this repository"),
        (
            "040000",
            &config,
            b".GIT",
            "`.GIT` is refused: git's own files may not come with a package, in whatever spelling",
        ),
        ("040000", &config, b".git\xe2\x80\x8c", "`.git\\u{200c}` is refused: git's own files"),
        ("040000", &config, b"git~1", "`git~1` is refused: git's own files"),
        ("100644", &file, b".gitmodules", "`.gitmodules` is refused: git's own files"),
        (
            "100644",
            &file,
            b"company.md",
            "`company.md` is refused: on some file systems it is the same as `COMPANY.md`",
        ),
        ("100644", &file, b"caf\xe9", "`caf\\xe9` is refused: its name is not UTF-8"),
        ("100644", &file, b"a\\..\\b", "`a\\\\..\\\\b` is refused: its path contains a backslash"),
        ("100644", &large, b"large.md", "`large.md` is refused: it is larger than 1048576 bytes"),
    ];
    for (mode, id, name, expected) in cases {
        let tree = repository.tree(&[("100644", &file, b"COMPANY.md"), (mode, id, name)]);
        repository.commit("main", &tree);
        let refusal = repository.refusal("#main");
        assert!(refusal.starts_with(expected), "{refusal}");
    }
}

#[test]
fn a_tree_that_repeats_itself_without_end_is_left_soon() {
    let repository = Repository::new();
    let mut tree = repository.tree(&[]);
    let names: Vec<String> = (0..10).map(|number| format!("d{number}")).collect();
    for _ in 0..9 {
        tree = repository.tree(&names.iter().map(|name| ("040000", &*tree, name.as_bytes())).collect::<Vec<_>>());
    }
    repository.commit("main", &tree);
    let refusal = repository.refusal("#main");
    assert!(refusal.ends_with("is refused: the package has more than 50000 entries"), "{refusal}");
}

#[test]
fn a_repository_s_own_hooks_and_settings_do_nothing() {
    let repository = Repository::new();
    let tree = two_companies(&repository);
    repository.commit("main", &tree);
    let trace = repository.folder.path().join("trace");
    let script = format!("#!/bin/sh\ntouch {}\n", trace.display());
    for hook in ["post-checkout", "reference-transaction", "post-merge", "pre-auto-gc"] {
        let path = repository.path().join("hooks").join(hook);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &script).unwrap();
        make_executable(&path);
    }
    for (name, value) in [
        ("core.fsmonitor", "touch"),
        ("uploadpack.packObjectsHook", "touch"),
        ("core.sshCommand", "touch"),
        ("filter.x.smudge", "touch"),
    ] {
        repository.git(&["config", name, &format!("{value} {}", trace.display())], "");
    }
    assert_eq!(repository.fetch("#main:one").unwrap().tree.len(), 3);
    assert!(!trace.exists());
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn make_executable(_: &Path) {}

#[test]
fn sources_that_would_start_something_are_none() {
    let folder = tempfile::tempdir().unwrap();
    for source in ["ext::sh -c touch% x", "--upload-pack=touch x", "ssh://-oProxyCommand=touch/x"] {
        let error = fetch_from(folder.path(), folder.path(), source).unwrap_err();
        assert!(error.to_string().starts_with(&format!("`{source}` is no source: ")), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
