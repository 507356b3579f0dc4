//! `signing-key`: a key of a member of the board that cannot be used.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::model::Zone;
use crate::model::signing::SigningKey;

pub(super) static RULE: Rule = Rule {
    code: "signing-key",
    severity: Severity::Error,
    summary: "a key in `signing_keys` cannot be read",
    docs: "\
An entry of `signing_keys` is no public key of ssh, is damaged, or has an option that is not understood. `valid-after`,
`valid-before` and `namespaces` are, as in git's allowed signers.

Nothing that such a key signs counts. Somebody who lists only keys that cannot be read can decide nothing.

Copy the line that `ssh-keygen` wrote into the file that ends in `.pub`:

```yaml
board:
  - id: ada
    role: owner
    signing_keys:
      - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBKnC4Rb4HYPFmmAyCmuLDE6Tmb4nGStKjbWuW0z9xqE ada@laptop
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let Some(corp) = &index.draft.corp else { return };
    let zone = corp.timezone.clone().unwrap_or_else(Zone::utc);
    for (seat, person) in corp.board.iter().flatten().enumerate() {
        for (position, line) in person.signing_keys.iter().flatten().enumerate() {
            if let Err(why) = SigningKey::parse(line, &zone) {
                let key = KeyPath::from("board").index(seat).key("signing_keys").index(position);
                let message = format!("this key cannot be used: {why}");
                let help = "copy the line of the file that ends in `.pub`";
                found.push(Diagnostic::error(RULE.code, Place::value("corp.yaml", key), message).help(help));
            }
        }
    }
}
