//! Trying an agent program without a company: its version, its login, one turn, supervised like a run.

use super::desk::beneath::Below;
use super::place::Roots;
use super::programs;
use super::run::{Ceiling, End, Folder, FolderError, Job, Meter};
use crate::adapters::{Invocation, Login, Program, Proof};
use crate::sandbox::Policy;
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
/// Nothing confines it: it asks a person, opens their browser and waits for that on a port of its own. So where it is the login
/// of an agent, whose home is given, the program is told of an empty home, and what it is logged in by is put into the agent's
/// after that: settings and hooks that the agent may have left there are not read.
///
/// # Errors
/// It could not be started, or the folder of its login not be made, or the login not be kept.
pub fn log_in(program: &str, login: &Login, agents_home: Option<&Path>, roots: &Roots) -> io::Result<bool> {
    let Some(home) = agents_home else { return ask(program, login) };
    // One that keeps its login elsewhere than in a file finds it again by the name of the folder alone.
    if !cfg!(target_os = "linux") {
        return ask(program, login);
    }
    let empty = folder(roots)?;
    let moved = |text: &str| text.replace(&*home.to_string_lossy(), &empty.to_string_lossy());
    let environment = login.environment.iter().map(|(name, value)| (name.clone(), moved(value))).collect();
    let asked = ask(program, &Login { environment, ..login.clone() }).and_then(|went_well| {
        for proof in login.shown_by.iter().filter(|_| went_well) {
            let Proof::File(file) = proof else { continue };
            let Ok(below) = Path::new(file).strip_prefix(home) else { continue };
            if let Ok(bytes) = std::fs::read(empty.join(below)) {
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(home)?;
                Below::open(home)?.write(&below.to_string_lossy(), &bytes, false)?;
            }
        }
        Ok(went_well)
    });
    drop(std::fs::remove_dir_all(&empty));
    asked
}

#[expect(clippy::disallowed_methods, reason = "a program's own login is started here, for the person at the terminal")]
fn ask(program: &str, login: &Login) -> io::Result<bool> {
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
    /// The home of the agent that is tried.
    pub agents_home: PathBuf,
    /// What it may touch, if the kernel holds it.
    pub confinement: Option<Policy>,
    /// Why not, if not.
    pub unconfined: Option<String>,
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
        let Self { adapter, invocation, program, agents_home, folder: place, roots, confinement, unconfined } = self;
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
        let shared = super::homes::furnish(&invocation, &agents_home)?;
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
            shared,
            letter: false,
            workspace: place.join("workspace"),
            timeout_ms: TURN_MS_MAX,
            idle_timeout_ms: TURN_MS_MAX,
            grace_ms: 5_000,
            transcript_bytes_max: TRANSCRIPT_BYTES_MAX,
            ceiling: Ceiling::default(),
            meter: Meter::default(),
            confinement,
            unconfined,
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_login_for_an_agent_reads_nothing_that_the_agent_left() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        let home = at("homes/cto");
        std::fs::create_dir_all(home.join(".claude")).unwrap();
        std::fs::write(home.join(".claude/settings.json"), "hooks").unwrap();
        let program = at("program");
        let script = "#!/bin/sh\ntest -d \"$CLAUDE_CONFIG_DIR\" && ! test -e \"$CLAUDE_CONFIG_DIR/settings.json\" && \
                      echo key > \"$CLAUDE_CONFIG_DIR/.credentials.json\"\n";
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let text = |path: PathBuf| path.to_str().unwrap().to_owned();
        let file = home.join(".claude/.credentials.json");
        let login = Login {
            shown_by: vec![Proof::File(text(file.clone())), Proof::Keychain],
            arguments: Vec::new(),
            environment: [
                ("HOME".to_owned(), text(home.clone())),
                ("CLAUDE_CONFIG_DIR".to_owned(), text(home.join(".claude"))),
            ]
            .into(),
        };
        let roots = Roots::below(place.path());
        assert!(log_in(&text(program.clone()), &login, Some(&home), &roots).unwrap());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "key\n");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(at("state/corp/trial")).unwrap().count(), 0, "nothing of it stays");
        // The operator's own begins where it is.
        assert!(!log_in(&text(program), &login, None, &roots).unwrap());
    }
}
