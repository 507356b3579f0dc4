//! What it costs that the kernel holds a run: the same program that does nothing, started bare and confined, in turns.

use super::{Asked, Finding, RunsError, company, daemon, floor, since, system};
use crate::adapters::{Configuration, Invocation, Program};
use crate::model::agent::Reach;
use crate::runtime::clock::Clock;
use crate::runtime::confine::{self, Given, POLICY, TEMPORARY};
use crate::runtime::place::Place;
use crate::sandbox::{Offer, launcher};
use crate::store::bench::company::Measured;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What is wanted of it, in milliseconds for each start.
const WANTED_MS: f64 = 2.0;

/// Starts that are not counted: what they read from the disk, the others find in memory.
const FIRST: usize = 5;

/// From what is known of a run to the end of its program, with the policy made and written down, beside the bare one.
pub(super) fn measure(company: &Measured, asked: &Asked, say: &mut dyn FnMut(Finding)) -> Result<(), RunsError> {
    if !Offer::here().is_of_use() {
        return Ok(());
    }
    let place = daemon::place(company)?;
    let run = place.runs().join("r-measured");
    let workspace = place.workspace("measured");
    for folder in [&run.join(TEMPORARY), &workspace] {
        std::fs::create_dir_all(folder).map_err(system(format!("make {}", folder.display())))?;
    }
    let (mut bare, mut confined) = (Vec::new(), Vec::new());
    for number in 0..asked.runs + FIRST {
        let (_, without) = floor::bare()?;
        let with = once(&place, &run, &workspace)?;
        if number >= FIRST {
            bare.push(without);
            confined.push(with);
        }
    }
    let without = Finding::times("a start that nothing confines", &mut bare);
    let with = Finding::times("a start that is confined", &mut confined);
    let above = without.value;
    say(without);
    say(with.above(above, WANTED_MS));
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the confined start is what is measured")]
fn once(place: &Place, run: &Path, workspace: &Path) -> Result<f64, RunsError> {
    let policy = run.join(POLICY);
    // Each run has a new one. What it is to take the place of one that was there is not what is asked.
    match std::fs::remove_file(&policy) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(system(format!("remove {}", policy.display()))(error));
        }
        _ => {}
    }
    let start = Clock::Machine.now();
    let ourselves = std::env::current_exe().map_err(system("find this program"))?;
    let search = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
    let given = Given {
        place,
        run,
        workspace,
        own: vec![place.desk("measured", 1), place.home("measured")],
        invocation: &Invocation::of(Program::Named(company::program().to_owned())),
        configuration: &Configuration::default(),
        reach: &Reach::default(),
        others: &[],
        ourselves: &ourselves,
        search: &search,
        inherited: &[],
    };
    let made = confine::policy(&given, false, None).map_err(|what| RunsError::Not { what, log: policy.clone() })?;
    let text = serde_json::to_vec(&made.policy).unwrap_or_default();
    std::fs::write(&policy, text).map_err(system(format!("write {}", policy.display())))?;
    let (launcher, words) = launcher::words(&ourselves, &policy);
    let mut command = Command::new(launcher);
    command.args(words).arg(company::program()).current_dir(workspace).env_clear();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(system("start this program"))?;
    let status = child.wait().map_err(system("wait for it"))?;
    if !status.success() {
        let what = format!("`{}` was not started", company::program());
        return Err(RunsError::Not { what, log: policy });
    }
    Ok(since(start, Clock::Machine.now()))
}
