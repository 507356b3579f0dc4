//! `unknown-project`: a name stands for no project.

use super::Rule;
use super::index::Index;
use super::references::To;
use super::wording::unknown;
use crate::diag::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "unknown-project",
    severity: Severity::Error,
    summary: "a name stands for no project",
    docs: "\
A ticket, a task or a binding of a secret names a project that has no `projects/<slug>/PROJECT.md`.

The project decides in which repository work happens, which secrets a run gets and which budget pays. With a wrong name
the work would happen in an empty folder and count for no budget, so it does not begin. Closed tickets are the past and
may name a project that is gone.

Write the name of the project's folder:

```yaml
project: q2-launch    # projects/q2-launch/PROJECT.md
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for reference in &index.unknown {
        let To::Project(name) = reference.to else { continue };
        let near = index.nearest(name, index.projects.keys().copied());
        let create = "write the name of a folder in projects/, or make that folder with a PROJECT.md";
        found.push(unknown(RULE.code, RULE.severity, reference.spot.place(), ("project", name), near, create));
    }
}
