//! The templates that `corp init` founds a company from: whole companies in `templates/`, part of the program.
//!
//! A template is filled by replacing `{{init.…}}` in its files; in YAML and front matter a value becomes a scalar
//! that reads back as the same text, whatever it holds. Nothing is written here (`store::found` does).

use super::document::yaml_part;
use super::layout::{self, Kind};
use super::package::{PackageFile, Tree};
use super::patch::{Edit, PatchError, Value, patch};
use super::{front_matter, schema, yaml};
use crate::diag::KeyPath;
use crate::model::Choice as _;
use include_dir::{Dir, include_dir};
use std::collections::BTreeMap;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The folders that a team brings along when it comes into another company.
const TEAM: &[&str] = &["agents/", "goals/", "projects/", "skills/", "tasks/", "teams/"];

/// Where the schemas lie that editors complete from.
const SCHEMAS: &str = ".schemas";

/// What a ticket's file name begins with in a template.
const PREFIX: &str = "PREFIX-";

/// Kinds whose files are YAML from end to end and are written by people: those an editor can complete.
const EDITED: &[&str] =
    &["agent-settings", "budgets", "corp", "prices", "project-settings", "routine", "secret", "vault"];

/// What is asked of a founder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// The company's name.
    pub name: String,
    /// Its slug.
    pub slug: String,
    /// What ticket ids begin with.
    pub prefix: String,
    /// The IANA zone.
    pub timezone: String,
    /// The branch the program works on.
    pub branch: String,
    /// The first person on the board: a slug.
    pub person_id: String,
    /// That person's name.
    pub person_name: String,
    /// That person's address, as in git.
    pub person_email: String,
    /// When: RFC 3339, whole seconds.
    pub now: String,
}

impl Answers {
    fn pairs(&self) -> [(&'static str, &str); 9] {
        [
            ("{{init.name}}", &self.name),
            ("{{init.slug}}", &self.slug),
            ("{{init.prefix}}", &self.prefix),
            ("{{init.timezone}}", &self.timezone),
            ("{{init.branch}}", &self.branch),
            ("{{init.person.id}}", &self.person_id),
            ("{{init.person.name}}", &self.person_name),
            ("{{init.person.email}}", &self.person_email),
            ("{{init.now}}", &self.now),
        ]
    }
}

/// A template.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// Its name: the folder's.
    pub name: &'static str,
    folder: &'static Dir<'static>,
}

/// Every template, by name.
pub fn all() -> Vec<Template> {
    let mut found: Vec<Template> =
        TEMPLATES.dirs().filter_map(|folder| Some(Template { name: folder.path().to_str()?, folder })).collect();
    found.sort_by_key(|template| template.name);
    found
}

/// The template called `name`.
pub fn find(name: &str) -> Option<Template> {
    all().into_iter().find(|template| template.name == name)
}

impl Template {
    /// One sentence on what it founds: the description in its COMPANY.md.
    pub fn summary(&self) -> &'static str {
        let text = self.text("COMPANY.md");
        text.lines().find_map(|line| line.strip_prefix("description: ")).unwrap_or_default()
    }

    /// The slugs of its agents.
    pub fn agents(&self) -> Vec<&'static str> {
        let folder = self.folder.get_dir(self.folder.path().join("agents"));
        folder.into_iter().flat_map(Dir::dirs).filter_map(|agent| agent.path().file_name()?.to_str()).collect()
    }

    /// Its team without its company: what comes into a company that is there. Nothing in it is to be filled in.
    pub fn team(&self) -> Tree {
        let mut files = Vec::new();
        collect(self.folder, &mut files);
        let inner = files.into_iter().filter_map(|(path, text)| Some((path.strip_prefix(self.name)?.get(1..)?, text)));
        inner
            .filter(|(path, _)| *path == "budgets.yaml" || TEAM.iter().any(|folder| path.starts_with(folder)))
            .map(|(path, text)| (path.to_owned(), PackageFile::text(text)))
            .collect()
    }

    fn text(&self, path: &str) -> &'static str {
        let file = self.folder.get_file(self.folder.path().join(path));
        file.and_then(|file| file.contents_utf8()).unwrap_or_default()
    }

    /// The files of a company founded with `answers`, by path; hints for editors included.
    pub fn fill(&self, answers: &Answers) -> BTreeMap<String, String> {
        let mut files = Vec::new();
        collect(self.folder, &mut files);
        let mut filled = hints();
        for (path, text) in files {
            let path = path.strip_prefix(self.name).unwrap_or(path).trim_start_matches('/');
            let path = path.replace(PREFIX, &format!("{}-", answers.prefix));
            let text = fill(&path, text, answers);
            filled.insert(path, text);
        }
        filled
    }
}

