//! `goal-cycle`: goals serve each other in a circle.

use super::Rule;
use super::cycle::cycles;
use super::index::Index;
use super::wording::about_all;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::kind::GoalFile;

pub(super) static RULE: Rule = Rule {
    code: "goal-cycle",
    severity: Severity::Error,
    summary: "goals serve each other in a circle",
    docs: "\
Following `parent` from a goal leads back to the same goal. The rule shows every member of the circle once.

An agent is told why it works by the goals above a ticket, up to the mission. In a circle there is no top, so the answer
would have no end, and money counted for a goal would be counted again and again.

Let one of them have no parent, or one outside the circle:

```yaml
# goals/launch.md
parent: growth
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let slugs: Vec<&str> = index.goals.keys().copied().collect();
    let paths: Vec<&str> = index.goals.values().copied().collect();
    let files: Vec<Option<&GoalFile>> =
        paths.iter().map(|path| index.draft.goals.get(*path).map(AsRef::as_ref)).collect();
    let parent = |node: usize| files[node].and_then(|file| file.parent.as_ref());
    let next = |node: usize, out: &mut Vec<usize>| {
        out.extend(parent(node).and_then(|parent| slugs.binary_search(&parent.as_str()).ok()));
    };
    for circle in cycles(slugs.len(), &next) {
        let message = match circle[..] {
            [_] => "a goal serves itself",
            _ => "goals serve each other in a circle",
        };
        let places = circle.iter().map(|&node| {
            let label = parent(node).map(|parent| format!("`{}` serves `{parent}`", slugs[node]));
            (Place::value(paths[node], "parent"), label.unwrap_or_default())
        });
        found.push(about_all((RULE.code, RULE.severity), message, places).help("let one of them have no `parent`"));
    }
}
