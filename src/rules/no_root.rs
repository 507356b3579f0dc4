//! `no-root`: every agent reports to another, so nobody answers to the board.

use super::Rule;
use super::index::{Agent, Index};
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::kind::AgentFile;

pub(super) static RULE: Rule = Rule {
    code: "no-root",
    severity: Severity::Warning,
    summary: "every agent reports to another one",
    docs: "\
The company has agents, and each of them names a manager; or the only one who does not has left for good
(`status: terminated`).

Somebody must be at the top: who breaks the company's goals down into work, and to whom a problem goes that nobody below
can solve. Without such an agent questions go round or end nowhere, and none of them reaches the board.

Let the agent at the top report to nobody:

```yaml
reportsTo: null
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let here = |agent: &&Agent<'_>| !agent.is_terminated();
    // A file of which nothing could be read says nothing about its manager either.
    let at_top = |agent: &Agent<'_>| agent.file.reports_to.is_none() || *agent.file == AgentFile::default();
    let mut agents = index.agents.values().filter(here).peekable();
    if agents.peek().is_none() || agents.any(at_top) {
        return;
    }
    let all = || index.agents.iter().filter(|(_, agent)| here(agent));
    let Some((slug, agent)) = all().find(|(slug, _)| **slug == "ceo").or_else(|| all().next()) else { return };
    let place = Place::value(agent.path, "reportsTo");
    let message = "every agent reports to another one, so nobody answers to the board";
    let help = format!("let the one at the top report to nobody, such as `{slug}`: `reportsTo: null`");
    found.push(Diagnostic::new(RULE.code, RULE.severity, place, message).help(help));
}
