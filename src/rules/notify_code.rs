//! `notify-code`: a command that tells the board something would run an agent's words as code.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::model::notify::word_run_as_code;

pub(super) static RULE: Rule = Rule {
    code: "notify-code",
    severity: Severity::Error,
    summary: "a command of `notify` would run an agent's words as code",
    docs: "\
A `command` in `notify` fills `{title}`, `{text}` or `{company}` into the argument of a shell, of another interpreter, or of
a program that hands its arguments to one, or into what follows `-c` or `-e`.

Agents write titles and texts. An approval called `$(curl …)` would be run, in the account of whoever runs `corp up`,
outside of any confinement. The command is not started; `corp status` shows that the channel fails.

Read it from standard input, where the title, an empty line and the text are, or write the variable in its place:

```yaml
notify:
  - on: [approval]
    command: [sh, -c, 'notify-send -- \"$CORP_TITLE\"']
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let Some(corp) = &index.draft.corp else { return };
    for (position, target) in corp.notify.iter().flatten().enumerate() {
        if let Some(at) = target.command.as_deref().and_then(word_run_as_code) {
            let key = KeyPath::from("notify").index(position).key("command").index(at);
            let message = "what agents write would be run as code here";
            let help = "read it from standard input, or write \"$CORP_TITLE\" and \"$CORP_TEXT\"";
            found.push(Diagnostic::error(RULE.code, Place::value("corp.yaml", key), message).help(help));
        }
    }
}
