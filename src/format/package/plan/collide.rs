//! What each thing of a package is called in the company, and which things stay out of it.

use crate::choice;
use crate::format::package::things::{Thing, ThingKind};
use crate::model::{Scalar as _, Slug};
use std::collections::{BTreeMap, BTreeSet};

choice! {
    /// What to do with a thing whose name the company has already.
    pub enum OnCollision {
        /// It gets the next free name: `cto-2`.
        "rename" => Rename,
        /// It stays out; what refers to it means the company's own.
        "skip" => Skip,
        /// Its files take the place of the company's.
        "replace" => Replace,
    }
}

/// What becomes of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It comes in under its own name.
    New,
    /// It comes in under another name, because the company has that name.
    Renamed,
    /// It comes in under another name, because its own is no slug.
    Respelled,
    /// It takes the place of the company's.
    Replaced,
    /// It came in with an earlier version of the package.
    Known,
    /// It stays out, because the company has that name.
    Skipped,
    /// It stays out, because the company has the very same.
    Same,
    /// It stays out, because the project it is in does.
    WithProject,
    /// It stays out, because it was taken out of the company, or left out, earlier.
    Gone,
}

impl Fate {
    /// Whether the thing comes in.
    pub fn comes(self) -> bool {
        matches!(self, Self::New | Self::Renamed | Self::Respelled | Self::Replaced | Self::Known)
    }
}

/// A thing of the package and what it is called in the company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The thing as the package has it.
    pub thing: Thing,
    /// Its slug in the company.
    pub slug: String,
    /// Its folder in the company; for a goal, its file.
    pub folder: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// What was decided for every thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Naming {
    /// By folder in the package.
    pub named: BTreeMap<String, Named>,
}

/// What is known before names are given.
pub struct Ground<'a> {
    /// The company's things.
    pub live: &'a BTreeMap<String, Thing>,
    /// The folder each thing of an earlier version got; `None`: it stayed out or was taken out since.
    pub known: &'a BTreeMap<String, Option<String>>,
    /// The people on the company's board: an agent cannot have the name of one.
    pub people: &'a BTreeSet<String>,
    /// Whether the company has a thing's files, byte for byte, in the same place.
    pub same: &'a dyn Fn(&Thing) -> bool,
    /// What to do with names the company has.
    pub on_collision: OnCollision,
}

impl Naming {
    /// Gives every chosen thing its name.
    pub fn new(all: &BTreeMap<String, Thing>, chosen: &BTreeSet<String>, ground: &Ground<'_>) -> Self {
        let mut naming = Self::default();
        let mut taken: BTreeSet<(ThingKind, String)> =
            ground.live.values().map(|thing| (thing.kind, thing.slug.clone())).collect();
        taken.extend(ground.people.iter().map(|person| (ThingKind::Agent, person.clone())));
        // A free name is free in the package too, so that `cto-2` never means two agents.
        let mut given: BTreeSet<String> = ground.known.values().flatten().cloned().collect();
        for thing in all.values().filter(|thing| chosen.contains(&thing.folder)) {
            let named = naming.decide(thing, &taken, &given, all, ground);
            if named.fate.comes() {
                given.insert(named.folder.clone());
                if named.fate == Fate::Renamed {
                    taken.insert((thing.kind, named.slug.clone()));
                }
            }
            naming.named.insert(thing.folder.clone(), named);
        }
        naming
    }

