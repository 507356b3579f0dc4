//! Ending every process of a run: the group, those in sessions of their own, and those whose parent is long gone.
//!
//! The supervisor adopts whatever its run leaves behind (it is their sub-reaper), so that the kernel's "no children"
//! is the proof that nobody is left. Where a system has no sub-reapers, the process group is all that is known.

use crate::runtime::control_group::Group;
use crate::runtime::machine;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};
use std::time::Duration;

/// Longest wait for processes that were killed to be gone, in milliseconds. Only one that hangs in the kernel, on a
/// dead network file system say, takes longer than a moment.
const GONE_MS_MAX: u64 = 10_000;

/// Between two looks whether they are gone, in milliseconds.
const LOOK_EVERY_MS: u64 = 5;

/// What looking after children gave.
#[derive(Debug, Default)]
pub(super) struct Reaped {
    /// How the first process of the run ended, if it did just now.
    pub(super) leader: Option<WaitStatus>,
    /// Whether there is no process left, dead or alive.
    pub(super) none_left: bool,
}

/// Looks after every child that has ended.
pub(super) fn reap(leader: Pid) -> Reaped {
    let mut reaped = Reaped::default();
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) if pid == leader => reaped.leader = Some(status),
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) => return reaped,
            Err(_) => {
                reaped.none_left = true;
                return reaped;
            }
        }
    }
}

/// Asks the run's first process and its group to end.
pub(super) fn ask(leader: Pid) {
    // A group that is gone needs no asking.
    let _ = rustix::process::kill_process_group(leader, Signal::TERM);
}

/// Asks everything that is left to end.
pub(super) fn ask_all(leader: Pid) {
    ask(leader);
    for process in machine::descendants(own()) {
        process.signal(Signal::TERM);
    }
}

/// How many processes there are.
pub(super) fn count() -> usize {
    machine::descendants(own()).len()
}

/// Ends everything, and returns when it is gone, with how the first process ended if it did just now.
pub(super) async fn end_all(leader: Pid, group: Option<&Group>) -> Reaped {
    let mut reaped = Reaped::default();
    let mut waited = 0;
    loop {
        let _ = rustix::process::kill_process_group(leader, Signal::KILL);
        if let Some(group) = group {
            group.kill();
        }
        // A process that is stopped cannot start another: first all are stopped, until no new one shows, and only then
        // killed. A fork bomb is not outrun otherwise.
        let mut stopped = 0;
        loop {
            let found = machine::descendants(own());
            if found.len() <= stopped {
                for process in found {
                    process.signal(Signal::KILL);
                }
                break;
            }
            stopped = found.len();
            for process in found {
                process.signal(Signal::STOP);
            }
        }
        let now = reap(leader);
        reaped.leader = reaped.leader.or(now.leader);
        reaped.none_left = now.none_left;
        if reaped.none_left || waited >= GONE_MS_MAX {
            return reaped;
        }
        tokio::time::sleep(Duration::from_millis(LOOK_EVERY_MS)).await;
        waited += LOOK_EVERY_MS;
    }
}

fn own() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}
