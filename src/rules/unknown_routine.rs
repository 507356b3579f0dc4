//! `unknown-routine`: a name stands for no task that comes again.

use super::Rule;
use super::index::Index;
use super::references::To;
use super::wording::unknown;
use crate::diag::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "unknown-routine",
    severity: Severity::Error,
    summary: "a name stands for no task that comes again",
    docs: "\
A secret is bound to a routine, but no task folder of that name has a `routine.yaml`.

The secret would reach no run at all, or, once somebody makes a task of that name, a run nobody thought of.

Write the name of the task's folder, or remove the binding:

```yaml
bindings:
  - {routine: weekly-digest}    # tasks/weekly-digest/routine.yaml
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for reference in &index.unknown {
        let To::Routine(name) = reference.to else { continue };
        let near = index.nearest(name, index.routines.keys().copied());
        let create = "write the name of a task folder that has a routine.yaml";
        found.push(unknown(RULE.code, RULE.severity, reference.spot.place(), ("routine", name), near, create));
    }
}