    fn decide(
        &self,
        thing: &Thing,
        taken: &BTreeSet<(ThingKind, String)>,
        given: &BTreeSet<String>,
        all: &BTreeMap<String, Thing>,
        ground: &Ground<'_>,
    ) -> Named {
        let proper = proper(thing);
        let parent = self.parent(thing);
        let named = |slug: String, fate| Named {
            folder: place(thing, parent.as_deref(), &slug),
            thing: thing.clone(),
            slug,
            fate,
        };
        if let Some(earlier) = ground.known.get(&thing.folder) {
            return match earlier {
                Some(folder) => Named {
                    thing: thing.clone(),
                    slug: last(folder).to_owned(),
                    folder: folder.clone(),
                    fate: Fate::Known,
                },
                None => named(proper, Fate::Gone),
            };
        }
        if self.project_of(thing).is_some_and(|project| !project.fate.comes()) {
            return named(proper, Fate::WithProject);
        }
        let collides = taken.contains(&(thing.kind, proper.clone()));
        if collides && thing.kind == ThingKind::Skill && (ground.same)(thing) {
            return named(proper, Fate::Same);
        }
        let own = place(thing, parent.as_deref(), &proper);
        let respelled = proper != thing.slug;
        match ground.on_collision {
            OnCollision::Skip if collides => named(proper, Fate::Skipped),
            OnCollision::Replace if collides && ground.live.contains_key(&own) => named(proper, Fate::Replaced),
            _ if !(collides || given.contains(&own) || respelled && all.contains_key(&own)) => {
                named(proper, if respelled { Fate::Respelled } else { Fate::New })
            }
            _ => {
                let free = |slug: &String| {
                    let folder = place(thing, parent.as_deref(), slug);
                    let in_package = all.values().any(|other| other.kind == thing.kind && other.slug == *slug);
                    !taken.contains(&(thing.kind, slug.clone())) && !given.contains(&folder) && !in_package
                };
                let slug = (2..).map(|number| numbered(&proper, number)).find(free).expect("some number is free");
                named(slug, if collides { Fate::Renamed } else { Fate::Respelled })
            }
        }
    }

    /// The project that a task lies in, if it is a thing of the package.
    fn project_of(&self, thing: &Thing) -> Option<&Named> {
        let (project, _) = thing.folder.split_once("/tasks/")?;
        self.named.get(project)
    }

    /// The company's folder of the project that a task lies in.
    fn parent(&self, thing: &Thing) -> Option<String> {
        let (project, _) = thing.folder.split_once("/tasks/")?;
        let named = self.named.get(project).map(|named| named.folder.clone());
        Some(named.unwrap_or_else(|| {
            let slug = last(project);
            format!("projects/{}", Slug::from_name(slug).map_or_else(|| "project".to_owned(), |slug| slug.to_string()))
        }))
    }

    /// The thing with this slug, as the package calls it.
    pub fn find(&self, kind: ThingKind, slug: &str) -> Option<&Named> {
        self.named.values().find(|named| named.thing.kind == kind && named.thing.slug == slug)
    }

    /// Where the company has the file at `path` of the package; `None` if its thing stays out or is unknown.
    pub fn target(&self, path: &str) -> Option<String> {
        let owner = crate::format::package::things::owner(path)?;
        let named = self.named.get(&owner.folder).filter(|named| named.fate.comes())?;
        let rest = path.strip_prefix(owner.folder.as_str())?;
        Some(format!("{}{rest}", named.folder))
    }
}

/// The last part of a path, without `.md`.
fn last(folder: &str) -> &str {
    let name = folder.rsplit_once('/').map_or(folder, |(_, name)| name);
    name.strip_suffix(".md").unwrap_or(name)
}

/// The thing's slug, or the nearest proper one.
fn proper(thing: &Thing) -> String {
    if Slug::parse(&thing.slug).is_ok() {
        return thing.slug.clone();
    }
    Slug::from_name(&thing.slug).map_or_else(|| thing.kind.noun().to_owned(), |slug| slug.to_string())
}

/// `cto-2`; a long slug gives way to the number.
pub fn numbered(slug: &str, number: u32) -> String {
    let suffix = format!("-{number}");
    let keep = crate::model::id::SLUG_CHARACTERS_MAX - suffix.len();
    format!("{}{suffix}", slug[..slug.len().min(keep)].trim_end_matches('-'))
}

