//! `budget-above-parent`: a budget that another one never lets anybody reach.

use super::Rule;
use super::budgets::{Nesting, Unit, Whole, measure, whole};
use super::index::Index;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::kind::AtLimit;
use crate::model::budget::{Scope, Window};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    code: "budget-above-parent",
    severity: Severity::Warning,
    summary: "a budget is higher than the one around it",
    docs: "\
A budget's limit is higher than that of a scope which contains it, for the same window and the same unit. Agents lie in
their teams, teams in teams, projects in the goal of their `project.yaml`, goals in their parents, routines in their
task's project and agent, tickets in their project and goal, and everything in the company. A manager's budget does not
contain that of the reports. Only outer budgets that stop (`at_limit: stop`) count.

The inner limit can never be reached, so it protects nothing: the outer one stops everything else with it. That is mostly
a slip of a digit, and the one agent that runs wild then uses up what was meant for all.

Lower the inner limit, or raise the outer one:

```yaml
budgets:
  - {scope: company, window: month, limit: 200.00 USD}
  - {scope: \"agent:cto\", window: month, limit: 50.00 USD}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let budgets = whole(index);
    // The tightest that stops, for each scope, window and unit.
    let mut tightest: BTreeMap<(&Scope, Window, Unit), &Whole<'_>> = BTreeMap::new();
    for budget in budgets.iter().filter(|budget| budget.budget.at_limit != Some(AtLimit::Warn)) {
        let (unit, limit) = measure(budget.limit);
        let entry = tightest.entry((budget.scope, budget.window, unit)).or_insert(budget);
        if limit < measure(entry.limit).1 {
            *entry = budget;
        }
    }
    let nesting = Nesting::new(index);
    for inner in &budgets {
        let (unit, limit) = measure(inner.limit);
        let mut told = false;
        nesting.around(inner.scope, &mut |scope| {
            let Some(outer) = tightest.get(&(scope, inner.window, unit)) else { return !told };
            if limit > measure(outer.limit).1 && !std::mem::replace(&mut told, true) {
                let message = format!("`{}` may spend more than `{scope}`, in which it lies", inner.scope);
                let diagnostic = Diagnostic::warning(RULE.code, place(inner), message);
                let diagnostic = diagnostic.also(place(outer), format!("the limit of `{scope}`"));
                found.push(diagnostic.help(format!("write {} or less, or raise the other limit", outer.limit)));
            }
            // What lies further out is compared with that one.
            false
        });
    }
}

fn place(budget: &Whole<'_>) -> Place {
    Place::value("budgets.yaml", KeyPath::from("budgets").index(budget.position).key("limit"))
}
