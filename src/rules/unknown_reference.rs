//! `unknown-reference`: a path in a file leads nowhere.

use super::Rule;
use super::index::Index;
use super::paths::{Target, follow, is_there, member};
use super::wording::shown;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::layout::{self, Kind};

pub(super) static RULE: Rule = Rule {
    code: "unknown-reference",
    severity: Severity::Warning,
    summary: "a path in a file leads nowhere",
    docs: "\
The `manager` of a team, or one of the `includes` of a company, team or project, is a path at which nothing lies, or which
leaves the company's folder. Paths are followed from the folder of the file in which they stand; addresses
(`https://…`) are not followed.

A team then has no manager, or a member less than it says: its budget does not count that agent, and other programs that
take the package may refuse it. Nothing outside the folder is ever read.

Correct the path:

```yaml
# teams/engineering/TEAM.md
manager: ../../agents/cto/AGENTS.md
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let draft = index.draft;
    let company = draft.company.iter().map(|company| ("COMPANY.md", &company.includes));
    let teams = draft.teams.iter().map(|(path, team)| (path.as_str(), &team.includes));
    let projects = draft.projects.iter().map(|(path, project)| (path.as_str(), &project.includes));
    for (path, includes) in company.chain(teams).chain(projects) {
        for (position, reference) in includes.iter().flatten().enumerate() {
            let place = || Place::value(path, KeyPath::from("includes").index(position));
            look(index, path, reference, &place, found);
        }
    }
    for (path, team) in &draft.teams {
        // A manager without a slash is a slug, which `unknown-agent` judges.
        if let Some(manager) = team.manager.as_deref().filter(|manager| manager.contains('/')) {
            look(index, path, manager, &|| Place::value(path, "manager"), found);
        }
    }
}

fn look(index: &Index<'_>, file: &str, reference: &str, place: &dyn Fn() -> Place, found: &mut Vec<Diagnostic>) {
    let warning = |message: String| Diagnostic::warning(RULE.code, place(), message);
    let folder = layout::locate(file).folder;
    match follow(folder, reference) {
        Target::Address => {}
        Target::Outside => {
            let message = format!("`{}` leads out of the company's folder", shown(reference));
            found.push(warning(message).help("write a path inside the company, relative to the folder of this file"));
        }
        Target::Inside(path) if is_there(index.draft, &path) => {}
        Target::Inside(path) => {
            let back = "../".repeat(folder.split('/').filter(|part| !part.is_empty()).count());
            let near = match member(&path) {
                Some((Kind::Team, name)) => {
                    index.nearest(name, index.teams.keys().copied()).map(|near| index.teams[near])
                }
                Some((_, name)) => agent_near(index, name),
                // Perhaps a slug was written where a path belongs.
                None => reference.rsplit('/').next().and_then(|name| agent_near(index, name)),
            };
            let help = match near {
                Some(near) => format!("did you mean `{back}{near}`?"),
                None => format!("there is nothing at {}; correct the path or take it out", shown(&path)),
            };
            found.push(warning(format!("`{}` leads nowhere", shown(reference))).help(help));
        }
    }
}

fn agent_near<'d>(index: &Index<'d>, name: &str) -> Option<&'d str> {
    let near = index.nearest(name, index.agents.keys().copied())?;
    index.agents.get(near).map(|agent| agent.path)
}
