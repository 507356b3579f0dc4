//! A daemon with nothing to do: how soon it answers, what it takes while nothing happens.

use super::daemon::Daemon;
use super::{Asked, Finding, RunsError, since};
use crate::runtime::clock::Clock;
use std::time::Duration;

/// How long a daemon that has just come up is left alone first: it looks at every file once.
const SETTLE: Duration = Duration::from_secs(3);

pub(super) fn measure(daemon: &Daemon, asked: &Asked, say: &mut dyn FnMut(Finding)) -> Result<(), RunsError> {
    say(Finding::figure("start of the daemon to its first answer", 1, "ms", daemon.ready_ms));
    std::thread::sleep(SETTLE.min(asked.idle));
    let (before, from) = (daemon.cpu()?, Clock::Machine.now());
    std::thread::sleep(asked.idle);
    let (after, to) = (daemon.cpu()?, Clock::Machine.now());
    let share = (after.own - before.own) / since(from, to).max(1.0) * 100.0;
    say(Finding::figure(format!("processor while {} agents wait", asked.agents), 1, "%", share).wanting(0.1));
    say(Finding::figure("memory of the daemon meanwhile (PSS)", 1, "MiB", daemon.memory()?).wanting(60.0));
    Ok(())
}
