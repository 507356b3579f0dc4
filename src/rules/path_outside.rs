//! `path-outside`: an agent's script lies outside the company.

use super::Rule;
use super::index::Index;
use super::paths::{Target, follow};
use super::wording::shown;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::layout;

pub(super) static RULE: Rule = Rule {
    code: "path-outside",
    severity: Severity::Error,
    summary: "an agent's script lies outside the company",
    docs: "\
`adapter.script` leads out of the company's folder, or is an address.

A script is part of the company: it is judged, reviewed and kept with it. One that lies elsewhere is different on every
machine, and can be exchanged by somebody who may not change the company.

Move the script into the agent's folder, and write its path relative to that folder:

```yaml
adapter: {type: script, script: script.txt}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (path, settings) in &index.draft.agent_settings {
        for (key, adapter) in [("adapter", &settings.adapter), ("fallback", &settings.fallback)] {
            let Some(script) = adapter.as_ref().and_then(|adapter| adapter.script.as_ref()) else { continue };
            if matches!(follow(layout::locate(path).folder, script), Target::Inside(_)) {
                continue;
            }
            let place = Place::value(path, KeyPath::from(key).key("script"));
            let message = format!("the script `{}` lies outside the company's folder", shown(script));
            let help = "move it into the agent's folder, and write its path relative to that folder";
            found.push(Diagnostic::error(RULE.code, place, message).help(help));
        }
    }
}
