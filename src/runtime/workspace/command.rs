//! Running in a workspace what a person wrote into `project.yaml` for that: its setup, its cleanup. It has its time, and
//! what it started and left is ended with it.

use crate::runtime::chance;
use crate::runtime::machine;
use crate::sandbox::{Policy, launcher};
use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::time::Duration;

/// Last bytes of what a command said that are told.
const WORDS_MAX: usize = 600;

/// Between two looks whether it has ended, in milliseconds.
const LOOK_EVERY_MS: u64 = 20;

/// What its processes are known by, beside the mark of a run it belongs to.
const MARK: &str = "CORP_COMMAND";

/// Settings of git that hold whatever the folder's own git says: what an agent planted there as a hook or a watcher is not
/// run by a command that asks git something.
const GIT: [(&str, &str); 8] = [
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_CONFIG_COUNT", "2"),
    ("GIT_CONFIG_KEY_0", "core.hooksPath"),
    ("GIT_CONFIG_VALUE_0", "/dev/null"),
    ("GIT_CONFIG_KEY_1", "core.fsmonitor"),
    ("GIT_CONFIG_VALUE_1", "false"),
];

/// A command of a project.
pub(super) struct Wanted<'w> {
    /// The text, for a shell.
    pub text: &'w str,
    /// The folder it is run in.
    pub folder: &'w Path,
    /// All of its environment.
    pub environment: &'w [(String, String)],
    /// Whether an agent could have written in that folder before.
    pub is_worked_in: bool,
    /// What it may touch. None: it is not confined.
    pub policy: Option<&'w Policy>,
    /// Longest that it may take, in minutes.
    pub minutes_max: u64,
    /// Where what it says is written: a file of ours, outside of the folder.
    pub log: PathBuf,
}

/// How it went.
pub(super) enum Went {
    /// Well; and its last words.
    Well(String),
    /// Not; how it ended, and its last words.
    Badly(String, String),
}

impl Wanted<'_> {
    /// Runs it to its end. Blocks the thread.
    pub(super) fn run(&self) -> io::Result<Went> {
        let mark = chance::bytes::<16>()?.map(|byte| format!("{byte:02x}")).concat();
        let mut child = self.start(&mark)?;
        let mut ended = None;
        for _ in 0..self.minutes_max * 60_000 / LOOK_EVERY_MS {
            ended = child.try_wait()?;
            if ended.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(LOOK_EVERY_MS));
        }
        let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(group) = group.filter(|_| ended.is_none()) {
            // A group that is gone needs no ending.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            drop(child.wait());
        }
        let (policy, temporary) = self.beside();
        if self.policy.is_some() {
            // What cannot be removed is in nobody's way.
            drop(std::fs::remove_file(policy));
            drop(std::fs::remove_dir_all(temporary));
        }
        // What it left behind works in a folder that others rely upon next.
        let left = machine::end_marked(MARK, &mark);
        let words = self.words();
        Ok(match ended {
            Some(_) if !left.is_empty() => Went::Badly("left processes that do not end".to_owned(), words),
            Some(status) if status.success() => Went::Well(words),
            ended => Went::Badly(self.how(ended), words),
        })
    }

    #[expect(clippy::disallowed_methods, reason = "a person wrote it into project.yaml, to be run here")]
    fn start(&self, mark: &str) -> io::Result<Child> {
        let out = File::create(&self.log)?;
        let mut command = match self.policy {
            None => std::process::Command::new("/bin/sh"),
            Some(policy) => {
                let (file, temporary) = self.beside();
                std::fs::create_dir_all(&temporary)?;
                let mut policy = policy.clone();
                policy.write.push(temporary);
                std::fs::write(&file, serde_json::to_vec(&policy)?)?;
                let (launcher, words) = launcher::words(&std::env::current_exe()?, &file);
                let mut command = std::process::Command::new(launcher);
                command.args(words).arg("/bin/sh");
                command
            }
        };
        command.args(["-c", self.text]).env_clear();
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if self.is_worked_in {
            command.envs(GIT);
        }
        if self.policy.is_some() {
            command.envs(["TMPDIR", "TMP", "TEMP"].map(|name| (name, self.beside().1)));
        }
        command
            .env(MARK, mark)
            .current_dir(self.folder)
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .process_group(0)
            .spawn()
    }

    /// Where its policy and its temporary files are, while it runs.
    fn beside(&self) -> (PathBuf, PathBuf) {
        (self.log.with_extension("policy"), self.log.with_extension("tmp"))
    }

    fn how(&self, ended: Option<ExitStatus>) -> String {
        match ended {
            Some(status) => format!("ended with {status}"),
            None => format!("was not done after {} minutes", self.minutes_max),
        }
    }

    /// The last of what it said, without what looks like a secret.
    fn words(&self) -> String {
        let said = std::fs::read(&self.log).unwrap_or_default();
        let said = String::from_utf8_lossy(&said[said.len().saturating_sub(WORDS_MAX)..]).trim().to_owned();
        crate::redact::mask(&said).into_owned()
    }
}
