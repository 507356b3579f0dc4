//! An [`Edit`] as a change of text: a person's file is patched, a record of the program is written whole.
//!
//! The law: what [`texts`] makes, read again, is what [`Snapshot::apply`] makes without reading
//! (`parse(patch(text, edit)) == apply(parse(text), edit)`). A property test holds both to it.

mod governance;
#[cfg(test)]
mod properties;
mod ticket;

use super::document::{self, Document};
use super::front_matter;
use super::patch::{self, PatchError, Value, patch};
use super::snapshot::{Line, line_text};
use crate::diag::KeyPath;
use crate::model::fill::filled;
use crate::model::plan::{Body, Edit, NewTicket, TicketChange};
use crate::model::ticket::{Ticket, TicketHead};
use crate::model::{Snapshot, TicketId};
use std::collections::BTreeMap;
use ticket::{differences, entry_keys, head_keys, lock_keys, ticket_key};

/// One file and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextChange {
    /// Relative to the company's root, with `/`.
    pub path: String,
    /// What it was; `None`: it was not there, and must not be.
    pub before: Option<String>,
    /// What it becomes; `None`: it goes.
    pub after: Option<String>,
}

/// Why an edit cannot be made in the text.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The file cannot be patched.
    #[error("{path}: {source}")]
    Patch {
        /// The file.
        path: String,
        /// Why not.
        source: Box<PatchError>,
    },
    /// The file that is to be changed is not there.
    #[error("{path} is not there")]
    Missing {
        /// The file.
        path: String,
    },
    /// The file is not what it was when this was decided.
    #[error("{path} has changed meanwhile")]
    Moved {
        /// The file.
        path: String,
    },
    /// The file that is to be made is there already: a checkout or an entry is created exclusively.
    #[error("{path} is there already")]
    Exists {
        /// The file.
        path: String,
    },
}

/// The texts that the edits of a plan come to, in the order of their paths. `snapshot` is the company before them; `read`
/// gives the text of a file as it is committed.
///
/// # Errors
/// The first edit that cannot be made; then none is.
pub fn texts(
    snapshot: &Snapshot,
    edits: &[Edit],
    read: &mut dyn FnMut(&str) -> Option<String>,
) -> Result<Vec<TextChange>, EditError> {
    let mut work = Work { snapshot, read, files: BTreeMap::new() };
    for edit in edits {
        work.edit(edit)?;
    }
    let changed = work.files.into_iter().filter(|(_, (before, after))| before != after);
    Ok(changed.map(|(path, (before, after))| TextChange { path, before, after }).collect())
}

struct Work<'w> {
    snapshot: &'w Snapshot,
    read: &'w mut dyn FnMut(&str) -> Option<String>,
    /// What each file was, and what it is now.
    files: BTreeMap<String, (Option<String>, Option<String>)>,
}

