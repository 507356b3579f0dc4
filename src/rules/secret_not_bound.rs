//! `secret-not-bound`: somebody wants a secret that is not for them.

use super::Rule;
use super::index::Index;
use super::references::{To, definitions};
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::layout::{self, Kind};
use std::collections::BTreeSet;

pub(super) static RULE: Rule = Rule {
    code: "secret-not-bound",
    severity: Severity::Warning,
    summary: "a secret is asked for by somebody who may not use it",
    docs: "\
The `secrets` of an `agent.yaml`, `project.yaml` or `routine.yaml` name one whose own file does not list that agent,
project or routine under `bindings`.

Both must agree: whoever edits an agent cannot give it a secret by that alone. Until the secret's file says so too, the run
does not get it.

Add a binding, or take the name out:

```yaml
# secrets/GH_TOKEN.yaml
bindings:
  - {agent: cto}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let mut bound: BTreeSet<(&str, &str, &str)> = BTreeSet::new();
    for (path, secret) in &index.draft.secrets {
        let name = layout::locate(path).name;
        for binding in secret.bindings.iter().flatten() {
            bound.extend(binding.agent.iter().map(|slug| (name, "agent", slug.as_str())));
            bound.extend(binding.project.iter().map(|slug| (name, "project", slug.as_str())));
            bound.extend(binding.routine.iter().map(|slug| (name, "routine", slug.as_str())));
        }
    }
    definitions(index, &mut |reference| {
        let To::Secret(name) = reference.to else { return };
        let located = layout::locate(reference.spot.file());
        let noun = match located.kind {
            Kind::AgentSettings => "agent",
            Kind::ProjectSettings => "project",
            Kind::Routine => "routine",
            // What the company as a whole needs, or gives to all agents, is bound one by one.
            _ => return,
        };
        if index.secrets.contains(name) && !bound.contains(&(name, noun, located.name)) {
            let message = format!("the secret `{name}` is not for the {noun} `{}`", located.name);
            let diagnostic = Diagnostic::warning(RULE.code, reference.spot.place(), message);
            let diagnostic =
                diagnostic.also(Place::value(format!("secrets/{name}.yaml"), "bindings"), "who may use it");
            found.push(diagnostic.help(format!("add `{{{noun}: {}}}` to its `bindings`", located.name)));
        }
    });
}
