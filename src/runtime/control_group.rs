//! Control groups of Linux, version 2: a run's processes in a group of their own, which the kernel ends at once.
//!
//! The group is made below the one this program runs in, if that may be: systemd hands a unit its own part of the tree
//! (`Delegate=yes`), containers and accounts without one have none, and there a run is ended by its process group and
//! tree alone. A group adds two things to that: nothing outruns it, and its processes are found when whoever looked after
//! them is dead and they have hidden where they come from. Where it may, it keeps the bounds of a confined run.

use super::machine::{self, Process};
use crate::sandbox::Bounds;
use rustix::process::Signal;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Rounds of moving what was started meanwhile: whoever is moved starts its children inside, so that a few are enough.
const ROUNDS_MAX: usize = 16;

/// Longest wait for a group to be empty once the kernel was told to end it, in milliseconds. Only a process that hangs in
/// the kernel takes longer than a moment.
const EMPTY_MS_MAX: u64 = 10_000;

/// Between two looks, in milliseconds.
const LOOK_EVERY_MS: u64 = 5;

/// The control group of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    path: PathBuf,
}

impl Group {
    /// Makes the group of a run; `None` where that cannot be.
    pub fn make(company: &str, run: &str) -> Option<Self> {
        let path = own()?.join(format!("corp.{company}.{run}"));
        fs::create_dir(&path).ok()?;
        let group = Self { path };
        // Kernels before 5.14 have groups and cannot end them.
        if group.path.join("cgroup.kill").exists() {
            return Some(group);
        }
        group.remove();
        None
    }

    /// Has the kernel keep these bounds, where it was given to us to say so: the group above must not have processes of
    /// its own beside those of groups, which is how systemd hands on a part of the tree.
    pub fn bound(&self, bounds: &Bounds) {
        let limits = [("pids", "pids.max", bounds.processes), ("memory", "memory.max", bounds.memory_bytes)];
        for (controller, file, most) in limits {
            let file = self.path.join(file);
            if let Some(above) = self.path.parent().filter(|_| !file.exists()) {
                // Refused where it cannot be; then how much a run takes is looked at by its supervisor.
                drop(fs::write(above.join("cgroup.subtree_control"), format!("+{controller}")));
            }
            if file.exists() {
                drop(fs::write(&file, most.to_string()));
            }
        }
    }

    /// Whether the kernel ended something in it that took more memory than it may.
    pub fn was_out_of_memory(&self) -> bool {
        let events = fs::read_to_string(self.path.join("memory.events")).unwrap_or_default();
        events.lines().any(|line| line.strip_prefix("oom_kill ").is_some_and(|count| count.trim() != "0"))
    }

    /// The group that was noted as this run's; `None` if what was noted cannot be one.
    pub fn noted(path: &Path, company: &str, run: &str) -> Option<Self> {
        let name = format!("corp.{company}.{run}");
        let is_ours = path.file_name().is_some_and(|found| found == name.as_str()) && path.join("cgroup.kill").exists();
        is_ours.then(|| Self { path: path.to_owned() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Moves everything in that descends from the process `root`, which stays outside.
    pub fn take_in(&self, root: i32) {
        for _ in 0..ROUNDS_MAX {
            let inside = self.processes();
            let outside = machine::descendants(root);
            let outside: Vec<Process> = outside.into_iter().filter(|process| !inside.contains(&process.pid)).collect();
            let mut moved = false;
            for process in outside {
                // One that ended meanwhile, or may not be moved, is ended as a descendant.
                moved |= fs::write(self.path.join("cgroup.procs"), process.pid.to_string()).is_ok();
            }
            if !moved {
                return;
            }
        }
    }

    /// Has the kernel end everything in it.
    pub fn kill(&self) {
        if fs::write(self.path.join("cgroup.kill"), "1").is_err() {
            for pid in self.processes() {
                if let Some(process) = Process::with_pid(pid) {
                    process.signal(Signal::KILL);
                }
            }
        }
    }

    /// The numbers of its processes.
    pub fn processes(&self) -> Vec<i32> {
        let text = fs::read_to_string(self.path.join("cgroup.procs")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }

    /// Ends everything in it and removes it. Whether it is empty; blocks the thread until it is.
    pub fn end(&self) -> bool {
        let mut waited_ms = 0;
        self.kill();
        while !self.processes().is_empty() {
            if waited_ms >= EMPTY_MS_MAX {
                return false;
            }
            std::thread::sleep(Duration::from_millis(LOOK_EVERY_MS));
            waited_ms += LOOK_EVERY_MS;
            self.kill();
        }
        self.remove();
        true
    }

    /// Removes it, if it is empty.
    pub fn remove(&self) {
        // One that is not empty stays, and is ended by the daemon if its supervisor dies.
        drop(fs::remove_dir(&self.path));
    }
}

/// The group this process is in, where it is mounted.
fn own() -> Option<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    place(&groups, &mounts)
}

/// The folder of the version 2 group that `groups` (`/proc/self/cgroup`) names, by what is mounted.
fn place(groups: &str, mounts: &str) -> Option<PathBuf> {
    let path = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    mounts.lines().find_map(|line| {
        let (mount, system) = line.split_once(" - ")?;
        if !system.starts_with("cgroup2 ") {
            return None;
        }
        let mut fields = mount.split(' ').skip(3);
        let (root, at) = (fields.next()?, fields.next()?);
        let below = if root == "/" { path } else { path.strip_prefix(root)? };
        Some(Path::new(at).join(below.trim_start_matches('/')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_group_is_found_where_it_is_mounted() {
        let whole = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
        let both = "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n";
        let part = "30 23 0:26 /docker/1f /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
        let service = "/user.slice/user-1000.slice/user@1000.service/app.slice/corp.service";
        for (groups, mounts, found) in [
            (format!("0::{service}\n"), whole, Some(format!("/sys/fs/cgroup{service}"))),
            ("9:pids:/\n0::/\n".to_owned(), both, Some("/sys/fs/cgroup/unified/".to_owned())),
            ("0::/docker/1f/x\n".to_owned(), part, Some("/sys/fs/cgroup/x".to_owned())),
            ("0::/elsewhere\n".to_owned(), part, None),
            ("9:pids:/\n".to_owned(), whole, None),
            ("0::/\n".to_owned(), "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n", None),
        ] {
            assert_eq!(place(&groups, mounts), found.map(PathBuf::from), "{groups}");
        }
    }

    #[test]
    fn what_was_noted_is_used_only_under_its_own_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("corp.acme-1.r-1");
        fs::create_dir(&path).unwrap();
        assert_eq!(Group::noted(&path, "acme-1", "r-1"), None, "it cannot be ended");
        fs::write(path.join("cgroup.kill"), "").unwrap();
        assert!(Group::noted(&path, "acme-1", "r-1").is_some());
        assert_eq!(Group::noted(&path, "acme-1", "r-2"), None);
        assert_eq!(Group::noted(folder.path(), "acme-1", "r-1"), None);
    }
}
