//! `no-adapter`: agents that no program stands for.

use super::Rule;
use super::index::{Agent, Index};
use super::wording::shown;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::kind::AgentSettings;

pub(super) static RULE: Rule = Rule {
    code: "no-adapter",
    severity: Severity::Warning,
    summary: "agents have no adapter, so nothing can run them",
    docs: "\
Neither the `agent.yaml` of an agent nor the `defaults` of `corp.yaml` say which program the agent is (`adapter.type`). It
is told once for all such agents. A package without a `corp.yaml` is not judged: it is not operated yet.

Packages made for other programs hardly ever name an adapter. Such an agent is shown, can be assigned work, and never
does any.

Name one for all:

```yaml
# corp.yaml
defaults:
  adapter: {type: claude_local}
```
",
    check: Some(check),
};

/// Most names of agents in the message.
const NAMED_MAX: usize = 5;

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let Some(corp) = &index.draft.corp else { return };
    let has = |settings: &AgentSettings| settings.adapter.as_ref().is_some_and(|adapter| adapter.kind.is_some());
    if corp.defaults.as_ref().is_some_and(has) {
        return;
    }
    let lacks = |agent: &Agent<'_>| !agent.is_terminated() && !agent.settings.is_some_and(has);
    let names: Vec<String> =
        index.agents.iter().filter(|(_, agent)| lacks(agent)).map(|(slug, _)| format!("`{}`", shown(slug))).collect();
    let message = match names.len() {
        0 => return,
        1 => format!("the agent {} has no adapter", names[0]),
        all if all <= NAMED_MAX => format!("{all} agents have no adapter: {}", names.join(", ")),
        all => format!("{all} agents have no adapter, such as {}", names[..NAMED_MAX].join(", ")),
    };
    let diagnostic = Diagnostic::warning(RULE.code, Place::value("corp.yaml", "defaults"), message);
    found.push(
        diagnostic.help("add `defaults: {adapter: {type: claude_local}}` here, or `adapter:` to each agent.yaml"),
    );
}
