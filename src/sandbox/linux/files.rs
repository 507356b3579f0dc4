//! Landlock: files, ports, signals, abstract sockets.

use crate::sandbox::Policy;
use crate::sandbox::launch::LaunchError;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, LandlockStatus, NetPort,
    PathBeneath, PathFd, Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError,
    RulesetStatus, Scope,
};
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
    let status = lay_on(policy).map_err(|error| failed(&error))?;
    if status == RulesetStatus::FullyEnforced {
        return Ok(());
    }
    Err(LaunchError::Confine {
        doing: "restricting files and ports",
        why: "the kernel did not do all of it".to_owned(),
    })
}

fn failed(error: &RulesetError) -> LaunchError {
    LaunchError::Confine { doing: "restricting files and ports", why: error.to_string() }
}

fn lay_on(policy: &Policy) -> Result<RulesetStatus, RulesetError> {
    let abi = ABI::from(i32::try_from(policy.landlock).unwrap_or(i32::MAX));
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
    for path in &policy.read {
        ruleset = add(ruleset, path, AccessFs::from_read(abi), abi)?;
    }
    // A device is no place to make one, for root least of all.
    let write = AccessFs::from_all(abi) & !(AccessFs::MakeBlock | AccessFs::MakeChar);
    for path in &policy.write {
        ruleset = add(ruleset, path, write, abi)?;
    }
    if abi >= ABI::V9 {
        for path in &policy.sockets {
            ruleset = add(ruleset, path, AccessFs::ResolveUnix.into(), abi)?;
        }
    }
    if abi >= ABI::V4 {
        for port in &policy.connect {
            ruleset = ruleset.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
        }
        for port in &policy.listen {
            ruleset = ruleset.add_rule(NetPort::new(*port, AccessNet::BindTcp))?;
        }
    }
    Ok(ruleset.restrict_self()?.ruleset)
}

/// Adds a path, if it is there: what is not cannot be touched anyway.
fn add(
    ruleset: RulesetCreated,
    path: &Path,
    rights: BitFlags<AccessFs>,
    abi: ABI,
) -> Result<RulesetCreated, RulesetError> {
    let Ok(open) = PathFd::new(path) else { return Ok(ruleset) };
    let rights = if path.is_dir() { rights } else { rights & AccessFs::from_file(abi) };
    ruleset.add_rule(PathBeneath::new(open, rights))
}
