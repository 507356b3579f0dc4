//! `slug-against-folder`: a file says another name than its folder.

use super::Rule;
use super::index::Index;
use super::wording::shown;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::layout;

pub(super) static RULE: Rule = Rule {
    code: "slug-against-folder",
    severity: Severity::Warning,
    summary: "a file says another name or project than its folder",
    docs: "\
The `slug` of an agent, team, project, task or skill differs from the name of its folder, or a task below
`projects/<slug>/tasks/` says that it belongs to another project.

The folder's name counts, everywhere: whoever writes the other name elsewhere refers to nothing. Other programs may go by
the `slug`, so the same package would mean two things.

Let both be the same, or leave the key out:

```yaml
# agents/lead-engineer/AGENTS.md
slug: lead-engineer
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let draft = index.draft;
    let agents = draft.agents.iter().map(|(path, file)| (path, &file.slug));
    let teams = draft.teams.iter().map(|(path, file)| (path, &file.slug));
    let projects = draft.projects.iter().map(|(path, file)| (path, &file.slug));
    let tasks = draft.tasks.iter().map(|(path, file)| (path, &file.slug));
    let skills = draft.skills.iter().map(|(path, file)| (path, &file.slug));
    for (path, slug) in agents.chain(teams).chain(projects).chain(tasks).chain(skills) {
        if let Some(slug) = slug {
            differs(path, "slug", slug, layout::locate(path).name, found);
        }
    }
    for (path, task) in &draft.tasks {
        let folder = path.strip_prefix("projects/").and_then(|rest| rest.split('/').next());
        if let (Some(folder), Some(project)) = (folder, &task.project) {
            differs(path, "project", project, folder, found);
        }
    }
}

fn differs(path: &str, key: &str, value: &str, folder: &str, found: &mut Vec<Diagnostic>) {
    if value != folder {
        let (value, folder) = (shown(value), shown(folder));
        let message = format!("`{key}: {value}` stands in the folder of `{folder}`");
        let help = format!("the folder's name counts: write `{key}: {folder}`, or leave it out");
        found.push(Diagnostic::warning(RULE.code, Place::value(path, key), message).help(help));
    }
}
