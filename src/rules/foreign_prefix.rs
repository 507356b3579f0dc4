//! `foreign-prefix`: tickets whose ids do not begin as the company's do.

use super::Rule;
use super::index::Index;
use super::wording::count;
use crate::diag::{Diagnostic, Place, Severity};

pub(super) static RULE: Rule = Rule {
    code: "foreign-prefix",
    severity: Severity::Warning,
    summary: "ids of tickets do not begin with the company's prefix",
    docs: "\
There are tickets whose ids begin otherwise than `ticket_prefix` in `corp.yaml` says. One of them is shown for each
prefix.

They still work and can be referred to. But they were made by another company, or before the prefix was changed, and an
id that is typed from memory will be looked for under the wrong name.

If the prefix was changed on purpose, nothing needs to be done. If the tickets came from elsewhere, drop their `id` so
that they get one of this company, and keep the old one:

```yaml
formerly: [OPS-12]
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let Some(own) = index.draft.corp.as_ref().and_then(|corp| corp.ticket_prefix.as_deref()) else {
        return;
    };
    for same in index.tickets.chunk_by(|a, b| a.id.0 == b.id.0).filter(|same| same[0].id.0 != own) {
        let prefix = same[0].id.0;
        let verb = if same.len() == 1 { "has an id that begins" } else { "have ids that begin" };
        let message = format!("{} {verb} with `{prefix}-`", count(same.len(), "ticket"));
        let diagnostic = Diagnostic::warning(RULE.code, Place::value(same[0].path, "id"), message);
        let diagnostic = diagnostic.also(Place::value("corp.yaml", "ticket_prefix"), "the company's own prefix");
        found
            .push(diagnostic.help("leave `id` out to get a number of this company, and keep the old id in `formerly`"));
    }
}
