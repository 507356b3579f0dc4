//! What in a package's files names another thing, and how it is written once that thing has another name.

use super::collide::{Named, Naming};
use crate::diag::KeyPath;
use crate::format::document::yaml_part;
use crate::format::layout::{self, Kind};
use crate::format::package::things::{self, ThingKind};
use crate::format::patch::{Edit, Value};
use crate::format::yaml::{self, Node};

/// Returns what must be set in the package's file at `path`, which the company has at `target`, so that every
/// reference means the same thing as before.
pub fn references(path: &str, target: &str, text: &str, naming: &Naming) -> Vec<Edit> {
    let kind = layout::locate(path).kind;
    let Some(range) = yaml_part(kind, text) else {
        return Vec::new();
    };
    let parsed = yaml::parse(&text[range.clone()], range.start);
    let Some(root) = &parsed.root else {
        return Vec::new();
    };
    let file = File { path, target, naming };
    let mut sets = Vec::new();
    for (key, of) in keys(kind) {
        let Some(value) = root.get(key) else { continue };
        file.visit(KeyPath::from(*key), value, *of, &mut sets);
    }
    if kind == Kind::Budgets {
        for (position, budget) in root.get("budgets").map(Node::items).unwrap_or_default().iter().enumerate() {
            let scope = budget.get("scope").and_then(Node::text).and_then(|scope| file.scope(scope));
            sets.extend(scope.map(|scope| set(KeyPath::from("budgets").index(position).key("scope"), scope)));
        }
    }
    sets.extend(file.own_name(kind, root));
    sets
}

/// The keys of a kind of file that name other things, and of which kind those are.
fn keys(kind: Kind) -> &'static [(&'static str, ThingKind)] {
    use ThingKind::{Agent, Goal, Project, Skill};
    match kind {
        Kind::Agent => &[("reportsTo", Agent), ("skills", Skill)],
        Kind::Team => &[("manager", Agent), ("includes", Agent)],
        Kind::Project => &[("owner", Agent), ("includes", Project)],
        Kind::Company => &[("includes", Agent)],
        Kind::Task => &[("assignee", Agent), ("project", Project)],
        Kind::Goal => &[("parent", Goal), ("owner", Agent)],
        Kind::ProjectSettings => &[("goal", Goal)],
        _ => &[],
    }
}

/// A file of the package and its place in the company.
struct File<'a> {
    path: &'a str,
    target: &'a str,
    naming: &'a Naming,
}

impl File<'_> {
    fn visit(&self, key: KeyPath, value: &Node<'_>, of: ThingKind, sets: &mut Vec<Edit>) {
        for (position, item) in value.items().iter().enumerate() {
            self.visit(key.clone().index(position), item, of, sets);
        }
        let Some(text) = value.text() else { return };
        let written = if text.contains('/') { self.path_to(text) } else { self.slug_of(of, text) };
        sets.extend(written.filter(|written| written != text).map(|written| set(key, written)));
    }

    /// The new slug of the thing, if it has one.
    fn slug_of(&self, kind: ThingKind, slug: &str) -> Option<String> {
        let named = self.naming.find(kind, slug)?;
        changed(named).then(|| named.slug.clone())
    }

    /// The relative path from this file's new place to where the thing now is.
    fn path_to(&self, reference: &str) -> Option<String> {
        let meant = things::join(parent(self.path), reference)?;
        // A path to a folder names the thing as a path to its file does.
        let now = match self.naming.named.get(&meant) {
            Some(named) => named.fate.comes().then(|| named.folder.clone())?,
            None => self.naming.target(&meant)?,
        };
        let still = things::join(parent(self.target), reference).as_deref() == Some(now.as_str());
        (!still).then(|| things::relative(parent(self.target), &now))
    }

    /// `agent:cto` with the new slug.
    fn scope(&self, scope: &str) -> Option<String> {
        let (word, slug) = scope.split_once(':')?;
        let kind = match word {
            "agent" => ThingKind::Agent,
            "team" => ThingKind::Team,
            "project" => ThingKind::Project,
            "goal" => ThingKind::Goal,
            "routine" => ThingKind::Task,
            _ => return None,
        };
        self.slug_of(kind, slug).map(|slug| format!("{word}:{slug}"))
    }

    /// Where a file repeats the name of its folder, it follows the folder.
    fn own_name(&self, kind: Kind, root: &Node<'_>) -> Option<Edit> {
        let key = match kind {
            Kind::Agent | Kind::Team | Kind::Project | Kind::Task => "slug",
            // The name of a skill is the name of its folder (agentskills.io, "Specification").
            Kind::Skill => "name",
            _ => return None,
        };
        let named = self.naming.named.get(&things::owner(self.path)?.folder)?;
        let repeats = root.get(key).and_then(Node::text) == Some(named.thing.slug.as_str());
        (repeats && changed(named)).then(|| set(key, named.slug.clone()))
    }
}

