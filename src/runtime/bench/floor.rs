//! What cannot be had for less on this machine: starting a program, and making one change durable.

use super::{Finding, RunsError, company, since, system};
use crate::runtime::clock::Clock;
use crate::store::bench::company::Measured;
use crate::store::message::Message;
use crate::store::writer::{Author, Expect, FileChange, Mutation, Options, Writer};
use jiff::Timestamp;
use std::process::{Command, Stdio};

/// The floors, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Floor {
    /// From the start of a program to its beginning.
    pub(super) spawn: f64,
    /// From the start of a program to its end.
    pub(super) whole: f64,
    /// One change, durable.
    pub(super) commit: f64,
}

pub(super) fn measure(company: &Measured, count: usize, say: &mut dyn FnMut(Finding)) -> Result<Floor, RunsError> {
    let (mut began, mut ended) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let (start, end) = bare()?;
        began.push(start);
        ended.push(end);
    }
    let mut commits = commits(company, count)?;
    let spawn = Finding::times("floor: a bare `true`, to its beginning", &mut began);
    let whole = Finding::times("floor: a bare `true`, to its end", &mut ended);
    let commit = Finding::times("floor: a bare durable change", &mut commits);
    let floor = Floor { spawn: spawn.value, whole: whole.value, commit: commit.value };
    for finding in [spawn, whole, commit] {
        say(finding);
    }
    Ok(floor)
}

/// Starts the program that does nothing: how long until it has begun, and until it is gone.
#[expect(clippy::disallowed_methods, reason = "the bare start is what the daemon's is compared with")]
pub(super) fn bare() -> Result<(f64, f64), RunsError> {
    let fail = |error| system("start `true`")(error);
    let start = Clock::Machine.now();
    let mut command = Command::new(company::program());
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(fail)?;
    let begun = since(start, Clock::Machine.now());
    child.wait().map_err(fail)?;
    Ok((begun, since(start, Clock::Machine.now())))
}

fn commits(company: &Measured, count: usize) -> Result<Vec<f64>, RunsError> {
    let mut writer = Writer::open(Options { patience_ms: 60_000, ..Options::new(company.root()) })?;
    let mut times = Vec::new();
    // The first one reads what the others find in memory; it is none of them.
    for number in 0..=count {
        let at = number.wrapping_mul(7_919) % company.tickets.len().max(1);
        let Some((path, _)) = company.tickets.get(at) else { break };
        let thread = path.trim_end_matches(".md");
        let text = format!("---\nauthor: ada\nkind: comment\n---\nThis is comment {number}, and says enough.\n");
        let change = FileChange {
            path: format!("{thread}/20261120T{number:06}Z-ada-{:04x}.md", number % 0x10000),
            before: Expect::Absent,
            after: Some(text.into_bytes()),
        };
        let mutation = Mutation {
            author: Author { name: "Ada".to_owned(), email: "ada@localhost".to_owned() },
            at: Timestamp::UNIX_EPOCH,
            message: Message::new("a comment"),
            changes: vec![change],
        };
        let start = Clock::Machine.now();
        for done in writer.commit(&[mutation]) {
            done?;
        }
        if number > 0 {
            times.push(since(start, Clock::Machine.now()));
        }
    }
    Ok(times)
}
