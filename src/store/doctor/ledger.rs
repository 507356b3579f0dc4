//! `ledger`: lines of the ledger contradict each other.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::format::kind::LedgerLine;
use std::collections::BTreeMap;

pub(super) static CHECK: Check = Check {
    code: "ledger",
    group: Group::Company,
    summary: "lines of the ledger contradict each other",
    docs: "\
What was spent is the sum of the lines in `ledger/`, each counted once by its id. So two lines with one id must say the
same, a correction must name a line that is there, and a run that was settled must not be open as well.

Look at the two places with `corp log PATH`. The right line is the one that was committed first; corrections are lines of
their own and never edits.
",
    invariant: false,
    look,
    fix: None,
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(checked) = scene.checked() else { return };
    let mut by_id: BTreeMap<&str, (&str, &LedgerLine)> = BTreeMap::new();
    let lines = || checked.draft.ledger.iter().flat_map(|(path, lines)| lines.iter().map(move |line| (path, line)));
    for (path, line) in lines() {
        let Some(id) = line.id.as_deref() else { continue };
        match by_id.get(id) {
            None => drop(by_id.insert(id, (path, line))),
            Some((other, first)) if *first != line => {
                let (sealed, what) = if first.outcome.is_some() != line.outcome.is_some() {
                    (Severity::Warning, format!("`{id}` is settled here or in {other}, and open in the other"))
                } else {
                    (Severity::Error, format!("`{id}` says something else than in {other}"))
                };
                found.push(
                    Finding::new(&CHECK, sealed, path.as_str(), what)
                        .help(format!("`corp log {path}` and `corp log {other}` show which came first")),
                );
            }
            Some(_) => {}
        }
    }
    for (path, line) in lines() {
        if let Some(corrected) = line.corrects.as_deref()
            && !by_id.contains_key(corrected)
        {
            let what = format!("it corrects `{corrected}`, which is no line of the ledger");
            found.push(Finding::new(&CHECK, Severity::Warning, path.as_str(), what));
        }
    }
}