impl Work<'_> {
    fn edit(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::Ticket { id, change } => self.ticket(id, change),
            Edit::NewTicket(new) => self.new_ticket(new),
            Edit::NewDraft { path, head, body } => {
                let text = with_body(path, &head_keys(None, head), body)?;
                self.create(path, text)
            }
            Edit::NewEntry { ticket, entry, body } => {
                let path = format!("{}/{}", Ticket::thread_path_of(ticket), entry.file);
                let text = patched(&path, "---\n---\n", &entry_keys(entry))? + body;
                self.create(&path, text)
            }
            Edit::NewApproval { id, approval, body } => {
                let path = format!("approvals/{id}.md");
                let text = with_body(&path, &governance::approval_keys(id, approval), body)?;
                self.create(&path, text)
            }
            Edit::Approval { id, change } => {
                let path = format!("approvals/{id}.md");
                let text = self.needed(&path)?;
                let text = patched(&path, &text, &[governance::approval_key(change)])?;
                self.put(&path, Some(text));
                Ok(())
            }
            Edit::Lock { ticket, lock } => {
                let path = Ticket::lock_path_of(ticket);
                let text = patched(&path, "", &lock_keys(lock))?;
                self.create(&path, text)
            }
            Edit::Unlock { ticket } => {
                self.put(&Ticket::lock_path_of(ticket), None);
                Ok(())
            }
            Edit::Run(run) => {
                let path = format!("ledger/open/{}.json", run.id);
                self.put(&path, Some(line_text(&Line::Run(run.clone()))));
                Ok(())
            }
            Edit::Firing(firing) => {
                let path = format!("ledger/open/{}.json", firing.id);
                self.put(&path, Some(line_text(&Line::Firing(firing.clone()))));
                Ok(())
            }
            Edit::Correction(correction) => {
                let path = format!("ledger/open/{}.json", correction.id);
                self.put(&path, Some(line_text(&Line::Correction(correction.clone()))));
                Ok(())
            }
            Edit::AgentStatus { agent, status } => {
                let path = format!("agents/{agent}/agent.yaml");
                let text = self.text(&path).unwrap_or_default();
                let text = patched(&path, &text, &[set("status", Value::text(status.to_string()))])?;
                self.put(&path, Some(text));
                Ok(())
            }
            Edit::CompanyStatus(status) => {
                let text = self.needed("corp.yaml")?;
                let text = patched("corp.yaml", &text, &[set("status", Value::text(status.to_string()))])?;
                self.put("corp.yaml", Some(text));
                Ok(())
            }
            Edit::Home(home) => {
                let mut keys = vec![set("clone", Value::text(home.clone.as_str()))];
                keys.extend(home.machine.as_ref().map(|machine| set("machine", Value::text(machine))));
                keys.extend(home.host.as_ref().map(|host| set("host", Value::text(host))));
                keys.push(set("fence", Value::Bare(home.fence.to_string())));
                keys.extend(home.since.map(|since| set("since", Value::Bare(since.to_string()))));
                let text = patched("home.yaml", "", &keys)?;
                self.put("home.yaml", Some(text));
                Ok(())
            }
            Edit::NewPrice(price) => {
                let text = self.text("prices.yaml").unwrap_or_default();
                let text = patched("prices.yaml", &text, &[governance::new_price(price)])?;
                self.put("prices.yaml", Some(text));
                Ok(())
            }
            Edit::BudgetLimit { budget, limit } => {
                let text = self.needed("budgets.yaml")?;
                let missing = || EditError::Missing { path: format!("budgets.yaml: the budget of {}", budget.scope) };
                let edit = governance::budget_limit(&text, budget, *limit).ok_or_else(missing)?;
                let text = patched("budgets.yaml", &text, &[edit])?;
                self.put("budgets.yaml", Some(text));
                Ok(())
            }
            Edit::Paper(paper) => {
                if self.text(&paper.path) != paper.before {
                    return Err(EditError::Moved { path: paper.path.clone() });
                }
                self.put(&paper.path, paper.after.clone());
                Ok(())
            }
        }
    }

    fn ticket(&mut self, id: &TicketId, change: &TicketChange) -> Result<(), EditError> {
        let path = self.snapshot.ticket(id).map_or_else(|| Ticket::path_of(id), |ticket| ticket.path.clone());
        let text = self.needed(&path)?;
        let mut keys = Vec::new();
        if let TicketChange::Assignee(_) = change
            && let (Document::Ticket(file), _) = document::read(&path, &text)
            && file.status.is_none()
        {
            // A file that does not say where it stands says it by its assignee.
            keys.push(set("status", Value::text(super::snapshot::head(&file).status.to_string())));
        }
        keys.push(ticket_key(change));
        let text = patched(&path, &text, &keys)?;
        self.put(&path, Some(text));
        Ok(())
    }

    fn new_ticket(&mut self, new: &NewTicket) -> Result<(), EditError> {
        let Ticket { id, path, head, .. } = &new.ticket;
        let id = set("id", Value::text(id.to_string()));
        let text = match &new.body {
            Body::Text(text) => with_body(path, &head_keys(Some(id), head), text)?,
            Body::Task { path: task, variables } => {
                let text = self.needed(task)?;
                let body = &text[front_matter::split(&text).body];
                with_body(path, &head_keys(Some(id), head), &filled(body, variables))?
            }
            Body::Draft { path: draft } => {
                let text = self.needed(draft)?;
                let said = match document::read(draft, &text).0 {
                    Document::Ticket(file) => super::snapshot::head(&file),
                    _ => TicketHead::new(""),
                };
                let mut keys = vec![id, set("status", Value::text(head.status.to_string()))];
                keys.extend(differences(&said, head).iter().map(ticket_key));
                let text = patched(path, &text, &keys)?;
                self.put(draft, None);
                text
            }
        };
        self.create(path, text)
    }

    /// The text of a file as it is now.
    fn text(&mut self, path: &str) -> Option<String> {
        if let Some((_, now)) = self.files.get(path) {
            return now.clone();
        }
        let text = (self.read)(path);
        self.files.insert(path.to_owned(), (text.clone(), text.clone()));
        text
    }

    fn needed(&mut self, path: &str) -> Result<String, EditError> {
        self.text(path).ok_or_else(|| EditError::Missing { path: path.to_owned() })
    }

    fn create(&mut self, path: &str, text: String) -> Result<(), EditError> {
        if self.text(path).is_some() {
            return Err(EditError::Exists { path: path.to_owned() });
        }
        self.put(path, Some(text));
        Ok(())
    }

    fn put(&mut self, path: &str, text: Option<String>) {
        self.text(path);
        if let Some((_, now)) = self.files.get_mut(path) {
            *now = text;
        }
    }
}

fn patched(path: &str, text: &str, edits: &[patch::Edit]) -> Result<String, EditError> {
    patch(path, text, edits).map_err(|source| EditError::Patch { path: path.to_owned(), source: Box::new(source) })
}

/// A file with these keys and this text below.
fn with_body(path: &str, keys: &[patch::Edit], body: &str) -> Result<String, EditError> {
    let head = patched(path, "---\n---\n", keys)?;
    patched(path, &head, &[patch::Edit::Body(body_text(body))])
}

/// A body as it stands below the front matter: a blank line, the text, the end of the last line.
fn body_text(text: &str) -> String {
    let text = text.trim_matches('\n');
    if text.is_empty() { String::new() } else { format!("\n{text}\n") }
}

fn set(key: &str, value: Value) -> patch::Edit {
    patch::Edit::Set(KeyPath::from(key), value)
}

fn set_or_remove(key: &str, value: Option<Value>) -> patch::Edit {
    match value {
        Some(value) => set(key, value),
        None => patch::Edit::Remove(KeyPath::from(key)),
    }
}

fn list(items: impl IntoIterator<Item = String>) -> Value {
    Value::List(items.into_iter().map(Value::Text).collect())
}
