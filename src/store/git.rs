//! The `git` program as a child, kept from doing anything but what it was asked for.
//!
//! It is used for what only it can do: speaking to other repositories, and reading a repository's objects. It
//! sees no settings of the person or the machine, asks nobody anything, runs no hook, filter or helper, and
//! gets no names from outside but behind `--`. What is done with the objects is decided by the callers.

use super::scratch::bytes_in;
use crate::format::package::refused::shown;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// How often a running transfer is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks at a transfer before it is given up: ten minutes of [`LOOK_EVERY`], for a slow line and a large pack.
const LOOKS_MAX: u32 = 12_000;

/// Bytes a transfer may leave on the disk: the packed last state of a large repository.
const TRANSFER_BYTES_MAX: u64 = 256 << 20;

/// Bytes of what git has to say that are read; the last line tells why it failed.
const MESSAGE_BYTES_MAX: usize = 16 << 10;

/// Settings that come before every command.
const SETTINGS: [&str; 16] = [
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=",
    "core.sshCommand=ssh -oBatchMode=yes",
    "core.symlinks=false",
    "credential.helper=",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
    "protocol.ext.allow=never",
    "protocol.version=2",
    "transfer.credentialsInUrl=die",
];

/// What would lead git to another repository or to other objects, whoever it is that runs it.
pub(super) const LEADS_AWAY: [&str; 17] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_ATTR_SOURCE",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DEFAULT_HASH",
    "GIT_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_TEMPLATE_DIR",
    "GIT_WORK_TREE",
];

/// What a person sets for every git of theirs: other settings, and other programs to ask and to connect with.
const OF_PERSONS: [&str; 7] = [
    "GIT_ASKPASS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_SYSTEM",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PROXY_COMMAND",
    "GIT_TRACE",
    "SSH_ASKPASS",
];

/// Git could not do it.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no git.
    #[error("the program `git` was not found")]
    NoGit,
    /// It could not be started, or its files could not be read.
    #[error("could not work with `git`: {0}")]
    Io(#[from] io::Error),
    /// It ended with an error.
    #[error("git could not {what}: {message}")]
    Failed {
        /// What it was to do.
        what: &'static str,
        /// Its own last words, escaped.
        message: String,
    },
    /// More came than may.
    #[error("more than {} MiB came; it was stopped", max >> 20)]
    TooMuch {
        /// How much may come, in bytes.
        max: u64,
    },
    /// It did not come to an end.
    #[error("it took more than {} minutes; it was stopped", seconds / 60)]
    TooSlow {
        /// How long it may take.
        seconds: u64,
    },
    /// It answered something that makes no sense.
    #[error("git answered something unexpected when asked to {0}")]
    Unexpected(&'static str),
}

/// Takes all of it away.
fn forget(command: &mut Command) {
    for name in LEADS_AWAY.iter().chain(&OF_PERSONS) {
        command.env_remove(name);
    }
}

/// The version of the `git` program: its first two numbers. `None` if it says something that is no version.
///
/// # Errors
/// [`GitError::NoGit`] if there is none.
#[expect(clippy::disallowed_methods, reason = "this is the one place that starts git")]
pub fn version() -> Result<Option<(u32, u32)>, GitError> {
    let mut command = Command::new("git");
    forget(&mut command);
    let output = command.arg("--version").current_dir("/").stdin(Stdio::null()).stderr(Stdio::null()).output();
    let text = output.map_err(no_git)?.stdout;
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut numbers = text.trim().strip_prefix("git version ").unwrap_or_default().split('.').map(str::parse);
    Ok(match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Some((major, minor)),
        _ => None,
    })
}

/// A bare repository of our own, with nothing in it but what was fetched.
#[derive(Debug)]
pub struct Bare {
    /// The folder around it, where git's messages go as well.
    folder: PathBuf,
}

impl Bare {
    /// Makes one in `folder`, which must be empty.
    ///
    /// # Errors
    /// [`GitError`].
    pub fn init(folder: &Path) -> Result<Self, GitError> {
        let bare = Self { folder: folder.to_owned() };
        let mut command = bare.command(&["init", "--quiet", "--bare", "--template=", "--initial-branch=none", "--"]);
        command.arg(bare.git_dir());
        bare.wait(command, "make a repository", &mut |_| {})?;
        Ok(bare)
    }

    fn git_dir(&self) -> PathBuf {
        self.folder.join("repository.git")
    }

