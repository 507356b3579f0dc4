//! Choosing parts of a company: a part brings what it needs with it.

use super::Wish;
use crate::format::Draft;
use crate::format::layout;
use crate::format::record::nearest;
use std::collections::BTreeSet;

/// A part that was asked for is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no `{asked}` in this company")]
pub struct UnknownPart {
    /// What was asked for.
    pub asked: String,
    /// A part that was probably meant.
    pub near: Option<String>,
}

/// The folders (for a goal, the file) of what was chosen and of what it needs; `None` if everything is wanted.
/// An agent brings its skills; a team its manager, agents, teams and skills; a project its tasks.
///
/// # Errors
/// A part that is not there.
pub(super) fn select(draft: &Draft, wish: &Wish) -> Result<Option<BTreeSet<String>>, UnknownPart> {
    if wish.select.is_empty() {
        return Ok(None);
    }
    let parts: BTreeSet<&str> = draft.entries.keys().filter_map(|path| part_of(path)).collect();
    let mut open: Vec<String> = Vec::new();
    for asked in &wish.select {
        let trimmed = asked.trim_matches('/');
        let goal = format!("{trimmed}.md");
        if parts.contains(trimmed) {
            open.push(trimmed.to_owned());
        } else if parts.contains(goal.as_str()) {
            open.push(goal);
        } else {
            let near = nearest(trimmed, parts.iter().copied()).map(str::to_owned);
            return Err(UnknownPart { asked: asked.clone(), near });
        }
    }
    let mut chosen = BTreeSet::new();
    while let Some(part) = open.pop() {
        if chosen.insert(part.clone()) {
            open.extend(needs(draft, &part, &parts));
        }
    }
    Ok(Some(chosen))
}

/// Whether `path` lies in one of the parts.
pub(super) fn holds(chosen: &BTreeSet<String>, path: &str) -> bool {
    chosen.contains(path) || path.match_indices('/').any(|(at, _)| chosen.contains(&path[..at]))
}

/// The part that a file belongs to: its folder, or a goal's file.
fn part_of(path: &str) -> Option<&str> {
    let parts: Vec<&str> = path.split('/').collect();
    let levels = match parts[..] {
        ["projects", _, "tasks", _, _, ..] => 4,
        ["agents" | "teams" | "projects" | "tasks" | "skills", _, _, ..] | ["goals", _] => 2,
        _ => return None,
    };
    let length = parts[..levels].iter().map(|part| part.len() + 1).sum::<usize>() - 1;
    Some(&path[..length])
}

/// What a part brings with it.
fn needs(draft: &Draft, part: &str, parts: &BTreeSet<&str>) -> Vec<String> {
    let mut found = Vec::new();
    for (path, agent) in draft.agents.iter().filter(|(path, _)| layout::locate(path).folder == part) {
        found.extend(agent.skills.iter().flatten().filter_map(|skill| skill_part(draft, skill)));
        found.extend(part_of(path).map(str::to_owned));
    }
    if let Some(team) = draft.teams.get(&format!("{part}/TEAM.md")) {
        let references = team.manager.iter().chain(team.includes.iter().flatten());
        found.extend(references.filter_map(|reference| referenced(part, reference)));
    }
    if let Some(project) = draft.projects.get(&format!("{part}/PROJECT.md")) {
        found.extend(project.includes.iter().flatten().filter_map(|reference| referenced(part, reference)));
    }
    // What is referred to and not there is a mistake of the company, which `corp check` tells.
    found.retain(|part| parts.contains(part.as_str()));
    found
}

/// The folder of the skill that an agent calls `name`.
fn skill_part(draft: &Draft, name: &str) -> Option<String> {
    let folder = format!("skills/{name}");
    if draft.skills.contains_key(&format!("{folder}/SKILL.md")) {
        return Some(folder);
    }
    let called = draft
        .skills
        .iter()
        .find(|(_, skill)| skill.name.as_deref() == Some(name) || skill.slug.as_deref() == Some(name));
    called.map(|(path, _)| layout::locate(path).folder.to_owned())
}

/// The part that a path in a file of `folder`, or the slug of an agent, means.
fn referenced(folder: &str, reference: &str) -> Option<String> {
    if !reference.contains('/') {
        return Some(format!("agents/{reference}"));
    }
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in reference.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            _ => parts.push(part),
        }
    }
    part_of(&parts.join("/")).map(str::to_owned)
}
