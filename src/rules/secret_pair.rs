//! `secret-pair`: half a secret.

use super::Rule;
use super::index::Index;
use super::wording::shown;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::kind::SecretStatus;
use crate::format::layout::{self, Kind};

pub(super) static RULE: Rule = Rule {
    code: "secret-pair",
    severity: Severity::Warning,
    summary: "a secret has a value or says who may use it, but not both",
    docs: "\
A secret is two files: `secrets/<NAME>.age` holds the encrypted value, `secrets/<NAME>.yaml` says who may use it. One of
them is missing. A secret whose value lies elsewhere (`provider`, `vault`) needs no `.age`.

Without the value no run that needs it starts. Without the `.yaml` nobody may use it, and nobody knows what it is for.

Add the missing half, or remove the other:

```text
secrets/GH_TOKEN.age
secrets/GH_TOKEN.yaml
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let draft = index.draft;
    for (path, secret) in &draft.secrets {
        let here = secret.provider.as_deref().is_none_or(|provider| provider == "age")
            && secret.vault.is_none()
            && secret.reference.is_none();
        let gone = secret.status == Some(SecretStatus::Deleted);
        let value = format!("secrets/{}.age", layout::locate(path).name);
        if here && !gone && !draft.entries.contains_key(&value) {
            let message = format!("the secret `{}` has no value", shown(layout::locate(path).name));
            let diagnostic = Diagnostic::warning(RULE.code, Place::file(path), message);
            found.push(diagnostic.help(format!("set the value, which makes {}", shown(&value))));
        }
    }
    for path in draft.entries.range("secrets/".to_owned().."secrets0".to_owned()).map(|(path, _)| path) {
        let located = layout::locate(path);
        let settings = format!("secrets/{}.yaml", located.name);
        if located.kind == Kind::Ciphertext && !draft.entries.contains_key(&settings) {
            let message = format!("nothing says who may use the secret `{}`", shown(located.name));
            let diagnostic = Diagnostic::warning(RULE.code, Place::file(path), message);
            found.push(diagnostic.help(format!("add {} with `bindings:`, or remove this file", shown(&settings))));
        }
    }
}
