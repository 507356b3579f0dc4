//! The things a history is asked about, and which paths they have: an agent, a ticket, a goal, a path.

use super::{Content, Filter, History, HistoryError, Id};
use crate::diag::KeyPath;
use crate::format::difference;
use crate::format::layout::{self, Kind};
use crate::format::patch::Value;
use crate::model::{ApprovalId, Scalar as _, Slug, TicketId};

/// Most earlier ids of a ticket that are followed.
const FORMER_MAX: usize = 16;

/// Something in a company, by the paths it has or had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// What was asked for.
    pub name: String,
    /// Its files and folders; the first is its own file.
    pub paths: Vec<String>,
    /// The ids of a ticket, the present one first.
    pub tickets: Vec<TicketId>,
    /// Whether all files below count, or only those the format knows.
    pub is_path: bool,
}

/// The words that may stand before a colon.
pub const PREFIXES: [&str; 10] =
    ["agent", "ticket", "approval", "goal", "project", "team", "skill", "task", "secret", "vault"];

impl Thing {
    fn new(name: &str, paths: Vec<String>) -> Self {
        Self { name: name.to_owned(), paths, tickets: Vec::new(), is_path: false }
    }

    /// A path of the company.
    pub fn path(text: &str) -> Self {
        let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        Self { is_path: true, ..Self::new(text, vec![parts.join("/")]) }
    }

    /// An agent.
    pub fn agent(slug: &str) -> Self {
        Self::new(slug, vec![format!("agents/{slug}")])
    }

    /// A ticket with its checkout and thread.
    pub fn ticket(id: &TicketId) -> Self {
        Self { tickets: vec![id.clone()], ..Self::new(&id.to_string(), ticket_paths(id)) }
    }

    /// Reads `goal:launch`, `ACME-12`, `AP-3` or a path; `None` for a bare word, which may be an agent or a commit.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((prefix, name)) = text.split_once(':') {
            let one = |path: String| Some(Self::new(text, vec![path]));
            return match prefix {
                "agent" => Slug::parse(name).ok().map(|slug| Self::agent(slug.as_str())),
                "ticket" => TicketId::parse(name).ok().map(|id| Self::ticket(&id)),
                "approval" => one(format!("approvals/{name}.md")),
                "goal" => one(format!("goals/{name}.md")),
                "project" => one(format!("projects/{name}")),
                "team" => one(format!("teams/{name}")),
                "skill" => one(format!("skills/{name}")),
                "task" => one(format!("tasks/{name}")),
                "secret" => Some(Self::new(text, vec![format!("secrets/{name}.yaml"), format!("secrets/{name}.age")])),
                "vault" => one(format!("vaults/{name}.yaml")),
                _ => None,
            };
        }
        if ApprovalId::parse(text).is_ok() {
            return Some(Self::new(text, vec![format!("approvals/{text}.md")]));
        }
        if let Ok(id) = TicketId::parse(text) {
            return Some(Self::ticket(&id));
        }
        (text.contains('/') || text.contains('.') && !text.contains("..")).then(|| Self::path(text))
    }

    fn join_ticket(&mut self, id: &TicketId) {
        if !self.tickets.contains(id) && self.tickets.len() < FORMER_MAX {
            self.tickets.push(id.clone());
            self.paths.extend(ticket_paths(id));
        }
    }
}

fn ticket_paths(id: &TicketId) -> Vec<String> {
    let base = format!("tickets/{}/{id}", id.bucket());
    vec![format!("{base}.md"), format!("{base}.lock"), base]
}

