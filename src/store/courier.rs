//! Fetching from a company's remote and pushing to it, with the person's own git: their ssh, their credential helpers,
//! their proxies.
//!
//! The company's folder has no say in it. git runs in a bare repository of our own beside our other state, whose
//! configuration nobody else writes, and borrows only the company's object folder: hooks, filters, file system monitors
//! and the `ssh` commands and helpers of `.git/config` are not there to be run. What the person set for all their
//! repositories holds, as does an `includeIf` on the folder or on the remote's address.

use super::git::{GitError, LEADS_AWAY, last_words, no_git, stop};
use super::source::remote_address;
use gix::ObjectId;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How often a running transfer is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Looks at a transfer before it is given up: ten minutes of [`LOOK_EVERY`], for a slow line and a large pack.
const LOOKS_MAX: u32 = 60_000;

/// Bytes a fetch may add in packs: more than a company has, less than a disk.
const FETCHED_BYTES_MAX: u64 = 2 << 30;

/// Bytes of what git answers that are read: branches with names of a hundred bytes each.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// Settings that come before every command.
const SETTINGS: [&str; 19] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=false",
    // What came is synced by the writer before anything stands on it.
    "core.fsync=none",
    "fetch.fsckObjects=true",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
    "protocol.version=2",
    "push.followTags=false",
    "push.gpgSign=false",
    "push.recurseSubmodules=no",
    "remote.pushDefault=",
    "submodule.recurse=false",
    "transfer.credentialsInUrl=die",
];

/// Where a remote is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Looks at what stands in a repository's configuration or on a command line. A path is taken from `root`.
    ///
    /// # Errors
    /// Why nothing is sent there.
    pub fn new(text: &str, root: &Path) -> Result<Self, &'static str> {
        remote_address(text, root).map(Self)
    }

    /// As git is told it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How a push ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pushed {
    /// The branch is there now.
    Done,
    /// The branch has moved meanwhile: look again.
    Behind,
    /// The remote does not want it there; in its own words.
    Refused(String),
}

/// A bare repository that is only used to speak to others.
#[derive(Debug)]
pub struct Courier {
    folder: PathBuf,
    objects: PathBuf,
    shallow: PathBuf,
    /// Whether git may ask a person on the terminal.
    ask: bool,
}

impl Courier {
    /// Opens it for the repository whose shared git folder this is, or makes it.
    ///
    /// # Errors
    /// [`GitError`].
    pub fn open(git_dir: &Path, ask: bool) -> Result<Self, GitError> {
        let folder = git_dir.join("corp/courier");
        fs::create_dir_all(&folder)?;
        // git runs in that folder, and these must mean the same there.
        let git_dir = fs::canonicalize(git_dir)?;
        let folder = git_dir.join("corp/courier");
        let courier = Self { folder, objects: git_dir.join("objects"), shallow: git_dir.join("shallow"), ask };
        if !courier.git_dir().join("HEAD").is_file() {
            let mut command =
                courier.bare(&["init", "--quiet", "--bare", "--template=", "--initial-branch=none", "--"]);
            command.arg(courier.git_dir());
            courier.wait(command, "make a repository")?;
        }
        Ok(courier)
    }

    fn git_dir(&self) -> PathBuf {
        self.folder.join("repository.git")
    }

    /// Fetches every branch of the remote, and forgets those that are gone. `have` is what need not be sent. Returns the
    /// branches and their commits.
    ///
    /// # Errors
    /// [`GitError`]; then nothing is known of the remote.
    pub fn fetch(&self, from: &Address, have: Option<ObjectId>) -> Result<BTreeMap<String, ObjectId>, GitError> {
        if let Some(have) = have {
            let name = self.git_dir().join("refs/have/local");
            fs::create_dir_all(self.git_dir().join("refs/have"))?;
            fs::write(name, format!("{have}\n"))?;
        }
        let command = self.command(&[
            "fetch",
            "--quiet",
            "--prune",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-write-fetch-head",
            "--no-auto-maintenance",
            "--",
            from.as_str(),
            "+refs/heads/*:refs/remote/*",
        ]);
        self.wait(command, "fetch")?;
        let command = self.command(&["for-each-ref", "--format=%(objectname) %(refname)", "refs/remote/"]);
        let listed = self.wait(command, "list what it fetched")?;
        let branch = |line: &str| {
            let (id, name) = line.split_once(" refs/remote/")?;
            Some((name.to_owned(), ObjectId::from_hex(id.as_bytes()).ok()?))
        };
        Ok(listed.lines().filter_map(branch).collect())
    }

    /// The branch the remote itself has checked out, which a clone begins with.
    ///
    /// # Errors
    /// [`GitError`].
    pub fn head(&self, of: &Address) -> Result<Option<String>, GitError> {
        let answer = self.wait(self.command(&["ls-remote", "--symref", "--", of.as_str(), "HEAD"]), "reach it")?;
        let name = |line: &str| Some(line.strip_prefix("ref: refs/heads/")?.split('\t').next()?.to_owned());
        Ok(answer.lines().find_map(name))
    }

