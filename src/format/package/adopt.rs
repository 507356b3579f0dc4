//! Taking in a package as it comes: finds its root file, and gathers the files that `corp` needs beside it.
//!
//! Nothing the package says is changed here; how its parts are named in a company is [`super::plan`]'s business.

use super::{Converted, Executes, PackageFile, SecretWanted, Tree, openclaw, paperclip};
use crate::format::{front_matter, yaml};
use crate::model::Slug;

/// A package as a company's folders, and what was made for it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Adopted {
    /// The package's own files, byte for byte.
    pub files: Tree,
    /// Files made out of what the package says in other programs' words: `agent.yaml`, `routine.yaml` ….
    pub made: Tree,
    /// What a person should know about that.
    pub notes: Vec<String>,
    /// The secrets that the package asks for in other programs' words.
    pub secrets: Vec<SecretWanted>,
    /// What it would have a machine execute, in other programs' words.
    pub executes: Vec<Executes>,
}

/// The folder and file of things that can be a package of their own.
const ROOTS: [(&str, &str); 5] = [
    ("SKILL.md", "skills"),
    ("TEAM.md", "teams"),
    ("PROJECT.md", "projects"),
    ("TASK.md", "tasks"),
    ("AGENTS.md", "agents"),
];

/// Takes in `tree`. `name` is what the package is called where it comes from, for a part without a name.
pub fn adopt(tree: &Tree, name: &str) -> Adopted {
    if openclaw::is_workspace(tree) {
        return workspace(tree, name);
    }
    let files = rooted(tree, name);
    let converted = paperclip::convert(&files);
    let made = converted.files.iter().map(|(path, text)| (path.clone(), PackageFile::text(text.as_str()))).collect();
    told(files, made, converted)
}

/// The workspace of one agent of OpenClaw: its papers and skills are the package's own, its settings are made.
fn workspace(tree: &Tree, name: &str) -> Adopted {
    let identity = tree.get("IDENTITY.md").and_then(PackageFile::as_text).unwrap_or_default();
    let named = openclaw::name_of(identity).and_then(|name| Slug::from_name(&name));
    let slug = named.or_else(|| Slug::from_name(name)).or_else(|| Slug::from_name("agent"));
    let Some(slug) = slug else { return Adopted::default() };
    let converted = openclaw::convert(tree, &slug);
    let moved = converted.moved.iter().filter_map(|(to, from)| Some((to.clone(), tree.get(from)?.clone())));
    let mut files: Tree = moved.collect();
    let mut made = Tree::new();
    for (path, text) in &converted.files {
        let place = if path.ends_with("/agent.yaml") { &mut made } else { &mut files };
        place.insert(path.clone(), PackageFile::text(text.as_str()));
    }
    told(files, made, converted)
}

fn told(files: Tree, made: Tree, converted: Converted) -> Adopted {
    let mut notes: Vec<String> = converted
        .diagnostics
        .iter()
        .map(|found| match found.place() {
            Some(place) => format!("{}: {}", place.file, found.message),
            None => found.message.clone(),
        })
        .collect();
    notes.extend(converted.notes.iter().map(|note| format!("{}: {}", note.place.file, note.message)));
    Adopted { files, made, notes, secrets: converted.secrets_wanted, executes: converted.executes }
}

/// A package whose root is a single skill, team, project, task or agent, put into the folder of its kind.
fn rooted(tree: &Tree, name: &str) -> Tree {
    let root = ROOTS.into_iter().find(|(file, _)| tree.contains_key(*file));
    let Some((file, folder)) = root.filter(|_| !tree.contains_key("COMPANY.md")) else {
        return tree.clone();
    };
    let slug = slug_of(&tree[file]).or_else(|| Slug::from_name(name));
    let slug = slug.map_or_else(|| folder.trim_end_matches('s').to_owned(), |slug| slug.to_string());
    tree.iter().map(|(path, content)| (format!("{folder}/{slug}/{path}"), content.clone())).collect()
}

/// The slug or name that a Markdown file gives its thing.
fn slug_of(file: &PackageFile) -> Option<Slug> {
    let text = file.as_text()?;
    let range = front_matter::split(text).yaml?;
    let root = yaml::parse(&text[range], 0).root?;
    let value = |key| root.get(key).and_then(yaml::Node::text).and_then(Slug::from_name);
    value("slug").or_else(|| value("name"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        files.iter().map(|(path, text)| ((*path).to_owned(), PackageFile::text(*text))).collect()
    }

    #[test]
    fn a_package_of_one_thing_goes_into_the_folder_of_its_kind() {
        let skill = tree(&[("SKILL.md", "---\nname: pdf\n---\n"), ("scripts/x.py", "1")]);
        let paths: Vec<String> = adopt(&skill, "anything").files.into_keys().collect();
        assert_eq!(paths, ["skills/pdf/SKILL.md", "skills/pdf/scripts/x.py"]);
        let agent = tree(&[("AGENTS.md", "---\nname: My Bot\n---\n"), ("notes.txt", "")]);
        let paths: Vec<String> = adopt(&agent, "x").files.into_keys().collect();
        assert_eq!(paths, ["agents/my-bot/AGENTS.md", "agents/my-bot/notes.txt"]);
        let company = tree(&[("COMPANY.md", ""), ("AGENTS.md", "notes for tools")]);
        assert_eq!(adopt(&company, "x").files, company);
    }

    #[test]
    fn a_workspace_becomes_an_agent() {
        let soul = ("SOUL.md", "Calm.\n");
        let workspace = tree(&[("AGENTS.md", "# You\n"), soul, ("skills/pdf/SKILL.md", "---\nname: pdf\n---\n")]);
        let adopted = adopt(&workspace, "My Bot");
        let paths: Vec<&str> = adopted.files.keys().map(String::as_str).collect();
        assert_eq!(paths, ["agents/my-bot/AGENTS.md", "agents/my-bot/SOUL.md", "skills/pdf/SKILL.md"]);
        assert_eq!(adopted.made.keys().collect::<Vec<_>>(), ["agents/my-bot/agent.yaml"]);
    }
}
