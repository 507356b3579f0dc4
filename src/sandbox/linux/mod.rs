//! Laying a policy upon this process, on Linux: bounds, Landlock, capabilities, a filter of calls into the kernel.

pub(super) mod bubblewrap;
mod files;
mod filter;
mod privileges;
pub(super) mod wall;

use super::Policy;
use super::launch::LaunchError;
use std::io;
use std::path::Path;

/// The version of Landlock that the running kernel offers; 0: none. It tells it to those who restrict themselves, which a
/// thread does that is of no other use.
pub(super) fn landlock_version() -> u32 {
    std::thread::spawn(files::version).join().unwrap_or(0)
}

/// Whether a path is there, and leads through no link.
pub(super) fn is_without_links(path: &Path) -> bool {
    files::is_without_links(path)
}

/// Whether the running kernel filters calls.
pub(super) fn has_seccomp() -> bool {
    filter::is_known_here() && Path::new("/proc/sys/kernel/seccomp/actions_avail").exists()
}

/// Closes every open file but the usual three. Only for a process that has opened none itself.
pub(super) fn close_the_rest() -> io::Result<()> {
    let listed: Vec<i32> = std::fs::read_dir("/proc/self/fd")?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|number| *number > 2)
        .collect();
    for number in listed {
        // The one the listing itself was read from is closed already.
        match nix::unistd::close(number) {
            Ok(()) | Err(nix::errno::Errno::EBADF) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Lays the policy upon this process. What comes first makes what comes later possible: rules are opened while everything
/// can be, and the filter, which refuses what the rest needs, comes last.
pub(super) fn lay_on(policy: &Policy) -> Result<(), LaunchError> {
    privileges::bound(&policy.bounds).map_err(failed("bounding what it takes"))?;
    privileges::die_with_the_supervisor().map_err(failed("tying it to its supervisor"))?;
    files::restrict(policy)?;
    privileges::drop_all().map_err(failed("giving up privileges"))?;
    filter::refuse_calls(policy)
}

fn failed(doing: &'static str) -> impl FnOnce(io::Error) -> LaunchError {
    move |error| LaunchError::Confine { doing, why: error.to_string() }
}
