//! `unknown-ticket`: a ticket that does not exist.

use super::Rule;
use super::index::Index;
use super::references::To;
use crate::diag::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "unknown-ticket",
    severity: Severity::Error,
    summary: "an id stands for no ticket",
    docs: "\
A `parent` or `blocked_by` of an open ticket, or the `ticket` of an open approval, names an id whose number is higher than
any that was ever given, so that no ticket has or had it.

Work would wait for a ticket that never comes, or be a part of nothing. Ids that a ticket had before (`formerly`) are
found; a ticket that has left the work tree is told by `archived-ticket`; what is closed or decided is the past and is
not judged.

Write the right id:

```yaml
parent: ACME-3
blocked_by: [ACME-9]
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for reference in &index.unknown {
        let To::Ticket(id) = reference.to else { continue };
        let highest = index.highest(id.prefix());
        if id.number() <= highest {
            continue;
        }
        let help = match highest {
            0 => format!("no ticket has an id that begins with `{}-`", id.prefix()),
            _ => format!("the highest number given so far is {}-{highest}", id.prefix()),
        };
        found.push(
            Diagnostic::error(RULE.code, reference.spot.place(), format!("there is no ticket `{id}`")).help(help),
        );
    }
}
