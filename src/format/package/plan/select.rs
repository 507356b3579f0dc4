//! Which things of a package are wanted: `--only agents/cto,teams/web`, with what they depend on.

use crate::format::Draft;
use crate::format::package::things::{self, Thing, ThingKind};
use std::collections::{BTreeMap, BTreeSet};

/// Nothing in the package answers to a word of `--only`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The word.
    pub word: String,
}

/// Returns the folders of the wanted things. An empty `only` wants everything.
///
/// An agent brings its skills, a team its manager, members, inner teams and skills, a project its tasks.
///
/// # Errors
/// A word that names nothing.
pub fn select(all: &BTreeMap<String, Thing>, draft: &Draft, only: &[String]) -> Result<BTreeSet<String>, Unknown> {
    if only.is_empty() {
        return Ok(all.keys().cloned().collect());
    }
    let mut waiting = Vec::new();
    for word in only {
        let named: Vec<&Thing> = all.values().filter(|thing| answers(thing, word)).collect();
        if named.is_empty() {
            return Err(Unknown { word: word.clone() });
        }
        waiting.extend(named);
    }
    let mut chosen = BTreeSet::new();
    while let Some(thing) = waiting.pop() {
        if chosen.insert(thing.folder.clone()) {
            waiting.extend(needs(thing, all, draft));
        }
    }
    Ok(chosen)
}

/// Whether `word` means this thing: its folder, `agents/*` for all of a kind, a goal also without `.md`.
fn answers(thing: &Thing, word: &str) -> bool {
    let word = word.trim().trim_end_matches('/');
    let all = || word.strip_suffix("/*").is_some_and(|folder| folder == thing.kind.folder());
    thing.folder == word || thing.folder.strip_suffix(".md") == Some(word) || all()
}

fn needs<'t>(thing: &Thing, all: &'t BTreeMap<String, Thing>, draft: &Draft) -> Vec<&'t Thing> {
    let find = |kind: ThingKind, reference: &str| find(all, thing, kind, reference);
    match thing.kind {
        ThingKind::Agent => {
            let file = draft.agent_path(&thing.slug).and_then(|path| draft.agents.get(path));
            let skills = file.and_then(|file| file.skills.as_deref()).unwrap_or_default();
            skills.iter().filter_map(|skill| find(ThingKind::Skill, skill)).collect()
        }
        ThingKind::Team => {
            let Some(team) = draft.teams.get(&format!("{}/TEAM.md", thing.folder)) else {
                return Vec::new();
            };
            let members = team.manager.iter().chain(team.includes.iter().flatten());
            members.filter_map(|member| find(ThingKind::Agent, member)).collect()
        }
        ThingKind::Project => {
            let inner = format!("{}/tasks/", thing.folder);
            let belongs = |task: &&Thing| {
                task.kind == ThingKind::Task
                    && (task.folder.starts_with(&inner)
                        || draft
                            .tasks
                            .get(&format!("{}/TASK.md", task.folder))
                            .is_some_and(|file| file.project.as_deref() == Some(thing.slug.as_str())))
            };
            all.values().filter(belongs).collect()
        }
        // A task in a project cannot be without the project's folder, but does not need what is in it.
        ThingKind::Task | ThingKind::Skill | ThingKind::Goal => Vec::new(),
    }
}

/// The thing that `reference` in a file of `from` means: a path relative to the file, or the slug of a `kind`.
fn find<'t>(all: &'t BTreeMap<String, Thing>, from: &Thing, kind: ThingKind, reference: &str) -> Option<&'t Thing> {
    if reference.contains('/') {
        let path = things::join(&from.folder, reference)?;
        let owner = things::owner(&path).map_or(path, |thing| thing.folder);
        return all.get(&owner);
    }
    all.get(&format!("{}/{reference}", kind.folder()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format;

    #[test]
    fn things_bring_what_they_need() {
        let files = [
            ("agents/cto/AGENTS.md", "---\nskills: [review, elsewhere]\n---\n"),
            ("agents/cto/SOUL.md", ""),
            ("agents/dev/AGENTS.md", "---\nskills: []\n---\n"),
            ("agents/ceo/AGENTS.md", "---\nskills: [plan]\n---\n"),
            ("skills/review/SKILL.md", "---\nname: review\n---\n"),
            ("skills/plan/SKILL.md", "---\nname: plan\n---\n"),
            ("skills/build/SKILL.md", "---\nname: build\n---\n"),
            ("teams/web/TEAM.md", "---\nmanager: ../../agents/cto/AGENTS.md\nincludes: [../inner/TEAM.md]\n---\n"),
            ("teams/inner/TEAM.md", "---\nincludes: [../../agents/dev/AGENTS.md, ../../skills/build]\n---\n"),
            ("projects/site/PROJECT.md", "---\nname: Site\n---\n"),
            ("projects/site/tasks/one/TASK.md", "---\nname: One\n---\n"),
            ("tasks/two/TASK.md", "---\nname: Two\nproject: site\n---\n"),
            ("tasks/three/TASK.md", "---\nname: Three\n---\n"),
            ("goals/launch.md", "---\nname: Launch\n---\n"),
        ];
        let mut draft = Draft::default();
        for (path, text) in files {
            draft.insert(path, format::read(path, text).0);
        }
        let all = things::things(files.iter().map(|(path, _)| *path));
        for (only, expected) in [
            ("agents/cto", "agents/cto skills/review"),
            ("agents/cto/", "agents/cto skills/review"),
            ("teams/web", "agents/cto agents/dev skills/build skills/review teams/inner teams/web"),
            ("projects/site", "projects/site projects/site/tasks/one tasks/two"),
            ("goals/launch", "goals/launch.md"),
            ("agents/*", "agents/ceo agents/cto agents/dev skills/plan skills/review"),
        ] {
            let chosen = select(&all, &draft, &[only.to_owned()]).unwrap();
            assert_eq!(chosen.into_iter().collect::<Vec<_>>().join(" "), expected, "{only}");
        }
        assert_eq!(select(&all, &draft, &[]).unwrap().len(), all.len());
        let unknown = select(&all, &draft, &["agents/nobody".to_owned()]);
        assert_eq!(unknown, Err(Unknown { word: "agents/nobody".to_owned() }));
    }
}
