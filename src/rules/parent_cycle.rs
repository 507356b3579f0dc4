//! `parent-cycle`: tickets are parts of each other in a circle.

use super::Rule;
use super::cycle::cycles;
use super::index::{Index, key};
use super::wording::about_all;
use crate::diag::{Diagnostic, Place, Severity};

pub(super) static RULE: Rule = Rule {
    code: "parent-cycle",
    severity: Severity::Error,
    summary: "tickets are parts of each other in a circle",
    docs: "\
Following `parent` from a ticket leads back to the same ticket. The rule shows every member of the circle once.

A ticket with parts is finished when its parts are, and it takes its goal from the ticket above. In a circle neither has
an answer: nobody is ever woken because the parts are done.

Take `parent` out of the ticket that is the whole:

```yaml
id: ACME-4
parent: ACME-3    # and ACME-3 has no parent, or one that is not a part of ACME-4
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let next = |node: usize, out: &mut Vec<usize>| {
        let ids = index.tickets[node].file.parent.iter();
        out.extend(ids.filter_map(|id| index.ticket_position(key(id))));
    };
    for circle in cycles(index.tickets.len(), &next) {
        let message = match circle[..] {
            [_] => "a ticket is a part of itself",
            _ => "tickets are parts of each other in a circle",
        };
        let places = circle.iter().enumerate().map(|(at, &node)| {
            let target = circle[(at + 1) % circle.len()];
            let name = |node: usize| format!("{}-{}", index.tickets[node].id.0, index.tickets[node].id.1);
            (Place::value(index.tickets[node].path, "parent"), format!("{} is a part of {}", name(node), name(target)))
        });
        found.push(about_all((RULE.code, RULE.severity), message, places).help("take `parent` out of one of them"));
    }
}
