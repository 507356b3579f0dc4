//! `unknown-secret`: a secret is needed that the company does not have.

use super::Rule;
use super::index::Index;
use super::references::To;
use super::wording::unknown;
use crate::diag::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "unknown-secret",
    severity: Severity::Warning,
    summary: "a secret is needed that the company does not have",
    docs: "\
An `agent.yaml`, `project.yaml`, `routine.yaml`, a webhook in `corp.yaml` or the `requirements` of `COMPANY.md` names a
secret that has no `secrets/<NAME>.yaml`.

A run that needs a secret does not start without it. It is a warning, because a company that has just been taken in
names its secrets before anybody has filled them in.

Give the secret a value, or take the name out of the list:

```yaml
secrets: [GH_TOKEN]    # secrets/GH_TOKEN.yaml and secrets/GH_TOKEN.age
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for reference in &index.unknown {
        let To::Secret(name) = reference.to else { continue };
        let near = index.nearest(name, index.secrets.iter().copied());
        let create = "make secrets/NAME.yaml and its value, or leave the name out";
        found.push(unknown(RULE.code, RULE.severity, reference.spot.place(), ("secret", name), near, create));
    }
}
