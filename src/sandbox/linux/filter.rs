//! seccomp: calls into the kernel that no agent needs, refused.
//!
//! A list of what is refused, not of what is allowed: agent programs are large, change every week, and use what they like.
//! Refused is what leads out of the other parts (other ways to files, to other processes, to the network) and what has
//! been a door to kernels before.

mod by_number;

use crate::sandbox::launch::LaunchError;
use crate::sandbox::{FILTERS, Policy};
use by_number::{Answer, RETURN};
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

/// Refused at the strict level: memory, messages and semaphores that all processes of the account share by number or by name,
/// and being told of what happens to files, which no rule about files is asked for.
const REFUSED_STRICTLY: &[i64] = &[
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    libc::SYS_inotify_init1,
    libc::SYS_inotify_add_watch,
];

/// The same, on this kind of processor only.
#[cfg(target_arch = "x86_64")]
const REFUSED_STRICTLY_HERE: &[i64] = &[libc::SYS_inotify_init];
#[cfg(not(target_arch = "x86_64"))]
const REFUSED_STRICTLY_HERE: &[i64] = &[];

/// Refused at the strict level where no port is listened on: a socket that was bound to none is given one, on all addresses,
/// and no rule about ports is asked.
const LISTEN: i64 = libc::SYS_listen;

/// How much of the machine a process gets, of calls that take a process: 0 is who calls, and another may be anybody's.
const OF_ANOTHER: &[i64] = &[
    libc::SYS_prlimit64,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setscheduler,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setattr,
];

/// The same of calls that say first whether they mean a process, a group or an account, and what they call a process.
const OF_MANY: &[(i64, i32)] = &[(libc::SYS_setpriority, 0), (libc::SYS_ioprio_set, 1)];

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

/// The kind of socket that once stood for the family of packets, and is still taken for it (`SOCK_PACKET`).
const PACKET: i32 = 10;

/// The bits of a socket's kind that are not flags.
const KIND: u64 = 0xf;

/// On x86-64 every call has a second number from here on, for programs with short pointers: nobody has those any more.
#[cfg(target_arch = "x86_64")]
const SHORT: Option<u32> = Some(0x4000_0000);
#[cfg(not(target_arch = "x86_64"))]
const SHORT: Option<u32> = None;

/// Whether calls can be filtered on this kind of processor.
pub(super) fn is_known_here() -> bool {
    TargetArch::try_from(std::env::consts::ARCH).is_ok()
}

/// Refuses the calls, to this process and all it starts.
pub(super) fn refuse_calls(policy: &Policy) -> Result<(), LaunchError> {
    for program in programs(policy).map_err(failed)? {
        seccompiler::apply_filter(&program).map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

/// The programs a run is under. The first lets everything through: that there are so many is what the daemon knows a run by.
fn programs(policy: &Policy) -> Result<[BpfProgram; FILTERS], String> {
    Ok([by_number::let_through(), program(policy)?])
}

fn failed(why: String) -> LaunchError {
    LaunchError::Confine { doing: "refusing calls into the kernel", why }
}

/// All that is refused, as one program: the kernel translates each anew for every run, and asks it beforehand about every
/// number there is, whether that is always let through. So a number is looked for by halves, and the rules, which look at
/// arguments one after the other, are asked about those alone that they know.
fn program(policy: &Policy) -> Result<BpfProgram, String> {
    let rules = refused(policy.strict)?;
    let mut answers: BTreeMap<i64, Answer> = rules.keys().map(|call| (*call, Answer::ByRules)).collect();
    answers.extend(UNKNOWN.iter().map(|call| (*call, Answer::Error(libc::ENOSYS))));
    answers.extend(refused_by_number(policy).into_iter().map(|call| (call, Answer::Error(libc::EPERM))));
    let mut program = own_processor()?;
    program.extend(by_number::find(&answers, SHORT)?);
    program.extend(compile(rules)?);
    Ok(program)
}

fn compile(rules: Rules) -> Result<BpfProgram, String> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    // A call of another kind of processor ends the process.
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, architecture);
    filter.and_then(BpfProgram::try_from).map_err(|error| error.to_string())
}

/// Ends the process at a call of another kind of processor, whose numbers mean other calls: what comes of no rules, up to the
/// answer that they give then.
fn own_processor() -> Result<BpfProgram, String> {
    let mut program = compile(Rules::new())?;
    match program.pop() {
        Some(last) if last.code == RETURN && !program.is_empty() => Ok(program),
        _ => Err("there is no telling kinds of processors apart".to_owned()),
    }
}

/// The calls that are refused with this policy whatever their arguments.
fn refused_by_number(policy: &Policy) -> Vec<i64> {
    let mut calls = [REFUSED, REFUSED_HERE].concat();
    if policy.strict {
        calls.extend([REFUSED_STRICTLY, REFUSED_STRICTLY_HERE].concat());
        calls.extend(policy.listen.is_empty().then_some(LISTEN));
    }
    calls
}

fn refused(strict: bool) -> Result<Rules, String> {
    let mut rules = Rules::new();
    add(&mut rules, libc::SYS_clone, namespaces()?);
    // Keys typed into a terminal in somebody's name.
    add(&mut rules, libc::SYS_ioctl, vec![rule([word(1, SeccompCmpOp::Eq, libc::TIOCSTI)?])?]);
    add(&mut rules, libc::SYS_ioctl, vec![rule([word(1, SeccompCmpOp::Eq, libc::TIOCLINUX)?])?]);
    for call in OF_ANOTHER {
        add(&mut rules, *call, vec![rule([word(0, SeccompCmpOp::Ne, 0)?])?]);
    }
    for (call, process) in OF_MANY {
        let others = [word(0, SeccompCmpOp::Ne, *process)?, word(1, SeccompCmpOp::Ne, 0)?];
        let others: Result<_, _> = others.into_iter().map(|other| rule([other])).collect();
        add(&mut rules, *call, others?);
    }
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
        for kind in [libc::SOCK_RAW, libc::SOCK_SEQPACKET, libc::SOCK_RDM, libc::SOCK_DCCP, PACKET] {
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
mod tests;
