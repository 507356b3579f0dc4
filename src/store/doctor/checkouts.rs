//! `checkouts`: a ticket is checked out by a run that is over or was never announced.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use std::collections::BTreeMap;

pub(super) static CHECK: Check = Check {
    code: "checkouts",
    group: Group::Company,
    summary: "a ticket is checked out by a run that is over",
    docs: "\
A run is announced in the ledger in the same commit in which it takes a ticket, and gives it back in the commit that settles
it. A checkout whose run has ended according to the ledger, or that the ledger does not know, keeps its ticket from
everybody for nothing.

The clone that executes frees it by itself when it starts, once every process of the run is gone. If none will, remove
the `.lock` file and commit.
",
    invariant: false,
    look,
    fix: None,
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(checked) = scene.checked() else { return };
    let mut runs: BTreeMap<String, bool> = BTreeMap::new();
    for line in checked.draft.ledger.values().flatten() {
        if let Some(run) = &line.run {
            *runs.entry(run.to_string()).or_default() |= line.outcome.is_some();
        }
    }
    for (path, lock) in &checked.draft.locks {
        let Some(run) = lock.run.as_ref().map(ToString::to_string) else { continue };
        let what = match runs.get(&run) {
            Some(false) => continue,
            Some(true) => format!("the run {run} has ended, and still has this ticket"),
            None => format!("the run {run}, which has this ticket, is not in the ledger"),
        };
        let help = format!("the executing clone frees it when it starts; if none will: git rm {path}");
        found.push(Finding::new(&CHECK, Severity::Warning, path.as_str(), what).help(help));
    }
}
