//! What a process may by what it is: its privileges, how much it may take, and whose end is its own.

use crate::sandbox::Bounds;
use rustix::io::Errno;
use rustix::process::{Resource, Rlimit, Signal};
use rustix::thread::{CapabilitiesSecureBits, CapabilitySet, CapabilitySets};
use std::io;

/// The kernel counts the processes and threads of the whole account, among them those of its desktop: so many times the
/// bound of a run are let be.
const OF_ACCOUNT: u64 = 4;

/// Sets the bounds that the kernel keeps for a process. Memory is not among them: programs name far more than they use.
pub(super) fn bound(bounds: &Bounds) -> io::Result<()> {
    let processes = bounds.processes * OF_ACCOUNT;
    for (resource, most) in [(Resource::Core, 0), (Resource::Nproc, processes), (Resource::Fsize, bounds.file_bytes)] {
        let before = rustix::process::getrlimit(resource);
        // One that is narrower already stays.
        let most = before.maximum.map_or(most, |maximum| maximum.min(most));
        let current = before.current.map_or(most, |current| current.min(most));
        rustix::process::setrlimit(resource, Rlimit { current: Some(current), maximum: Some(most) })?;
    }
    Ok(())
}

/// Has the kernel end this process when its supervisor ends.
pub(super) fn die_with_the_supervisor() -> io::Result<()> {
    let before = rustix::process::getppid();
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    // It may have ended before that.
    if rustix::process::getppid() == before { Ok(()) } else { Err(io::Error::other("its supervisor is gone")) }
}

/// Gives up every capability, for good: no program that is started from here gets one back. Without this root reads the
/// environment of every process, whatever else holds it.
pub(super) fn drop_all() -> io::Result<()> {
    rustix::thread::set_no_new_privs(true)?;
    rustix::thread::clear_ambient_capability_set()?;
    let own = rustix::thread::capabilities(None)?;
    if own.effective.contains(CapabilitySet::SETPCAP) {
        for bit in 0..u64::BITS {
            let capability = CapabilitySet::from_bits_retain(1 << bit);
            match rustix::thread::remove_capability_from_bounding_set(capability) {
                Ok(()) => {}
                // Beyond the last that the kernel knows.
                Err(Errno::INVAL) => break,
                Err(error) => return Err(error.into()),
            }
        }
        let locked = CapabilitiesSecureBits::NO_ROOT | CapabilitiesSecureBits::NO_ROOT_LOCKED;
        rustix::thread::set_capabilities_secure_bits(locked)?;
    }
    let none = CapabilitySet::empty();
    rustix::thread::set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?;
    Ok(())
}