/// What tells editors about a company's files, by path: the schemas.
pub fn hints() -> BTreeMap<String, String> {
    EDITED
        .iter()
        .filter_map(|word| Some((format!("{SCHEMAS}/{word}.json"), schema::text(Kind::from_word(word)?)?)))
        .collect()
}

/// What makes any folder with a COMPANY.md a company that `corp` can run, by path: `corp.yaml` and the hints.
pub fn operation(answers: &Answers) -> BTreeMap<String, String> {
    let mut files = hints();
    if let Some(solo) = find("solo") {
        files.insert("corp.yaml".to_owned(), fill("corp.yaml", solo.text("corp.yaml"), answers));
    }
    files
}

/// The files with agents that are another program than the script a template begins with. What is said of scripts on the
/// same line goes with them.
///
/// # Errors
/// A file cannot be edited: a template is at fault.
pub fn with_adapter(
    mut files: BTreeMap<String, String>,
    adapter: &str,
) -> Result<BTreeMap<String, String>, PatchError> {
    for (path, text) in &mut files {
        let settings = match layout::locate(path).kind {
            Kind::Corp => KeyPath::default().key("defaults").key("adapter"),
            Kind::AgentSettings => KeyPath::from("adapter"),
            _ => continue,
        };
        let kind = settings.clone().key("type");
        let said = yaml::parse(text, 0).root.and_then(|root| Value::of(&root).at(&kind).cloned());
        if said == Some(Value::text("script")) {
            *text = patch(path, text, &[Edit::Remove(settings), Edit::Set(kind, Value::text(adapter))])?;
        }
    }
    Ok(files)
}

fn collect(folder: &'static Dir<'static>, files: &mut Vec<(&'static str, &'static str)>) {
    for file in folder.files() {
        if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
            files.push((path, text));
        }
    }
    for folder in folder.dirs() {
        collect(folder, files);
    }
}

fn fill(path: &str, text: &str, answers: &Answers) -> String {
    let yaml = match yaml_part(layout::locate(path).kind, text) {
        Some(range) => range,
        None => front_matter::split(text).yaml.unwrap_or(0..0),
    };
    let mut filled = String::with_capacity(text.len());
    let mut rest = 0;
    while let Some(at) = text[rest..].find("{{init.").map(|at| rest + at) {
        filled.push_str(&text[rest..at]);
        let Some((name, value)) = answers.pairs().into_iter().find(|(name, _)| text[at..].starts_with(name)) else {
            filled.push_str("{{");
            rest = at + 2;
            continue;
        };
        // A value that is a whole scalar can be quoted; one inside a longer text is plain by construction.
        let whole = text[..at].ends_with([' ', '[']) && !text[at + name.len()..].starts_with(['-', '_']);
        let commented = text[..at].rsplit('\n').next().is_some_and(|line| line.contains('#'));
        if yaml.contains(&at) && whole && !commented {
            filled.push_str(&scalar(value));
        } else {
            filled.extend(value.chars().filter(|c| !c.is_control()));
        }
        rest = at + name.len();
    }
    filled.push_str(&text[rest..]);
    filled
}

