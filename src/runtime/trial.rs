//! Trying an agent program without a company: its version, its login, one turn, supervised like a run.

use super::place::Roots;
use super::programs;
use super::run::{Ceiling, End, Folder, FolderError, Job, Meter};
use crate::adapters::{Invocation, Login, Program};
use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Longest wait for a program to say its version, in milliseconds: some begin slowly on a busy machine.
const VERSION_MS_MAX: u64 = 20_000;

/// Longest turn of a test, in milliseconds.
const TURN_MS_MAX: u64 = 5 * 60_000;

/// Between two looks whether a program has ended, in milliseconds.
const LOOK_EVERY_MS: u64 = 20;

/// Most of a test's transcript that is kept, in bytes.
const TRANSCRIPT_BYTES_MAX: u64 = 1 << 20;

/// The version a program says, on one line; none if it says nothing in time.
#[expect(clippy::disallowed_methods, reason = "a program is asked for its version, outside of any run")]
pub fn version(program: &Path, arguments: &[&str], home: &Path) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("PATH", programs::search_path(program.parent(), home, &[]))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    for _ in 0..VERSION_MS_MAX / LOOK_EVERY_MS {
        if child.try_wait().ok()?.is_some() {
            let output = child.wait_with_output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout);
            let line = text.lines().find(|line| !line.trim().is_empty())?;
            return Some(line.trim().chars().take(60).collect());
        }
        std::thread::sleep(Duration::from_millis(LOOK_EVERY_MS));
    }
    // One that does not even say its version says nothing else either.
    child.kill().and_then(|()| child.wait()).ok()?;
    None
}

/// Starts a program's own login at this terminal. True if it says that it went well.
///
/// # Errors
/// It could not be started, or the folder of its login not be made.
#[expect(clippy::disallowed_methods, reason = "a program's own login is started here, for the person at the terminal")]
pub fn log_in(program: &str, login: &Login) -> io::Result<bool> {
    for name in ["HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME"] {
        if let Some(folder) = login.environment.get(name) {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
    }
    Ok(Command::new(program).args(&login.arguments).envs(&login.environment).status()?.success())
}

/// A folder for one test, which nobody else uses.
///
/// # Errors
/// It could not be made.
pub fn folder(roots: &Roots) -> io::Result<PathBuf> {
    let folder = roots.state.join("corp/trial").join(std::process::id().to_string());
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder.join("workspace"))?;
    Ok(folder)
}

/// One turn of a program.
#[derive(Debug)]
pub struct Trial<'a> {
    /// The adapter that reads what it says.
    pub adapter: &'static str,
    /// How it is called.
    pub invocation: Invocation,
    /// The program, found.
    pub program: Program,
    /// The folder of the test; it is removed at the end.
    pub folder: PathBuf,
    /// The machine's folders.
    pub roots: &'a Roots,
}

/// Why a turn was not tried.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The folder could not be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The system refused.
    #[error("the test could not be started: {0}")]
    System(#[from] io::Error),
    /// The supervisor ended without a record.
    #[error("the test ended without a word")]
    Nothing,
}

impl Trial<'_> {
    /// Runs it to its end.
    ///
    /// # Errors
    /// [`TrialError`]; a program that fails is no error.
    #[expect(clippy::disallowed_methods, reason = "a supervisor is started for the test, as for a run")]
    pub fn run(self) -> Result<End, TrialError> {
        let Self { adapter, invocation, program, folder: place, roots } = self;
        let folder = Folder::at(place.join("run"));
        let mut environment = BTreeMap::from([
            ("PATH".to_owned(), programs::search_path(None, &roots.home, &roots.programs)),
            ("LANG".to_owned(), "C.UTF-8".to_owned()),
            ("TERM".to_owned(), "dumb".to_owned()),
            ("HOME".to_owned(), place.to_string_lossy().into_owned()),
        ]);
        environment.extend(invocation.environment.clone());
        if let Some(home) = environment.get("HOME") {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(home)?;
        }
        make_places(&invocation)?;
        let job = Job {
            company: format!("trial-{}", std::process::id()),
            run: "r-test".to_owned(),
            agent: "somebody".to_owned(),
            ticket: None,
            adapter: adapter.to_owned(),
            program: match &program {
                Program::Ourselves => None,
                Program::Named(path) => Some(path.clone()),
            },
            arguments: invocation.arguments.clone(),
            environment,
            inherited: invocation.inherited.clone(),
            stdin: invocation.stdin.as_ref().map(|_| folder.path().join("stdin")),
            session: None,
            used_before: None,
            begun: None,
            work: None,
            desk: None,
            passing: Vec::new(),
            letter: false,
            workspace: place.join("workspace"),
            timeout_ms: TURN_MS_MAX,
            idle_timeout_ms: TURN_MS_MAX,
            grace_ms: 5_000,
            transcript_bytes_max: TRANSCRIPT_BYTES_MAX,
            ceiling: Ceiling::default(),
            meter: Meter::default(),
            confinement: None,
            unconfined: None,
            token: String::new(),
            // Short enough for a socket wherever the state lies.
            door: roots.scratch.join(format!("corp-trial-{}.door", std::process::id())),
            daemon: place.join("daemon"),
        };
        let mut files: Vec<(&str, &str)> =
            invocation.files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        if let Some(stdin) = &invocation.stdin {
            files.push(("stdin", stdin));
        }
        folder.create(&job, files)?;
        // Its surroundings are ours: what the operator is logged in by is among them.
        let status = Command::new(std::env::current_exe()?)
            .arg("supervise")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()?;
        let end = folder.end()?;
        drop(std::fs::remove_dir_all(&place));
        match end {
            Some(end) if status.success() => Ok(end),
            _ => Err(TrialError::Nothing),
        }
    }
}

/// Makes the folders a call asks for, and its links where there is nothing yet.
///
/// # Errors
/// What the system says.
pub fn make_places(invocation: &Invocation) -> io::Result<()> {
    for folder in &invocation.folders {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    for (link, target) in invocation.links.iter().chain(&invocation.passing_links) {
        let link = Path::new(link);
        if let Some(above) = link.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(above)?;
        }
        match std::os::unix::fs::symlink(target, link) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
