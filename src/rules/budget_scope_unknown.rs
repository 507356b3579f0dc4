//! `budget-scope-unknown`: a budget holds for nothing.

use super::Rule;
use super::index::{Index, key};
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::model::budget::Scope;

pub(super) static RULE: Rule = Rule {
    code: "budget-scope-unknown",
    severity: Severity::Error,
    summary: "a budget holds for something that does not exist",
    docs: "\
The `scope` of a budget names an agent, team, project, goal, routine or ticket that the company does not have. A ticket
that has left the work tree (its number is not above the highest known) is not reported: its budget is over.

A budget for nothing limits nothing. Whoever wrote it thinks that money is protected, and it is not.

Write the name of the folder, or remove the budget:

```yaml
budgets:
  - {scope: \"agent:cto\", window: month, limit: 50.00 USD}    # agents/cto/
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let budgets = index.draft.budgets.iter().filter_map(|file| file.budgets.as_ref()).flatten();
    for (position, budget) in budgets.enumerate() {
        let Some(scope) = &budget.scope else { continue };
        let (noun, near) = match scope {
            Scope::Company => continue,
            Scope::Agent(name) if !index.agents.contains_key(name.as_str()) => {
                ("agent", index.nearest(name.as_str(), index.agents.keys().copied()))
            }
            Scope::Team(name) if !index.teams.contains_key(name.as_str()) => {
                ("team", index.nearest(name.as_str(), index.teams.keys().copied()))
            }
            Scope::Project(name) if !index.projects.contains_key(name.as_str()) => {
                ("project", index.nearest(name.as_str(), index.projects.keys().copied()))
            }
            Scope::Goal(name) if !index.goals.contains_key(name.as_str()) => {
                ("goal", index.nearest(name.as_str(), index.goals.keys().copied()))
            }
            Scope::Routine(name) if !index.routines.contains_key(name.as_str()) => {
                ("routine", index.nearest(name.as_str(), index.routines.keys().copied()))
            }
            Scope::Ticket(id) if index.ticket(key(id)).is_none() && id.number() > index.highest(id.prefix()) => {
                ("ticket", None)
            }
            Scope::Agent(_)
            | Scope::Team(_)
            | Scope::Project(_)
            | Scope::Goal(_)
            | Scope::Routine(_)
            | Scope::Ticket(_) => continue,
        };
        let place = Place::value("budgets.yaml", KeyPath::from("budgets").index(position).key("scope"));
        let message = format!("`{scope}` is a budget for nothing: there is no such {noun}");
        let help = match near {
            Some(near) => format!("did you mean `{noun}:{near}`?"),
            None => format!("name a {noun} that exists, or remove the budget"),
        };
        found.push(Diagnostic::error(RULE.code, place, message).help(help));
    }
}
