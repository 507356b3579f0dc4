//! A person saves a ticket, and the agent it is assigned to begins.

use super::daemon::Daemon;
use super::floor::Floor;
use super::{Asked, Finding, RunsError, company, since, system};
use crate::runtime::clock::Clock;
use crate::runtime::run::Folder;
use crate::store::bench::company::Measured;
use std::collections::BTreeSet;

/// Most tickets that are saved: a run of `true` does not finish its ticket, and after half a minute each would be tried
/// again beside what is measured.
const SAVED_MAX: usize = 100;

pub(super) fn measure(
    daemon: &Daemon,
    company: &Measured,
    asked: &Asked,
    floor: Floor,
    say: &mut dyn FnMut(Finding),
) -> Result<(), RunsError> {
    let mut times = Vec::new();
    let mut seen: BTreeSet<String> = daemon.runs().into_iter().collect();
    for number in 1..=asked.runs.min(SAVED_MAX) {
        let id = asked.tickets + number;
        let (path, text) = company::ticket(id, &company::agent(number % asked.agents));
        let path = company.root().join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(system("make a folder of tickets"))?;
        }
        std::fs::write(&path, text).map_err(system("save a ticket"))?;
        let saved = Clock::Machine.now();
        let wanted = format!("SPEC-{id}");
        let mut found = None;
        daemon.until("nothing came of a saved ticket", || {
            for run in daemon.runs() {
                if seen.insert(run.clone()) {
                    let job = Folder::at(daemon.place.runs().join(&run)).job();
                    match job {
                        Ok(job) if job.ticket.as_ref() == Some(&wanted) => found = Some(run),
                        Ok(_) => {}
                        // It is being made: its job is written last.
                        Err(_) => drop(seen.remove(&run)),
                    }
                }
            }
            found.is_some()
        })?;
        let run = found.unwrap_or_default();
        times.push(since(saved, daemon.began(&run)?));
        daemon.until_settled(&run)?;
    }
    // What was saved is a change in the person's name before the run is announced.
    let least = 2.0 * floor.commit + floor.spawn;
    say(Finding::times("a saved ticket to the beginning of `true`", &mut times).above(least, 60.0));
    Ok(())
}
