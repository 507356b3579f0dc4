//! git reads the index before it locks it: a commit of a person's that read before ours and wrote after it.

use super::{Repository, one, write};
use corp::store::writer::{Options, Paused, Step, WriteError, Writer};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for the other side; far more than a loaded machine needs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A `git commit` that has read the index and not locked it yet.
struct Reading {
    child: Child,
    folder: tempfile::TempDir,
}

impl Reading {
    /// Starts the commit. git asks a file system monitor between the two, which holds it there.
    fn begin(repository: &Repository, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hook = folder.path().join("monitor");
        let here = folder.path().display();
        let script = format!(": > {here}/reading\nwhile [ ! -e {here}/go ]; do sleep 0.01; done\nexit 1\n");
        std::fs::write(&hook, format!("#!/bin/sh\n{script}")).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
        let child = Command::new("git")
            .arg("-C")
            .arg(repository.root())
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@acme.example", "-c", "gc.auto=0"])
            .args(["-c", &format!("core.fsmonitor={}", hook.display())])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_TEST_PRELOAD_INDEX", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let until = Instant::now() + PATIENCE;
        while !folder.path().join("reading").exists() {
            assert!(Instant::now() < until, "git never asked the monitor");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { child, folder }
    }

    /// Lets it go on; whether it made its commit.
    fn end(self) -> bool {
        std::fs::write(self.folder.path().join("go"), "").unwrap();
        self.child.wait_with_output().unwrap().status.success()
    }
}

/// A company whose `w/1.md` was written once, and a person's commit of `mine.md` that is held.
fn held() -> (Repository, Reading) {
    let repository = Repository::new();
    one(&mut repository.writer(), write("w/1.md", "one\n")).unwrap();
    repository.save("mine.md", "mine\n");
    repository.git(&["add", "mine.md"]);
    let reading = Reading::begin(&repository, &["commit", "-qm", "mine"]);
    (repository, reading)
}

#[test]
fn an_index_written_back_from_before_ours_is_brought_up_before_the_next_commit() {
    let (repository, reading) = held();
    let mut writer = repository.writer();
    one(&mut writer, write("w/1.md", "two\n")).unwrap();
    assert!(!reading.end(), "git sees that the branch has moved");
    assert_eq!(repository.git(&["status", "--porcelain"]), "A  mine.md\nMM w/1.md\n", "git put the old index back");
    one(&mut writer, write("w/2.md", "other\n")).unwrap();
    assert_eq!(repository.git(&["status", "--porcelain"]), "A  mine.md\n");
    repository.git(&["commit", "-qm", "mine"]);
    assert_eq!(repository.git(&["show", "--name-only", "--format=", "HEAD"]), "mine.md\n");
    repository.assert_sound();
}

#[test]
fn what_such_an_index_took_back_in_a_commit_is_made_again() {
    let (repository, reading) = held();
    one(&mut repository.writer(), write("w/1.md", "two\n")).unwrap();
    assert!(!reading.end());
    repository.git(&["commit", "-qm", "mine"]);
    assert_eq!(repository.git(&["show", "HEAD:w/1.md"]), "one\n", "git's commit took ours back");
    one(&mut repository.writer(), write("w/1.md", "three\n")).unwrap();
    assert_eq!(repository.read("w/1.md"), "three\n");
    repository.assert_sound();
}

/// A `git checkout` writes files and index, lets go of its lock, and moves `HEAD` then. Its hook holds it in between.
#[test]
fn what_is_written_while_git_changes_the_branch_is_not_left_on_the_other_one() {
    for (what, arguments) in
        [("another branch", &["checkout", "-q", "side"][..]), ("back", &["reset", "-q", "--hard", "HEAD~1"])]
    {
        let repository = Repository::new();
        let root = repository.root();
        one(&mut repository.writer(), write("w/1.md", "one\n")).unwrap();
        repository.git(&["branch", "side"]);
        repository.save("mine.md", "mine\n");
        repository.git(&["add", "mine.md"]);
        repository.git(&["commit", "-qm", "mine"]);
        let mut writer = Writer::open(Options { patience_ms: 120_000, ..Options::new(&root) }).unwrap();
        one(&mut writer, write("w/1.md", "two\n")).unwrap();
        if what == "back" {
            repository.git(&["commit", "-qm", "to be taken back", "--allow-empty"]);
        }
        let hook = root.join(".git/hooks/post-index-change");
        let script =
            "#!/bin/sh\n[ -e .git/held ] && exit 0\n: > .git/held\nwhile [ ! -e .git/go ]; do sleep 0.01; done\n";
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, script).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new("git");
        command.arg("-C").arg(&root).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null");
        let mut git = command.env("GIT_CONFIG_SYSTEM", "/dev/null").spawn().unwrap();
        let until = Instant::now() + PATIENCE;
        while !root.join(".git/held").exists() {
            assert!(Instant::now() < until, "git never wrote the index");
            std::thread::sleep(Duration::from_millis(5));
        }
        // It goes on once we are about to show what we wrote.
        let go = root.join(".git/go");
        writer.observe(move |step| {
            if step == Step::Objects {
                std::fs::write(&go, "").unwrap();
            }
        });
        let done = one(&mut writer, write("w/1.md", "three\n"));
        assert!(git.wait().unwrap().success());
        std::fs::remove_file(&hook).unwrap();
        match what {
            "another branch" => {
                assert!(matches!(done, Err(WriteError::Paused(Paused::Branch { .. }))), "{done:?}");
                assert_eq!(
                    repository.git(&["status", "--porcelain"]),
                    "",
                    "nothing of ours lies beside the other branch"
                );
                assert_eq!(repository.read("w/1.md"), "one\n");
                repository.git(&["switch", "-q", "main"]);
                one(&mut writer, write("w/1.md", "three\n")).unwrap();
            }
            _ => drop(done.unwrap()),
        }
        assert_eq!(repository.git(&["show", "main:w/1.md"]), "three\n", "{what}");
        assert_eq!(repository.read("w/1.md"), "three\n", "{what}");
        repository.assert_sound();
    }
}
