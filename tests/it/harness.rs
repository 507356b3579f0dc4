//! A company in a folder of its own, and the real program run in it: fixed clock, empty home, no network.

use corp::runtime::run::{Ceiling, Job, Meter};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The instant at which every test happens.
pub(crate) const NOW: &str = "2026-11-20T10:00:00Z";

/// A temporary folder that is a company, or becomes one. Every repository in it is looked at in the end: whatever a test
/// did, what must hold of a repository holds.
pub(crate) struct Company {
    folder: tempfile::TempDir,
    excused: std::sync::atomic::AtomicBool,
}

/// What the program did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Company {
    /// A folder with these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::made(tempfile::tempdir().unwrap(), files)
    }

    /// An empty folder below this one, where the machine's folder for temporary files will not do.
    pub(crate) fn within(above: &str) -> Self {
        Self::made(tempfile::tempdir_in(above).unwrap(), &[])
    }

    fn made(folder: tempfile::TempDir, files: &[(&str, &str)]) -> Self {
        let company = Self { folder, excused: std::sync::atomic::AtomicBool::new(false) };
        std::fs::create_dir(company.folder.path().join("company")).unwrap();
        std::fs::create_dir(company.folder.path().join("home")).unwrap();
        for (path, text) in files {
            company.write(path, text);
        }
        company
    }

    /// Leaves the repositories as they are in the end, because the test damaged them on purpose.
    pub(crate) fn excuse(&self, _because: &str) {
        self.excused.store(true, std::sync::atomic::Ordering::Relaxed);
    }

    /// The company's folder.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("company")
    }

    /// Writes a file of the company, with its folders.
    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Reads a file of the company.
    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap()
    }

    /// Runs `corp` in the company's folder.
    pub(crate) fn corp(&self, args: &[&str]) -> Run {
        self.corp_in(&self.root(), args)
    }

    /// `corp` in the company's folder, about to be started, by the machine's clock.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_corp"));
        command
            .args(args)
            .current_dir(self.root())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder.path().join("home"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("TZ", "Europe/Berlin")
            .env("USER", "ada")
            .stdin(Stdio::null());
        command
    }

    /// The folder in which the company's state on this machine lies.
    pub(crate) fn state(&self) -> PathBuf {
        self.place().state
    }

    /// Where everything of the company lies on this machine.
    pub(crate) fn place(&self) -> corp::runtime::place::Place {
        let root = self.root().canonicalize().unwrap();
        let state = self.folder.path().join("home/.local/state");
        let (home, programs) = (self.folder.path().join("home"), Vec::new());
        let roots = corp::runtime::place::Roots {
            state,
            sockets: None,
            scratch: std::env::temp_dir(),
            config: home.join(".config"),
            home,
            programs,
            moved: Default::default(),
        };
        corp::runtime::place::Place::new(&roots, &root)
    }

    /// Runs `corp` in any folder, with the company's surroundings.
    pub(crate) fn corp_in(&self, folder: &Path, args: &[&str]) -> Run {
        let output = self.command(args).current_dir(folder).env("CORP_NOW", NOW).output().unwrap();
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).unwrap().replace(&*self.folder.path().to_string_lossy(), "[TEMP]")
        };
        Run { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Starts `corp` in any folder, with the company's surroundings, and does not wait for it.
    pub(crate) fn spawn_in(&self, folder: &Path, args: &[&str]) -> std::process::Child {
        let mut command = self.command(args);
        command.current_dir(folder).env("CORP_NOW", NOW).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }
}

/// How long something is waited for that happens in a moment on a quiet machine; a loaded one may take its time.
const LONG: std::time::Duration = std::time::Duration::from_secs(240);

/// Waits until something holds that another process brings about.
pub(crate) fn until(what: &str, reached: impl FnMut() -> bool) {
    until_within(LONG, what, reached);
}

/// The same for what takes longer, or has to come sooner.
pub(crate) fn until_within(long: std::time::Duration, what: &str, mut reached: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !reached() {
        assert!(start.elapsed() < long, "still not: {what}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

/// Git as a person called Ada types it, with nobody's configuration; what it prints.
pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    git_tried(folder, args).unwrap_or_else(|said| panic!("git {args:?}: {said}"))
}

/// The same beside a daemon at work, where git may find the index locked, since it waits for nobody: then Ada types it again, as
/// git tells her to.
pub(crate) fn git_beside(folder: &Path, args: &[&str]) -> String {
    let mut printed = None;
    until(&format!("git {args:?} finds the index free"), || {
        match git_tried(folder, args) {
            Ok(output) => printed = Some(output),
            Err(said) => {
                // The index was locked, or the branch moved between the look at it and the change.
                let beside = ["index.lock': File exists", "cannot lock ref"].iter().any(|words| said.contains(words));
                assert!(beside, "git {args:?}: {said}");
            }
        }
        printed.is_some()
    });
    printed.unwrap_or_default()
}

/// What git prints, or what it complains of.
fn git_tried(folder: &Path, args: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@localhost"])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

impl Drop for Company {
    fn drop(&mut self) {
        if self.excused.load(std::sync::atomic::Ordering::Relaxed) || std::thread::panicking() {
            return;
        }
        let below = std::fs::read_dir(self.root()).into_iter().flatten().flatten().map(|entry| entry.path());
        for root in below.chain([self.root()]).filter(|folder| folder.join(".git/HEAD").is_file()) {
            assert_sound(&root);
        }
    }
}

/// What must hold of a repository whatever was done in it.
pub(crate) fn assert_sound(root: &Path) {
    let found = corp::store::doctor::examine(&corp::store::doctor::Ask::invariants(root, NOW.parse().unwrap()));
    assert!(found.is_empty(), "corp doctor --strict in {}: {found:#?}", root.display());
}

/// The job of a run `r-1` of `cto` on ACME-1 in a folder below `place`, without a limit. It does nothing yet. The folder's name is by
/// chance, and makes the mark of its processes the test's own.
pub(crate) fn job(place: &Path, adapter: &str) -> Job {
    let path = place.join("r-1");
    Job {
        company: place.file_name().unwrap().to_str().unwrap().to_owned(),
        run: "r-1".to_owned(),
        agent: "cto".to_owned(),
        ticket: Some("ACME-1".to_owned()),
        adapter: adapter.to_owned(),
        program: None,
        arguments: Vec::new(),
        environment: BTreeMap::new(),
        stdin: None,
        inherited: Vec::new(),
        session: None,
        used_before: None,
        begun: None,
        work: None,
        desk: None,
        passing: Vec::new(),
        shared: Vec::new(),
        letter: false,
        workspace: place.join("workspace"),
        timeout_ms: 600_000,
        idle_timeout_ms: 600_000,
        grace_ms: 200,
        transcript_bytes_max: 1 << 20,
        ceiling: Ceiling::default(),
        meter: Meter::default(),
        confinement: None,
        unconfined: None,
        token: "secret-token".to_owned(),
        door: path.join("door"),
        daemon: place.join("daemon"),
    }
}
