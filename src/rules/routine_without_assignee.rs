//! `routine-without-assignee`: work comes again, for nobody.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::kind::{Payload, RoutineStatus};
use crate::format::layout;

pub(super) static RULE: Rule = Rule {
    code: "routine-without-assignee",
    severity: Severity::Warning,
    summary: "a task that comes again is given to nobody",
    docs: "\
A task has a `routine.yaml` that is active, but its `TASK.md` has no `assignee`.

Every firing makes a ticket that lies in the backlog and wakes nobody, or, with `payload: message`, a message that nobody
gets. Other programs refuse to take such a task in.

Say who does it, or write `status: paused` into the routine:

```yaml
# tasks/digest/TASK.md
assignee: writer
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (path, routine) in &index.draft.routines {
        let Some((task_path, task)) =
            index.draft.tasks.get_key_value(&format!("{}/TASK.md", layout::locate(path).folder))
        else {
            continue;
        };
        if !matches!(routine.status, None | Some(RoutineStatus::Active)) || task.assignee.is_some() {
            continue;
        }
        let message = match routine.payload {
            Some(Payload::Message) => "this task comes again as a message to nobody",
            None | Some(Payload::Ticket) => "this task comes again as a ticket for nobody",
        };
        let diagnostic = Diagnostic::warning(RULE.code, Place::value(task_path, "name"), message);
        let diagnostic = diagnostic.also(Place::file(path), "it comes again by this");
        found.push(diagnostic.help("add `assignee:` with the slug of an agent"));
    }
}
