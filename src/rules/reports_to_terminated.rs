//! `reports-to-terminated`: the manager has left.

use super::Rule;
use super::index::Index;
use super::paths::{Target, follow, member};
use super::references::To;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::layout;

pub(super) static RULE: Rule = Rule {
    code: "reports-to-terminated",
    severity: Severity::Warning,
    summary: "an agent or team is led by an agent who has left for good",
    docs: "\
The `reportsTo` of an agent, or the `manager` of a team, is an agent whose `agent.yaml` says `status: terminated`. Agents
who have left themselves are not judged.

What an agent cannot decide goes up to its manager. A terminated manager is never woken, so questions stay unanswered and
the agent stays blocked.

Name the manager's successor:

```yaml
reportsTo: ceo
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let gone = |name: &str| index.agents.get(name).is_some_and(super::index::Agent::is_terminated);
    let mut report = |place: Place, name: &str| {
        let message = format!("the manager `{name}` has left the company for good");
        found.push(Diagnostic::warning(RULE.code, place, message).help("name the successor"));
    };
    for reference in &index.to_terminated {
        let To::Agent(name) = reference.to else { continue };
        let leads = matches!(reference.spot.first_key(), Some("reportsTo" | "manager"));
        if leads && !gone(layout::locate(reference.spot.file()).name) {
            report(reference.spot.place(), name);
        }
    }
    for (path, team) in &index.draft.teams {
        if let Some(manager) = team.manager.as_deref().filter(|manager| manager.contains('/'))
            && let Target::Inside(target) = follow(layout::locate(path).folder, manager)
            && let Some((layout::Kind::Agent, name)) = member(&target)
            && gone(name)
        {
            report(Place::value(path, "manager"), name);
        }
    }
}
