//! `duplicate-price`: one model has two prices at once.

use super::Rule;
use super::index::Index;
use super::wording::{about_all, shown};
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    code: "duplicate-price",
    severity: Severity::Error,
    summary: "a model has two prices from the same day on",
    docs: "\
Two entries of `prices.yaml` are about the same `model` and `provider` and have the same `from`, or both have none.

For a model the newest price that has begun counts. With two of the same age nobody can say what a run cost, and costs that
are written down are never changed again.

Remove one, or say from when the newer one holds:

```yaml
prices:
  - {model: gpt-5, input: 1.25 USD, output: 10.00 USD}
  - {model: gpt-5, input: 1.00 USD, output: 8.00 USD, from: 2026-12-01T00:00:00Z}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let mut same: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (position, price) in index.draft.prices.iter().flat_map(|file| &file.prices).flatten().enumerate() {
        if let Some(model) = &price.model {
            same.entry((model, &price.provider, price.from)).or_default().push(position);
        }
    }
    for ((model, ..), positions) in same.iter().filter(|(_, positions)| positions.len() > 1) {
        let message = format!("`{}` has {} prices at the same time", shown(model), positions.len());
        let places = positions.iter().map(|position| {
            let path = KeyPath::from("prices").index(*position).key("model");
            (Place::value("prices.yaml", path), String::new())
        });
        let diagnostic = about_all((RULE.code, RULE.severity), &message, places);
        found.push(diagnostic.help("remove all but one, or add `from:` to the newer one"));
    }
}
