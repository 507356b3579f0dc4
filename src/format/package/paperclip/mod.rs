//! `.paperclip.yaml` becomes our own settings: `agent.yaml`, `project.yaml`, `routine.yaml`, `budgets.yaml`.
//!
//! One file here per part of the sidecar: [`agent`], [`project`], [`routine`]. The way back is [`write`](mod@write), in the spelling of [`spelled`]. Everything arrives switched off:
//! agents and routines paused, timers and setup commands as comments. What has no home with us stays in the
//! sidecar, which is kept, and is listed. `docs/paperclip.md` holds the table of what becomes what.

mod agent;
mod overlay;
mod project;
mod routine;
mod spelled;
mod variables;
mod write;

pub(super) use write::write;

use super::sidecar::Sidecar;
use super::{Converted, Executes, Note, Tree, emit::Emit, sensitive};
use crate::diag::{Diagnostic, KeyPath};
use crate::format::document::{self, Document};
use crate::format::layout::{self, Kind};
use crate::model::status::Role;
use crate::model::{Choice as _, Money, Slug};
use std::collections::BTreeMap;
use variables::Variables;

/// Most runs of one agent at the same time that a package may ask for; more is taken for a mistake.
pub const CONCURRENT_RUNS_MAX: u64 = 50;
/// Longest timeout of a run that a package may ask for, in seconds: a week.
pub const TIMEOUT_SEC_MAX: u64 = 7 * 86_400;
/// Longest time between heartbeats and between runs that a package may ask for, in seconds: a year.
pub const INTERVAL_SEC_MAX: u64 = 366 * 86_400;
/// Longest text of one value that is taken over, in characters; a page is enough for a description.
pub const TEXT_CHARACTERS_MAX: usize = 4_000;

/// Converts the sidecar of a package. Agents, projects and tasks are those of the tree; a settings file of ours
/// that the tree already has is left as it is. Without a sidecar every agent still arrives paused.
pub fn convert(tree: &Tree) -> Converted {
    let sidecar = Sidecar::read(tree);
    let mut conversion = Conversion {
        tree,
        things: Things::of(tree),
        sidecar: sidecar.as_ref(),
        budgets: Vec::new(),
        done: Converted::default(),
    };
    conversion.agents();
    if let Some(sidecar) = &sidecar {
        conversion.company(sidecar);
        conversion.projects(sidecar);
        conversion.tasks(sidecar);
        conversion.routines(sidecar);
        conversion.write_budgets(sidecar);
        conversion.done.diagnostics.extend(sidecar.diagnostics.iter().cloned());
    }
    let mut done = conversion.done;
    done.diagnostics.sort_by(|a, b| a.order().cmp(&b.order()));
    done.notes.sort_by(|a, b| (&a.place, &a.message).cmp(&(&b.place, &b.message)));
    done.secrets_wanted.sort_by(|a, b| (a.name.as_str(), &a.wanted_by).cmp(&(b.name.as_str(), &b.wanted_by)));
    done.executes.sort_by(|a, b| (&a.file, &a.what).cmp(&(&b.file, &b.what)));
    done
}

/// A conversion under way.
struct Conversion<'a> {
    tree: &'a Tree,
    things: Things,
    sidecar: Option<&'a Sidecar<'a>>,
    budgets: Vec<(Slug, Money)>,
    done: Converted,
}

/// The folders of a package by the slug that the sidecar calls them.
struct Things {
    agents: BTreeMap<String, String>,
    projects: BTreeMap<String, String>,
    /// A slug may name a task of several projects.
    tasks: BTreeMap<String, Vec<String>>,
    /// What an AGENTS.md says about its manager, by folder.
    reports_to: BTreeMap<String, String>,
    /// What an agent does, by folder: as its AGENTS.md says, else as its slug says (`ceo`).
    roles: BTreeMap<String, Role>,
    owners: BTreeMap<String, String>,
    priorities: BTreeMap<String, String>,
}

impl Things {
    fn of(tree: &Tree) -> Self {
        let empty = BTreeMap::new;
        let mut things = Self {
            agents: empty(),
            projects: empty(),
            tasks: BTreeMap::new(),
            reports_to: empty(),
            roles: BTreeMap::new(),
            owners: empty(),
            priorities: empty(),
        };
        for (path, file) in tree {
            let located = layout::locate(path);
            if !matches!(located.kind, Kind::Agent | Kind::Project | Kind::Task) {
                continue;
            }
            let (document, _) = document::read(path, file.as_text().unwrap_or_default());
            let folder = located.folder.to_owned();
            match document {
                Document::Agent(agent) => {
                    things.agents.insert(located.name.to_owned(), folder.clone());
                    let said = agent.role.as_deref().and_then(Role::from_word);
                    if let Some(role) = said.or_else(|| Role::from_word(located.name)) {
                        things.roles.insert(folder.clone(), role);
                    }
                    things.agents.entry(agent.slug.unwrap_or_default()).or_insert(folder.clone());
                    if let Some(manager) = agent.reports_to {
                        things.reports_to.insert(folder, manager);
                    }
                }
                Document::Project(project) => {
                    things.projects.insert(located.name.to_owned(), folder.clone());
                    things.projects.entry(project.slug.unwrap_or_default()).or_insert(folder.clone());
                    if let Some(owner) = project.owner {
                        things.owners.insert(folder, owner);
                    }
                }
                Document::Task(task) => {
                    if let Some(priority) = task.priority {
                        things.priorities.insert(folder.clone(), priority.to_string());
                    }
                    things.tasks.entry(located.name.to_owned()).or_default().push(folder);
                }
                _ => {}
            }
        }
        things
    }
}

