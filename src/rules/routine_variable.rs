//! `routine-variable`: a variable that nobody fills in.

use super::Rule;
use super::index::Index;
use super::wording::shown;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::kind::{RoutineStatus, VariableType};

pub(super) static RULE: Rule = Rule {
    code: "routine-variable",
    severity: Severity::Warning,
    summary: "a variable of a routine has no value, or an impossible one",
    docs: "\
A variable of an active routine with triggers must be filled in and has no `default`; or its `default` is not one of its
`options`.

When a trigger fires nobody is there to fill anything in. The agent would read `{{name}}` where a value belongs, so the
firing is left out instead.

Give it a default:

```yaml
variables:
  region: {type: select, options: [eu, us], default: eu}
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    for (path, routine) in &index.draft.routines {
        let active = matches!(routine.status, None | Some(RoutineStatus::Active));
        let fires = active && routine.triggers.iter().flatten().any(|trigger| trigger.enabled != Some(false));
        for (name, variable) in routine.variables.iter().flatten() {
            let at = KeyPath::from("variables").key(name.as_str());
            let (at, message, help) = match (&variable.default, &variable.options) {
                (None, _) if fires && variable.required != Some(false) => {
                    let message = format!("nobody fills in `{}` when this routine fires by itself", shown(name));
                    (at, message, "add `default:`, or write `required: false`".to_owned())
                }
                (Some(default), Some(options))
                    if variable.kind == Some(VariableType::Select) && !options.contains(default) =>
                {
                    let message = format!("the default `{}` is not one of the options", shown(default));
                    (at.key("default"), message, "add it to `options`, or write another".to_owned())
                }
                _ => continue,
            };
            found.push(Diagnostic::warning(RULE.code, Place::value(path, at), message).help(help));
        }
    }
}
