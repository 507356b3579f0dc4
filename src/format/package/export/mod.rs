//! A company as a package for others: what goes in, what stays, and why. Deciding only; nothing is written here.
//!
//! [`belongs`] knows which files go in, [`select`] what a chosen part brings along, [`clean`] what is taken out of
//! our settings, [`scan`] looks at every text a last time. A person's Markdown leaves the house byte for byte.

mod belongs;
mod clean;
mod scan;
mod select;

pub use belongs::Why;
pub use scan::SecretHit;
pub use select::UnknownPart;

use super::plan::arrive::{self, Founder, Person};
use super::{Note, PackageFile, Tree, limits, paperclip};
use crate::diag::{Diagnostic, Place};
use crate::format::Draft;
use crate::format::draft::EntryType;
use crate::format::layout::{self, Kind};
use crate::format::template;
use crate::model::Slug;
use crate::model::budget::Scope;
use crate::model::status::AgentStatus;
use std::collections::{BTreeMap, BTreeSet};

/// What is wanted of an export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Folders of the parts that are wanted, such as `agents/cto`; empty: everything.
    pub select: Vec<String>,
    /// Whether agents take along what they remember.
    pub with_memory: bool,
    /// Whether `.paperclip.yaml` is written for Paperclip.
    pub paperclip: bool,
    /// Files and lines that a person looked at and that hold no secret.
    pub not_secret: BTreeSet<(String, usize)>,
}

/// A package, and what a person should know about it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Export {
    /// What the package is called: the company's slug.
    pub name: String,
    /// Its files.
    pub files: Tree,
    /// What stays here, by reason.
    pub left_out: LeftOut,
    /// What was taken out of files, and what refers to something that stays here.
    pub notes: Vec<Note>,
    /// What others may stumble over.
    pub warnings: Vec<Diagnostic>,
    /// What looks like a secret. With one of these the package must not leave the house.
    pub secrets: Vec<SecretHit>,
    /// Files that a machine would execute.
    pub executables: Vec<String>,
}

/// Why there is no package.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExportError {
    /// A part that was asked for is not there.
    #[error(transparent)]
    Unknown(#[from] UnknownPart),
    /// Settings that must be cleaned have mistakes.
    #[error("settings with mistakes cannot be cleaned for others")]
    Broken(Vec<Diagnostic>),
    /// The folder is no company.
    #[error("there is no COMPANY.md, and a package begins with one")]
    NoCompany,
}

/// Paths that stay here, by reason.
pub type LeftOut = BTreeMap<Why, Vec<String>>;

/// The paths that [`export`] wants to see the content of.
///
/// # Errors
/// [`ExportError::Unknown`] and [`ExportError::NoCompany`].
pub fn wanted(draft: &Draft, wish: &Wish) -> Result<(BTreeSet<String>, LeftOut), ExportError> {
    if !draft.entries.contains_key("COMPANY.md") {
        return Err(ExportError::NoCompany);
    }
    let chosen = select::select(draft, wish)?;
    let gone = terminated(draft);
    let mut paths = BTreeSet::new();
    let mut left_out = LeftOut::new();
    for (path, entry) in &draft.entries {
        let answer = belongs::belongs(path, wish.with_memory).and_then(|()| {
            let of_agent = |slug: &str| {
                path.strip_prefix("agents/").and_then(|rest| rest.split_once('/')).is_some_and(|(own, _)| own == slug)
            };
            let whole = path == "COMPANY.md" || !path.contains('/') && belongs::is_licence(path);
            let selected = chosen.as_ref().is_none_or(|chosen| whole || select::holds(chosen, path));
            match entry.kind {
                EntryType::Symlink | EntryType::Special => Err(Why::Link),
                _ if gone.iter().any(|slug| of_agent(slug)) => Err(Why::Terminated),
                _ if !selected => Err(Why::NotSelected),
                _ if entry.bytes > limits::FILE_BYTES_MAX => Err(Why::TooLarge),
                EntryType::File | EntryType::Executable => Ok(()),
            }
        });
        match answer {
            Ok(()) => drop(paths.insert(path.clone())),
            Err(why) => left_out.entry(why).or_default().push(path.clone()),
        }
    }
    Ok((paths, left_out))
}

