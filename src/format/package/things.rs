//! The things a package consists of (agents, teams, projects, tasks, skills, goals), by the folders they fill.
//!
//! Only paths are looked at; what the files say is read elsewhere.

use serde::Serialize;
use std::collections::BTreeMap;

/// What a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ThingKind {
    /// `agents/<slug>/`
    Agent,
    /// `teams/<slug>/`
    Team,
    /// `projects/<slug>/`, without its tasks.
    Project,
    /// `tasks/<slug>/` or `projects/<slug>/tasks/<slug>/`
    Task,
    /// `skills/<slug>/`
    Skill,
    /// `goals/<slug>.md`
    Goal,
}

impl ThingKind {
    /// Every kind, in the order people should see them.
    pub const ALL: [Self; 6] = [Self::Agent, Self::Team, Self::Project, Self::Task, Self::Skill, Self::Goal];

    /// The folder that things of this kind live in, which is also their word in the plural.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Agent => "agents",
            Self::Team => "teams",
            Self::Project => "projects",
            Self::Task => "tasks",
            Self::Skill => "skills",
            Self::Goal => "goals",
        }
    }

    /// The word for one of them.
    pub fn noun(self) -> &'static str {
        self.folder().trim_end_matches('s')
    }

    /// The kind whose folder this is.
    pub fn from_folder(folder: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.folder() == folder)
    }
}

/// One thing of a package or company.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    /// What it is.
    pub kind: ThingKind,
    /// Its name within its kind; as it is written, which may be no proper slug.
    pub slug: String,
    /// Its folder, without a slash at the end; for a goal, its file.
    pub folder: String,
}

/// The thing that the file at `path` belongs to; `None` for a file of the package as a whole.
pub fn owner(path: &str) -> Option<Thing> {
    let parts: Vec<&str> = path.split('/').collect();
    let thing = |kind, slug: &str, levels: usize| {
        Some(Thing { kind, slug: slug.to_owned(), folder: parts[..levels].join("/") })
    };
    match parts[..] {
        ["projects", _, "tasks", task, _, ..] => thing(ThingKind::Task, task, 4),
        ["goals", file] => match file.strip_suffix(".md") {
            Some("README") | None => None,
            Some(slug) => thing(ThingKind::Goal, slug, 2),
        },
        ["goals", ..] => None,
        [folder, slug, _, ..] => ThingKind::from_folder(folder).and_then(|kind| thing(kind, slug, 2)),
        _ => None,
    }
}

/// All things that have a file among `paths`, by folder.
pub fn things<'p>(paths: impl Iterator<Item = &'p str>) -> BTreeMap<String, Thing> {
    paths.filter_map(owner).map(|thing| (thing.folder.clone(), thing)).collect()
}

/// Puts the relative path `reference`, written in a file in `folder`, together with that folder; `None` if it
/// leads out of the package or is no relative path.
pub fn join(folder: &str, reference: &str) -> Option<String> {
    if reference.starts_with('/') || reference.contains("://") {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in reference.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The path that leads from `folder` to `target`, such as `../../agents/cto/AGENTS.md`.
pub fn relative(folder: &str, target: &str) -> String {
    let from: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = target.split('/').collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..", from.len() - common);
    up.chain(to[common..].iter().copied()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_belongs_to_its_thing() {
        for (path, expected) in [
            ("agents/cto/AGENTS.md", Some((ThingKind::Agent, "cto", "agents/cto"))),
            ("agents/cto/memory/x.md", Some((ThingKind::Agent, "cto", "agents/cto"))),
            ("agents/README.md", None),
            ("projects/web/PROJECT.md", Some((ThingKind::Project, "web", "projects/web"))),
            ("projects/web/tasks/fix/TASK.md", Some((ThingKind::Task, "fix", "projects/web/tasks/fix"))),
            ("tasks/digest/routine.yaml", Some((ThingKind::Task, "digest", "tasks/digest"))),
            ("goals/launch.md", Some((ThingKind::Goal, "launch", "goals/launch.md"))),
            ("goals/README.md", None),
            ("skills/a/scripts/b.sh", Some((ThingKind::Skill, "a", "skills/a"))),
            ("COMPANY.md", None),
        ] {
            let found = owner(path);
            let found = found.as_ref().map(|thing| (thing.kind, thing.slug.as_str(), thing.folder.as_str()));
            assert_eq!(found, expected, "{path}");
        }
    }

    #[test]
    fn relative_paths_there_and_back() {
        for (folder, reference, target) in [
            ("teams/web", "../../agents/cto/AGENTS.md", "agents/cto/AGENTS.md"),
            ("", "agents/cto/AGENTS.md", "agents/cto/AGENTS.md"),
            ("agents/cto", "SOUL.md", "agents/cto/SOUL.md"),
        ] {
            assert_eq!(join(folder, reference).as_deref(), Some(target));
            assert_eq!(relative(folder, target), reference);
        }
        assert_eq!(join("teams/web", "../../../etc/passwd"), None);
        assert_eq!(join("", "https://example.com/x"), None);
        assert_eq!(join("", "/etc/passwd"), None);
    }
}
