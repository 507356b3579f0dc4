//! `in-progress-unassigned`: a ticket is being worked on by nobody.

use super::Rule;
use super::index::{Index, status_of};
use crate::diag::{Diagnostic, Place, Severity};
use crate::model::status::TicketStatus;

pub(super) static RULE: Rule = Rule {
    code: "in-progress-unassigned",
    severity: Severity::Error,
    summary: "a ticket is in progress and nobody does it",
    docs: "\
A ticket says `status: in_progress` or `status: in_review` and has no `assignee`.

Nobody is woken for it, nobody is asked about it, and it looks as if somebody were at it. Nor can a reviewer send it back
to anybody.

Say who does it, or that nobody does yet:

```yaml
status: todo
assignee: cto
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (path, ticket) in &index.draft.tickets {
        let status = status_of(ticket);
        if matches!(status, TicketStatus::InProgress | TicketStatus::InReview) && ticket.assignee.is_none() {
            let message = format!("this ticket is `{status}` and has no `assignee`");
            let diagnostic = Diagnostic::error(RULE.code, Place::value(path, "status"), message);
            found.push(diagnostic.help("add `assignee:` with an agent or a person, or write `status: todo`"));
        }
    }
}
