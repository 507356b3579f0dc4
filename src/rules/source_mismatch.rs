//! `source-mismatch`: content is not what its source record says.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::package::digest::VendoredError;

pub(super) static RULE: Rule = Rule {
    code: "source-mismatch",
    severity: Severity::Error,
    summary: "content is not what its source record says",
    docs: "\
A record under `sources` (in a skill: `metadata.sources`) says that content from elsewhere lies in this company
(`usage: vendored` or `mirrored`) and gives its `sha256` or git `blob`; but the file has another digest, or is not there.
A record about the very file it stands in is about the text below the front matter.

Somebody changed what is said to be another's work, or it was exchanged on the way. Instructions of agents are the last
thing that should be exchanged unseen.

Look at what changed. If it is yours, say so; if it is not, fetch it again:

```yaml
sources:
  - {kind: github-file, repo: acme/papers, path: style.md, usage: vendored, sha256: …}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for vendored in &index.draft.vendored {
        let Err(error) = &vendored.outcome else { continue };
        let key = match error {
            VendoredError::Missing { .. } => "path",
            VendoredError::Digest(error) => error.kind().key(),
        };
        let place = Place::value(&vendored.file, vendored.at.clone().key(key));
        let (message, help) = match (&vendored.target, error) {
            (Some(target), _) => {
                let help = "look at what changed; if it is meant, take the record out, or write the new digest";
                (format!("{target} is not what this record says: {error}"), help)
            }
            (None, _) => (format!("this content is not here: {error}"), "bring the file, or write `usage: referenced`"),
        };
        found.push(Diagnostic::error(RULE.code, place, message).help(help));
    }
}