    /// Pushes a commit to a branch of the remote, never by force.
    ///
    /// # Errors
    /// [`GitError`] if the remote could not be asked.
    pub fn push(&self, to: &Address, commit: ObjectId, branch: &str) -> Result<Pushed, GitError> {
        let mut command = self.command(&["push", "--porcelain", "--no-verify", "--", to.as_str()]);
        command.arg(format!("{commit}:refs/heads/{branch}"));
        let (ok, answer) = self.run(command)?;
        // `!<tab>from:to<tab>[rejected] (fetch first)`
        let line = answer.lines().find(|line| line.starts_with("!\t"));
        match line.and_then(|line| line.rsplit('\t').next()) {
            None if ok => Ok(Pushed::Done),
            None => Err(GitError::Failed { what: "push", message: last_words(&self.messages()) }),
            Some(summary) => Ok(refusal(summary, &self.said_by_remote())),
        }
    }

    fn messages(&self) -> PathBuf {
        self.folder.join("messages")
    }

    /// What the remote told the person, such as the name of a rule.
    fn said_by_remote(&self) -> String {
        let text = fs::read(self.messages()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let said = text.lines().filter_map(|line| line.strip_prefix("remote:")).map(str::trim);
        said.filter(|line| !line.is_empty()).take(4).collect::<Vec<_>>().join("; ")
    }

    fn wait(&self, command: Command, what: &'static str) -> Result<String, GitError> {
        let (ok, answer) = self.run(command)?;
        if ok { Ok(answer) } else { Err(GitError::Failed { what, message: last_words(&self.messages()) }) }
    }

    /// Runs a command within its limits: whether it succeeded, and its answer. Its messages are in a file.
    fn run(&self, mut command: Command) -> Result<(bool, String), GitError> {
        let answer = self.folder.join("answer");
        // Into files: a pipe nobody reads would stop the child when it is full.
        let mut child = command
            .stdin(Stdio::null())
            .stdout(File::create(&answer)?)
            .stderr(File::create(self.messages())?)
            .spawn()
            .map_err(no_git)?;
        let packs = self.objects.join("pack");
        let before = bytes_of_files(&packs);
        for look in 0..LOOKS_MAX {
            if let Some(status) = child.try_wait()? {
                let bytes = super::load::read_at_most(&answer, ANSWER_BYTES_MAX)?;
                return Ok((status.success(), String::from_utf8_lossy(&bytes).into_owned()));
            }
            if look % 64 == 63 && bytes_of_files(&packs).saturating_sub(before) > FETCHED_BYTES_MAX {
                stop(&mut child);
                return Err(GitError::TooMuch { max: FETCHED_BYTES_MAX });
            }
            std::thread::sleep(LOOK_EVERY);
        }
        stop(&mut child);
        Err(GitError::TooSlow { seconds: u64::from(LOOKS_MAX) * LOOK_EVERY.as_millis() as u64 / 1_000 })
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bare(&[]);
        command.arg("--git-dir").arg(self.git_dir()).args(args).env("GIT_OBJECT_DIRECTORY", &self.objects);
        if self.shallow.is_file() {
            command.env("GIT_SHALLOW_FILE", &self.shallow);
        }
        command
    }

    #[expect(clippy::disallowed_methods, reason = "this is the place that starts git for a person's own remote")]
    fn bare(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        // How it asks for a password is the person's.
        for name in LEADS_AWAY {
            command.env_remove(name);
        }
        command
            .env_remove("GIT_OBJECT_DIRECTORY")
            .env("GIT_ALLOW_PROTOCOL", "https:ssh:file")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("LC_ALL", "C")
            .current_dir(&self.folder);
        if !self.ask {
            command.env("GIT_TERMINAL_PROMPT", "0");
        }
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(args);
        command
    }
}

/// What a refusal means. The remote's words are the only thing that tells a rule from a race.
fn refusal(summary: &str, said: &str) -> Pushed {
    let race = [
        "fetch first",
        "non-fast-forward",
        "stale info",
        "cannot lock ref",
        "failed to update ref",
        "incorrect old value",
        "failed to lock",
        "reference already exists",
        "file exists",
    ];
    let all = format!("{summary} {said}").to_ascii_lowercase();
    if race.iter().any(|words| all.contains(words)) {
        return Pushed::Behind;
    }
    let why = summary.split_once('(').map_or(summary, |(_, why)| why.trim_end_matches(')'));
    let text = if said.is_empty() { why.to_owned() } else { format!("{why}: {said}") };
    Pushed::Refused(crate::format::package::refused::shown(text.as_bytes()))
}

/// Bytes of the files in a folder, which has no folders in it.
fn bytes_of_files(folder: &Path) -> u64 {
    let Ok(listing) = fs::read_dir(folder) else { return 0 };
    listing.flatten().filter_map(|item| item.metadata().ok()).map(|metadata| metadata.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_race_is_told_from_a_rule() {
        let refused = |why: &str| Pushed::Refused(why.to_owned());
        for (summary, said, expected) in [
            ("[rejected] (fetch first)", "", Pushed::Behind),
            ("[rejected] (non-fast-forward)", "", Pushed::Behind),
            ("[remote rejected] (cannot lock ref 'refs/heads/main': is at a but expected b)", "", Pushed::Behind),
            ("[remote rejected] (failed to update ref)", "", Pushed::Behind),
            (
                "[remote rejected] (protected branch hook declined)",
                "error: GH006: Protected branch update failed",
                refused("protected branch hook declined: error: GH006: Protected branch update failed"),
            ),
            ("[remote rejected] (pre-receive hook declined)", "", refused("pre-receive hook declined")),
            ("[remote rejected] (branch is currently checked out)", "", refused("branch is currently checked out")),
        ] {
            assert_eq!(refusal(summary, said), expected, "{summary}");
        }
    }
}
