//! A daemon with nothing to do: how soon it answers, what it takes while nothing happens.

use super::daemon::Daemon;
use super::{Asked, Finding, RunsError, since};
use crate::runtime::clock::Clock;
use crate::runtime::wire::Ask;
use serde_json::Value;
use std::time::Duration;

/// Between two looks whether its first chores are done, and how often it is looked: a minute.
const LOOK_EVERY: Duration = Duration::from_millis(200);
const LOOKS_MAX: usize = 300;

pub(super) fn measure(daemon: &Daemon, asked: &Asked, say: &mut dyn FnMut(Finding)) -> Result<(), RunsError> {
    say(Finding::figure("start of the daemon to its first answer", 1, "ms", daemon.ready_ms));
    rests(daemon)?;
    let (before, from) = (daemon.cpu()?, Clock::Machine.now());
    std::thread::sleep(asked.idle);
    let (after, to) = (daemon.cpu()?, Clock::Machine.now());
    let share = (after.own - before.own) / since(from, to).max(1.0) * 100.0;
    say(Finding::figure(format!("processor while {} agents wait", asked.agents), 1, "%", share).wanting(0.1));
    if let Some(memory) = daemon.memory("memory of the daemon meanwhile")? {
        say(memory.wanting(60.0));
    }
    Ok(())
}

/// Waits until a daemon that has just come up has nothing to do. It looks at every file once, and after a few quiet seconds it does
/// each of its chores for the first time. Those come every hour: what they take is no part of waiting, nor of an answer.
pub(super) fn rests(daemon: &Daemon) -> Result<(), RunsError> {
    for _ in 0..LOOKS_MAX {
        let status = daemon.ask(Ask::Status)?;
        let jobs = status.get("upkeep").and_then(Value::as_object);
        if jobs.is_none_or(|jobs| jobs.values().all(is_done)) {
            return Ok(());
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Err(daemon.not("the chores of a daemon that came up did not end".to_owned()))
}

/// Whether a chore was done and is not being done again.
fn is_done(job: &Value) -> bool {
    job.get("running") == Some(&Value::Bool(false)) && job.get("last").is_some_and(Value::is_string)
}
