//! `stage-only-assignee`: somebody reviews their own work.

use super::Rule;
use super::index::{Index, status_of};
use crate::diag::{Diagnostic, KeyPath, Place, Severity};

pub(super) static RULE: Rule = Rule {
    code: "stage-only-assignee",
    severity: Severity::Error,
    summary: "the only one who could pass a stage is the one who did the work",
    docs: "\
A stage of an open ticket names as its only reviewer, or approver, the ticket's own `assignee`.

Nobody's word about their own work counts, so the stage could never be passed, and the ticket never be done.

Name somebody else beside or instead of the assignee:

```yaml
assignee: cto
stages:
  - {review: [qa]}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (path, ticket) in &index.draft.tickets {
        let (Some(stages), Some(assignee)) = (&ticket.stages, &ticket.assignee) else {
            continue;
        };
        if status_of(ticket).is_closed() {
            continue;
        }
        for (position, stage) in stages.iter().enumerate() {
            for (key, who) in [("review", &stage.review), ("approval", &stage.approval)] {
                let Some(who) = who.as_ref().filter(|who| !who.is_empty()) else { continue };
                if who.iter().all(|name| name == assignee) {
                    let place = Place::value(path, KeyPath::from("stages").index(position).key(key));
                    let message = format!("only `{assignee}` could pass this stage, and `{assignee}` does the work");
                    let diagnostic = Diagnostic::error(RULE.code, place, message);
                    let diagnostic = diagnostic.also(Place::value(path, "assignee"), "does the work");
                    found.push(diagnostic.help(format!("name somebody else in `{key}`")));
                }
            }
        }
    }
}
