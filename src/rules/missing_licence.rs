//! `missing-licence`: others' work in a package that names no licence.

use super::Rule;
use super::index::Index;
use super::wording::count;
use crate::diag::{Diagnostic, Place, Severity};

pub(super) static RULE: Rule = Rule {
    code: "missing-licence",
    severity: Severity::Warning,
    summary: "a package with work of others names no licence",
    docs: "\
`COMPANY.md` says `schema: agentcompanies/v1`, the package has `sources`, that is, parts that come from elsewhere, and it
has no `license`.

Without a licence nobody may use the package, and nobody sees whether it may contain those parts at all. Whoever takes it
in is asked to decide that blindly.

Name one, as an SPDX expression:

```yaml
license: MIT
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let Some(company) = &index.draft.company else { return };
    let is_package = company.schema.as_deref().is_some_and(|schema| schema.starts_with("agentcompanies/"));
    if !is_package || company.license.is_some() {
        return;
    }
    let mut sources = index.draft.sources();
    if let Some((file, at, _)) = sources.next() {
        let message =
            format!("this package names no licence, but has {} from elsewhere", count(1 + sources.count(), "part"));
        let diagnostic = Diagnostic::warning(RULE.code, Place::value("COMPANY.md", "schema"), message);
        let diagnostic = diagnostic.also(Place::value(file, at.path()), "the first of them");
        found.push(diagnostic.help("add `license:` with an SPDX expression, such as `MIT`"));
    }
}
