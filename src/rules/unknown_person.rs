//! `unknown-person`: a member of the board that does not exist.

use super::Rule;
use super::index::Index;
use super::references::To;
use super::wording::unknown;
use crate::diag::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "unknown-person",
    severity: Severity::Error,
    summary: "a name stands for nobody on the board",
    docs: "\
An approval that is still open names a decider, or a decision, of somebody who is not on the board in `corp.yaml`.

Only people on the board decide. A decision by anybody else would let work through that nobody allowed, and an approval
whose only decider does not exist is never decided.

Write the `id` of a person, not the name:

```yaml
# corp.yaml                     # approvals/AP-7.md
board:                          deciders: [ada]
  - {id: ada, name: Ada Lovelace, role: owner}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for reference in &index.unknown {
        let To::Person(name) = reference.to else { continue };
        let create = if index.agents.contains_key(name) {
            "it is an agent; only people on the board of corp.yaml decide"
        } else {
            "write the `id` of a person on the board of corp.yaml"
        };
        let near = index.nearest(name, index.people.keys().copied());
        found.push(unknown(RULE.code, RULE.severity, reference.spot.place(), ("person", name), near, create));
    }
}
