//! `secret-in-text`: something in a file looks like a secret.

use super::Rule;
use crate::diag::{self, Diagnostic, PER_FILE_MAX, Place, Severity};
use crate::redact;

pub(super) const CODE: &str = "secret-in-text";

pub(super) static RULE: Rule = Rule {
    code: CODE,
    severity: Severity::Error,
    summary: "something in a file looks like a secret",
    docs: "\
A file has a text that looks like a token, a password or a private key: it begins as the tokens of a well-known service
do, or it seems to be made by chance and stands under a name such as `password` or `api_key`. The value itself is never
shown.

Everything in a company's folder is read by agents, copied with every clone and kept in the history of git for ever. Of
a file larger than 4 MiB only the beginning is searched, and what is not text is not searched at all.

Take the value out, and replace it where it came from: what was once committed is known. Name a secret instead, and keep
the value outside the text:

```yaml
secrets: [GH_TOKEN]    # agents/cto/agent.yaml
```

If it is no secret, such as a key printed in a manual, say so in the line above or at the end of the line:

```yaml
api_key: 4f9a…         # corp: allow secret-in-text — the example of their documentation
```

In the text of a Markdown file, write `<!-- corp: allow secret-in-text — why -->` above the paragraph or the code block.
",
    check: None,
};

pub(super) fn look(path: &str, text: &str, found: &mut Vec<Diagnostic>) {
    let secrets = redact::find(text);
    found.extend(secrets.iter().take(PER_FILE_MAX).map(|secret| {
        Diagnostic::error(CODE, Place::span(path, secret.span.clone()), format!("this looks like {}", secret.kind))
            .help("take it out, and replace it where it came from: what was committed once is known")
            .help("if it is none, write `corp: allow secret-in-text — why` in a comment above it")
    }));
    if secrets.len() > PER_FILE_MAX {
        found.push(diag::more(path, secrets.len() - PER_FILE_MAX));
    }
}
