//! `orphan-thread`: comments on nothing.

use super::Rule;
use super::index::{Index, key_of_name};
use super::wording::{count, shown};
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::layout;

pub(super) static RULE: Rule = Rule {
    code: "orphan-thread",
    severity: Severity::Warning,
    summary: "a thread whose ticket is not there",
    docs: "\
There is a folder `tickets/<bucket>/<id>/` with comments, questions or documents, but no ticket with that id. It is told
once for each folder.

Nobody reads it: a thread is shown with its ticket, and a question in it reaches nobody. When a closed ticket leaves the
work tree its thread goes with it, so this is left over from a ticket that was removed or renamed by hand.

Bring the ticket back, rename the folder to the ticket's new id, or remove the folder:

```text
tickets/0012/ACME-1234/20261120T101500Z-cto-1a2b.md
tickets/0012/ACME-1234.md      must be there too
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let paths: Vec<&String> = index.draft.thread.keys().collect();
    let folder = |path: &&String| layout::locate(path).folder.len();
    for thread in paths.chunk_by(|a, b| a[..folder(a)] == b[..folder(b)]) {
        let name = layout::locate(thread[0]).name;
        if key_of_name(name).and_then(|id| index.ticket(id)).is_none() {
            let message = format!("`{}` has a thread, but there is no such ticket", shown(name));
            let diagnostic = Diagnostic::warning(RULE.code, Place::file(thread[0].as_str()), message);
            let diagnostic = diagnostic.here(format!("the first of {}", count(thread.len(), "file")));
            found.push(diagnostic.help("bring the ticket back, rename the folder, or remove it"));
        }
    }
}
