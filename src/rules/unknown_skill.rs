//! `unknown-skill`: the company does not bring a skill that an agent has.

use super::Rule;
use super::index::Index;
use super::references::To;
use super::wording::{shown, unknown};
use crate::diag::{Diagnostic, Severity};

pub(super) static RULE: Rule = Rule {
    code: "unknown-skill",
    severity: Severity::Warning,
    summary: "the company does not bring a skill that an agent has",
    docs: "\
An agent's `skills` names one that is not in `skills/<name>/SKILL.md`.

It is a warning, not an error, because the name may belong to the library of skills that is built in: packages made for
other programs name such skills without bringing them. If it belongs nowhere, the agent simply does without, and what
was to be done with it is done worse.

Write the folder's name, or bring the skill:

```yaml
skills: [code-review]    # skills/code-review/SKILL.md
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for reference in &index.unknown {
        let To::Skill(name) = reference.to else { continue };
        let near = index.nearest(name, index.skills.iter().copied());
        let create = "write the name of a folder in skills/; a skill of the built-in library needs no folder";
        let mut diagnostic = unknown(RULE.code, RULE.severity, reference.spot.place(), ("skill", name), near, create);
        diagnostic.message = format!("the company does not bring the skill `{}`", shown(name));
        found.push(diagnostic);
    }
}
