//! `unknown-goal`: a name stands for no goal.

use super::Rule;
use super::index::Index;
use super::references::To;
use super::wording::unknown;
use crate::diag::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "unknown-goal",
    severity: Severity::Error,
    summary: "a name stands for no goal",
    docs: "\
A ticket, a project or another goal names a goal that has no `goals/<slug>.md`.

The goal tells an agent why the work is done, and it is a scope of budgets: with a wrong name neither holds. Closed
tickets are the past and may name a goal that is gone.

Write the name of the goal's file without `.md`:

```yaml
goal: launch    # goals/launch.md
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for reference in &index.unknown {
        let To::Goal(name) = reference.to else { continue };
        let near = index.nearest(name, index.goals.keys().copied());
        let create = "write the name of a file in goals/ without `.md`, or make that file";
        found.push(unknown(RULE.code, RULE.severity, reference.spot.place(), ("goal", name), near, create));
    }
}
