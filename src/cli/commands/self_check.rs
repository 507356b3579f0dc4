//! `corp self-check`: whether this program, as it is installed, does its work on this machine.
//!
//! It is started as a person would start it, in a folder of its own, and what it said and left behind is looked at.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::ui::Ui;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Check that this program works here: found a company in a scratch folder, run an agent, undo, and remove it again
///
/// No account, no network, nothing of yours is touched. It takes some seconds.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp self-check              after installing: a line for each thing that was tried
  corp self-check && echo ready")]
pub struct Args {}

/// Tries one thing; why it does not work.
type Step = fn(&Scratch) -> Result<(), String>;

/// What is tried, in order, each on what those before it left.
const STEPS: &[(&str, Step)] = &[
    ("founds a company and commits it", Scratch::founds),
    ("finds nothing wrong with it", Scratch::checks),
    ("lets a scripted agent work off a ticket", Scratch::runs),
    ("commits what is saved by hand", Scratch::commits),
    ("takes that back", Scratch::undoes),
    ("exports it, and imports it again", Scratch::carries),
    ("leaves the repository sound", Scratch::is_sound),
];

pub(super) fn run(_: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let program = std::env::current_exe()
        .map_err(|error| CommandError::new(Exit::Environment, format!("this program cannot be found: {error}")))?;
    let mut chance = context.environment.chance.clone();
    let folder = context.environment.scratch.join(format!("corp-check-{:08x}", chance.draw() >> 32));
    std::fs::create_dir_all(folder.join("home")).map_err(|error| {
        CommandError::new(Exit::Environment, format!("{} cannot be made: {error}", folder.display()))
    })?;
    let scratch = Scratch { folder, program };
    ui.line(format_args!("corp {} at {}", env!("CARGO_PKG_VERSION"), scratch.program.display()));
    for (what, try_it) in STEPS {
        if let Err(why) = try_it(&scratch) {
            ui.line(format_args!("no    {what}"));
            let message = format!("it does not work here: {}", escape::lines(why.trim()));
            return Err(CommandError::new(Exit::Environment, message).hint(format!(
                "what it left is in {}; `corp doctor` there may tell more",
                scratch.company().display()
            )));
        }
        ui.line(format_args!("yes   {what}"));
    }
    drop(std::fs::remove_dir_all(&scratch.folder));
    ui.note("everything works; `corp adapter list` tells which agent programs are here");
    Ok(Exit::Done)
}

/// A folder with a company and a home of its own.
struct Scratch {
    folder: PathBuf,
    program: PathBuf,
}

impl Scratch {
    fn company(&self) -> PathBuf {
        self.folder.join("company")
    }

    /// Types a command; what it printed, or what was wrong.
    #[expect(clippy::disallowed_methods, reason = "what is checked is this program, started once more")]
    fn corp(&self, at: &Path, words: &[&str]) -> Result<String, String> {
        let output = Command::new(&self.program)
            .args(words)
            .current_dir(at)
            .env("HOME", self.folder.join("home"))
            .env("XDG_STATE_HOME", self.folder.join("state"))
            .env("XDG_CONFIG_HOME", self.folder.join("home/.config"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("TMPDIR", &self.folder)
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("CORP_COMPANY")
            .env_remove("CORP_QUIET")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{} cannot be started: {error}", self.program.display()))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!("`corp {}` says: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
    }

    fn read(&self, path: &str) -> Result<String, String> {
        let path = self.company().join(path);
        std::fs::read_to_string(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
    }

    fn founds(&self) -> Result<(), String> {
        self.corp(&self.folder, &["init", "company", "--name", "Check"])?;
        let log = self.corp(&self.company(), &["log"])?;
        if log.contains("Found Check") { Ok(()) } else { Err(format!("its history says: {log}")) }
    }

    fn checks(&self) -> Result<(), String> {
        self.corp(&self.company(), &["check"]).map(drop)
    }

    fn runs(&self) -> Result<(), String> {
        self.corp(&self.company(), &["up", "--once"])?;
        let ticket = self.read("tickets/0000/CHECK-1.md")?;
        let is_done = ticket.lines().any(|line| line == "status: done");
        if is_done { Ok(()) } else { Err(format!("CHECK-1 is not done:\n{ticket}")) }
    }

    fn commits(&self) -> Result<(), String> {
        let text = self.read("COMPANY.md")?;
        std::fs::write(self.company().join("COMPANY.md"), format!("{text}\nA line.\n"))
            .map_err(|error| error.to_string())?;
        self.corp(&self.company(), &["commit", "-m", "A line is added"])?;
        let log = self.corp(&self.company(), &["log", "-n", "1"])?;
        if log.contains("A line is added") { Ok(()) } else { Err(format!("its history says: {log}")) }
    }

    fn undoes(&self) -> Result<(), String> {
        self.corp(&self.company(), &["undo", "HEAD"])?;
        if self.read("COMPANY.md")?.contains("A line.") { Err("the line is still there".to_owned()) } else { Ok(()) }
    }

    fn carries(&self) -> Result<(), String> {
        self.corp(&self.company(), &["export", "../package"])?;
        self.corp(&self.folder, &["import", "package", "--into", "again", "--yes"])?;
        self.corp(&self.folder.join("again"), &["check"]).map(drop)
    }

    fn is_sound(&self) -> Result<(), String> {
        self.corp(&self.company(), &["doctor", "--strict"]).map(drop)
    }
}
