//! `unknown-vault`: a name stands for no vault.

use super::Rule;
use super::index::Index;
use super::references::To;
use super::wording::unknown;
use crate::diag::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "unknown-vault",
    severity: Severity::Error,
    summary: "a name stands for no vault",
    docs: "\
A secret says that its value lies in a vault that has no `vaults/<id>.yaml`.

Its value cannot be found, so every run that needs it is refused.

Write the name of the vault's file without `.yaml`:

```yaml
vault: prod    # vaults/prod.yaml
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for reference in &index.unknown {
        let To::Vault(name) = reference.to else { continue };
        let near = index.nearest(name, index.vaults.iter().copied());
        let create = "write the name of a file in vaults/ without `.yaml`, or make that file";
        found.push(unknown(RULE.code, RULE.severity, reference.spot.place(), ("vault", name), near, create));
    }
}
