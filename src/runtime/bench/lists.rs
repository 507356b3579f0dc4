//! What looking at many tickets costs, by the commands that people type: without a daemon, where everything is read, and with
//! one, which has it at hand.

use super::daemon::{Daemon, called};
use super::{Asked, Finding, RunsError, company, idle};
use std::path::Path;

/// What is measured, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListsAsked {
    /// Tickets of the made-up company.
    pub tickets: usize,
    /// Its agents.
    pub agents: usize,
    /// How often each command is called.
    pub looks: usize,
}

/// What is wanted of a command, in milliseconds: without a daemon, with one, and of a daemon until it answers.
const ALONE_MS: f64 = 150.0;
const ASKED_MS: f64 = 30.0;
const READY_MS: f64 = 300.0;

/// The commands, which end with `--json` or not as people call them.
const COMMANDS: [(&str, &[&str]); 5] = [
    ("`corp ticket list`", &["ticket", "list"]),
    ("`corp board`", &["board"]),
    ("`corp inbox ada`", &["inbox", "ada"]),
    ("`corp ticket search`", &["ticket", "search", "thing 77"]),
    ("`corp status`", &["status"]),
];

/// Measures in a folder made in `parent` and removed afterwards. `tell` hears of each figure as it is found.
///
/// # Errors
/// [`RunsError`].
pub fn lists(parent: &Path, asked: &ListsAsked, tell: &mut dyn FnMut(&Finding)) -> Result<Vec<Finding>, RunsError> {
    let parent = parent.canonicalize().map_err(super::system(format!("find {}", parent.display())))?;
    let mut found = Vec::new();
    let mut say = |finding: Finding| {
        tell(&finding);
        found.push(finding);
    };
    let size = Asked { tickets: asked.tickets, agents: asked.agents, ..Asked::default() };
    let company = company::waiting(&parent, &size)?;
    say(Finding::times("floor: `corp --version`", &mut called(&company, &["--version"], asked.looks)?));
    for (what, args) in COMMANDS {
        let mut times = called(&company, args, asked.looks)?;
        say(Finding::times(format!("{what} without a daemon"), &mut times).wanting(ALONE_MS));
    }
    let mut daemon = Daemon::start(&company)?;
    say(Finding::figure("the daemon, from its first start to an answer", 1, "ms", daemon.ready_ms).wanting(READY_MS));
    idle::rests(&daemon)?;
    for (what, args) in COMMANDS {
        let mut times = called(&company, args, asked.looks)?;
        say(Finding::times(format!("{what} with a daemon"), &mut times).wanting(ASKED_MS));
    }
    daemon.end()?;
    let mut daemon = Daemon::start(&company)?;
    say(Finding::figure("the daemon, from its next start to an answer", 1, "ms", daemon.ready_ms).wanting(READY_MS));
    daemon.end()?;
    Ok(found)
}
