//! `blocker-cycle`: tickets wait for each other in a circle.

use super::Rule;
use super::cycle::cycles;
use super::index::{Index, key};
use super::wording::about_all;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};

pub(super) static RULE: Rule = Rule {
    code: "blocker-cycle",
    severity: Severity::Error,
    summary: "tickets wait for each other in a circle",
    docs: "\
Following `blocked_by` from a ticket leads back to the same ticket. Of tickets that are entangled in many circles the
shortest through the lowest id is shown; when it is mended, the next one shows.

Each of them waits for another to be done first, so none of them is ever begun, and nobody is told.

Decide which can be done first, and take the others out of its `blocked_by`:

```yaml
id: ACME-9
blocked_by: []
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let next = |node: usize, out: &mut Vec<usize>| {
        let ids = index.tickets[node].file.blocked_by.iter().flatten();
        out.extend(ids.filter_map(|id| index.ticket_position(key(id))));
    };
    for circle in cycles(index.tickets.len(), &next) {
        let message = match circle[..] {
            [_] => "a ticket waits for itself",
            _ => "tickets wait for each other in a circle",
        };
        let places = circle.iter().enumerate().map(|(at, &node)| {
            let (here, target) = (&index.tickets[node], circle[(at + 1) % circle.len()]);
            let mut blockers = here.file.blocked_by.iter().flatten();
            let position = blockers.position(|id| index.ticket_position(key(id)) == Some(target)).unwrap_or(0);
            let place = Place::value(here.path, KeyPath::from("blocked_by").index(position));
            let name = |(prefix, number): (&str, u32)| format!("{prefix}-{number}");
            (place, format!("{} waits for {}", name(here.id), name(index.tickets[target].id)))
        });
        found
            .push(about_all((RULE.code, RULE.severity), message, places).help("take one of these ids out of its list"));
    }
}
