//! `clock`: the clock is behind the history.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::reading::Reading as _;

pub(super) static CHECK: Check = Check {
    code: "clock",
    group: Group::Environment,
    summary: "the last commit is from the future",
    docs: "\
The last commit was made more than five minutes after now. Either the clock of this machine is behind, or that of the
machine that made the commit was ahead. Schedules, heartbeats and budget windows go by the clock: with a wrong one they
fire late, or a second time once it is put right.

Look at `date` and `timedatectl`, and let the machine set its clock by the network.
",
    invariant: false,
    look,
    fix: None,
};

/// How far apart clocks may be, in seconds: machines that set theirs by the network differ by less than one.
const APART_S: i64 = 300;

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let commit = scene.repository.as_ref().and_then(|repository| repository.read_head().ok());
    let Some(at) = commit.and_then(|commit| commit.time().ok()) else { return };
    let ahead = at.seconds - scene.now.as_second();
    if ahead > APART_S {
        let what = format!("the last commit was made {} minutes after now", ahead / 60);
        let help = "look at `date`; let the machine set its clock by the network";
        found.push(Finding::new(&CHECK, Severity::Warning, "HEAD", what).help(help));
    }
}