/// Makes the package. `draft` is the company as it was read, `content` its files, of which [`wanted`] names those
/// that are needed.
///
/// # Errors
/// [`ExportError`]. Secrets that were found are no error here: they are in [`Export::secrets`], and whoever
/// writes the package looks there first.
pub fn export(draft: &Draft, content: &Tree, wish: &Wish) -> Result<Export, ExportError> {
    let (paths, left_out) = wanted(draft, wish)?;
    let whole: Tree = content
        .iter()
        .filter(|(path, _)| paths.contains(*path))
        .map(|(path, file)| (path.clone(), file.clone()))
        .collect();
    let mut export = Export { name: name_of(draft), left_out, ..Export::default() };
    let mut made = made_here(&whole);
    made.extend(founding(draft, &whole, &export.name));
    let slugs: BTreeSet<&str> = paths.iter().filter_map(|path| folder_and_slug(path)).map(|(_, slug)| slug).collect();
    let goals: BTreeSet<&str> =
        paths.iter().filter_map(|path| path.strip_prefix("goals/")?.strip_suffix(".md")).collect();
    let has =
        |folder: &str, slug: &Slug| paths.iter().any(|path| folder_and_slug(path) == Some((folder, slug.as_str())));
    let stays = |scope: &Scope| match scope {
        Scope::Company => true,
        Scope::Agent(slug) => has("agents", slug),
        Scope::Team(slug) => has("teams", slug),
        Scope::Project(slug) => has("projects", slug),
        Scope::Goal(slug) => goals.contains(slug.as_str()),
        Scope::Routine(slug) => slugs.contains(slug.as_str()),
        Scope::Ticket(_) => false,
    };
    let mut broken = Vec::new();
    for (path, file) in whole {
        if made.contains(&path) {
            export.left_out.entry(Why::Generated).or_default().push(path);
            continue;
        }
        let settings = matches!(
            layout::locate(&path).kind,
            Kind::AgentSettings | Kind::ProjectSettings | Kind::Routine | Kind::Budgets | Kind::Corp
        );
        if !settings {
            export.files.insert(path, file);
            continue;
        }
        let Some(text) = file.as_text() else {
            broken.push(Diagnostic::error("not-utf8", Place::file(&path), "this file is not UTF-8 text"));
            continue;
        };
        match clean::clean(&path, text, &stays) {
            Ok(cleaned) => {
                if !cleaned.removed.is_empty() {
                    let (place, message) = clean::told(&path, &cleaned.removed);
                    export.notes.push(Note { place, message });
                }
                match cleaned.text {
                    Some(text) => drop(export.files.insert(path, PackageFile::text(text))),
                    None => export.left_out.entry(Why::Empty).or_default().push(path),
                }
            }
            Err(mistake) => broken.push(mistake),
        }
    }
    if !broken.is_empty() {
        return Err(ExportError::Broken(broken));
    }
    if wish.paperclip {
        paperclip::write(content, &mut export.files, &mut export.notes);
    }
    references(draft, &mut export);
    export.executables = export
        .files
        .iter()
        .filter(|(_, file)| file.executable || file.bytes.starts_with(b"#!"))
        .map(|(path, _)| path.clone())
        .collect();
    export.secrets = scan::secrets(&export.files);
    export.secrets.retain(|hit| !wish.not_secret.contains(&(hit.file.clone(), hit.line)));
    export.warnings = scan::traces(&export.files, draft);
    export.notes.sort_by(|a, b| (&a.place, &a.message).cmp(&(&b.place, &b.message)));
    Ok(export)
}

/// Settings that an import would make again just so: they say nothing of their own.
fn made_here(whole: &Tree) -> BTreeSet<String> {
    let settings = |path: &str| {
        matches!(layout::locate(path).kind, Kind::AgentSettings | Kind::ProjectSettings | Kind::Routine | Kind::Budgets)
    };
    let without: Tree =
        whole.iter().filter(|(path, _)| !settings(path)).map(|(path, file)| (path.clone(), file.clone())).collect();
    let made = paperclip::convert(&without).files;
    made.into_iter()
        .filter(|(path, text)| whole.get(path).is_some_and(|file| file.bytes == text.as_bytes()))
        .map(|(path, _)| path)
        .collect()
}

