//! `vault-default`: it is not clear which vault new secrets go to.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::kind::VaultStatus;

pub(super) static RULE: Rule = Rule {
    code: "vault-default",
    severity: Severity::Error,
    summary: "it is not clear which vault new secrets go to",
    docs: "\
Two files in `vaults/` say `default: true`, or one does that is not `active`.

A new secret would go to a place nobody chose, or to none.

Leave `default: true` in one file, whose vault is used:

```yaml
provider: aws_secrets_manager
default: true
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let defaults = index.draft.vaults.iter().filter(|(_, vault)| vault.default == Some(true));
    let mut first: Option<&String> = None;
    for (path, vault) in defaults {
        let place = Place::value(path, "default");
        if vault.status.is_some_and(|status| status != VaultStatus::Active) {
            let message = "new secrets would go to a vault that is not used";
            found.push(
                Diagnostic::error(RULE.code, place, message).help("make it `status: active`, or choose another one"),
            );
        } else if let Some(first) = first {
            let message = "two vaults are where new secrets go";
            let diagnostic =
                Diagnostic::error(RULE.code, place, message).also(Place::value(first, "default"), "the other one");
            found.push(diagnostic.help("leave `default: true` in one of them"));
        } else {
            first = Some(path);
        }
    }
}
