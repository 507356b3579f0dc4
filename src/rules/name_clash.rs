//! `name-clash`: two of a kind, or an agent and a person, have the same name.

use super::Rule;
use super::index::Index;
use super::wording::about_all;
use crate::diag::{Diagnostic, KeyPath, Place, Severity};
use crate::format::layout;
use std::collections::BTreeMap;

pub(super) static RULE: Rule = Rule {
    code: "name-clash",
    severity: Severity::Error,
    summary: "two of a kind, or an agent and a person, have the same name",
    docs: "\
A person on the board has the same `id` as another, or as an agent; a folder holds both `AGENTS.md` and `AGENT.md`; or two
tasks that come again, in different folders, have the same name.

`assignee`, reviews, budgets and secrets refer to them by that name alone. A review meant for a person could be given by
an agent, and money or a secret meant for one routine could go to another.

Give one of them another name, or keep only `AGENTS.md`:

```yaml
board:
  - {id: ada, role: owner}    # and no agents/ada/
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let rule = (RULE.code, RULE.severity);
    let board = index.draft.corp.iter().filter_map(|corp| corp.board.as_ref()).flatten();
    let mut people: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, person) in board.enumerate() {
        if let Some(id) = &person.id {
            people.entry(id.as_str()).or_default().push(position);
        }
    }
    for (id, positions) in &people {
        let place = |position: &usize| Place::value("corp.yaml", KeyPath::from("board").index(*position).key("id"));
        if positions.len() > 1 {
            let message = format!("{} people have the id `{id}`", positions.len());
            let places = positions.iter().map(|position| (place(position), String::new()));
            found.push(about_all(rule, &message, places).help("give each person an `id` of their own"));
        }
        if let Some(agent) = index.agents.get(id) {
            let message = format!("`{id}` is a person and an agent");
            let diagnostic = Diagnostic::error(RULE.code, place(&positions[0]), message);
            let diagnostic = diagnostic.also(Place::file(agent.path), "the agent");
            found.push(diagnostic.help("give the person another `id`, or rename the agent's folder"));
        }
    }
    for path in index.draft.agents.keys() {
        let Some(folder) = path.strip_suffix("/AGENT.md") else { continue };
        let other = format!("{folder}/AGENTS.md");
        if index.draft.agents.contains_key(&other) {
            let diagnostic =
                Diagnostic::error(RULE.code, Place::file(path), "an agent has both AGENTS.md and AGENT.md");
            let diagnostic = diagnostic.also(Place::file(other), "this one counts");
            found.push(diagnostic.help("keep AGENTS.md and remove AGENT.md"));
        }
    }
    let mut routines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in index.draft.routines.keys() {
        routines.entry(layout::locate(path).name).or_default().push(path);
    }
    for (name, paths) in routines.iter().filter(|(_, paths)| paths.len() > 1) {
        let message = format!("{} tasks that come again have the name `{name}`", paths.len());
        let places = paths.iter().map(|path| (Place::file(*path), String::new()));
        found.push(about_all(rule, &message, places).help("rename the folder of all but one"));
    }
}
