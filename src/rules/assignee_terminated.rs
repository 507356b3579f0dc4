//! `assignee-terminated`: work, or a secret, belongs to an agent who has left.

use super::Rule;
use super::index::Index;
use super::references::To;
use crate::diag::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "assignee-terminated",
    severity: Severity::Warning,
    summary: "an agent who has left for good still has work or a secret",
    docs: "\
An open ticket, a task, a goal, a project, a checkout, a review or a secret names an agent whose `agent.yaml` says
`status: terminated`.

A terminated agent is never woken again, so the work waits for ever, and a review only that agent could give never ends.
It is a warning, so that an agent can be let go first and the work be given away after.

Give it to somebody else:

```yaml
assignee: cto
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for reference in &index.to_terminated {
        let name = match reference.to {
            To::Worker(name) => name,
            To::Agent(name) if reference.spot.first_key() == Some("bindings") => name,
            // Who leads is judged by `reports-to-terminated`; an approval may well be about somebody who leaves.
            _ => continue,
        };
        let message = format!("`{name}` has left the company for good");
        let diagnostic = Diagnostic::warning(RULE.code, reference.spot.place(), message);
        found.push(diagnostic.help("name somebody else, or set `status: active` in the agent's agent.yaml"));
    }
}
