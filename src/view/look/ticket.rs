//! One ticket in full: what it says, what belongs to it, and what was said about it.

use super::tickets::{Row, row};
use super::{Texts, no_ticket};
use crate::engine::{secrets, stages};
use crate::model::ticket::{Deliverable, Ticket};
use crate::model::{Snapshot, TicketId, mentions};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A ticket in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Full {
    /// What fits on a line.
    pub row: Row,
    /// Where its file is.
    pub path: String,
    /// Who created it.
    pub created_by: Option<String>,
    /// When.
    pub created: Option<Timestamp>,
    /// When it was done or cancelled.
    pub closed: Option<Timestamp>,
    /// Since when somebody has it checked out.
    pub held_since: Option<Timestamp>,
    /// All tickets that are to be done first.
    pub blocked_by: Vec<String>,
    /// Who unblocks it.
    pub unblock_owner: Option<String>,
    /// What keeps its agent from starting on it, with what to type.
    #[serde(default)]
    pub lacking: Option<String>,
    /// Its parts.
    pub parts: Vec<Row>,
    /// The tickets that wait for it.
    pub blocks: Vec<String>,
    /// Ids it had before.
    pub formerly: Vec<String>,
    /// What it passes through before it is done, in words.
    pub stages: Vec<String>,
    /// What must be there before it is done, in words.
    pub deliverables: Vec<String>,
    /// Tickets that its text and its thread name.
    #[serde(default)]
    pub names: Vec<String>,
    /// Where links in its text and its thread lead.
    #[serde(default)]
    pub links: Vec<String>,
    /// What is wanted, in full.
    pub body: String,
    /// What was said, oldest first.
    pub thread: Vec<Said>,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The name of its file.
    pub file: String,
    /// Who said it.
    pub author: String,
    /// What kind of entry it is.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// The run that wrote it.
    pub run: Option<String>,
    /// For a question: who should answer.
    pub to: Option<String>,
    /// For a question: whether somebody has answered.
    pub answered: Option<bool>,
    /// For an answer: the file of the question.
    pub answers: Option<String>,
    /// For a document: its short name and revision.
    pub document: Option<(String, u64)>,
    /// For an attachment: the file.
    #[serde(default)]
    pub attached: Option<File>,
    /// For a work product: its kind, and its name, id or address.
    #[serde(default)]
    pub product: Option<(String, String)>,
    /// What was said.
    pub text: String,
}

/// A file that was attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// What it is called.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of what it holds.
    pub sha256: String,
    /// Where it lies in the company; `None`: outside of the history, on the machine that took it.
    pub path: Option<String>,
}

/// A ticket in full.
///
/// # Errors
/// There is none, or its texts cannot be read.
pub fn full(snapshot: &Snapshot, id: &TicketId, texts: &dyn Texts) -> Result<Full, String> {
    let ticket = snapshot.ticket(id).ok_or_else(|| no_ticket(id))?;
    let head = &ticket.head;
    let words = |ids: &[TicketId]| ids.iter().map(ToString::to_string).collect();
    let children = snapshot.index().children.get(&ticket.id).into_iter().flatten();
    let blocks = snapshot.index().blocked.get(&ticket.id).into_iter().flatten();
    let under_way = stages::under_way(head);
    let stages = head.stages.iter().enumerate().map(|(at, stage)| {
        let who: Vec<&str> = stage.participants.iter().map(crate::model::Slug::as_str).collect();
        let words = format!("{} by {} of {}", stages::kind(stage.kind), stage.needs, who.join(", "));
        match under_way.as_ref().filter(|standing| standing.number == at as u64 + 1) {
            Some(standing) => {
                let waits_for: Vec<&str> = standing.waits_for().map(crate::model::Slug::as_str).collect();
                format!("{words} (waits for {})", waits_for.join(", "))
            }
            None => words,
        }
    });
    let deliverables = head.deliverables.iter().map(|deliverable| match deliverable {
        Deliverable::Path(path) => format!("the file {path}"),
        Deliverable::Run(command) => format!("success of `{command}`"),
    });
    let body = texts.body(&ticket.path)?;
    let thread = thread(ticket, texts)?;
    let all = std::iter::once(&body).chain(thread.iter().map(|said| &said.text));
    let all = mentions::references(&all.map(String::as_str).collect::<Vec<_>>().join("\n\n"));
    let named = all.tickets.iter().filter(|id| **id != ticket.id).filter_map(|id| snapshot.ticket(id));
    let names = named.map(|ticket| ticket.id.to_string()).collect();
    Ok(Full {
        row: row(snapshot, ticket),
        path: ticket.path.clone(),
        created_by: head.created_by.as_ref().map(ToString::to_string),
        created: head.created,
        closed: head.closed,
        held_since: ticket.lock.as_ref().map(|lock| lock.since),
        blocked_by: words(&head.blocked_by),
        unblock_owner: head.unblock_owner.as_ref().map(ToString::to_string),
        lacking: secrets::lacking(snapshot, ticket),
        parts: children.filter_map(|id| snapshot.ticket(id)).map(|part| row(snapshot, part)).collect(),
        blocks: blocks.map(ToString::to_string).collect(),
        formerly: words(&head.formerly),
        stages: stages.collect(),
        deliverables: deliverables.collect(),
        names,
        links: all.links,
        body,
        thread,
    })
}

fn thread(ticket: &Ticket, texts: &dyn Texts) -> Result<Vec<Said>, String> {
    let open: Vec<&str> = ticket.open_questions().map(|question| question.file.as_str()).collect();
    let folder = Ticket::thread_path_of(&ticket.id);
    // Files of one second lie by name. What was said first is shown first, and what the program says of it after it.
    let mut entries: Vec<_> = ticket.thread.iter().collect();
    entries.sort_by_key(|entry| (entry.at, entry.kind == crate::model::ticket::EntryKind::Notice));
    let said = entries.into_iter().map(|entry| {
        Ok(Said {
            file: entry.file.clone(),
            author: entry.author.to_string(),
            kind: entry.kind.to_string(),
            at: entry.at,
            run: entry.run.as_ref().map(|run| run.as_str().to_owned()),
            to: entry.to.as_ref().map(ToString::to_string),
            answered: (entry.kind == crate::model::ticket::EntryKind::Question)
                .then(|| !open.contains(&entry.file.as_str())),
            answers: entry.answers.clone(),
            document: entry.document.as_ref().map(|name| (name.to_string(), entry.revision.unwrap_or(1))),
            attached: entry.attached.as_ref().map(|attached| File {
                name: attached.name.clone(),
                bytes: attached.bytes,
                sha256: attached.sha256.clone(),
                path: attached.place.as_ref().map(|place| format!("{folder}/{place}")),
            }),
            product: entry.product.as_ref().map(|product| (product.kind.to_string(), product.reference.clone())),
            text: texts.body(&format!("{folder}/{}", entry.file))?,
        })
    });
    said.collect()
}
