//! Something is said in a thread.

use super::making::{Making, entry_subject};
use crate::engine::event::Said;
use crate::engine::refusal::Refusal;
use crate::model::company::NotifyEvent;
use crate::model::plan::{Answer, Edit, Paper, Plan, Reason};
use crate::model::ticket::{Attached, EntryKind, Product, ProductKind, Ticket};
use crate::model::{Actor, TicketId};

/// Adds an entry to a ticket's thread.
pub(super) fn comment(mut making: Making<'_>, by: &Actor, id: &TicketId, said: &Said) -> Result<Plan, Refusal> {
    let ticket = making.ticket(id)?;
    if said.body.trim().is_empty() && !matches!(said.kind, EntryKind::Attachment | EntryKind::Product) {
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
        EntryKind::Attachment => entry.attached = Some(attach(&mut making, ticket, said)?),
        EntryKind::Product => entry.product = Some(product(said)?),
        EntryKind::Comment | EntryKind::Decision => {}
    }
    match said.kind {
        // A comment by itself is no progress: a loop of comments is a loop.
        EntryKind::Comment | EntryKind::Notice => {}
        EntryKind::Question
        | EntryKind::Answer
        | EntryKind::Decision
        | EntryKind::Document
        | EntryKind::Attachment
        | EntryKind::Product => making.progress(by),
    }
    if let (EntryKind::Question, Some(to)) = (said.kind, &said.to)
        && making.snapshot.company.person(to).is_some()
    {
        let about = format!("question:{}:{}", ticket.id, entry.file);
        let title = format!("{by} asks {to} in {}: {}", ticket.id, ticket.head.title);
        making.tell(NotifyEvent::Question, about, title, said.body.clone());
    }
    let file = making.say(ticket, entry, &said.body);
    let subject = entry_subject(by.name(), said.kind, &ticket.id);
    let reason = Reason { tickets: vec![ticket.id.clone()], ..Reason::new(by.clone(), subject) };
    Ok(making.plan(reason, Answer::Added { ticket: ticket.id.clone(), file }))
}

/// Largest text that lies in the history with its ticket, in bytes: what a person reads. Everything else would stay in every
/// clone for ever.
const HISTORY_BYTES_MAX: u64 = 64 << 10;

/// Longest name of an attachment, in characters: what file systems hold with room for what is put before it.
const NAME_CHARS_MAX: usize = 120;

/// A file is attached: in the history if it is a short text, and otherwise outside of it.
fn attach(making: &mut Making<'_>, ticket: &Ticket, said: &Said) -> Result<Attached, Refusal> {
    let invalid = |why: String| Err(Refusal::Invalid(why));
    let Some((attached, text)) = &said.attached else { return invalid("an attachment is a file".to_owned()) };
    let name = &attached.name;
    let odd = |c: char| c.is_control() || matches!(c, '/' | '\\');
    if name.trim().is_empty() || name.starts_with('.') || name.contains(odd) || name.chars().count() > NAME_CHARS_MAX {
        return invalid(format!(
            "`{}` cannot be the name of an attachment; give it another with `--name`",
            name.escape_debug()
        ));
    }
    let most = making.snapshot.company.attachment_bytes;
    if attached.bytes > most {
        return invalid(format!(
            "{name} has {} bytes, and an attachment has at most {most} (`limits.attachment_bytes` of corp.yaml)",
            attached.bytes
        ));
    }
    let Some(text) = text.as_ref().filter(|_| attached.bytes <= HISTORY_BYTES_MAX) else { return Ok(attached.clone()) };
    let known = ticket.thread.iter().filter_map(|entry| entry.attached.as_ref());
    if let Some(known) = known.into_iter().find(|known| known.sha256 == attached.sha256 && known.place.is_some()) {
        return Ok(Attached { place: known.place.clone(), ..attached.clone() });
    }
    // A name of a few plain letters: what people call it stands in the entry.
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' };
    let short: String = attached.sha256.chars().take(8).collect();
    let place = format!("files/{short}-{}", name.chars().map(plain).collect::<String>());
    let path = format!("{}/{place}", Ticket::thread_path_of(&ticket.id));
    making.edit(Edit::Paper(Box::new(Paper { path, before: None, after: Some(text.clone()) })));
    Ok(Attached { place: Some(place), ..attached.clone() })
}

/// A work product is recorded: what its kind is found by.
fn product(said: &Said) -> Result<Product, Refusal> {
    let Some(product) = &said.product else {
        return Err(Refusal::Invalid("a work product is found somewhere".to_owned()));
    };
    let reference = product.reference.trim();
    let one_word = !reference.is_empty() && !reference.contains(|c: char| c.is_whitespace() || c.is_control());
    let (fits, expected) = match product.kind {
        ProductKind::Branch => (!reference.starts_with('-'), "the name of a branch"),
        ProductKind::Commit => {
            let hex = reference.bytes().all(|byte| byte.is_ascii_hexdigit());
            (hex && (7..=64).contains(&reference.len()), "7 to 64 hexadecimal digits")
        }
        ProductKind::PullRequest | ProductKind::Preview => (
            reference.starts_with("https://") || reference.starts_with("http://"),
            "an address that begins with https://",
        ),
    };
    if one_word && fits {
        return Ok(Product { kind: product.kind, reference: reference.to_owned() });
    }
    Err(Refusal::Invalid(format!("`{}` is no {}: it takes {expected}", reference.escape_debug(), product.kind)))
}
