//! An [`Edit`] as a change of text: a person's file is patched, a record of the program is written whole.
//!
//! The law: what [`texts`] makes, read again, is what [`Snapshot::apply`] makes without reading
//! (`parse(patch(text, edit)) == apply(parse(text), edit)`). A property test holds both to it.

mod governance;
#[cfg(test)]
mod properties;

use super::document::{self, Document};
use super::front_matter;
use super::patch::{self, PatchError, Value, patch};
use super::snapshot::{Line, line_text};
use crate::diag::KeyPath;
use crate::model::fill::filled;
use crate::model::plan::{Body, Edit, NewTicket, TicketChange};
use crate::model::run::Ceiling;
use crate::model::ticket::{Deliverable, Entry, EntryKind, Lock, Review, Stage, StageKind, Ticket, TicketHead};
use crate::model::{Snapshot, TicketId};
use std::collections::BTreeMap;

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

/// A change as an edit of the text.
fn ticket_key(change: &TicketChange) -> patch::Edit {
    let text = |text: &dyn ToString| Value::text(text.to_string());
    let many = |items: Vec<String>| (!items.is_empty()).then(|| list(items));
    match change {
        TicketChange::Title(title) => set("title", Value::text(title)),
        TicketChange::Status(status) => set("status", text(status)),
        TicketChange::Priority(priority) => set("priority", text(priority)),
        TicketChange::Assignee(slug) => set_or_remove("assignee", slug.as_ref().map(|slug| text(slug))),
        TicketChange::Project(slug) => set_or_remove("project", slug.as_ref().map(|slug| text(slug))),
        TicketChange::Goal(slug) => set_or_remove("goal", slug.as_ref().map(|slug| text(slug))),
        TicketChange::Parent(id) => set_or_remove("parent", id.as_ref().map(|id| text(id))),
        TicketChange::BlockedBy(ids) => {
            set_or_remove("blocked_by", many(ids.iter().map(ToString::to_string).collect()))
        }
        TicketChange::Branch(branch) => set_or_remove("branch", branch.as_ref().map(|branch| text(branch))),
        TicketChange::UnblockOwner(slug) => set_or_remove("unblock_owner", slug.as_ref().map(|slug| text(slug))),
        TicketChange::Labels(labels) => set_or_remove("labels", many(labels.clone())),
        TicketChange::Stages(stages) => {
            set_or_remove("stages", (!stages.is_empty()).then(|| Value::List(stages.iter().map(stage).collect())))
        }
        TicketChange::Reviews(reviews) => {
            set_or_remove("reviews", (!reviews.is_empty()).then(|| Value::List(reviews.iter().map(review).collect())))
        }
        TicketChange::Fence(fence) => set("fence", Value::Bare(fence.to_string())),
        TicketChange::Created(at) => set("created", Value::Bare(at.to_string())),
        TicketChange::CreatedBy(slug) => set("created_by", text(slug)),
        TicketChange::Closed(at) => set_or_remove("closed", at.map(|at| Value::Bare(at.to_string()))),
        TicketChange::Body(body) => patch::Edit::Body(body_text(body)),
    }
}

/// What changes between two heads, as far as the program sets it.
fn differences(before: &TicketHead, after: &TicketHead) -> Vec<TicketChange> {
    let all = [
        TicketChange::Title(after.title.clone()),
        TicketChange::Priority(after.priority),
        TicketChange::Assignee(after.assignee.clone()),
        TicketChange::Project(after.project.clone()),
        TicketChange::Goal(after.goal.clone()),
        TicketChange::Parent(after.parent.clone()),
        TicketChange::BlockedBy(after.blocked_by.clone()),
        TicketChange::Branch(after.branch.clone()),
        TicketChange::UnblockOwner(after.unblock_owner.clone()),
        TicketChange::Labels(after.labels.clone()),
        TicketChange::Stages(after.stages.clone()),
        TicketChange::Reviews(after.reviews.clone()),
        TicketChange::Fence(after.fence),
        TicketChange::Closed(after.closed),
    ];
    let created = after.created.map(TicketChange::Created);
    let created_by = after.created_by.clone().map(TicketChange::CreatedBy);
    let changes = all.into_iter().chain(created).chain(created_by);
    changes
        .filter(|change| {
            let mut tried = before.clone();
            tried.change(change);
            tried != *before
        })
        .collect()
}