fn set(key: impl Into<KeyPath>, value: impl Into<String>) -> Edit {
    Edit::Set(key.into(), Value::text(value))
}

/// Whether the thing is in the company under another name than in the package.
fn changed(named: &Named) -> bool {
    named.fate.comes() && named.slug != named.thing.slug
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::package::plan::collide::{Ground, OnCollision};
    use crate::format::patch::patch;
    use std::collections::BTreeMap;

    #[test]
    fn every_kind_of_reference_follows() {
        let files = [
            (
                "agents/ceo/AGENTS.md",
                "---\nname: CEO\nslug: ceo\nreportsTo: null\nskills: [plan, 'own']\n---\n",
                "---\nname: CEO\nslug: ceo-2\nreportsTo: null\nskills: [plan-2, 'own']\n---\n",
            ),
            (
                "agents/dev/AGENTS.md",
                "---\nreportsTo: ceo # the boss\n---\n",
                "---\nreportsTo: ceo-2 # the boss\n---\n",
            ),
            (
                "teams/web/TEAM.md",
                "---\nmanager: ../../agents/ceo/AGENTS.md\nincludes:\n  - ../../agents/dev/AGENTS.md\n  - ../../skills/plan\n  - ../../skills/own/SKILL.md\n---\n",
                "---\nmanager: ../../agents/ceo-2/AGENTS.md\nincludes:\n  - ../../agents/dev/AGENTS.md\n  - ../../skills/plan-2\n  - ../../skills/own/SKILL.md\n---\n",
            ),
            (
                "projects/site/PROJECT.md",
                "---\nslug: site\nowner: ceo\nincludes: [./tasks/one/TASK.md]\n---\n",
                "---\nslug: site-2\nowner: ceo-2\nincludes: [./tasks/one/TASK.md]\n---\n",
            ),
            (
                "projects/site/tasks/one/TASK.md",
                "---\nassignee: \"ceo\"\nproject: site\n---\n",
                "---\nassignee: \"ceo-2\"\nproject: site-2\n---\n",
            ),
            ("projects/site/project.yaml", "goal: up\n", "goal: up-2\n"),
            ("goals/up.md", "---\nparent: other\nowner: ceo\n---\n", "---\nparent: other\nowner: ceo-2\n---\n"),
            ("skills/plan/SKILL.md", "---\nname: plan\n---\n", "---\nname: plan-2\n---\n"),
            ("skills/own/SKILL.md", "---\nname: own\n---\n", "---\nname: own\n---\n"),
            (
                "budgets.yaml",
                "budgets:\n  - {scope: agent:ceo}\n  - {scope: company}\n",
                "budgets:\n  - {scope: agent:ceo-2}\n  - {scope: company}\n",
            ),
        ];
        let all = things::things(files.iter().map(|(path, ..)| *path));
        let live = things::things(["agents/ceo/X", "skills/plan/X", "projects/site/X", "goals/up.md"].into_iter());
        let ground = Ground {
            live: &live,
            known: &BTreeMap::new(),
            people: &std::collections::BTreeSet::new(),
            same: &|_| false,
            on_collision: OnCollision::Rename,
        };
        let naming = Naming::new(&all, &all.keys().cloned().collect(), &ground);
        for (path, text, expected) in files {
            let target = naming.target(path).unwrap_or_else(|| path.to_owned());
            let sets = references(path, &target, text, &naming);
            assert_eq!(patch(path, text, &sets).unwrap(), expected, "{path}");
        }
    }

    #[test]
    fn what_was_skipped_is_meant_by_its_own_name() {
        let all = things::things(["agents/ceo/AGENTS.md", "agents/dev/AGENTS.md"].into_iter());
        let live = things::things(["agents/ceo/AGENTS.md"].into_iter());
        let ground = Ground {
            live: &live,
            known: &BTreeMap::new(),
            people: &std::collections::BTreeSet::new(),
            same: &|_| false,
            on_collision: OnCollision::Skip,
        };
        let naming = Naming::new(&all, &all.keys().cloned().collect(), &ground);
        let path = "agents/dev/AGENTS.md";
        assert_eq!(references(path, path, "---\nreportsTo: ceo\n---\n", &naming), []);
    }
}
