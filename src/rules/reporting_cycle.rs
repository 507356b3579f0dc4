//! `reporting-cycle`: agents report to each other in a circle.

use super::Rule;
use super::cycle::cycles;
use super::index::{Agent, Index};
use super::wording::about_all;
use crate::diag::{Diagnostic, Place, Severity};

pub(super) static RULE: Rule = Rule {
    code: "reporting-cycle",
    severity: Severity::Error,
    summary: "agents report to each other in a circle",
    docs: "\
Following `reportsTo` from an agent leads back to the same agent. The rule shows every member of the circle once.

Questions, refusals and problems go up to the manager. In a circle they never reach anybody who can decide, and no agent
of it answers to the board.

Let one of them report to somebody outside, or to nobody:

```yaml
# agents/cto/AGENTS.md
reportsTo: ceo
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let slugs: Vec<&str> = index.agents.keys().copied().collect();
    let agents: Vec<&Agent<'_>> = index.agents.values().collect();
    let next = |node: usize, out: &mut Vec<usize>| {
        let manager = agents[node].file.reports_to.as_deref();
        out.extend(manager.and_then(|manager| slugs.binary_search(&manager).ok()));
    };
    let circles = cycles(slugs.len(), &next);
    let mut inside = vec![false; slugs.len()];
    circles.iter().flatten().for_each(|&node| inside[node] = true);
    // Whoever stands at the top outside the circles is the natural way out.
    let top = (0..slugs.len()).find(|&node| !inside[node] && agents[node].file.reports_to.is_none());
    let help = match top {
        Some(top) => format!("let one of them report to `{}`, or to nobody", slugs[top]),
        None => "let one of them report to nobody".to_owned(),
    };
    for circle in circles {
        let message = match circle[..] {
            [_] => "an agent reports to itself",
            _ => "agents report to each other in a circle",
        };
        let places = circle.iter().map(|&node| {
            let manager = agents[node].file.reports_to.as_deref().unwrap_or_default();
            (Place::value(agents[node].path, "reportsTo"), format!("`{}` reports to `{manager}`", slugs[node]))
        });
        found.push(about_all((RULE.code, RULE.severity), message, places).help(help.as_str()));
    }
}