impl History {
    /// What `text` means in the commit `at`: a thing of [`Thing::parse`], a path, or an agent. A ticket that was
    /// renamed is found by its earlier ids too. `None` if there is no such thing then.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn thing(&self, text: &str, at: Id) -> Result<Option<Thing>, HistoryError> {
        let Some(mut thing) = Thing::parse(text) else {
            for thing in [Thing::agent(text), Thing::path(text)] {
                if !text.is_empty() && self.exists(at, &thing.paths[0])? {
                    return Ok(Some(thing));
                }
            }
            return Ok(None);
        };
        if let [id] = &thing.tickets[..] {
            let id = id.clone();
            if self.entry(at, &thing.paths[0])?.is_none()
                && let Some(renamed) = self.renamed(&id, at)?
            {
                thing = Thing { name: thing.name, ..Thing::ticket(&renamed) };
            }
            for former in self.former(&thing.paths[0], at)? {
                thing.join_ticket(&former);
            }
            thing.join_ticket(&id);
            return Ok(Some(thing));
        }
        for path in &thing.paths {
            if self.exists(at, path)? {
                return Ok(Some(thing));
            }
        }
        Ok(None)
    }

    /// The newest commit before `from` in which `thing` was still there, and the one that took it away.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn last_seen(&self, thing: &Thing, from: Id) -> Result<Option<(Id, Id)>, HistoryError> {
        let filter = Filter { thing: Some(Thing { tickets: Vec::new(), ..thing.clone() }), ..Filter::default() };
        for commit in self.walk(from, filter)? {
            let commit = commit?;
            for parent in &commit.parents {
                if self.exists(*parent, &thing.paths[0])? {
                    return Ok(Some((*parent, commit.id)));
                }
            }
        }
        Ok(None)
    }

    /// The ids a ticket's file says it had before.
    pub(super) fn former(&self, path: &str, at: Id) -> Result<Vec<TicketId>, HistoryError> {
        let Some(entry) = self.entry(at, path)? else { return Ok(Vec::new()) };
        let Content::Text(text) = self.content(entry)? else { return Ok(Vec::new()) };
        Ok(former_in(path, &text))
    }

    /// The ticket that had the id `id` before.
    fn renamed(&self, id: &TicketId, at: Id) -> Result<Option<TicketId>, HistoryError> {
        let wanted = id.to_string();
        for (path, entry) in self.files(at, "tickets")? {
            let located = layout::locate(&path);
            if located.kind != Kind::Ticket {
                continue;
            }
            let Content::Text(text) = self.content(entry)? else { continue };
            // Most tickets never had another id; looking for the word is cheaper than reading the keys.
            if text.contains("formerly")
                && memchr::memmem::find(text.as_bytes(), wanted.as_bytes()).is_some()
                && former_in(&path, &text).contains(id)
                && let Ok(now) = TicketId::parse(located.name)
            {
                return Ok(Some(now));
            }
        }
        Ok(None)
    }
}

/// The ids that a ticket's text says it had before.
pub(super) fn former_in(path: &str, text: &str) -> Vec<TicketId> {
    if layout::locate(path).kind != Kind::Ticket || !text.contains("formerly") {
        return Vec::new();
    }
    let value = difference::value(path, text);
    let Some(Value::List(ids)) = value.as_ref().and_then(|value| value.at(&KeyPath::from("formerly"))) else {
        return Vec::new();
    };
    ids.iter()
        .filter_map(|id| match id {
            Value::Text(text) | Value::Bare(text) => TicketId::parse(text).ok(),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_told_by_their_shape() {
        for (text, first) in [
            ("ACME-1234", Some("tickets/0012/ACME-1234.md")),
            ("AP-3", Some("approvals/AP-3.md")),
            ("goal:launch", Some("goals/launch.md")),
            ("project:web", Some("projects/web")),
            ("agent:cto", Some("agents/cto")),
            ("agents/cto/", Some("agents/cto")),
            ("./COMPANY.md", Some("COMPANY.md")),
            ("cto", None),
            ("HEAD~2", None),
            ("a..b", None),
            ("planet:mars", None),
        ] {
            assert_eq!(Thing::parse(text).map(|thing| thing.paths[0].clone()).as_deref(), first, "{text}");
        }
    }
}
