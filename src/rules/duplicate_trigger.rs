//! `duplicate-trigger`: a routine fires twice at once.

use super::Rule;
use super::index::Index;
use super::wording::about_all;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    code: "duplicate-trigger",
    severity: Severity::Warning,
    summary: "two triggers of a routine fire at the same times",
    docs: "\
Two triggers of a routine that are switched on say the same `cron`, `every` or `at` in the same `timezone`.

The work comes twice at once. Depending on `concurrency` it is done twice, and paid for twice.

Remove one of them:

```yaml
triggers:
  - {cron: \"0 9 * * 1-5\"}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (path, routine) in &index.draft.routines {
        let mut same: BTreeMap<_, Vec<(usize, &str)>> = BTreeMap::new();
        for (position, trigger) in routine.triggers.iter().flatten().enumerate() {
            let (key, says) = match (&trigger.cron, &trigger.every, &trigger.at) {
                (Some(cron), ..) => ("cron", cron.to_string()),
                (_, Some(every), _) => ("every", every.to_string()),
                (.., Some(at)) => ("at", at.to_string()),
                (None, None, None) => continue,
            };
            if trigger.enabled != Some(false) {
                let zone = trigger.timezone.as_ref().map(|zone| zone.name().to_owned());
                same.entry((key, says, zone)).or_default().push((position, key));
            }
        }
        for positions in same.values().filter(|positions| positions.len() > 1) {
            let places = positions.iter().map(|(position, key)| {
                let path_of = KeyPath::from("triggers").index(*position).key(*key);
                (Place::value(path, path_of), String::new())
            });
            let message = format!("{} triggers fire at the same times", positions.len());
            found.push(about_all((RULE.code, RULE.severity), &message, places).help("remove all but one"));
        }
    }
}
