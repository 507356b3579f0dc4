//! Long output in the person's pager: what goes to standard output meanwhile is read there.
//!
//! Only on a terminal, and only for commands that show something to be read. Where the pager cannot be started, everything
//! goes to the terminal as before.

use super::environment::Environment;
use rustix::stdio;
use std::fs::File;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};

/// How `less` behaves if the person says nothing else: it shows colours, and ends by itself where all fits on the screen.
const LESS: &str = "FRX";

/// A pager that reads what the program writes, until it is dropped; then it is waited for.
#[derive(Debug)]
pub struct Pager {
    child: Child,
}

impl Pager {
    /// Starts `command`, a line for the shell, and hands it what is written from now on.
    #[expect(clippy::disallowed_methods, reason = "the person's own program, on their terminal")]
    pub fn start(command: &str, environment: &Environment) -> Option<Self> {
        if !environment.terminal || matches!(command.trim(), "" | "cat") {
            return None;
        }
        let mut shell = Command::new("sh");
        // A pager that is not installed is no reason to show nothing.
        shell.args(["-c", &format!("command -v {} > /dev/null || exec cat\nexec {command}", word(command))]);
        if !environment.pager.is_less_told {
            shell.env("LESS", LESS);
        }
        let mut child = shell.stdin(Stdio::piped()).spawn().ok()?;
        let into = child.stdin.take()?;
        stdio::dup2_stdout(&into).ok()?;
        Some(Self { child })
    }
}

/// The program a line for the shell begins with.
fn word(command: &str) -> &str {
    command.split_whitespace().next().unwrap_or("cat")
}

impl Drop for Pager {
    fn drop(&mut self) {
        drop(std::io::stdout().flush());
        // The pager reads to the end of the pipe, so nobody may keep it open.
        let closed = File::options().write(true).open("/dev/null").is_ok_and(|file| stdio::dup2_stdout(&file).is_ok());
        if closed {
            drop(self.child.wait());
        }
    }
}
