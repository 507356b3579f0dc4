//! `orphan-settings`: settings beside nothing.

use super::Rule;
use super::index::Index;
use super::paths::is_there;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::layout::{self, Kind};

pub(super) static RULE: Rule = Rule {
    code: "orphan-settings",
    severity: Severity::Warning,
    summary: "settings of an agent, project or task that is not there",
    docs: "\
There is an `agent.yaml` or `HEARTBEAT.md` without an `AGENTS.md` beside it, a `project.yaml` without a `PROJECT.md`, a
`routine.yaml` without a `TASK.md`, or a folder `projects/<slug>/tasks/` in a folder without a `PROJECT.md`.

The Markdown file is what makes the agent, project or task exist. Without it the settings are read by nobody: the agent
is never woken, the routine never fires.

Add the file, or rename the folder to that of the thing that was meant:

```text
agents/cto/agent.yaml
agents/cto/AGENTS.md      must be there too
```
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let draft = index.draft;
    let settings = draft.agent_settings.keys().chain(draft.project_settings.keys()).chain(draft.routines.keys());
    for path in settings {
        let located = layout::locate(path);
        let main: &[&str] = match located.kind {
            Kind::AgentSettings => &["AGENTS.md", "AGENT.md"],
            Kind::ProjectSettings => &["PROJECT.md"],
            _ => &["TASK.md"],
        };
        missing(index, path, located.folder, main, found);
    }
    // A heartbeat without `agent.yaml`; with it, the settings have been judged above.
    let heartbeats = draft.entries.range("agents/".to_owned().."agents0".to_owned());
    for (path, _) in heartbeats {
        let located = layout::locate(path);
        let settings = || format!("{}/agent.yaml", located.folder);
        if located.kind == Kind::Heartbeat && !draft.agent_settings.contains_key(&settings()) {
            missing(index, path, located.folder, &["AGENTS.md", "AGENT.md"], found);
        }
    }
    let mut last = "";
    for path in draft.tasks.keys() {
        if let Some((project, _)) = path.split_once("/tasks/").filter(|(project, _)| project.starts_with("projects/"))
            && project != last
        {
            last = project;
            missing(index, path, project, &["PROJECT.md"], found);
        }
    }
}

fn missing(index: &Index<'_>, path: &str, folder: &str, main: &[&str], found: &mut Vec<Diagnostic>) {
    if main.iter().any(|file| is_there(index.draft, &format!("{folder}/{file}"))) {
        return;
    }
    let message = format!("there is no {} in {folder}", main[0]);
    let diagnostic = Diagnostic::warning(RULE.code, Place::file(path), message);
    found.push(diagnostic.help(format!("add {folder}/{}, or move this file to the folder that was meant", main[0])));
}
