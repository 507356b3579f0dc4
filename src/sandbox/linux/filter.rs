//! seccomp: calls into the kernel that no agent needs, refused.
//!
//! A list of what is refused, not of what is allowed: agent programs are large, change every week, and use what they like.
//! Refused is what leads out of the other parts (other ways to files, to other processes, to the network) and what has
//! been a door to kernels before.

use crate::sandbox::launch::LaunchError;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Refused whatever the arguments.
const REFUSED: &[i64] = &[
    // Other views of the file system, and other names for what is in it.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_fanotify_init,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    // The kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_syslog,
    libc::SYS_reboot,
    // Keys of the account.
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // The machine's clock and name.
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
];

/// The same, on this kind of processor only.
#[cfg(target_arch = "x86_64")]
const REFUSED_HERE: &[i64] = &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_HERE: &[i64] = &[];

/// Answered as by a kernel that does not have them: their callers then take an older way, whose arguments can be looked at.
const UNKNOWN: &[i64] =
    &[libc::SYS_clone3, libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];

/// Kinds of addresses that there are sockets for: files, the two of the Internet, and what libraries ask for interfaces.
const FAMILIES: [i32; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// All flags of `clone` that make a namespace.
const NAMESPACES: i32 = libc::CLONE_NEWNS
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWCGROUP;

/// The bits of a socket's kind that are not flags.
const KIND: u64 = 0xf;

/// On x86-64 every call has a second number, for programs with short pointers.
#[cfg(target_arch = "x86_64")]
const SHORT: Option<i64> = Some(0x4000_0000);
#[cfg(not(target_arch = "x86_64"))]
const SHORT: Option<i64> = None;

/// Whether calls can be filtered on this kind of processor.
pub(super) fn is_known_here() -> bool {
    TargetArch::try_from(std::env::consts::ARCH).is_ok()
}

/// Refuses the calls, to this process and all it starts.
pub(super) fn refuse_calls(strict: bool) -> Result<(), LaunchError> {
    for (rules, error) in [(unknown(), libc::ENOSYS), (refused(strict).map_err(failed)?, libc::EPERM)] {
        let program = compile(rules, error).map_err(failed)?;
        seccompiler::apply_filter(&program).map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

fn failed(why: String) -> LaunchError {
    LaunchError::Confine { doing: "refusing calls into the kernel", why }
}

fn compile(rules: Rules, error: i32) -> Result<BpfProgram, String> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let refuse = SeccompAction::Errno(error.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, architecture);
    filter.and_then(BpfProgram::try_from).map_err(|error| error.to_string())
}

fn unknown() -> Rules {
    let mut rules = Rules::new();
    for call in UNKNOWN {
        always(&mut rules, *call);
    }
    rules
}

fn always(rules: &mut Rules, call: i64) {
    rules.insert(call, Vec::new());
    if let Some(short) = SHORT {
        rules.insert(call | short, Vec::new());
    }
}

fn refused(strict: bool) -> Result<Rules, String> {
    let mut rules = Rules::new();
    for call in REFUSED.iter().chain(REFUSED_HERE) {
        always(&mut rules, *call);
    }
    add(&mut rules, libc::SYS_clone, namespaces()?);
    // Keys typed into a terminal in somebody's name.
    add(&mut rules, libc::SYS_ioctl, vec![rule([word(1, SeccompCmpOp::Eq, libc::TIOCSTI)?])?]);
    add(&mut rules, libc::SYS_ioctl, vec![rule([word(1, SeccompCmpOp::Eq, libc::TIOCLINUX)?])?]);
    for (call, argument) in MKNOD {
        for kind in [libc::S_IFCHR, libc::S_IFBLK] {
            let device = SeccompCmpOp::MaskedEq(u64::from(libc::S_IFMT));
            add(&mut rules, *call, vec![rule([word(*argument, device, kind)?])?]);
        }
    }
    // A connection that is made by sending: no rule about ports sees it.
    for (call, argument) in [(libc::SYS_sendto, 3), (libc::SYS_sendmsg, 2), (libc::SYS_sendmmsg, 3)] {
        let at_once = u64::from(libc::MSG_FASTOPEN.unsigned_abs());
        let at_once = condition(argument, SeccompCmpOp::MaskedEq(at_once), at_once)?;
        add(&mut rules, call, vec![rule([at_once])?]);
    }
    add(&mut rules, libc::SYS_socket, sockets(strict)?);
    Ok(rules)
}

/// `mknod` and where its mode stands.
#[cfg(target_arch = "x86_64")]
const MKNOD: &[(i64, u8)] = &[(libc::SYS_mknodat, 2), (libc::SYS_mknod, 1)];
#[cfg(not(target_arch = "x86_64"))]
const MKNOD: &[(i64, u8)] = &[(libc::SYS_mknodat, 2)];

fn namespaces() -> Result<Vec<SeccompRule>, String> {
    let mut rules = Vec::new();
    for bit in (0..32).map(|bit| 1u64 << bit).filter(|bit| u64::from(NAMESPACES.cast_unsigned()) & bit != 0) {
        rules.push(rule([condition(0, SeccompCmpOp::MaskedEq(bit), bit)?])?);
    }
    Ok(rules)
}

/// Sockets: of other families none; of the Internet only TCP, which ports are held for, and below the strict level UDP.
fn sockets(strict: bool) -> Result<Vec<SeccompRule>, String> {
    let others: Vec<SeccompCondition> =
        FAMILIES.iter().map(|family| word(0, SeccompCmpOp::Ne, *family)).collect::<Result<_, _>>()?;
    let mut rules = vec![rule(others)?];
    for family in [libc::AF_INET, libc::AF_INET6] {
        let internet = || word(0, SeccompCmpOp::Eq, family);
        for kind in [libc::SOCK_RAW, libc::SOCK_SEQPACKET, libc::SOCK_RDM, libc::SOCK_DCCP] {
            rules.push(rule([internet()?, word(1, SeccompCmpOp::MaskedEq(KIND), kind)?])?);
        }
        // What looks like TCP and is held by no rule about TCP.
        let stream = word(1, SeccompCmpOp::MaskedEq(KIND), libc::SOCK_STREAM)?;
        let neither = [word(2, SeccompCmpOp::Ne, 0)?, word(2, SeccompCmpOp::Ne, libc::IPPROTO_TCP)?];
        rules.push(rule([internet()?, stream].into_iter().chain(neither))?);
        if strict {
            rules.push(rule([internet()?, word(1, SeccompCmpOp::MaskedEq(KIND), libc::SOCK_DGRAM)?])?);
        }
    }
    Ok(rules)
}

fn add(rules: &mut Rules, call: i64, more: Vec<SeccompRule>) {
    if let Some(short) = SHORT {
        rules.entry(call | short).or_default().extend(more.clone());
    }
    rules.entry(call).or_default().extend(more);
}

fn rule(conditions: impl IntoIterator<Item = SeccompCondition>) -> Result<SeccompRule, String> {
    SeccompRule::new(conditions.into_iter().collect()).map_err(|error| error.to_string())
}

fn condition(argument: u8, is: SeccompCmpOp, value: u64) -> Result<SeccompCondition, String> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is, value).map_err(|error| error.to_string())
}

/// A condition on the lower half of an argument, which is all that the kernel looks at for these.
fn word<V: TryInto<u64>>(argument: u8, is: SeccompCmpOp, value: V) -> Result<SeccompCondition, String> {
    let value = value.try_into().map_err(|_| "a constant of the kernel is negative".to_owned())?;
    condition(argument, is, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_fits_into_the_kernel() {
        for strict in [false, true] {
            let program = compile(refused(strict).unwrap(), libc::EPERM).unwrap();
            assert!(program.len() < 4_096, "{} instructions", program.len());
        }
    }

    #[test]
    fn the_short_numbers_are_refused_too() {
        let rules = refused(false).unwrap();
        for call in [libc::SYS_mount, libc::SYS_socket, libc::SYS_clone] {
            assert!(rules.contains_key(&call));
            assert!(SHORT.is_none_or(|short| rules.contains_key(&(call | short))));
        }
    }
}
