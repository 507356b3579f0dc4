//! What the filter answers, as the kernel would run it.

use super::by_number::{IF_AT_LEAST, LOAD};
use super::*;

/// What the kernel hands over of a call: its number, the kind of processor, where it was made, its arguments.
fn call(number: i64, processor: u32, arguments: [u32; 3]) -> Vec<u32> {
    let arguments = arguments.into_iter().flat_map(|argument| [argument, 0]);
    [u32::try_from(number).unwrap(), processor, 0, 0].into_iter().chain(arguments).chain([0; 6]).collect()
}

/// What the program answers to a call, as the kernel would run it.
fn answered(program: &BpfProgram, call: &[u32]) -> u32 {
    let (mut at, mut held) = (0, 0);
    loop {
        let now = &program[at];
        at += 1;
        let mut jump = |holds: bool| at += usize::from(if holds { now.jt } else { now.jf });
        match now.code {
            LOAD => held = call[now.k as usize / 4],
            RETURN => return now.k,
            IF_AT_LEAST => jump(held >= now.k),
            0x15 => jump(held == now.k),
            0x54 => held &= now.k,
            0x05 => at += now.k as usize,
            code => panic!("{code:#x} is no instruction that is used here"),
        }
    }
}

/// This kind of processor, as the first comparison of each program has it.
fn here(program: &BpfProgram) -> u32 {
    assert_eq!((program[0].code, program[0].k, program[1].code), (LOAD, 4, 0x15));
    program[1].k
}

fn refuse(error: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | error.unsigned_abs()
}

fn policies() -> [Policy; 3] {
    let strict = Policy { strict: true, ..Policy::default() };
    [Policy::default(), strict.clone(), Policy { listen: vec![8080], ..strict }]
}

#[test]
fn the_program_fits_into_the_kernel() {
    for policy in policies() {
        let length = program(&policy).unwrap().len();
        assert!(length < 600, "{length} instructions, each of which is translated for every run");
    }
}

#[test]
fn every_number_has_its_answer() {
    for policy in policies() {
        let program = program(&policy).unwrap();
        let known = refused(policy.strict).unwrap();
        let here = here(&program);
        for number in 0..2_000 {
            let strictly = REFUSED_STRICTLY.contains(&number) || REFUSED_STRICTLY_HERE.contains(&number);
            let listens = number == LISTEN && policy.listen.is_empty();
            let is_refused = REFUSED.contains(&number) || REFUSED_HERE.contains(&number);
            let answer = answered(&program, &call(number, here, [0; 3]));
            if is_refused || policy.strict && (strictly || listens) {
                assert_eq!(answer, refuse(libc::EPERM), "{number}");
            } else if UNKNOWN.contains(&number) {
                assert_eq!(answer, refuse(libc::ENOSYS), "{number}");
            } else if known.contains_key(&number) {
                let rules = compile(known.clone()).unwrap();
                assert_eq!(answer, answered(&rules, &call(number, here, [0; 3])), "{number}: the rules say it");
            } else {
                assert_eq!(answer, libc::SECCOMP_RET_ALLOW, "{number}");
            }
            let other = answered(&program, &call(number, here ^ 1, [0; 3]));
            assert_eq!(other, libc::SECCOMP_RET_KILL_PROCESS, "{number} of another kind of processor");
            if let Some(short) = SHORT {
                let answer = answered(&program, &call(number | i64::from(short), here, [0; 3]));
                assert_eq!(answer, refuse(libc::ENOSYS), "{number}, by its second number");
            }
        }
        let last = call(i64::from(u32::MAX), here, [0; 3]);
        let expected = if SHORT.is_some() { refuse(libc::ENOSYS) } else { libc::SECCOMP_RET_ALLOW };
        assert_eq!(answered(&program, &last), expected, "the last there is");
    }
}

#[test]
fn arguments_decide_where_the_rules_say_so() {
    let word = i32::cast_unsigned;
    let (internet, stream, datagram) = (word(libc::AF_INET), word(libc::SOCK_STREAM), word(libc::SOCK_DGRAM));
    let flags = word(libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK);
    for policy in policies() {
        let program = program(&policy).unwrap();
        let here = here(&program);
        for (number, arguments, is_allowed) in [
            (libc::SYS_clone, [word(libc::CLONE_VM | libc::CLONE_THREAD), 0, 0], true),
            (libc::SYS_clone, [word(libc::CLONE_VM | libc::CLONE_NEWUSER), 0, 0], false),
            (libc::SYS_clone, [word(libc::CLONE_NEWNS), 0, 0], false),
            (libc::SYS_ioctl, [0, u32::try_from(libc::TCGETS).unwrap(), 0], true),
            (libc::SYS_ioctl, [0, u32::try_from(libc::TIOCSTI).unwrap(), 0], false),
            (libc::SYS_prlimit64, [0, 7, 0], true),
            (libc::SYS_prlimit64, [1, 7, 0], false),
            (libc::SYS_setpriority, [0, 0, 5], true),
            (libc::SYS_setpriority, [0, 1, 5], false),
            (libc::SYS_setpriority, [2, 0, 5], false),
            (libc::SYS_mknodat, [0, 0, libc::S_IFIFO | 0o600], true),
            (libc::SYS_mknodat, [0, 0, libc::S_IFBLK | 0o600], false),
            (libc::SYS_sendmsg, [3, 0, word(libc::MSG_NOSIGNAL)], true),
            (libc::SYS_sendmsg, [3, 0, word(libc::MSG_NOSIGNAL | libc::MSG_FASTOPEN)], false),
            (libc::SYS_socket, [word(libc::AF_UNIX), datagram, 0], true),
            (libc::SYS_socket, [word(libc::AF_PACKET), stream, 0], false),
            (libc::SYS_socket, [internet, stream | flags, 0], true),
            (libc::SYS_socket, [internet, stream | flags, word(libc::IPPROTO_TCP)], true),
            (libc::SYS_socket, [internet, stream | flags, word(libc::IPPROTO_MPTCP)], false),
            (libc::SYS_socket, [internet, word(libc::SOCK_RAW) | flags, 0], false),
            (libc::SYS_socket, [internet, datagram | flags, 0], !policy.strict),
        ] {
            let answer = answered(&program, &call(number, here, arguments));
            let expected = if is_allowed { libc::SECCOMP_RET_ALLOW } else { refuse(libc::EPERM) };
            assert_eq!(answer, expected, "{number} {arguments:x?}");
        }
    }
}