fn place(thing: &Thing, parent: Option<&str>, slug: &str) -> String {
    match (thing.kind, parent) {
        (ThingKind::Task, Some(project)) => format!("{project}/tasks/{slug}"),
        (ThingKind::Goal, _) => format!("goals/{slug}.md"),
        (kind, _) => format!("{}/{slug}", kind.folder()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::package::things;

    const NOBODY: BTreeSet<String> = BTreeSet::new();

    fn names(package: &[&str], live: &[&str], on_collision: OnCollision) -> Vec<String> {
        let all = things::things(package.iter().copied());
        let live = things::things(live.iter().copied());
        let ground = Ground { live: &live, known: &BTreeMap::new(), people: &NOBODY, same: &|_| false, on_collision };
        let naming = Naming::new(&all, &all.keys().cloned().collect(), &ground);
        naming
            .named
            .values()
            .map(|named| format!("{} -> {} {:?}", named.thing.folder, named.folder, named.fate))
            .collect()
    }

    #[test]
    fn names_are_given_by_kind() {
        use OnCollision::{Rename, Replace, Skip};
        let package = ["agents/cto/AGENTS.md", "teams/cto/TEAM.md"];
        for (on, expected) in [
            (Rename, "agents/cto -> agents/cto-2 Renamed"),
            (Skip, "agents/cto -> agents/cto Skipped"),
            (Replace, "agents/cto -> agents/cto Replaced"),
        ] {
            let found = names(&package, &["agents/cto/AGENTS.md"], on);
            assert_eq!(found, [expected, "teams/cto -> teams/cto New"]);
        }
    }

    #[test]
    fn a_free_name_is_free_everywhere() {
        let found = names(
            &["agents/cto/AGENTS.md", "agents/cto-2/AGENTS.md"],
            &["agents/cto/AGENTS.md", "agents/cto-3/SOUL.md"],
            OnCollision::Rename,
        );
        assert_eq!(found, ["agents/cto -> agents/cto-4 Renamed", "agents/cto-2 -> agents/cto-2 New"]);
    }

    #[test]
    fn what_is_no_slug_gets_one() {
        let found = names(
            &["agents/Lead Dev/AGENTS.md", "agents/lead-dev/AGENTS.md", "goals/Ziel!.md"],
            &[],
            OnCollision::Skip,
        );
        let expected = [
            "agents/Lead Dev -> agents/lead-dev-2 Respelled",
            "agents/lead-dev -> agents/lead-dev New",
            "goals/Ziel!.md -> goals/ziel.md Respelled",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_agent_never_has_the_name_of_a_person() {
        let all = things::things(["agents/ada/AGENTS.md", "teams/ada/TEAM.md"].into_iter());
        let people = BTreeSet::from(["ada".to_owned()]);
        for on_collision in [OnCollision::Rename, OnCollision::Replace] {
            let ground = Ground {
                live: &BTreeMap::new(),
                known: &BTreeMap::new(),
                people: &people,
                same: &|_| false,
                on_collision,
            };
            let naming = Naming::new(&all, &all.keys().cloned().collect(), &ground);
            let slugs: Vec<&str> = naming.named.values().map(|named| named.slug.as_str()).collect();
            assert_eq!(slugs, ["ada-2", "ada"]);
        }
    }

    #[test]
    fn tasks_go_with_their_project() {
        let package = ["projects/web/PROJECT.md", "projects/web/tasks/fix/TASK.md"];
        let live = ["projects/web/PROJECT.md", "tasks/fix/TASK.md"];
        let found = names(&package, &live, OnCollision::Rename);
        assert_eq!(found[1], "projects/web/tasks/fix -> projects/web-2/tasks/fix-2 Renamed");
        let found = names(&package, &live, OnCollision::Skip);
        assert_eq!(found[1], "projects/web/tasks/fix -> projects/web/tasks/fix WithProject");
    }

    #[test]
    fn an_earlier_version_keeps_its_names() {
        let all = things::things(["agents/cto/AGENTS.md", "agents/dev/AGENTS.md", "agents/new/AGENTS.md"].into_iter());
        let live = things::things(["agents/cto/AGENTS.md", "agents/cto-2/AGENTS.md"].into_iter());
        let known = BTreeMap::from([
            ("agents/cto".to_owned(), Some("agents/cto-2".to_owned())),
            ("agents/dev".to_owned(), None),
        ]);
        let ground =
            Ground { live: &live, known: &known, people: &NOBODY, same: &|_| false, on_collision: OnCollision::Rename };
        let naming = Naming::new(&all, &all.keys().cloned().collect(), &ground);
        let fates: Vec<_> = naming.named.values().map(|named| (named.slug.as_str(), named.fate)).collect();
        assert_eq!(fates, [("cto-2", Fate::Known), ("dev", Fate::Gone), ("new", Fate::New)]);
        assert_eq!(naming.target("agents/cto/x/SOUL.md").as_deref(), Some("agents/cto-2/x/SOUL.md"));
        assert_eq!(naming.target("agents/dev/AGENTS.md"), None);
    }
}
