//! `duplicate-budget`: two limits of the same kind for the same thing.

use super::Rule;
use super::budgets::{Whole, measure, whole};
use super::index::Index;
use super::wording::about_all;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::kind::AtLimit;
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    code: "duplicate-budget",
    severity: Severity::Warning,
    summary: "several budgets limit the same thing in the same way",
    docs: "\
Two budgets have the same `scope`, `window`, unit (currency, tokens or runs) and `at_limit`. One that warns beside one
that stops is not reported: that is how to be told early.

The tightest holds, so the others do nothing. Whoever raises one of them wonders why work still stops.

Keep one of them:

```yaml
budgets:
  - {scope: company, window: month, limit: 200.00 USD}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let mut same: BTreeMap<_, Vec<Whole<'_>>> = BTreeMap::new();
    for budget in whole(index) {
        let action = budget.budget.at_limit.unwrap_or(AtLimit::Stop);
        same.entry((budget.scope, budget.window, measure(budget.limit).0, action)).or_default().push(budget);
    }
    for ((scope, ..), budgets) in same.iter().filter(|(_, budgets)| budgets.len() > 1) {
        let tightest = budgets.iter().map(|budget| budget.limit).min_by_key(|limit| measure(limit).1);
        let tightest = tightest.map(ToString::to_string).unwrap_or_default();
        let places = budgets.iter().map(|budget| {
            let path = KeyPath::from("budgets").index(budget.position).key("limit");
            (Place::value("budgets.yaml", path), String::new())
        });
        let message = format!("{} budgets limit `{scope}` in the same way", budgets.len());
        let help = format!("the tightest holds: keep {tightest} and remove the others");
        found.push(about_all((RULE.code, RULE.severity), &message, places).help(help));
    }
}
