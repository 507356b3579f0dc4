//! `unknown-agent`: an agent or assignee that does not exist.

use super::Rule;
use super::index::Index;
use super::references::To;
use super::wording::unknown;
use crate::diag::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "unknown-agent",
    severity: Severity::Error,
    summary: "a name stands for no agent and no person of this company",
    docs: "\
A `reportsTo`, `assignee`, `owner`, `manager`, reviewer, holder of a checkout or binding of a secret names somebody who
is neither an agent (`agents/<slug>/AGENTS.md`) nor, where people may stand, on the board in `corp.yaml`.

Work given to nobody waits for ever, and a review that nobody can give never ends. What names the unknown is not in
force until it is mended. Tickets that are done or cancelled, decided approvals and the ledger are the past: they may
name those who are gone.

Write the slug, which is the name of the agent's folder, or the `id` of a person:

```yaml
assignee: lead-engineer    # agents/lead-engineer/AGENTS.md
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for reference in &index.unknown {
        let (noun, name, people) = match reference.to {
            To::Agent(name) => ("agent", name, false),
            To::Worker(name) => ("agent or person", name, true),
            _ => continue,
        };
        let place = reference.spot.place();
        let candidates = index.agents.keys().chain(index.people.keys().filter(|_| people)).copied();
        let near = index.nearest(name, candidates);
        let create = match index.people.get(name) {
            Some(_) => {
                "it is a person; only an agent can stand here, and an agent without `reportsTo` answers to the board"
                    .to_owned()
            }
            None => "write the name of a folder in agents/, or make that folder with an AGENTS.md".to_owned(),
        };
        found.push(unknown(RULE.code, RULE.severity, place, (noun, name), near, &create));
    }
}
