//! `secret-not-bound`: somebody wants a secret that is not for them.

use super::Rule;
use super::index::Index;
use super::references::{To, definitions};
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::layout::{self, Kind};

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
    definitions(index, &mut |reference| {
        let To::Secret(name) = reference.to else { return };
        let path = format!("secrets/{name}.yaml");
        let Some(secret) = index.draft.secrets.get(&path) else { return };
        let located = layout::locate(reference.spot.file());
        let mut bindings = secret.bindings.iter().flatten();
        let is = |slug: Option<&crate::model::Slug>| slug.is_some_and(|slug| slug.as_str() == located.name);
        let (noun, bound) = match located.kind {
            Kind::AgentSettings => ("agent", bindings.any(|binding| is(binding.agent.as_ref()))),
            Kind::ProjectSettings => ("project", bindings.any(|binding| is(binding.project.as_ref()))),
            Kind::Routine => ("routine", bindings.any(|binding| is(binding.routine.as_ref()))),
            // What the company as a whole needs, or gives to all agents, is bound one by one.
            _ => return,
        };
        if !bound {
            let message = format!("the secret `{name}` is not for the {noun} `{}`", located.name);
            let diagnostic = Diagnostic::warning(RULE.code, reference.spot.place(), message);
            let diagnostic = diagnostic.also(Place::value(path, "bindings"), "who may use it");
            found.push(diagnostic.help(format!("add `{{{noun}: {}}}` to its `bindings`", located.name)));
        }
    });
}
