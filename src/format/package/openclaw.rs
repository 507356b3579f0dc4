//! A workspace folder of OpenClaw (2026.7) becomes one agent and its skills.
//!
//! The papers keep their names and their bytes. AGENTS.md gets a front matter if it has none, skills go where a
//! company keeps them, and agent.yaml is new: paused, its timer switched off. `docs/openclaw.md` tells more.

use super::emit::{self, Emit};
use super::{Converted, Executes, Note, SecretWanted, Tree, sensitive};
use crate::diag::{Diagnostic, Place, line_column};
use crate::format::front_matter;
use crate::format::yaml::{self, Node};
use crate::model::{Scalar as _, SecretName, Slug};
use std::collections::{BTreeMap, BTreeSet};

/// Papers of which a workspace has at least one beside AGENTS.md.
const PAPERS: [&str; 8] =
    ["SOUL.md", "TOOLS.md", "IDENTITY.md", "USER.md", "HEARTBEAT.md", "MEMORY.md", "memory.md", "BOOTSTRAP.md"];
/// Folders that are no part of what an agent knows.
const LEFT_OUT: [&str; 4] = [".git", "node_modules", ".hg", ".jj"];
/// Where a workspace keeps skills; of two with one name the earlier counts.
const SKILL_FOLDERS: [&str; 2] = ["skills/", ".agents/skills/"];
/// The keys under `metadata` where the program and its ancestors keep what a skill needs.
const VENDOR_KEYS: [&str; 4] = ["openclaw", "clawdbot", "clawdis", "moltbot"];
/// Longest name of an agent that is taken from IDENTITY.md, in characters.
const NAME_CHARACTERS_MAX: usize = 80;

/// Whether the tree is the workspace of one agent and not a company.
pub fn is_workspace(tree: &Tree) -> bool {
    let has = |path: &&str| tree.contains_key(*path);
    let company = has(&"COMPANY.md") || tree.keys().any(|path| path.starts_with("agents/"));
    !company && has(&"AGENTS.md") && PAPERS.iter().any(has)
}

/// Converts a workspace to the agent `slug`. Every file of it is either in `files` (changed), in `moved` (as it
/// is), or named in a note.
pub fn convert(tree: &Tree, slug: &Slug) -> Converted {
    let mut done = Converted::default();
    let home = format!("agents/{slug}");
    let skills = place_files(tree, &home, &mut done);
    let mut secrets: BTreeSet<SecretName> = BTreeSet::new();
    for (skill, source) in &skills {
        read_skill(tree, skill, source, &mut secrets, &mut done);
    }
    let identity = tree.get("IDENTITY.md").and_then(|file| file.as_text()).unwrap_or_default();
    agents_md(tree, slug, &skills, identity, &home, &mut done);
    let text = settings(tree, identity, &secrets);
    done.files.insert(format!("{home}/agent.yaml"), text);
    look_for_secrets(tree, &mut done);
    look_for_programs(tree, &mut done);
    done
}

