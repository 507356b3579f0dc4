//! `checkout-mismatch`: a ticket and its checkout tell different stories.

use super::Rule;
use super::index::{Index, key_of_name, status_of};
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::layout;
use crate::model::status::TicketStatus;
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    code: "checkout-mismatch",
    severity: Severity::Warning,
    summary: "a ticket and its checkout (`.lock`) tell different stories",
    docs: "\
A ticket is `in_progress` without a checkout beside it; or there is a checkout (`ACME-12.lock`) of a ticket that is not in
progress, is assigned to somebody else, or has been checked out again since (its `fence` is higher).

The checkout says who works on a ticket, so that no two do. Where the two disagree, either nobody works although it looks
so, or somebody still works on what was taken away. It is a warning: while a run is being stopped because a person closed
or reassigned its ticket, this is how it looks for a moment.

Do not edit the checkout, it is the program's. Set the ticket to what is true:

```yaml
status: todo       # nobody has it checked out
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let draft = index.draft;
    let locked: BTreeSet<(&str, u32)> =
        draft.locks.keys().filter_map(|path| key_of_name(layout::locate(path).name)).collect();
    let warning = |place: Place, message: String| Diagnostic::warning(RULE.code, place, message);
    for ticket in &index.tickets {
        let in_progress = status_of(ticket.file) == TicketStatus::InProgress && ticket.file.assignee.is_some();
        if in_progress && !locked.contains(&ticket.id) {
            let place = Place::value(ticket.path, "status");
            let message = "this ticket is in progress, but nobody has it checked out".to_owned();
            found.push(warning(place, message).help("check it out, or write `status: todo`"));
        }
    }
    for (path, lock) in &draft.locks {
        let Some(ticket) = key_of_name(layout::locate(path).name).and_then(|id| index.ticket(id)) else {
            continue;
        };
        let holder = lock.holder.as_ref().map_or("somebody", |holder| holder.as_str());
        let status = status_of(ticket.file);
        if status != TicketStatus::InProgress {
            let message = format!("this ticket is `{status}`, but `{holder}` has it checked out");
            let diagnostic = warning(Place::value(ticket.path, "status"), message);
            found.push(
                diagnostic
                    .also(Place::value(path, "holder"), "checked out here")
                    .help("write `status: in_progress`, or let the checkout be released"),
            );
        } else if let Some(assignee) = &ticket.file.assignee
            && lock.holder.as_ref().is_some_and(|holder| holder != assignee)
        {
            let message = format!("this ticket is assigned to `{assignee}`, but `{holder}` has it checked out");
            let diagnostic = warning(Place::value(ticket.path, "assignee"), message);
            found.push(
                diagnostic
                    .also(Place::value(path, "holder"), "checked out here")
                    .help(format!("write `assignee: {holder}`, or let the checkout be released")),
            );
        }
        if let (Some(old), Some(new)) = (lock.fence, ticket.file.fence)
            && old < new
        {
            let message = format!("this checkout has the fence {old}, but its ticket is at {new}");
            let diagnostic = warning(Place::value(path, "fence"), message);
            found.push(
                diagnostic
                    .also(Place::value(ticket.path, "fence"), "it was checked out again since")
                    .help("what the old holder writes is refused; let the checkout be released"),
            );
        }
    }
}
