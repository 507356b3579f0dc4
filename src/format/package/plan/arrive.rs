//! How things arrive: agents and routines switched off, commands of projects taken out of force, and the files
//! that a company needs to be run written where the package has none.

use super::legacy;
use crate::diag::KeyPath;
use crate::format::kind::{AgentFile, TaskFile};
use crate::format::package::emit::text as scalar;
use crate::format::patch::{Edit, Value, patch};
use crate::format::{front_matter, yaml};
use crate::model::status::Role;
use crate::model::{Choice as _, Scalar as _, Slug};

/// What every imported agent's settings begin with when the package has none.
const AGENT_HEAD: &str = "# Came with a package. It works once its status is `active`.\nstatus: paused\n";

/// The settings of an agent that has none.
pub fn agent_settings(slug: &str, file: Option<&AgentFile>) -> String {
    let said = file.and_then(|file| file.role.as_deref()).and_then(Role::from_word);
    let role = said.or_else(|| Role::from_word(slug));
    let mut text = AGENT_HEAD.to_owned();
    if let Some(role) = role {
        text.push_str("role: ");
        text.push_str(role.word());
        text.push('\n');
    }
    text
}

/// The settings of an agent as they come in: the same, but not working. `None` if they cannot be read.
pub fn agent_off(path: &str, text: &str) -> Option<String> {
    let status = top(text, "status")?;
    match status.as_deref() {
        // These do not work either, and say why.
        Some("paused" | "pending_approval" | "terminated") => Some(text.to_owned()),
        _ => patch(path, text, &[Edit::Set("status".into(), Value::text("paused"))]).ok(),
    }
}

/// A routine as it comes in: the same, but not firing. `None` if it cannot be read.
pub fn routine_off(path: &str, text: &str) -> Option<String> {
    let status = top(text, "status")?;
    match status.as_deref() {
        Some("paused" | "archived") => Some(text.to_owned()),
        _ => patch(path, text, &[Edit::Set("status".into(), Value::text("paused"))]).ok(),
    }
}

/// The settings of a project as they come in: without commands that are run in a fresh workspace. `None` if they
/// cannot be read.
pub fn project_off(path: &str, text: &str) -> Option<String> {
    let parsed = yaml::parse(text, 0);
    if !parsed.problems.is_empty() {
        return None;
    }
    let repository = parsed.root.as_ref().and_then(|root| root.get("repository"));
    let commands = ["setup", "cleanup"]
        .into_iter()
        .filter(|key| repository.and_then(|repository| repository.get(key)).is_some_and(|value| !value.is_null()));
    let edits: Vec<Edit> = commands.map(|key| Edit::Remove(KeyPath::from("repository").key(key))).collect();
    patch(path, text, &edits).ok()
}

/// The value of a key at the top of a YAML text; the outer `None` means that the text cannot be read.
#[expect(clippy::option_option, reason = "broken and absent are two answers")]
fn top(text: &str, key: &str) -> Option<Option<String>> {
    let parsed = yaml::parse(text, 0);
    let mapping = parsed.root.as_ref().is_none_or(|root| !root.entries().is_empty() || root.is_null());
    (parsed.problems.is_empty() && mapping)
        .then(|| parsed.root.and_then(|root| root.get(key).and_then(yaml::Node::text).map(str::to_owned)))
}

/// The routine for a recurring task that has none, out of its older `schedule`. Always switched off.
pub fn routine(file: &TaskFile) -> (String, Vec<String>) {
    let (trigger, notes) = file.schedule.as_ref().map(legacy::trigger).unwrap_or_default();
    let mut text = "# Came with a package. It fires once its status is `active`.\nstatus: paused\n".to_owned();
    if let Some(trigger) = trigger {
        text.push_str("triggers:\n");
        for (position, (key, value)) in trigger.iter().enumerate() {
            text.push_str(if position == 0 { "  - " } else { "    " });
            text.push_str(key);
            text.push_str(": ");
            text.push_str(&scalar(value));
            text.push('\n');
        }
    }
    (text, notes)
}