/// Finds a place for every file, and returns the skills: slug and folder in the workspace.
fn place_files(tree: &Tree, home: &str, done: &mut Converted) -> BTreeMap<String, String> {
    let mut skills: BTreeMap<String, String> = BTreeMap::new();
    for folder in SKILL_FOLDERS {
        for path in tree.keys().filter(|path| path.starts_with(folder)) {
            let Some(source) = path.strip_suffix("/SKILL.md") else { continue };
            let inside_another = skills.values().any(|other| source.starts_with(&format!("{other}/")));
            if inside_another || is_left_out(path) {
                continue;
            }
            let name = source.rsplit('/').next().unwrap_or_default();
            let slug = Slug::parse(name).ok().or_else(|| Slug::from_name(name));
            let Some(slug) = slug.filter(|_| source.len() > folder.len() - 1) else {
                let message =
                    "the skill's folder has no letters or digits in its name; its files lie with the agent's papers";
                done.diagnostics.push(Diagnostic::warning("workspace", Place::file(path), message));
                continue;
            };
            if let Some(first) = skills.get(slug.as_str()) {
                let message =
                    format!("the skill of {first} has the same name and counts; this one lies with the agent's papers");
                done.diagnostics.push(Diagnostic::warning("workspace", Place::file(path), message));
                continue;
            }
            skills.insert(slug.to_string(), source.to_owned());
        }
    }
    let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
    for path in tree.keys() {
        if let Some(folder) = LEFT_OUT.iter().find(|folder| path.split('/').any(|part| part == **folder)) {
            *left_out.entry(folder).or_default() += 1;
            continue;
        }
        let skill = skills.iter().find_map(|(slug, source)| {
            let rest = path.strip_prefix(source.as_str())?.strip_prefix('/')?;
            Some(format!("skills/{slug}/{rest}"))
        });
        let target = skill.unwrap_or_else(|| match path.as_str() {
            "memory.md" if !tree.contains_key("MEMORY.md") => format!("{home}/MEMORY.md"),
            _ => format!("{home}/{path}"),
        });
        done.moved.insert(target, path.clone());
    }
    for (folder, count) in left_out {
        let message = format!("{count} files of `{folder}` are no part of what the agent knows and were left out");
        done.notes.push(Note { place: Place::file(folder), message });
    }
    for (paper, message) in [
        ("BOOTSTRAP.md", "what an agent does once, on its first run; nothing starts it here, so give it as a ticket"),
        ("BOOT.md", "what an agent does when its gateway starts; nothing starts it here"),
        ("USER.md", "what the agent knows about a person; it stays in this company, and an export leaves it out"),
    ] {
        if tree.contains_key(paper) {
            done.notes.push(Note { place: Place::file(paper), message: message.to_owned() });
        }
    }
    skills
}

fn is_left_out(path: &str) -> bool {
    path.split('/').any(|part| LEFT_OUT.contains(&part))
}

/// AGENTS.md: as it is if it has a front matter, else with one before it.
fn agents_md(
    tree: &Tree,
    slug: &Slug,
    skills: &BTreeMap<String, String>,
    identity: &str,
    home: &str,
    done: &mut Converted,
) {
    let path = format!("{home}/AGENTS.md");
    let Some(text) = tree.get("AGENTS.md").map_or(Some(""), |file| file.as_text()) else {
        done.diagnostics.push(Diagnostic::error("not-utf8", Place::file("AGENTS.md"), "this file is not UTF-8 text"));
        return;
    };
    let names: Vec<&str> = skills.keys().map(String::as_str).collect();
    let split = front_matter::split(text);
    if split.yaml.is_some() {
        if !names.is_empty() {
            let message = format!(
                "it has a front matter, which was not touched; give the agent its skills with `skills: [{}]`",
                names.join(", ")
            );
            done.notes.push(Note { place: Place::file("AGENTS.md"), message });
        }
        return;
    }
    let mut emit = Emit::default();
    emit.line(0, "---");
    emit.text(0, "name", &name_of(identity).unwrap_or_else(|| name_from(slug)));
    if !names.is_empty() {
        emit.open(0, "skills");
        for name in names {
            emit.line(1, &format!("- {}", emit::text(name)));
        }
    }
    emit.line(0, "---");
    emit.line(0, "");
    done.moved.remove(&path);
    done.files.insert(path, format!("{}{}", emit.finish(), &text[split.body]));
}

/// The value of a line such as `- **Name:** Ada` of IDENTITY.md; placeholders are no values.
fn field<'t>(identity: &'t str, field: &str) -> Option<&'t str> {
    let decoration = |c: char| c.is_whitespace() || matches!(c, '*' | '_' | '`' | '-' | '+' | '#');
    identity.lines().take(200).find_map(|line| {
        let (key, value) = line.trim_start_matches(decoration).split_once(':')?;
        let value = value.trim_matches(decoration);
        let real = !value.is_empty() && !value.starts_with(['(', '<', '[', '{']);
        (key.trim_matches(decoration).eq_ignore_ascii_case(field) && real).then_some(value)
    })
}