/// The front matter of a new ticket, in the order in which people read it.
fn head_keys(id: Option<patch::Edit>, head: &TicketHead) -> Vec<patch::Edit> {
    let mut keys: Vec<patch::Edit> = id.into_iter().collect();
    keys.extend([
        set("title", Value::text(&head.title)),
        set("status", Value::text(head.status.to_string())),
        set("priority", Value::text(head.priority.to_string())),
    ]);
    let silent = TicketHead { title: head.title.clone(), ..TicketHead::new("") };
    let differences = differences(&silent, head);
    let written = |change: &&TicketChange| !matches!(change, TicketChange::Title(_) | TicketChange::Priority(_));
    let (times, others): (Vec<_>, Vec<_>) = differences.iter().filter(written).partition(|change| {
        matches!(change, TicketChange::Created(_) | TicketChange::CreatedBy(_) | TicketChange::Closed(_))
    });
    keys.extend(others.into_iter().map(ticket_key));
    if !head.deliverables.is_empty() {
        keys.push(set("deliverables", Value::List(head.deliverables.iter().map(deliverable).collect())));
    }
    keys.extend(head.seed.as_ref().map(|seed| set("seed", Value::text(seed))));
    if !head.formerly.is_empty() {
        keys.push(set("formerly", list(head.formerly.iter().map(ToString::to_string))));
    }
    keys.extend(times.into_iter().map(ticket_key));
    keys
}

fn stage(stage: &Stage) -> Value {
    let kind = match stage.kind {
        StageKind::Review => "review",
        StageKind::Approval => "approval",
    };
    let mut keys = vec![(kind.to_owned(), list(stage.participants.iter().map(ToString::to_string)))];
    if stage.needs != 1 {
        keys.push(("needs".to_owned(), Value::Bare(stage.needs.to_string())));
    }
    Value::Map(keys)
}

fn review(review: &Review) -> Value {
    let mut keys = vec![
        ("stage".to_owned(), Value::Bare(review.stage.to_string())),
        ("by".to_owned(), Value::text(review.by.as_str())),
        ("said".to_owned(), Value::text(review.said.to_string())),
    ];
    keys.extend(review.at.map(|at| ("at".to_owned(), Value::Bare(at.to_string()))));
    Value::Map(keys)
}

fn deliverable(deliverable: &Deliverable) -> Value {
    let (key, text) = match deliverable {
        Deliverable::Path(path) => ("path", path),
        Deliverable::Run(run) => ("run", run),
    };
    Value::Map(vec![(key.to_owned(), Value::text(text))])
}

fn entry_keys(entry: &Entry) -> Vec<patch::Edit> {
    let mut keys = vec![set("author", Value::text(entry.author.as_str()))];
    if entry.kind != EntryKind::Comment {
        keys.push(set("kind", Value::text(entry.kind.to_string())));
    }
    keys.extend(entry.run.as_ref().map(|run| set("run", Value::text(run.as_str()))));
    keys.push(set("at", Value::Bare(entry.at.to_string())));
    keys.extend(entry.to.as_ref().map(|to| set("to", Value::text(to.as_str()))));
    keys.extend(entry.answers.as_ref().map(|file| set("answers", Value::text(file))));
    keys.extend(entry.document.as_ref().map(|name| set("document", Value::text(name.as_str()))));
    keys.extend(entry.revision.map(|revision| set("revision", Value::Bare(revision.to_string()))));
    if let Some(attached) = &entry.attached {
        keys.push(set("name", Value::text(&attached.name)));
        keys.extend(attached.place.as_ref().map(|place| set("file", Value::text(place))));
        keys.push(set("sha256", Value::text(&attached.sha256)));
        keys.push(set("bytes", Value::Bare(attached.bytes.to_string())));
    }
    if let Some(product) = &entry.product {
        keys.push(set("product", Value::text(product.kind.to_string())));
        keys.push(set("reference", Value::text(&product.reference)));
    }
    keys
}

fn lock_keys(lock: &Lock) -> Vec<patch::Edit> {
    let mut keys = vec![set("holder", Value::text(lock.holder.as_str()))];
    keys.extend(lock.run.as_ref().map(|run| set("run", Value::text(run.as_str()))));
    keys.push(set("clone", Value::text(lock.clone.as_str())));
    keys.push(set("fence", Value::Bare(lock.fence.to_string())));
    keys.push(set("since", Value::Bare(lock.since.to_string())));
    if lock.reserved != Ceiling::default() {
        let money = lock.reserved.money.map(|money| ("money".to_owned(), Value::text(money.to_string())));
        let tokens = lock.reserved.tokens.map(|tokens| ("tokens".to_owned(), Value::Bare(tokens.to_string())));
        keys.push(set("reserved", Value::Map(money.into_iter().chain(tokens).collect())));
    }
    keys
}
