//! What the machine knows of processes: which boot this is, who a process is, who descends from whom.
//!
//! A process is known by boot, number and start time together: numbers are given again. Where there is no `/proc`
//! nothing is known of descendants, and a run's process group is all that can be ended (`docs/limits.md`).

use crate::sandbox::FILTERS;
use rustix::process::{Pid, Signal};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

/// A process, told apart from a later one with the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// When it started, in the kernel's ticks since the boot. 0 where that cannot be known.
    pub start: u64,
}

impl Process {
    /// This process.
    pub fn current() -> Self {
        let pid = rustix::process::getpid().as_raw_nonzero().get();
        Self { pid, start: stat(pid).map_or(0, |stat| stat.start) }
    }

    /// The process that has this number now.
    pub fn with_pid(pid: i32) -> Option<Self> {
        stat(pid).map(|stat| Self { pid, start: stat.start })
    }

    /// Whether it is there, a dead one that nobody has looked after left out.
    pub fn is_alive(self) -> bool {
        stat(self.pid).is_some_and(|stat| stat.start == self.start && !stat.dead)
    }

    /// Sends a signal to it, and to no later one with its number. Whether it was there.
    #[cfg(target_os = "linux")]
    pub fn signal(self, signal: Signal) -> bool {
        let Some(pid) = Pid::from_raw(self.pid) else { return false };
        // The descriptor is opened first and the start looked at after, so that the signal goes to whom was looked at.
        let Ok(handle) = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()) else { return false };
        stat(self.pid).is_some_and(|stat| stat.start == self.start)
            && rustix::process::pidfd_send_signal(&handle, signal).is_ok()
    }

    /// Sends a signal to it. Whether it was there.
    #[cfg(not(target_os = "linux"))]
    pub fn signal(self, signal: Signal) -> bool {
        Pid::from_raw(self.pid).is_some_and(|pid| rustix::process::kill_process(pid, signal).is_ok())
    }
}

/// A name of this boot of the machine: what ran under another one runs no more. Empty where there is none.
pub fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|text| text.trim().to_owned()).unwrap_or_default()
}

/// Keeps what is in this process's memory from other processes of the account, and from a file when it dies.
pub fn close_to_others() {
    #[cfg(target_os = "linux")]
    // A kernel that cannot keeps nothing worse than before.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Whether the process with this number is held by filters of the kernel that this one is not under: whoever calls is a
/// run, or was started by one, and not a person. One that is gone is taken for a run.
pub fn is_confined(pid: i32) -> bool {
    match (filters(&pid.to_string()), filters("self")) {
        (Some(its), Some(own)) => its >= own + FILTERS,
        (None, Some(_)) => true,
        // Nothing is known here of anybody.
        (_, None) => false,
    }
}

/// The memory that is a process's own, in bytes, as far as it can be known.
pub fn memory(pid: i32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let mut pages = text.split(' ').skip(1).map(|field| field.parse::<u64>().unwrap_or(0));
    let (resident, shared) = (pages.next().unwrap_or(0), pages.next().unwrap_or(0));
    resident.saturating_sub(shared) * rustix::param::page_size() as u64
}

/// How many filters a process is under.
fn filters(process: &str) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("Seccomp_filters:"))?.trim().parse().ok()
}

/// Everything that descends from the process with number `root`, itself left out, the dead left out.
pub fn descendants(root: i32) -> BTreeSet<Process> {
    let mut children: BTreeMap<i32, Vec<(Process, bool)>> = BTreeMap::new();
    for pid in pids() {
        if let Some(stat) = stat(pid) {
            children.entry(stat.parent).or_default().push((Process { pid, start: stat.start }, stat.dead));
        }
    }
    let mut found = BTreeSet::new();
    let mut next = vec![root];
    while let Some(parent) = next.pop() {
        for (process, dead) in children.remove(&parent).unwrap_or_default() {
            next.push(process.pid);
            if !dead {
                found.insert(process);
            }
        }
    }
    found
}

/// Everything that carries `name=value` in the environment it was started with.
pub fn marked(name: &str, value: &str) -> BTreeSet<Process> {
    let mark = format!("{name}={value}").into_bytes();
    let own = rustix::process::getpid().as_raw_nonzero().get();
    pids()
        .filter(|pid| *pid != own)
        .filter(|pid| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|entry| entry == mark)
        })
        .filter_map(Process::with_pid)
        .filter(|process| process.is_alive())
        .collect()
}

/// Longest wait for processes that were killed to be gone, in milliseconds. Only one that hangs in the kernel takes
/// longer than a moment.
const GONE_MS_MAX: u64 = 10_000;

/// Ends everything that carries `name=value`, and returns what of it would not go. Blocks the thread.
pub fn end_marked(name: &str, value: &str) -> BTreeSet<Process> {
    let mut waited_ms = 0;
    loop {
        let left = marked(name, value);
        if left.is_empty() || waited_ms >= GONE_MS_MAX {
            return left;
        }
        for process in left {
            process.signal(Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(5));
        waited_ms += 5;
    }
}

fn pids() -> impl Iterator<Item = i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

struct Stat {
    parent: i32,
    start: u64,
    dead: bool,
}

/// Reads `/proc/<pid>/stat`. The name of the program stands in brackets and may itself hold brackets and spaces.
fn stat(pid: i32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.get(text.rfind(')')? + 1..)?.split_ascii_whitespace().collect();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        start: fields.get(19)?.parse().ok()?,
        dead: matches!(*fields.first()?, "Z" | "X"),
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive_and_its_number_alone_is_not_enough() {
        let current = Process::current();
        assert!(current.is_alive());
        assert!(!Process { start: current.start + 1, ..current }.is_alive());
        assert!(!Process { start: current.start + 1, ..current }.signal(Signal::CONT));
        assert!(current.signal(Signal::CONT));
        assert!(!boot().is_empty());
    }
}