/// `corp.yaml`, if founding a company from the package would write the same for the person who founded this one.
fn founding(draft: &Draft, whole: &Tree, name: &str) -> Option<String> {
    let corp = draft.corp.as_ref()?;
    let first = corp.board.iter().flatten().next();
    let board = first.and_then(|member| {
        Some(Person { id: member.id.clone()?, name: member.name.clone()?, email: member.email.clone()? })
    });
    let timezone = corp.timezone.as_ref().map(|zone| zone.name().to_owned())?;
    let founder = Founder { board, timezone, branch: corp.branch.clone()? };
    let text = arrive::corp_file(&template::prefix_of(name), &founder);
    (whole.get("corp.yaml")?.bytes == text.as_bytes()).then(|| "corp.yaml".to_owned())
}

fn name_of(draft: &Draft) -> String {
    let company = draft.company.as_ref();
    let slug = company.and_then(|company| company.slug.clone());
    let named = || company.and_then(|company| company.name.as_deref()).and_then(Slug::from_name);
    slug.or_else(named).map_or_else(|| "company".to_owned(), |slug| slug.to_string())
}

/// The agents who were let go.
fn terminated(draft: &Draft) -> BTreeSet<String> {
    let gone = draft.agent_settings.iter().filter(|(_, settings)| settings.status == Some(AgentStatus::Terminated));
    gone.map(|(path, _)| layout::locate(path).name.to_owned()).collect()
}

fn folder_and_slug(path: &str) -> Option<(&str, &str)> {
    let mut parts = path.rsplit('/').skip(1);
    let slug = parts.next()?;
    Some((parts.next()?, slug))
}

/// Tells what in the package names an agent who is not in it. Nothing is rewritten: a person decides who comes instead.
fn references(draft: &Draft, export: &mut Export) {
    let there = |slug: &str| {
        let folder = format!("agents/{slug}/");
        export.files.keys().any(|path| path.starts_with(&folder))
    };
    let known = |slug: &str| draft.agent_path(slug).is_some();
    let people: BTreeSet<String> = draft
        .corp
        .as_ref()
        .and_then(|corp| corp.board.as_ref())
        .into_iter()
        .flatten()
        .filter_map(|member| member.id.as_ref().map(ToString::to_string))
        .collect();
    let mut found: Vec<(&str, &str, String)> = Vec::new();
    for (path, agent) in &draft.agents {
        found.extend(agent.reports_to.iter().map(|slug| (path.as_str(), "reportsTo", slug.clone())));
    }
    for (path, task) in &draft.tasks {
        found.extend(task.assignee.iter().map(|slug| (path.as_str(), "assignee", slug.clone())));
    }
    for (path, project) in &draft.projects {
        found.extend(project.owner.iter().map(|slug| (path.as_str(), "owner", slug.clone())));
    }
    for (path, goal) in &draft.goals {
        found.extend(goal.owner.iter().map(|slug| (path.as_str(), "owner", slug.to_string())));
    }
    for (path, team) in &draft.teams {
        let names = |key, reference: &String| (path.as_str(), key, agent_in(reference).to_owned());
        found.extend(team.manager.iter().map(|reference| names("manager", reference)));
        let agents = team.includes.iter().flatten().filter(|reference| reference.contains("agents/"));
        found.extend(agents.map(|reference| names("includes", reference)));
    }
    let notes: Vec<Note> = found
        .into_iter()
        .filter(|(path, _, _)| export.files.contains_key(*path))
        .filter_map(|(path, key, slug)| {
            let message = if people.contains(&slug) {
                format!("`{key}` names `{slug}`, a person of this company")
            } else if known(&slug) && !there(&slug) {
                format!("`{key}` names the agent `{slug}`, who is not in the package")
            } else {
                return None;
            };
            Some(Note { place: Place::value(path, key), message })
        })
        .collect();
    export.notes.extend(notes);
}

/// The slug in `../../agents/cto/AGENTS.md`, or the reference itself.
fn agent_in(reference: &str) -> &str {
    match reference.rsplit_once("agents/") {
        Some((_, rest)) => rest.split('/').next().unwrap_or(rest),
        None => reference,
    }
}

#[cfg(test)]
mod tests;
