//! `files`: the company's files have errors.

use super::{Check, Finding, Group, Scene, count};
use crate::diag::{Diagnostic, Severity};
use std::collections::BTreeMap;

pub(super) static CHECK: Check = Check {
    code: "files",
    group: Group::Company,
    summary: "the company's files have errors",
    docs: "\
The errors of `corp check`, counted by their code, with the place of the first; ids that two tickets share are among them,
also when one of the two has left the work tree. Files with errors are not in force.

`corp check` shows all of them with what to do, `corp explain CODE` what a code means.
",
    invariant: true,
    look,
    fix: None,
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(checked) = scene.checked() else {
        found.push(Finding::new(&CHECK, Severity::Error, scene.root.display().to_string(), "it cannot be read"));
        return;
    };
    let mut by_code: BTreeMap<&str, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in checked.diagnostics.iter().filter(|found| found.severity == Severity::Error) {
        by_code.entry(diagnostic.code).or_default().push(diagnostic);
    }
    for (code, diagnostics) in by_code {
        let Some(first) = diagnostics.first() else { continue };
        let place = first.place().map(|place| place.file.clone()).unwrap_or_default();
        let more = match diagnostics.len() {
            1 => String::new(),
            more => format!(" (and {} like it)", count(more - 1, "error")),
        };
        let what = format!("{code}: {}{more}", first.message);
        found.push(Finding::new(&CHECK, Severity::Error, place, what).help("`corp check` shows place and help"));
    }
}
