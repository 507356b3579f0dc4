//! A call's number, looked for by halves: what is answered to it whatever its arguments.

use seccompiler::{BpfProgram, sock_filter};
use std::collections::BTreeMap;

/// Instructions of a filter, as the kernel names them: BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JGE|BPF_K, BPF_RET|BPF_K.
pub(super) const LOAD: u16 = 0x20;
pub(super) const IF_AT_LEAST: u16 = 0x35;
pub(super) const RETURN: u16 = 0x06;

fn instruction(code: u16, yes: u8, no: u8, k: u32) -> sock_filter {
    sock_filter { code, jt: yes, jf: no, k }
}

/// A program that lets every call through.
pub(super) fn let_through() -> BpfProgram {
    vec![instruction(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW)]
}

/// What is answered to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Allowed,
    /// It is refused, with this.
    Error(i32),
    /// The rules say it, by its arguments.
    ByRules,
}

/// From which number on which answer is given, in order, from 0 to the last there is.
fn stretches(answers: &BTreeMap<i64, Answer>, short: Option<u32>) -> Result<Vec<(u32, Answer)>, String> {
    let mut found = vec![(0, Answer::Allowed)];
    let mut from = |number: u32, answer: Answer| match found.last_mut() {
        // Right after another one.
        Some(last) if last.0 == number => last.1 = answer,
        _ => found.push((number, answer)),
    };
    for (call, answer) in answers {
        let call = u32::try_from(*call).ok().filter(|call| short.is_none_or(|short| *call < short));
        let call = call.ok_or("a number is no call's")?;
        from(call, *answer);
        from(call + 1, Answer::Allowed);
    }
    if let Some(short) = short {
        from(short, Answer::Error(libc::ENOSYS));
    }
    found.dedup_by_key(|(_, answer)| *answer);
    Ok(found)
}

/// Where a search for a number goes on: at a comparison, or nowhere, since its answer is found.
#[derive(Debug, Clone, Copy)]
enum Step {
    At(usize),
    Found(Answer),
}

/// One comparison: at this number and above the search goes on at the first step, below it at the second.
type Comparison = (u32, Step, Step);

/// Finds the stretch of a number by halves.
fn search(stretches: &[(u32, Answer)], comparisons: &mut Vec<Comparison>) -> Step {
    let (lower, upper) = stretches.split_at(stretches.len() / 2);
    match (lower, upper) {
        ([], [(_, answer)]) => Step::Found(*answer),
        (_, []) => Step::Found(Answer::ByRules),
        (_, [(from, _), ..]) => {
            let here = comparisons.len();
            comparisons.push((*from, Step::At(here), Step::At(here)));
            let below = search(lower, comparisons);
            let above = search(upper, comparisons);
            comparisons[here] = (*from, above, below);
            Step::At(here)
        }
    }
}

/// The instructions that find the answer to a call's number. From `short` on, numbers are none that there are. What the rules
/// are to say goes on behind these instructions.
pub(super) fn find(answers: &BTreeMap<i64, Answer>, short: Option<u32>) -> Result<BpfProgram, String> {
    let stretches = stretches(answers, short)?;
    let mut comparisons = Vec::new();
    search(&stretches, &mut comparisons);
    let mut endings: Vec<Answer> = Vec::new();
    for (_, answer) in &stretches {
        if *answer != Answer::ByRules && !endings.contains(answer) {
            endings.push(*answer);
        }
    }
    let place = |step: Step| match step {
        Step::At(comparison) => comparison,
        Step::Found(answer) => {
            comparisons.len() + endings.iter().position(|ending| *ending == answer).unwrap_or(endings.len())
        }
    };
    // The number stands first in what the kernel hands over.
    let mut program = vec![instruction(LOAD, 0, 0, 0)];
    for (at, (from, above, below)) in comparisons.iter().enumerate() {
        let ahead = |step| u8::try_from(place(step) - at - 1).map_err(|error| error.to_string());
        program.push(instruction(IF_AT_LEAST, ahead(*above)?, ahead(*below)?, *from));
    }
    program.extend(endings.into_iter().map(|ending| {
        instruction(
            RETURN,
            0,
            0,
            match ending {
                Answer::Error(error) => libc::SECCOMP_RET_ERRNO | error.unsigned_abs(),
                Answer::Allowed | Answer::ByRules => libc::SECCOMP_RET_ALLOW,
            },
        )
    }));
    Ok(program)
}
