//! `blocked-without-reason`: a ticket is blocked by nothing.

use super::Rule;
use super::index::{Index, key_of_name, status_of};
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::kind::EntryKind;
use crate::format::layout;
use crate::model::status::TicketStatus;
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    code: "blocked-without-reason",
    severity: Severity::Warning,
    summary: "a ticket is blocked and nothing would unblock it",
    docs: "\
A ticket says `status: blocked`, but it has no `blocked_by`, no question without an answer in its thread, and no
`unblock_owner`.

A blocked ticket goes on when its blockers are done, when its question is answered, or when somebody who was named sees to
it. Without any of them it stays blocked for ever, and nobody is told.

Say what it waits for:

```yaml
status: blocked
unblock_owner: ada    # or blocked_by: [ACME-9], or a question in the thread
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let blocked = |ticket: &&super::index::Ticket<'_>| {
        let file = ticket.file;
        status_of(file) == TicketStatus::Blocked
            && file.unblock_owner.is_none()
            && file.blocked_by.as_ref().is_none_or(Vec::is_empty)
    };
    let mut candidates = index.tickets.iter().filter(blocked).peekable();
    if candidates.peek().is_none() {
        return;
    }
    let questions = open_questions(index);
    for ticket in candidates.filter(|ticket| !questions.contains(&ticket.id)) {
        let message = "this ticket is blocked, but nothing would unblock it";
        let diagnostic = Diagnostic::warning(RULE.code, Place::value(ticket.path, "status"), message);
        found.push(diagnostic.help("add `blocked_by:` or `unblock_owner:`, or ask a question in its thread"));
    }
}

/// The tickets in whose thread a question has no answer.
fn open_questions<'d>(index: &Index<'d>) -> BTreeSet<(&'d str, u32)> {
    let thread = &index.draft.thread;
    let answered: BTreeSet<(&str, &str)> = thread
        .iter()
        .filter_map(|(path, entry)| Some((layout::locate(path).folder, entry.file.answers.as_deref()?)))
        .collect();
    let open = thread.iter().filter(|(path, entry)| {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        entry.file.kind == Some(EntryKind::Question) && !answered.contains(&(folder, file))
    });
    open.filter_map(|(path, _)| key_of_name(layout::locate(path).name)).collect()
}
