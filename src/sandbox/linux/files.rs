//! Landlock: files, ports, signals, abstract sockets.

use crate::sandbox::Policy;
use crate::sandbox::launch::LaunchError;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, LandlockStatus, NetPort,
    PathBeneath, Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError, RulesetStatus,
    Scope,
};
use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat2};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::Path;

/// The version that the running kernel offers, found by restricting the calling thread; 0: none.
pub(super) fn version() -> u32 {
    let ruleset = Ruleset::default().handle_access(AccessFs::Execute).and_then(Ruleset::create);
    let Ok(status) = ruleset.and_then(RulesetCreated::restrict_self) else { return 0 };
    match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi as u32,
        LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => 0,
    }
}

/// Restricts this process to the policy's files and ports.
pub(super) fn restrict(policy: &Policy) -> Result<(), LaunchError> {
    let abi = ABI::from(i32::try_from(policy.landlock).unwrap_or(i32::MAX));
    let mut ruleset = ruleset(policy, abi).map_err(refused)?;
    // A device is no place to make one, for root least of all.
    let write = AccessFs::from_all(abi) & !(AccessFs::MakeBlock | AccessFs::MakeChar);
    let files = [(&policy.read, AccessFs::from_read(abi)), (&policy.write, write)];
    let sockets = (abi >= ABI::V9).then_some((&policy.sockets, AccessFs::ResolveUnix.into()));
    for (paths, rights) in files.into_iter().chain(sockets) {
        for path in paths {
            if let Some(rule) = rule(path, rights, abi)? {
                ruleset = ruleset.add_rule(rule).map_err(refused)?;
            }
        }
    }
    if ruleset.restrict_self().map_err(refused)?.ruleset == RulesetStatus::FullyEnforced {
        return Ok(());
    }
    Err(failed("the kernel did not do all of it".to_owned()))
}

fn refused(error: RulesetError) -> LaunchError {
    failed(error.to_string())
}

fn failed(why: String) -> LaunchError {
    LaunchError::Confine { doing: "restricting files and ports", why }
}

/// All that is held, with what of ports is let be.
fn ruleset(policy: &Policy, abi: ABI) -> Result<RulesetCreated, RulesetError> {
    // All or nothing: whoever wrote the policy knew what this kernel has.
    let mut ruleset =
        Ruleset::default().set_compatibility(CompatLevel::HardRequirement).handle_access(AccessFs::from_all(abi))?;
    if abi >= ABI::V4 {
        ruleset = ruleset.handle_access(AccessNet::BindTcp)?.handle_access(AccessNet::ConnectTcp)?;
    }
    if abi >= ABI::V6 {
        ruleset = ruleset.scope(Scope::from_all(abi))?;
    }
    let mut ruleset = ruleset.create()?;
    if abi >= ABI::V4 {
        for port in &policy.connect {
            ruleset = ruleset.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
        }
        for port in &policy.listen {
            ruleset = ruleset.add_rule(NetPort::new(*port, AccessNet::BindTcp))?;
        }
    }
    Ok(ruleset)
}

/// Whether a path is there, and leads through no link.
pub(super) fn is_without_links(path: &Path) -> bool {
    located(path).is_ok()
}

/// A path, opened as a place alone, if no link is on the way to it.
fn located(path: &Path) -> Result<OwnedFd, Errno> {
    openat2(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::NO_SYMLINKS)
}

/// The rule about a path, if it is there: what is not cannot be touched anyway. Policies name what they mean without links;
/// one that stands in the way now was laid since, and nobody meant where that leads.
fn rule(path: &Path, rights: BitFlags<AccessFs>, abi: ABI) -> Result<Option<PathBeneath<OwnedFd>>, LaunchError> {
    let open = match located(path) {
        Ok(open) => open,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => return Ok(None),
        Err(Errno::LOOP) => {
            return Err(failed(format!("{} leads through a link that was not there before", path.display())));
        }
        Err(error) => return Err(failed(format!("{} could not be opened: {error}", path.display()))),
    };
    let found = fstat(&open).map_err(|error| failed(format!("{} could not be looked at: {error}", path.display())))?;
    let is_folder = FileType::from_raw_mode(found.st_mode).is_dir();
    let rights = if is_folder { rights } else { rights & AccessFs::from_file(abi) };
    Ok(Some(PathBeneath::new(open, rights)))
}
