//! Agents that are woken by request: one after the other, and very many at once.

use super::daemon::Daemon;
use super::floor::Floor;
use super::{Asked, Finding, RunsError, company, since};
use crate::runtime::clock::Clock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many ask at the same time: what shares one barrier.
const CALLERS: usize = 64;

/// How many times as many runs are asked for at once.
const TOGETHER: usize = 10;

pub(super) fn one_by_one(
    daemon: &Daemon,
    asked: &Asked,
    floor: Floor,
    say: &mut dyn FnMut(Finding),
) -> Result<(), RunsError> {
    let (mut begun, mut over) = (Vec::new(), Vec::new());
    for number in 0..asked.runs {
        let sent = Clock::Machine.now();
        let run = daemon.wake(&company::agent(number % asked.agents))?;
        let began = daemon.began(run.as_str())?;
        daemon.until_settled(run.as_str())?;
        over.push(since(sent, Clock::Machine.now()));
        begun.push(since(sent, began));
    }
    // It is announced before it starts, and settled after: two changes of which nobody is spared any.
    let begin = floor.commit + floor.spawn;
    say(Finding::times("request to the beginning of `true`", &mut begun).above(begin, 10.0));
    let whole = 2.0 * floor.commit + floor.whole;
    say(Finding::times("request to the settled run of `true`", &mut over).above(whole, 20.0));
    Ok(())
}

pub(super) fn many(daemon: &Daemon, asked: &Asked, say: &mut dyn FnMut(Finding)) -> Result<(), RunsError> {
    let count = asked.runs * TOGETHER;
    let next = AtomicUsize::new(0);
    let (before, from) = (daemon.cpu()?, Clock::Machine.now());
    let caller = || -> Result<Vec<String>, RunsError> {
        let mut runs = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(runs);
            }
            runs.push(daemon.wake(&company::agent(number % asked.agents))?.to_string());
        }
    };
    let runs: Vec<Result<Vec<String>, RunsError>> = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(caller)).collect();
        callers.into_iter().filter_map(|caller| caller.join().ok()).collect()
    });
    let mut all = Vec::new();
    for runs in runs {
        all.extend(runs?);
    }
    // Who asked for an agent twice while it was busy got the same run.
    all.sort_unstable();
    all.dedup();
    for run in &all {
        daemon.until_settled(run)?;
    }
    let (after, to) = (daemon.cpu()?, Clock::Machine.now());
    let count = all.len();
    let seconds = since(from, to) / 1e3;
    let each = |before: f64, after: f64| (after - before) / count.max(1) as f64;
    say(Finding::figure("runs of `true`, all asked for at once", count, "per s", count as f64 / seconds).wanting(100.0));
    say(Finding::figure("processor of the daemon for each", count, "ms", each(before.own, after.own)));
    say(Finding::figure("processor of supervisor and `true`", count, "ms", each(before.children, after.children)));
    Ok(())
}
