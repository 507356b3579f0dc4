//! `bad-name`: a folder or file whose name cannot be the name of what it holds.

use super::Rule;
use super::index::Index;
use super::wording::shown;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::layout;
use crate::model::id::check_ticket_prefix;
use crate::model::{ApprovalId, Scalar, SecretName, Slug};

pub(super) static RULE: Rule = Rule {
    code: "bad-name",
    severity: Severity::Error,
    summary: "a folder or file has a name that nothing can refer to",
    docs: "\
The folder of an agent, team, project, task or skill, or the file of a goal or vault, is not named with a slug:
lower-case letters, digits and single dashes. A secret is named in capitals (`GH_TOKEN`), an approval `AP-7`, and the
`ticket_prefix` in `corp.yaml` is made of capitals and digits.

The name is the identity. It is written in other files, in budgets, in commits, in environment variables and in the
names of branches, and must mean the same on a disk that does not tell `CTO` from `cto`.

Rename it:

```text
agents/Lead Engineer/AGENTS.md   ->   agents/lead-engineer/AGENTS.md
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let draft = index.draft;
    let folders = [
        (draft.agents.keys().collect::<Vec<_>>(), "an agent"),
        (draft.teams.keys().collect(), "a team"),
        (draft.goals.keys().collect(), "a goal"),
        (draft.projects.keys().collect(), "a project"),
        (draft.tasks.keys().collect(), "a task"),
        (draft.skills.keys().collect(), "a skill"),
        (draft.vaults.keys().collect(), "a vault"),
    ];
    for (paths, noun) in folders {
        for path in paths {
            let name = layout::locate(path).name;
            if let Err(why) = Slug::parse(name) {
                let help = match Slug::from_name(name) {
                    Some(slug) => format!("rename it to `{slug}`"),
                    None => format!("name it with {}", Slug::EXPECTED),
                };
                found.push(report(path, noun, &why).help(help));
            }
        }
    }
    for path in draft.secrets.keys() {
        named::<SecretName>(path, "a secret", found);
    }
    for (path, _) in draft.approvals.iter().filter(|(_, approval)| approval.id.is_none()) {
        named::<ApprovalId>(path, "an approval", found);
    }
    if let Some(prefix) = draft.corp.as_ref().and_then(|corp| corp.ticket_prefix.as_deref())
        && let Err(why) = check_ticket_prefix(prefix)
    {
        let message = format!("`{}` cannot begin the ids of tickets: {why}", shown(prefix));
        let place = Place::value("corp.yaml", "ticket_prefix");
        found.push(Diagnostic::error(RULE.code, place, message).help("write something like `ACME`"));
    }
}

fn named<T: Scalar>(path: &str, noun: &str, found: &mut Vec<Diagnostic>) {
    if let Err(why) = T::parse(layout::locate(path).name) {
        found.push(report(path, noun, &why).help(format!("write {}", T::EXPECTED)));
    }
}

fn report(path: &str, noun: &str, why: &str) -> Diagnostic {
    let name = shown(layout::locate(path).name);
    Diagnostic::error(RULE.code, Place::file(path), format!("`{name}` cannot be the name of {noun}: {why}"))
}
