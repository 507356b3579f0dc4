//! `secret-to-be-rotated`: somebody who has left could read a value that is still in use.

use super::Rule;
use super::index::Index;
use super::wording::shown;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::kind::SecretStatus;
use crate::format::layout;

pub(super) static RULE: Rule = Rule {
    code: "secret-to-be-rotated",
    severity: Severity::Warning,
    summary: "somebody who has left could read a value that is still in use",
    docs: "\
When somebody can no longer open the company's secrets, the values they could read are marked `to_be_rotated`. What was
sealed for them stays in the history, where they open it as before, and with what they copied.

Whatever the value opens is open to them until it has another one.

Make a new value where it is used, and give it to the company, which takes the mark away:

```text
corp secret rotate GH_TOKEN
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (path, secret) in &index.draft.secrets {
        let there = secret.status != Some(SecretStatus::Deleted);
        if let Some(why) = secret.to_be_rotated.as_ref().filter(|_| there) {
            let name = shown(layout::locate(path).name);
            let message = format!("the secret `{name}` must get a new value: {}", shown(why));
            let diagnostic = Diagnostic::warning(RULE.code, Place::value(path, "to_be_rotated"), message);
            found.push(diagnostic.help(format!("`corp secret rotate {name}`, once it has one where it is used")));
        }
    }
}
