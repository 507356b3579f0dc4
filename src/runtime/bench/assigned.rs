//! Very many tickets are assigned at once, and all are worked on to their end.

use super::{Asked, Finding, RunsError, company, daemon, since, system};
use crate::runtime::clock::Clock;
use std::fs::File;

/// Who works on them.
const AGENTS: usize = 50;

pub(super) fn measure(parent: &std::path::Path, asked: &Asked, say: &mut dyn FnMut(Finding)) -> Result<(), RunsError> {
    let company = company::assigned(parent, asked.assigned, AGENTS)?;
    let log = company.beside().join("daemon.log");
    let said = File::create(&log).map_err(system("make a log"))?;
    std::fs::create_dir_all(company.beside().join("home")).map_err(system("make a home"))?;
    let from = Clock::Machine.now();
    let mut up = daemon::program(&company, &["up", "--until-idle"])?.stderr(said).spawn().map_err(system("start"))?;
    let status = up.wait().map_err(system("wait for the daemon"))?;
    let seconds = since(from, Clock::Machine.now()) / 1e3;
    let done = company.tickets.iter().filter(|(path, _)| {
        std::fs::read_to_string(company.root().join(path)).is_ok_and(|text| text.contains("\nstatus: done\n"))
    });
    let done = done.count();
    if !status.success() || done != asked.assigned {
        let what = format!("{done} of {} tickets were done", asked.assigned);
        return Err(RunsError::Not { what, log });
    }
    let what = format!("tickets done by {AGENTS} agents, all assigned at once");
    say(Finding::figure(what, done, "per s", done as f64 / seconds));
    Ok(())
}