/// The name that IDENTITY.md gives the agent.
pub(super) fn name_of(identity: &str) -> Option<String> {
    let name = field(identity, "name")?;
    let clean = name.chars().count() <= NAME_CHARACTERS_MAX && !name.chars().any(char::is_control);
    clean.then(|| name.to_owned())
}

/// `lead-engineer` as people would write it.
fn name_from(slug: &Slug) -> String {
    let words = slug.as_str().split('-').map(|word| {
        let mut characters = word.chars();
        characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
    });
    words.collect::<Vec<String>>().join(" ")
}

fn settings(tree: &Tree, identity: &str, secrets: &BTreeSet<SecretName>) -> String {
    let mut emit = Emit::with_comment(
        "From an OpenClaw workspace. Arrived paused: nothing is started until `status` says `active`.",
    );
    emit.bare(0, "status", "paused");
    // An emoji with its joiners and modifiers has a handful of characters; anything longer is prose.
    if let Some(icon) = field(identity, "emoji").filter(|icon| icon.chars().count() <= 8) {
        emit.text(0, "icon", icon);
    }
    if tree.contains_key("HEARTBEAT.md") {
        emit.comment(0, "Timers arrive switched off. To work through HEARTBEAT.md every half hour, take the `#` away:");
    } else {
        emit.comment(
            0,
            "Timers arrive switched off, and there is no HEARTBEAT.md to work through. With one, take the `#` away:",
        );
    }
    emit.comment(0, "heartbeat: {every: 30m}");
    if !secrets.is_empty() {
        emit.list(0, "optional_secrets", &secrets.iter().map(SecretName::as_str).collect::<Vec<_>>());
    }
    emit.finish()
}

/// What a skill needs and would install, as its front matter says.
fn read_skill(tree: &Tree, skill: &str, source: &str, secrets: &mut BTreeSet<SecretName>, done: &mut Converted) {
    let path = format!("{source}/SKILL.md");
    let Some(text) = tree.get(&path).and_then(|file| file.as_text()) else {
        done.diagnostics.push(Diagnostic::warning("not-utf8", Place::file(path), "this file is not UTF-8 text"));
        return;
    };
    let Some(range) = front_matter::split(text).yaml else {
        let message = "a skill begins with a front matter; this one has none and cannot be used as it is";
        done.diagnostics.push(Diagnostic::warning("workspace", Place::file(path), message));
        return;
    };
    let parsed = yaml::parse(&text[range.clone()], range.start);
    let Some(root) = parsed.root else { return };
    let Some(metadata) = root.get("metadata") else { return };
    let vendor = VENDOR_KEYS.iter().find_map(|key| metadata.get(key)).unwrap_or(metadata);
    let required = vendor.get("requires").and_then(|requires| requires.get("env")).map_or(&[][..], Node::items);
    for name in required.iter().chain(vendor.get("primaryEnv")) {
        let Some(name) = name.text() else { continue };
        let Ok(secret) = SecretName::parse(name) else {
            let message = "a variable that the skill needs has no name that a secret can have";
            done.diagnostics.push(Diagnostic::warning("workspace", Place::file(&path), message));
            continue;
        };
        // A skill may name the same variable in both places.
        let wanted_by = format!("skills/{skill}");
        if !done.secrets_wanted.iter().any(|wanted| wanted.name == secret && wanted.wanted_by == wanted_by) {
            done.secrets_wanted.push(SecretWanted {
                name: secret.clone(),
                wanted_by,
                required: false,
                description: None,
            });
        }
        secrets.insert(secret);
    }
    let installs = vendor.get("install").map_or(0, |install| install.items().len());
    if installs > 0 {
        let what = format!("the skill `{skill}` lists {installs} ways to install programs; none is followed here");
        done.executes.push(Executes { file: path, what });
    }
}

