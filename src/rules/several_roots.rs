//! `several-roots`: more than one agent reports to nobody.

use super::Rule;
use super::index::{Agent, Index};
use super::wording::about_all;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::kind::AgentFile;

pub(super) static RULE: Rule = Rule {
    code: "several-roots",
    severity: Severity::Warning,
    summary: "more than one agent reports to nobody",
    docs: "\
Several agents have no `reportsTo`. Those who have left for good (`status: terminated`) do not count.

It works: each of them answers to the board. But a company of agents usually has one at the top, who breaks goals down
into work and to whom problems go first; a second one is mostly an agent whose `reportsTo` was forgotten, and the board
gets its questions. A company in which nobody is at the top is what `no-root` is about.

Name a manager:

```yaml
reportsTo: ceo
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    // A file of which nothing could be read says nothing about its manager either.
    let is_root = |agent: &Agent<'_>| {
        agent.file.reports_to.is_none() && !agent.is_terminated() && *agent.file != AgentFile::default()
    };
    let roots: Vec<(&str, &Agent<'_>)> =
        index.agents.iter().filter(|(_, agent)| is_root(agent)).map(|(slug, agent)| (*slug, agent)).collect();
    if roots.len() > 1 {
        let message = format!("{} agents report to nobody", roots.len());
        let places = roots.iter().map(|(_, agent)| (Place::value(agent.path, "reportsTo"), String::new()));
        let top = roots.iter().find(|(slug, _)| *slug == "ceo").map_or(roots[0].0, |(slug, _)| slug);
        let help = format!("let all but one of them report to somebody, such as `reportsTo: {top}`");
        found.push(about_all((RULE.code, RULE.severity), &message, places).help(help));
    }
}
