//! Long output in the person's pager: what goes to standard output meanwhile is read there.
//!
//! Only on a terminal, and only for commands that show something to be read. Where the pager cannot be started, everything
//! goes to the terminal as before. While a pager lives, Ctrl-C is the pager's: the program that writes into it stays.

use super::environment::Environment;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use rustix::stdio;
use std::fs::File;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use tokio::signal::unix::{SignalKind, signal};

/// How `less` behaves if the person says nothing else: it shows colours, and ends by itself where all fits on the screen.
const LESS: &str = "FRX";

/// What a program's end by Ctrl-C is called among exit codes of shells.
const INTERRUPTED: i32 = 130;

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
        let interrupts = Interrupts::caught()?;
        let mut shell = Command::new("sh");
        // A pager that is not installed is no reason to show nothing. The shell outlives Ctrl-C as the program does, and what
        // it starts decides for itself, since a trap is not handed on.
        shell.args(["-c", &format!("trap : INT\n{command}\ntest $? -ne 127 || exec cat")]);
        if !environment.pager.is_less_told {
            shell.env("LESS", LESS);
        }
        let mut child = shell.stdin(Stdio::piped()).spawn().ok()?;
        interrupts.leave_to(&child);
        let into = child.stdin.take()?;
        stdio::dup2_stdout(&into).ok()?;
        Some(Self { child })
    }
}

/// Ctrl-C, taken from the system before there is a pager that could mean it.
struct Interrupts {
    runtime: tokio::runtime::Runtime,
    interrupt: tokio::signal::unix::Signal,
}

impl Interrupts {
    fn caught() -> Option<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().ok()?;
        let interrupt = {
            let _inside = runtime.enter();
            signal(SignalKind::interrupt()).ok()?
        };
        Some(Self { runtime, interrupt })
    }

    /// Leaves it to the pager while that lives, and ends the program by it afterwards.
    fn leave_to(self, pager: &Child) {
        let Self { runtime, mut interrupt } = self;
        let pager = Pid::from_child(pager);
        std::thread::spawn(move || {
            runtime.block_on(async {
                while interrupt.recv().await.is_some() {
                    if !lives(pager) {
                        std::process::exit(INTERRUPTED);
                    }
                }
            });
        });
    }
}

/// Whether a child has not ended; it stays to be waited for.
fn lives(child: Pid) -> bool {
    let asked = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(child), asked).is_ok_and(|ended| ended.is_none())
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