/// Workspaces are private, so people write tokens into them. A company is shared.
fn look_for_secrets(tree: &Tree, done: &mut Converted) {
    for (path, file) in tree.iter().filter(|(path, _)| !is_left_out(path)) {
        let Some(text) = file.as_text() else { continue };
        if let Some(span) = sensitive::first_secret(text) {
            let (line, _) = line_column(text, span.start);
            // The line itself is not shown.
            let message = format!("line {line} holds what looks like a secret");
            let help = "take it out before the agent's papers are shared, and give it to the agent with `corp secret`";
            done.diagnostics.push(Diagnostic::warning("secret-in-text", Place::file(path), message).help(help));
        }
    }
}

fn look_for_programs(tree: &Tree, done: &mut Converted) {
    for (path, file) in tree.iter().filter(|(path, _)| !is_left_out(path)) {
        if file.executable || file.bytes.starts_with(b"#!") {
            done.executes.push(Executes { file: path.clone(), what: "a program".to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::document;
    use crate::format::package::PackageFile;

    fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, text)| ((*path).to_owned(), PackageFile::text(*text))).collect()
    }

    fn slug(text: &str) -> Slug {
        Slug::parse(text).unwrap()
    }

    #[test]
    fn workspaces_are_told_from_companies_and_repositories() {
        for (files, expected) in [
            (&["AGENTS.md", "SOUL.md"][..], true),
            (&["AGENTS.md", "memory.md"], true),
            (&["AGENTS.md", "README.md", "src/main.rs"], false),
            (&["COMPANY.md", "AGENTS.md", "SOUL.md"], false),
            (&["agents/a/AGENTS.md", "AGENTS.md", "SOUL.md"], false),
            (&["SOUL.md"], false),
        ] {
            let files: Vec<(&str, &str)> = files.iter().map(|path| (*path, "")).collect();
            assert_eq!(is_workspace(&tree(&files)), expected, "{files:?}");
        }
    }

    #[test]
    fn a_whole_workspace() {
        let skill = "---\nname: Weather\ndescription: d\nmetadata: {\"openclaw\": {\"requires\": {\"env\": [\"OWM_KEY\", \"bad name\"]}, \"primaryEnv\": \"OWM_KEY\", \"install\": [{\"id\": \"brew\"}]}}\n---\n";
        let workspace = tree(&[
            ("AGENTS.md", "# My rules\n\nBe kind.\n"),
            ("SOUL.md", "soul\r\n"),
            ("TOOLS.md", "tools"),
            ("IDENTITY.md", "# Who\n- **Name:** Ada: the \"first\"\n- **Emoji:** 🦊\n- **Vibe:** _(pick)_\n"),
            ("USER.md", "user"),
            ("HEARTBEAT.md", "tasks:\n  - name: a\n"),
            ("MEMORY.md", "m"),
            ("memory/2026-11-20.md", "day"),
            ("skills/My Weather/SKILL.md", skill),
            ("skills/My Weather/scripts/get.sh", "#!/bin/sh\n"),
            ("skills/group/skills/deep/SKILL.md", "---\nname: deep\ndescription: d\n---\n"),
            ("skills/loose.txt", "x"),
            (".agents/skills/deep/SKILL.md", "---\nname: other\ndescription: d\n---\n"),
            ("canvas/index.html", "<p>"),
            (".git/config", "[core]"),
            ("BOOTSTRAP.md", "b"),
        ]);
        assert!(is_workspace(&workspace));
        let done = convert(&workspace, &slug("ada"));
        let agents = &done.files["agents/ada/AGENTS.md"];
        assert_eq!(
            agents,
            "---\nname: \"Ada: the \\\"first\\\"\"\nskills:\n  - deep\n  - my-weather\n---\n\n# My rules\n\nBe kind.\n"
        );
        let settings = &done.files["agents/ada/agent.yaml"];
        assert!(
            settings.contains("status: paused\nicon: \"🦊\"\n") && settings.contains("\n# heartbeat: {every: 30m}\n"),
            "{settings}"
        );
        assert!(settings.ends_with("secrets: [OWM_KEY]\n"), "{settings}");
        for (path, text) in &done.files {
            assert_eq!(document::read(path, text).1, [], "{path}");
        }
        let moved: Vec<String> = done.moved.iter().map(|(to, from)| format!("{from} -> {to}")).collect();
        assert_eq!(
            moved,
            [
                ".agents/skills/deep/SKILL.md -> agents/ada/.agents/skills/deep/SKILL.md",
                "BOOTSTRAP.md -> agents/ada/BOOTSTRAP.md",
                "HEARTBEAT.md -> agents/ada/HEARTBEAT.md",
                "IDENTITY.md -> agents/ada/IDENTITY.md",
                "MEMORY.md -> agents/ada/MEMORY.md",
                "SOUL.md -> agents/ada/SOUL.md",
                "TOOLS.md -> agents/ada/TOOLS.md",
                "USER.md -> agents/ada/USER.md",
                "canvas/index.html -> agents/ada/canvas/index.html",
                "memory/2026-11-20.md -> agents/ada/memory/2026-11-20.md",
                "skills/loose.txt -> agents/ada/skills/loose.txt",
                "skills/group/skills/deep/SKILL.md -> skills/deep/SKILL.md",
                "skills/My Weather/SKILL.md -> skills/my-weather/SKILL.md",
                "skills/My Weather/scripts/get.sh -> skills/my-weather/scripts/get.sh",
            ]
        );
        assert_eq!(done.secrets_wanted.len(), 1);
        let executes: Vec<&str> = done.executes.iter().map(|executes| executes.file.as_str()).collect();
        assert_eq!(executes, ["skills/My Weather/SKILL.md", "skills/My Weather/scripts/get.sh"]);
        let notes: Vec<&str> = done.notes.iter().map(|note| note.place.file.as_str()).collect();
        assert_eq!(notes, [".git", "BOOTSTRAP.md", "USER.md"]);
    }

    #[test]
    fn a_front_matter_is_left_alone_and_names_are_found_or_made() {
        let own = "---\nname: Own\n---\nbody\n";
        let done = convert(
            &tree(&[("AGENTS.md", own), ("SOUL.md", ""), ("skills/x/SKILL.md", "no front matter")]),
            &slug("x"),
        );
        assert_eq!(done.moved["agents/x/AGENTS.md"], "AGENTS.md");
        assert!(done.notes.iter().any(|note| note.message.contains("skills: [x]")), "{:?}", done.notes);
        assert_eq!(done.diagnostics.len(), 1, "{:?}", done.diagnostics);
        for (identity, name) in [
            ("- **Name:** Clawd\n", "Clawd"),
            ("Name: Eve", "Eve"),
            ("**name**: _Bob_", "Bob"),
            ("- **Name:**\n  _(pick something)_\n", "Lead Engineer"),
            ("- **Name:** *(pick)*", "Lead Engineer"),
            ("", "Lead Engineer"),
        ] {
            let done = convert(&tree(&[("AGENTS.md", "x"), ("IDENTITY.md", identity)]), &slug("lead-engineer"));
            assert_eq!(
                done.files["agents/lead-engineer/AGENTS.md"],
                format!("---\nname: {name}\n---\n\nx"),
                "{identity}"
            );
        }
    }

    #[test]
    fn a_token_in_a_paper_is_told_without_showing_it() {
        let token = sensitive::token();
        let done = convert(&tree(&[("AGENTS.md", "x"), ("TOOLS.md", &format!("a\nb {token}\n"))]), &slug("x"));
        let shown = format!("{:?}", done.diagnostics);
        assert!(shown.contains("line 2 holds") && shown.contains("TOOLS.md") && !shown.contains(&token), "{shown}");
    }
}
