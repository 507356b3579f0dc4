//! Something is said in a thread.

use super::making::{Making, entry_subject};
use crate::engine::event::Said;
use crate::engine::refusal::Refusal;
use crate::model::plan::{Answer, Plan, Reason};
use crate::model::ticket::EntryKind;
use crate::model::{Actor, TicketId};

/// Adds an entry to a ticket's thread.
pub(super) fn comment(mut making: Making<'_>, by: &Actor, id: &TicketId, said: &Said) -> Result<Plan, Refusal> {
    let ticket = making.ticket(id)?;
    if said.body.trim().is_empty() && said.kind != EntryKind::Attachment {
        return Err(Refusal::Invalid("there is nothing in it".to_owned()));
    }
    let mut entry = making.entry(by, said.kind);
    match said.kind {
        EntryKind::Question => entry.to.clone_from(&said.to),
        EntryKind::Answer => {
            let question = said.answers.as_deref().and_then(|file| {
                ticket.thread.iter().find(|other| other.kind == EntryKind::Question && other.file == file)
            });
            let Some(question) = question else {
                return Err(Refusal::Invalid(format!("an answer names a question of {}", ticket.id)));
            };
            entry.answers = Some(question.file.clone());
        }
        EntryKind::Document => {
            let Some((name, based_on)) = &said.document else {
                return Err(Refusal::Invalid("a document has a short name".to_owned()));
            };
            let revisions = ticket.thread.iter().filter(|other| other.document.as_ref() == Some(name));
            let newest = revisions.filter_map(|other| other.revision).max().unwrap_or(0);
            if based_on.unwrap_or(0) != newest {
                let words = format!("`{name}` is at revision {newest}, and this was made from another; look again");
                return Err(Refusal::Invalid(words));
            }
            entry.document = Some(name.clone());
            entry.revision = Some(newest + 1);
        }
        EntryKind::Notice => {
            return Err(Refusal::NotAllowed {
                who: by.to_string(),
                what: "write a notice".to_owned(),
                why: "notices are the program's".to_owned(),
            });
        }
        EntryKind::Comment | EntryKind::Decision | EntryKind::Attachment => {}
    }
    match said.kind {
        // A comment by itself is no progress: a loop of comments is a loop.
        EntryKind::Comment | EntryKind::Notice => {}
        EntryKind::Question | EntryKind::Answer | EntryKind::Decision | EntryKind::Document | EntryKind::Attachment => {
            making.progress(by);
        }
    }
    let file = making.say(ticket, entry, &said.body);
    let subject = entry_subject(by.name(), said.kind, &ticket.id);
    let reason = Reason { tickets: vec![ticket.id.clone()], ..Reason::new(by.clone(), subject) };
    Ok(making.plan(reason, Answer::Added { ticket: ticket.id.clone(), file }))
}
