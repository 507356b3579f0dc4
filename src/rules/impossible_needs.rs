//! `impossible-needs`: more people are needed than could say yes.

use super::Rule;
use super::index::{Index, status_of};
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::model::Slug;
use crate::model::authority::Act;
use crate::model::status::ApprovalStatus;
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    code: "impossible-needs",
    severity: Severity::Error,
    summary: "a stage or approval needs more people than could say yes, or nobody",
    docs: "\
`needs` of a stage, or of an open approval, is higher than the number of different people named there, not counting the
one who did the work; or it is 0; or nobody is named at all. An approval without `deciders` may be decided by everyone on
the board who is owner or admin.

With too many, the stage is never passed and the ticket never done. With none, work is let through that nobody looked at,
although somebody wrote down that it should be looked at.

Name more people, or need fewer:

```yaml
stages:
  - {approval: [ada, grace], needs: 2}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (path, ticket) in &index.draft.tickets {
        let Some(stages) = ticket.stages.as_ref().filter(|_| !status_of(ticket).is_closed()) else {
            continue;
        };
        for (position, stage) in stages.iter().enumerate() {
            let at = KeyPath::from("stages").index(position);
            let (key, who) = match (&stage.review, &stage.approval) {
                (Some(who), _) => ("review", who),
                (None, Some(who)) => ("approval", who),
                // That one of them is needed is told while the file is read.
                (None, None) => continue,
            };
            let different: BTreeSet<&Slug> = who.iter().collect();
            let others = different.iter().filter(|name| Some(**name) != ticket.assignee.as_ref()).count();
            // When it is the assignee alone, `stage-only-assignee` says so.
            if others > 0 || different.is_empty() || stage.needs == Some(0) {
                let place = if stage.needs.is_some() { at.key("needs") } else { at.key(key) };
                judge(Place::value(path, place), stage.needs, others, found);
            }
        }
    }
    let board = index.people.values().filter(|person| person.role.is_some_and(|role| role.may(Act::Decide))).count();
    for (path, approval) in &index.draft.approvals {
        let pending = matches!(approval.status, None | Some(ApprovalStatus::Pending));
        let possible = match &approval.deciders {
            Some(deciders) => deciders.iter().collect::<BTreeSet<_>>().len(),
            None => board,
        };
        // That nobody is on the board at all is told by `empty-board`.
        if pending && (approval.needs.is_some() || approval.deciders.is_some()) {
            let key = if approval.needs.is_some() { "needs" } else { "deciders" };
            judge(Place::value(path, key), approval.needs, possible, found);
        }
    }
}

fn judge(place: Place, needs: Option<u64>, possible: usize, found: &mut Vec<Diagnostic>) {
    let needed = usize::try_from(needs.unwrap_or(1)).unwrap_or(usize::MAX);
    let (message, help) = if needed == 0 {
        ("nobody is needed here".to_owned(), "need 1 at least, or take it out")
    } else if needed > possible {
        let only = if possible == 0 { "nobody".to_owned() } else { format!("only {possible}") };
        (format!("{needed} must say yes, but {only} could"), "name more people, or need fewer")
    } else {
        return;
    };
    found.push(Diagnostic::error(RULE.code, place, message).help(help));
}