    /// Fetches `reference` of the repository at `url` as [`Bare::FETCHED`], without what came before it.
    /// Both come from outside and must have been looked at. `progress` hears how many bytes have come.
    ///
    /// # Errors
    /// [`GitError`].
    pub fn fetch(&self, url: &str, reference: &str, progress: &mut dyn FnMut(u64)) -> Result<(), GitError> {
        let mut command = self.command(&[
            "fetch",
            "--quiet",
            "--depth=1",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--",
            url,
        ]);
        command.arg(format!("+{reference}:{}", Self::FETCHED));
        self.wait(command, "fetch it", progress)
    }

    /// What was fetched.
    pub const FETCHED: &'static str = "refs/corp/fetched";

    /// The id of the object `revision` names, if there is one.
    ///
    /// # Errors
    /// [`GitError`].
    pub fn object(&self, revision: &str) -> Result<Option<String>, GitError> {
        let output = self
            .command(&["rev-parse", "--verify", "--quiet", "--end-of-options", revision])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .map_err(no_git)?;
        let id = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        let is_id = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        Ok((output.status.success() && is_id).then_some(id))
    }

    /// Starts a command whose output is read while it runs.
    ///
    /// # Errors
    /// [`GitError`].
    pub fn start(&self, args: &[&str]) -> Result<Running, GitError> {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(no_git)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        match (stdin, stdout) {
            (Some(stdin), Some(stdout)) => Ok(Running { child, stdin, stdout }),
            _ => Err(GitError::Unexpected("run")),
        }
    }

    /// Waits for a command while it keeps within its limits.
    fn wait(&self, mut command: Command, what: &'static str, progress: &mut dyn FnMut(u64)) -> Result<(), GitError> {
        // Into a file: a pipe nobody reads would stop the child when it is full.
        let messages = self.folder.join("messages");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&messages)?)
            .spawn()
            .map_err(no_git)?;
        for _ in 0..LOOKS_MAX {
            if let Some(status) = child.try_wait()? {
                return if status.success() {
                    Ok(())
                } else {
                    Err(GitError::Failed { what, message: last_words(&messages) })
                };
            }
            let bytes = bytes_in(&self.folder);
            progress(bytes);
            if bytes > TRANSFER_BYTES_MAX {
                stop(&mut child);
                return Err(GitError::TooMuch { max: TRANSFER_BYTES_MAX });
            }
            std::thread::sleep(LOOK_EVERY);
        }
        stop(&mut child);
        Err(GitError::TooSlow { seconds: u64::from(LOOKS_MAX) * LOOK_EVERY.as_millis() as u64 / 1_000 })
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = hardened(&self.folder);
        command.arg("--git-dir").arg(self.git_dir()).args(args);
        command
    }
}

/// The program, working in `folder`, with no settings but ours. Which repository it sees is the caller's to say.
#[expect(clippy::disallowed_methods, reason = "this is the one place that starts git")]
pub(super) fn hardened(folder: &Path) -> Command {
    let mut command = Command::new("git");
    forget(&mut command);
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_ATTR_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_ALLOW_PROTOCOL", "https:ssh:file")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .current_dir(folder);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    command
}

/// Runs a command to its end, looking at it `looks` times at most. What it has to say goes into the file `messages`.
///
/// # Errors
/// [`GitError`].
pub(super) fn wait(
    mut command: Command,
    what: &'static str,
    messages: &Path,
    every: Duration,
    looks: u32,
) -> Result<(), GitError> {
    let mut child = command.spawn().map_err(no_git)?;
    for _ in 0..looks {
        if let Some(status) = child.try_wait()? {
            let failed = || GitError::Failed { what, message: last_words(messages) };
            return if status.success() { Ok(()) } else { Err(failed()) };
        }
        std::thread::sleep(every);
    }
    stop(&mut child);
    Err(GitError::TooSlow { seconds: (every * looks).as_secs() })
}

/// A git command whose output is being read; it is stopped when this is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// What it is told.
    pub stdin: ChildStdin,
    /// What it answers.
    pub stdout: ChildStdout,
}

impl Drop for Running {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

pub(super) fn stop(child: &mut Child) {
    // It may have ended by itself, which is as well.
    drop(child.kill());
    drop(child.wait());
}

pub(super) fn no_git(error: io::Error) -> GitError {
    if error.kind() == io::ErrorKind::NotFound { GitError::NoGit } else { GitError::Io(error) }
}

/// The line that says why: the last that begins like an error, else the last one.
pub(super) fn last_words(messages: &Path) -> String {
    let bytes = fs::read(messages).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[bytes.len().saturating_sub(MESSAGE_BYTES_MAX)..]).into_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let marks = ["fatal: ", "error: ", "ERROR: "];
    let line = lines.iter().rev().find_map(|line| marks.iter().find_map(|mark| line.strip_prefix(mark)));
    let line = line.or_else(|| lines.last().copied()).unwrap_or("it did not say why");
    shown(line.as_bytes()).replace("\\\"", "\"")
}
