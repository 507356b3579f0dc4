//! `routine-never-fires`: work that should come again, and never will.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::kind::{RoutineStatus, Trigger};
use crate::format::layout;

pub(super) static RULE: Rule = Rule {
    code: "routine-never-fires",
    severity: Severity::Warning,
    summary: "a task should come again, but nothing makes it",
    docs: "\
An active `routine.yaml` has no `triggers`, or all of them are switched off; a trigger's `every` is nothing; or a `TASK.md`
says `recurring: true` and has neither a `routine.yaml` beside it nor a `schedule`.

The work looks planned and never comes. Routines are mostly read when they are written and not again, so nobody notices.

Say when, or write `status: paused`:

```yaml
# tasks/digest/routine.yaml
triggers:
  - {cron: \"0 9 * * 1-5\", timezone: Europe/Berlin}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let warning = |place: Place, message: &str| Diagnostic::warning(RULE.code, place, message);
    for (path, routine) in &index.draft.routines {
        if !matches!(routine.status, None | Some(RoutineStatus::Active)) {
            continue;
        }
        let triggers = routine.triggers.as_deref().unwrap_or_default();
        if triggers.iter().all(|trigger| trigger.enabled == Some(false)) {
            let (message, help) = match triggers {
                [] => ("this routine has no triggers", "add `triggers:` with `cron`, `every` or `at`"),
                _ => ("all triggers of this routine are switched off", "switch one on, or write `status: paused`"),
            };
            found.push(warning(Place::value(path, "triggers"), message).help(help));
        }
        let nothing = |trigger: &Trigger| trigger.every.is_some_and(|every| every.ms() == 0);
        for (position, _) in triggers.iter().enumerate().filter(|(_, trigger)| nothing(trigger)) {
            let place = Place::value(path, KeyPath::from("triggers").index(position).key("every"));
            found.push(
                warning(place, "this trigger has no length, so it never fires").help("write something like `1d`"),
            );
        }
    }
    for (path, task) in &index.draft.tasks {
        let routine = format!("{}/routine.yaml", layout::locate(path).folder);
        if task.recurring == Some(true) && task.schedule.is_none() && !index.draft.entries.contains_key(&routine) {
            let diagnostic = warning(Place::value(path, "recurring"), "nothing says when this task comes again");
            found.push(diagnostic.help(format!("add {routine} with `triggers:`")));
        }
    }
}
