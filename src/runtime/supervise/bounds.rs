//! How much of the machine a run takes: its processes, its memory, what is left of the disk.
//!
//! Looked at every now and then. Where control groups have limits the kernel keeps them at once, and this tells of them.

use crate::runtime::control_group::Group;
use crate::runtime::machine;
use crate::sandbox::Bounds;
use std::path::Path;

/// The least that is left on the disk, in bytes: what the company needs for going on, its commits and its records. Of a small
/// disk one part in so many is enough.
const DISK_BYTES_LEAST: u64 = 256 << 20;
const DISK_SHARE: u64 = 64;

/// What of its bounds a run has passed, in words.
pub(super) fn passed(bounds: &Bounds, group: Option<&Group>, workspace: &Path) -> Option<String> {
    let inside = group.map(Group::processes).filter(|processes| !processes.is_empty());
    let processes = inside.unwrap_or_else(|| {
        let own = rustix::process::getpid().as_raw_nonzero().get();
        machine::descendants(own).iter().map(|process| process.pid).collect()
    });
    if processes.len() as u64 > bounds.processes {
        return Some(format!("it had {} processes; a run may have {}", processes.len(), bounds.processes));
    }
    let memory: u64 = processes.iter().map(|pid| machine::memory(*pid)).sum();
    if memory > bounds.memory_bytes {
        let mebibytes = |bytes: u64| bytes >> 20;
        let (used, most) = (mebibytes(memory), mebibytes(bounds.memory_bytes));
        return Some(format!("it used {used} MiB of memory; a run may use {most}"));
    }
    let disk = rustix::fs::statvfs(workspace).ok()?;
    let left = disk.f_bavail.saturating_mul(disk.f_frsize);
    let least = DISK_BYTES_LEAST.min(disk.f_blocks.saturating_mul(disk.f_frsize) / DISK_SHARE);
    (left < least).then(|| format!("the disk has {} MiB left; runs are ended before it is full", left >> 20))
}
