//! `empty-board`: nobody can decide.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, Place, Severity};
use crate::model::status::BoardRole;

pub(super) static RULE: Rule = Rule {
    code: "empty-board",
    severity: Severity::Warning,
    summary: "nobody on the board may decide anything",
    docs: "\
`corp.yaml` lists nobody under `board`, or only people who are viewers; without a `role` a person is a viewer.

What agents ask for is put before the board: hiring, more money, changes to their own files. With nobody to decide it all
waits for ever, and nobody is told of incidents either.

Add yourself:

```yaml
board:
  - {id: ada, name: Ada Lovelace, email: ada@acme.example, role: owner}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let Some(corp) = &index.draft.corp else { return };
    let board = corp.board.as_deref().unwrap_or_default();
    if board.iter().all(|person| matches!(person.role, None | Some(BoardRole::Viewer))) {
        let (message, help) = match board {
            [] => ("there is nobody on the board", "add `board:` with at least one person whose `role` is `owner`"),
            _ => ("everybody on the board is only a viewer", "write `role: owner` for one person at least"),
        };
        found.push(Diagnostic::warning(RULE.code, Place::value("corp.yaml", "board"), message).help(help));
    }
}