impl Conversion<'_> {
    fn company(&mut self, sidecar: &Sidecar<'_>) {
        let company = sidecar.content.company.as_ref();
        let path = KeyPath::from("company");
        for key in sidecar.keys(&path) {
            let what = match key.as_str() {
                "requireBoardApprovalForNewAgents" if company.and_then(|c| c.require_board_approval) == Some(true) => {
                    continue;
                }
                "requireBoardApprovalForNewAgents" => {
                    "the package lets agents hire without the board; here the board decides, until corp.yaml says `policy: {hire: free}`"
                }
                "attachmentMaxBytes" => {
                    "the largest attachment; say it in corp.yaml with `limits: {attachment_bytes: …}`"
                }
                "brandColor" | "logo" | "logoPath" => "how the company looks has no home here",
                _ => "nothing here reads it",
            };
            self.note(sidecar, path.clone().key(key), what);
        }
        if !sidecar.keys(&KeyPath::from("sidebar")).is_empty() {
            self.note(sidecar, KeyPath::from("sidebar"), "the order of menus has no home here");
        }
    }

    fn tasks(&mut self, sidecar: &Sidecar<'_>) {
        for (slug, task) in sidecar.content.tasks.iter().flatten() {
            let path = KeyPath::from("tasks").key(slug);
            let Some(folder) = self.task_folder(sidecar, &path, slug) else { continue };
            for key in sidecar.keys(&path) {
                let own = self.things.priorities.get(&folder);
                let what = match key.as_str() {
                    "priority" if own.is_some() && own == task.priority.as_ref() => continue,
                    "priority" => "how urgent a task is stands in its TASK.md; write `priority` there",
                    "status" | "identifier" => "a task here is a seed: its ticket gets an id and a status of its own",
                    "comments" => "a task here has no thread; its ticket gets one",
                    "labelIds" => "labels are exported by the numbers of one database; write `labels` into TASK.md",
                    "recurrence" => "when a task comes again stands in routine.yaml beside it; write `triggers` there",
                    _ => "nothing here reads it",
                };
                self.note(sidecar, path.clone().key(key), what);
            }
        }
    }

    fn write_budgets(&mut self, sidecar: &Sidecar<'_>) {
        if self.budgets.is_empty() {
            return;
        }
        if self.tree.contains_key("budgets.yaml") {
            self.note(
                sidecar,
                KeyPath::from("agents"),
                "the package has a budgets.yaml, which counts; `budgetMonthlyCents` was left out",
            );
            return;
        }
        let mut emit =
            Emit::with_comment(&format!("From {}: the most that each agent may spend in a month.", sidecar.path));
        emit.open(0, "budgets");
        for (slug, money) in &self.budgets {
            emit.line(1, &format!("- scope: agent:{slug}"));
            emit.line(2, "window: month");
            emit.line(2, &format!("limit: {money}"));
        }
        self.done.files.insert("budgets.yaml".to_owned(), emit.finish());
    }

    /// The folder of a task, if the package has exactly one of that name.
    fn task_folder(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, slug: &str) -> Option<String> {
        let message = match self.things.tasks.get(slug).map(Vec::as_slice) {
            Some([folder]) => return Some(folder.clone()),
            Some(_) => "several projects of the package have a task of this name, so it is not known which is meant",
            None => "the package has no task of this name",
        };
        self.warn(sidecar, path, message);
        None
    }

    /// A text of a fair length, or a warning.
    fn fair(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, text: Option<&String>) -> Option<String> {
        let text = text.filter(|text| !text.is_empty())?;
        if text.chars().count() > TEXT_CHARACTERS_MAX {
            self.warn(
                sidecar,
                path,
                &format!("this text is longer than {TEXT_CHARACTERS_MAX} characters and was left out"),
            );
            return None;
        }
        if sensitive::first_secret(text).is_some() {
            self.warn_hidden(
                sidecar,
                path,
                "this text looks like a secret and was not taken over; it should count as known to others",
            );
            return None;
        }
        Some(text.clone())
    }

    fn executes(&mut self, sidecar: &Sidecar<'_>, what: &str) {
        let what: String = what.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
        self.done.executes.push(Executes { file: sidecar.path.to_owned(), what });
    }

    fn warn(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, message: &str) {
        let place = sidecar.place(path);
        let help = "the package's file is kept as it is; say it in our own settings if it is wanted";
        self.done
            .diagnostics
            .push(Diagnostic::warning("sidecar", place, format!("`{}`: {message}", shown(path))).help(help));
    }

    /// A warning about a value that may be secret: the line is not shown.
    fn warn_hidden(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, message: &str) {
        let place = crate::diag::Place::file(sidecar.path);
        self.done.diagnostics.push(Diagnostic::warning("sidecar", place, format!("`{}`: {message}", shown(path))));
    }

    fn note(&mut self, sidecar: &Sidecar<'_>, path: KeyPath, message: &str) {
        let place = sidecar.place(&path);
        self.done.notes.push(Note { place, message: format!("`{}`: {message}", shown(&path)) });
    }

    fn note_hidden(&mut self, sidecar: &Sidecar<'_>, path: &KeyPath, message: &str) {
        let place = crate::diag::Place::file(sidecar.path);
        self.done.notes.push(Note { place, message: format!("`{}`: {message}", shown(path)) });
    }
}

/// A path for messages: printable, and not longer than a line.
fn shown(path: &KeyPath) -> String {
    let text = path.to_string();
    let short: String = text.chars().take(120).collect();
    short.escape_debug().to_string()
}

#[cfg(test)]
mod tests;
