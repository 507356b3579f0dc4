//! `orphan-lock`: a checkout of nothing.

use super::Rule;
use super::index::{Index, key_of_name};
use super::wording::shown;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::layout;

pub(super) static RULE: Rule = Rule {
    code: "orphan-lock",
    severity: Severity::Error,
    summary: "a checkout (`.lock`) whose ticket is not there",
    docs: "\
There is a file `tickets/<bucket>/<id>.lock`, but no ticket with that id.

A checkout reserves money for a run and keeps others from the ticket. Without the ticket the run has nothing to work on,
and nobody sees that money is held. Mostly somebody removed or renamed the ticket while it was being worked on.

Bring the ticket back (`git log -- tickets/0012/ACME-1234.md`), or, when no run works on it any more, remove the
checkout:

```text
tickets/0012/ACME-1234.lock
tickets/0012/ACME-1234.md      must be there too
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for path in index.draft.locks.keys() {
        let name = layout::locate(path).name;
        if key_of_name(name).and_then(|id| index.ticket(id)).is_none() {
            let message = format!("`{}` is checked out, but there is no such ticket", shown(name));
            let ticket = format!("{}.md", path.strip_suffix(".lock").unwrap_or(path));
            let help = format!("bring the ticket back (`git log -- {}`), or remove this file", shown(&ticket));
            found.push(Diagnostic::error(RULE.code, Place::file(path), message).help(help));
        }
    }
}