/// `text` as a YAML scalar that reads back as `text`.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_alphanumeric())
        && text.chars().all(|c| c.is_alphanumeric() || " ._/@+-:".contains(c))
        && !text.contains(": ")
        && !text.ends_with([' ', ':'])
        && !matches!(text.to_ascii_lowercase().as_str(), "null" | "true" | "false" | "yes" | "no" | "on" | "off");
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// A ticket prefix for a company with this slug: its letters and digits in capitals, ten at most.
pub fn prefix_of(slug: &str) -> String {
    let letters: String = slug.chars().filter(char::is_ascii_alphanumeric).take(10).collect();
    let letters = letters.to_ascii_uppercase();
    if letters.starts_with(|c: char| c.is_ascii_uppercase()) { letters } else { format!("T{letters}") }
}

/// A name for people, made of a slug: `acme-labs` gives `Acme Labs`.
pub fn name_of(slug: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    slug.split('-').map(capital).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Draft, document};
    use crate::model::TicketId;

    fn answers() -> Answers {
        Answers {
            name: "Acme: \"Labs\" #1".to_owned(),
            slug: "acme-labs".to_owned(),
            prefix: "ACME".to_owned(),
            timezone: "Europe/Berlin".to_owned(),
            branch: "main".to_owned(),
            person_id: "ada".to_owned(),
            person_name: "Ada: {Lovelace}".to_owned(),
            person_email: "ada@acme.example".to_owned(),
            now: "2026-11-20T10:00:00Z".to_owned(),
        }
    }

    #[test]
    fn every_template_is_a_company_without_findings_whatever_it_is_called() {
        let names = ["code-review", "data-processing", "monitoring", "newsroom", "research", "solo", "studio"];
        assert_eq!(all().iter().map(|template| template.name).collect::<Vec<_>>(), names);
        for template in all() {
            let mut draft = Draft::default();
            for (path, text) in template.fill(&answers()) {
                let (document, diagnostics) = document::read(&path, &text);
                assert_eq!(diagnostics, [], "{} {path}\n{text}", template.name);
                assert!(!text.contains("{{init."), "{} {path}: something is not filled in", template.name);
                draft.insert(&path, document);
            }
            assert_eq!(draft.company.unwrap().name.as_deref(), Some("Acme: \"Labs\" #1"));
            assert_eq!(draft.corp.unwrap().board.unwrap()[0].name.as_deref(), Some("Ada: {Lovelace}"));
            assert!(!draft.agents.is_empty() && !draft.tickets.is_empty() && !template.summary().is_empty());
        }
    }

    #[test]
    fn each_readme_names_the_files_of_its_template() {
        for template in all() {
            let readme = template.text("README.md");
            let mut files = Vec::new();
            collect(template.folder, &mut files);
            for (path, _) in files {
                let path = path.strip_prefix(template.name).unwrap().trim_start_matches('/');
                let parts: Vec<&str> = path.split('/').collect();
                let general = ["agents", "<name>"].into_iter().chain(parts.iter().skip(2).copied());
                let named = (1..=parts.len()).map(|length| parts[..length].join("/"));
                let mut known = named.flat_map(|part| [format!("`{part}`"), format!("`{part}/`")]);
                let general = format!("`{}`", general.collect::<Vec<_>>().join("/"));
                assert!(
                    path == "README.md" || known.any(|name| readme.contains(&name)) || readme.contains(&general),
                    "{}: README.md does not tell what {path} is",
                    template.name
                );
            }
        }
    }

    #[test]
    fn names_are_made_from_each_other() {
        for (slug, prefix, name) in [
            ("acme", "ACME", "Acme"),
            ("acme-labs", "ACMELABS", "Acme Labs"),
            ("42-things", "T42THINGS", "42 Things"),
            ("a-very-long-name-indeed", "AVERYLONGN", "A Very Long Name Indeed"),
        ] {
            assert_eq!((prefix_of(slug).as_str(), name_of(slug).as_str()), (prefix, name));
            TicketId::new(&prefix_of(slug), 1).unwrap();
        }
    }
}
