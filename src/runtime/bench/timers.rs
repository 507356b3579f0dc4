//! Very many agents on short timers: how late they begin, beside a bare program started at known times meanwhile.

use super::daemon::{self, Daemon};
use super::{Asked, Finding, RunsError, company, floor, share, since, system};
use crate::runtime::clock::Clock;
use crate::store::bench::company::Measured;
use jiff::{SignedDuration, Timestamp};
use std::path::Path;
use std::time::Duration;

/// Between two beats of an agent, in seconds.
const EVERY_S: u64 = 60;

/// How long a daemon that has just come up is left alone first.
const SETTLE: Duration = Duration::from_secs(10);

/// Between two bare starts, in milliseconds: a quarter of what a thousand agents start, so that the floor costs little.
const BARE_EVERY_MS: i64 = 250;

pub(super) fn measure(parent: &Path, asked: &Asked, say: &mut dyn FnMut(Finding)) -> Result<(), RunsError> {
    let every = EVERY_S.min(asked.timers.as_secs().max(1));
    let company = company::on_timers(parent, asked, every)?;
    let packed = bytes(&company.root().join(".git/objects"));
    let mut daemon = Daemon::start(&company)?;
    // One that has just come up looks at every file once, beside the first beats.
    std::thread::sleep(SETTLE.min(asked.timers));
    let (before, from) = (daemon.cpu()?, Clock::Machine.now());
    let until = from.checked_add(asked.timers).unwrap_or(Timestamp::MAX);
    let mut bare = Vec::new();
    let mut next = from;
    while next < until {
        next = next.checked_add(SignedDuration::from_millis(BARE_EVERY_MS)).unwrap_or(Timestamp::MAX);
        let wait = next.duration_since(Clock::Machine.now());
        std::thread::sleep(Duration::try_from(wait).unwrap_or_default());
        let late = since(next, Clock::Machine.now());
        bare.push(late + floor::bare()?.0);
    }
    let (after, to) = (daemon.cpu()?, Clock::Machine.now());
    let memory = daemon.memory("memory of the daemon")?;
    daemon.end()?;
    let mut late = lateness(&company, from);
    let runs = late.len();
    if runs == 0 {
        return Err(daemon.not("no agent was woken by its timer".to_owned()));
    }
    bare.sort_by(f64::total_cmp);
    let seconds = since(from, to) / 1e3;
    let own = after.own - before.own;
    let what = format!("lateness of {} agents every {every} s (p99)", asked.agents);
    let median = Finding::times("lateness of the same (median)", &mut late);
    let p99 = Finding::figure(what, runs, "ms", median.p99.unwrap_or_default());
    say(p99.above(share(&bare, 0.99), 100.0));
    say(Finding { floor: Some(share(&bare, 0.5)), ..median });
    say(Finding::figure("runs meanwhile", runs, "per s", runs as f64 / seconds));
    say(Finding::figure("processor of the daemon meanwhile", runs, "%", own / (seconds * 1e3) * 100.0));
    say(Finding::figure("processor of the daemon for each run", runs, "ms", own / runs as f64));
    if let Some(memory) = memory {
        say(memory.wanting(60.0));
    }
    let repack = daemon::program(&company, &["repack"])?.status().map_err(system("pack"))?;
    if !repack.success() {
        return Err(daemon.not("the repository could not be packed".to_owned()));
    }
    let each = bytes(&company.root().join(".git/objects")).saturating_sub(packed) as f64;
    let each = each / lateness(&company, Timestamp::MIN).len() as f64;
    say(Finding::figure("packed repository, for each run", runs, "bytes", each));
    let day = each * asked.agents as f64 * 86_400.0 / every as f64 / f64::from(1 << 20);
    say(Finding::figure("packed repository, for a day of this", runs, "MiB", day));
    Ok(())
}

/// How late each run began that was due since then, in milliseconds, as the ledger says.
fn lateness(company: &Measured, from: Timestamp) -> Vec<f64> {
    let mut late = Vec::new();
    for folder in folders(&company.root().join("ledger")) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            late.extend(text.lines().filter_map(|line| {
                let run: serde_json::Value = serde_json::from_str(line).ok()?;
                let slot: Timestamp = run.get("wake")?.get("slot")?.as_str()?.parse().ok()?;
                let began: Timestamp = run.get("started")?.as_str()?.parse().ok()?;
                (slot >= from).then(|| since(slot, began))
            }));
        }
    }
    late
}

fn folders(above: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(above).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// The bytes of all files in a folder.
fn bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| {
            entry.metadata().map_or(0, |found| if found.is_dir() { bytes(&entry.path()) } else { found.len() })
        })
        .sum()
}
