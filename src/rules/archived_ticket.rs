//! `archived-ticket`: open work depends on a ticket that is no longer here.

use super::Rule;
use super::index::Index;
use super::references::To;
use crate::diag::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "archived-ticket",
    severity: Severity::Warning,
    summary: "open work names a ticket that has left the work tree",
    docs: "\
A `parent` or `blocked_by` of an open ticket, or the `ticket` of an open approval, names an id that is not in the work
tree, but whose number was given once: the highest number found in tickets, approvals and the ledger is not below it.

Somebody has removed the file. Only the history still says whether the ticket was done or cancelled, and that decides
whether work that waits for it may begin. Closed tickets that `corp archive` took out of the work tree are not meant:
they are in the last commit, and found there.

Look the ticket up (`git log --all -- 'tickets/*/ACME-9.md'`). If it was done, take it out; if not, say what is missing
in a new ticket:

```yaml
blocked_by: []    # ACME-9 is done
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for reference in &index.unknown {
        let To::Ticket(id) = reference.to else { continue };
        if id.number() > index.highest(id.prefix()) {
            continue;
        }
        let message = format!("the ticket `{id}` is no longer here");
        let help = format!("look it up with `git log --all -- 'tickets/*/{id}.md'`; if it was done, take it out here");
        found.push(Diagnostic::warning(RULE.code, reference.spot.place(), message).help(help));
    }
}