/// A person who founds a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their short name on the board.
    pub id: Slug,
    /// Their name.
    pub name: String,
    /// Their address, as git knows it.
    pub email: String,
}

impl Person {
    /// A person as git knows them; `None` if no slug can be made of the name or the address.
    pub fn new(name: &str, email: &str) -> Option<Self> {
        let first = name.split_whitespace().next().unwrap_or_default();
        let id = Slug::from_name(first).or_else(|| Slug::from_name(email.split('@').next()?))?;
        Some(Self { id, name: name.to_owned(), email: email.to_owned() })
    }
}

/// Who founds a new company, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founder {
    /// The first member of the board, if git knows who is there.
    pub board: Option<Person>,
    /// The company's zone, an IANA name.
    pub timezone: String,
    /// The branch the program works on.
    pub branch: String,
}

/// `corp.yaml` of a new company.
pub fn corp_file(prefix: &str, founder: &Founder) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema=.schemas/corp.json\n# How this company is operated. `corp schema corp` lists every key; a key that is absent has its default.\nschema: corp/v1\nticket_prefix: {}\ntimezone: {}\nbranch: {}\n",
        scalar(prefix),
        scalar(&founder.timezone),
        scalar(&founder.branch)
    );
    if let Some(person) = &founder.board {
        let (name, email) = (scalar(&person.name), scalar(&person.email));
        text.push_str("board:\n  - id: ");
        text.push_str(&scalar(person.id.as_str()));
        text.push_str(&format_member(&name, &email));
    }
    text.push_str("defaults:\n  adapter:\n    type: claude_local\n");
    text
}

fn format_member(name: &str, email: &str) -> String {
    format!("\n    name: {name}\n    email: {email}\n    role: owner\n")
}

/// A Markdown file's body, without blank lines around it.
pub fn body(text: &str) -> &str {
    text[front_matter::split(text).body].trim()
}

/// Whether `text` is a slug.
pub fn is_slug(text: &str) -> bool {
    Slug::parse(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format;
    use crate::format::kind::AgentSettings;

    #[test]
    fn what_would_work_is_switched_off() {
        for (text, expected) in [
            ("status: active # go\nrole: cto\n", Some("status: paused # go\nrole: cto\n")),
            ("role: cto\n", Some("role: cto\nstatus: paused\n")),
            ("", Some("status: paused\n")),
            ("status: terminated\n", Some("status: terminated\n")),
            ("status: [active]\n", Some("status: paused\n")),
            ("- a\n", None),
            ("a: [\n", None),
        ] {
            assert_eq!(agent_off("agents/x/agent.yaml", text).as_deref(), expected, "{text:?}");
        }
        assert_eq!(
            routine_off("tasks/x/routine.yaml", "triggers: []\n").as_deref(),
            Some("triggers: []\nstatus: paused\n")
        );
        let project = "repository:\n  url: https://example.com/x\n  setup: make\n";
        let off = "repository:\n  url: https://example.com/x\n";
        assert_eq!(project_off("projects/x/project.yaml", project).as_deref(), Some(off));
        assert_eq!(project_off("projects/x/project.yaml", off).as_deref(), Some(off));
    }

    #[test]
    fn what_is_written_is_sound() {
        let board = Person::new("Ada: \"Countess\" Lovelace", "ada@acme.example");
        let founder = Founder { board, timezone: "Europe/Berlin".to_owned(), branch: "main".to_owned() };
        let (document, diagnostics) = format::read("corp.yaml", &corp_file("ACME", &founder));
        assert_eq!(diagnostics, []);
        let format::Document::Corp(corp) = document else { panic!("a corp file") };
        assert_eq!(corp.board.unwrap()[0].name.as_deref(), Some("Ada: \"Countess\" Lovelace"));
        let (document, diagnostics) = format::read("agents/cto/agent.yaml", &agent_settings("cto", None));
        assert_eq!(diagnostics, []);
        let format::Document::AgentSettings(settings) = document else { panic!("settings") };
        let AgentSettings { role, status, .. } = *settings;
        assert_eq!((role, status), (Some(Role::Cto), Some(crate::model::status::AgentStatus::Paused)));
    }
}
