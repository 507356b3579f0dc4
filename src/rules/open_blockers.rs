//! `open-blockers`: a ticket went on although it waits for another.

use super::Rule;
use super::index::{Index, key, status_of};
use super::wording::count;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::model::status::TicketStatus;

pub(super) static RULE: Rule = Rule {
    code: "open-blockers",
    severity: Severity::Warning,
    summary: "a ticket is worked on or done although one it waits for is not",
    docs: "\
A ticket is `in_progress`, `in_review` or `done`, and one of its `blocked_by` is neither done nor cancelled.

Agents never begin such a ticket. A person may, and may also close it, so this is no error; but then the blocker was none,
and whoever reads the plan later is misled. Tickets that have left the work tree are not judged here.

Take the blocker out, or wait for it:

```yaml
blocked_by: []
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for ticket in index.tickets.iter().filter(|ticket| ticket.is_here) {
        let status = status_of(ticket.file);
        if !matches!(status, TicketStatus::InProgress | TicketStatus::InReview | TicketStatus::Done) {
            continue;
        }
        let open = |(position, id)| {
            let blocker = index.ticket(key(id)).filter(|blocker| blocker.path != ticket.path)?;
            (!status_of(blocker.file).is_closed()).then_some((position, id, blocker))
        };
        let mut open = ticket.file.blocked_by.iter().flatten().enumerate().filter_map(open);
        let Some((position, id, blocker)) = open.next() else { continue };
        let more = match open.count() {
            0 => String::new(),
            more => format!(", and {} not done either", count(more, "more blocker")),
        };
        let standing = status_of(blocker.file);
        let message = format!("this ticket is `{status}`, but `{id}`, which it waits for, is `{standing}`{more}");
        let place = Place::value(ticket.path, KeyPath::from("blocked_by").index(position));
        let diagnostic = Diagnostic::warning(RULE.code, place, message);
        let diagnostic = diagnostic.also(Place::value(blocker.path, "status"), "not done");
        found.push(diagnostic.help(format!("take `{id}` out of `blocked_by` if it was not needed")));
    }
}
