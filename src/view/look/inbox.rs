//! What somebody should look at: what waits for a person's decision, word or work, and what an agent has before it.

use super::tickets::touched;
use crate::engine::stages;
use crate::model::approval::Approval;
use crate::model::authority::Act;
use crate::model::company::Person;
use crate::model::status::{ApprovalStatus, BoardRole, TicketStatus};
use crate::model::ticket::{EntryKind, Ticket};
use crate::model::{Slug, Snapshot};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What kind of thing it is: `approval`, `review`, `question`, `blocked`, `broken`, `mention`, `ticket`.
    pub kind: String,
    /// The approval, the ticket, or the file.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Who is waiting, if it is somebody.
    pub from: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
    /// What to type next.
    pub next: String,
}

/// What `who` should look at: what others wait for first, the oldest first within a kind.
///
/// # Errors
/// `who` is neither an agent nor a person of the board.
pub fn of(snapshot: &Snapshot, who: &Slug) -> Result<Vec<Item>, String> {
    let person = snapshot.company.person(who);
    if person.is_none() && snapshot.worker(who.as_str()).is_none() {
        let known: Vec<&str> = snapshot.company.board.iter().map(|person| person.id.as_str()).collect();
        return Err(format!(
            "`{who}` is no agent, and not on the board ({}); `board` of corp.yaml knows people by their `email`",
            known.join(", ")
        ));
    }
    let decides = person.is_some_and(|person| person.role != BoardRole::Viewer);
    let mut items = Vec::new();
    if decides {
        items.extend(approvals(snapshot, who));
    }
    items.extend(reviews(snapshot, who));
    items.extend(questions(snapshot, who));
    items.extend(blocked(snapshot, who));
    if decides {
        items.extend(broken(snapshot));
    }
    items.extend(mentions(snapshot, who));
    items.extend(assigned(snapshot, who));
    Ok(items)
}

fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by(|one, other| (one.since, &one.id).cmp(&(other.since, &other.id)));
    items
}

fn approvals(snapshot: &Snapshot, who: &Slug) -> Vec<Item> {
    let board = &snapshot.company.board;
    let away = |person: &&Person| person.delegate.as_ref() == Some(who);
    let in_whose_place: Vec<&Person> = board.iter().filter(|person| person.id == *who || away(person)).collect();
    let may = |approval: &Approval| {
        let round = approval.round();
        approval.status == ApprovalStatus::Pending
            && in_whose_place.iter().any(|person| {
                let named = approval.deciders.contains(&person.id);
                let counts = if approval.deciders.is_empty() { person.role.may(Act::Decide) } else { named };
                counts && !round.iter().any(|decision| *decision.voice() == person.id)
            })
    };
    let waiting = snapshot.approvals().iter().filter(|(_, approval)| may(approval));
    sorted(
        waiting
            .map(|(id, approval)| Item {
                kind: "approval".to_owned(),
                id: id.to_string(),
                title: match approval.voided().last() {
                    Some((said, why)) => format!("{} (what {} decided does not count: {why})", approval.title, said.by),
                    None => approval.title.clone(),
                },
                from: approval.requested_by.as_ref().map(ToString::to_string),
                since: approval.created,
                next: format!("corp approval show {id}"),
            })
            .collect(),
    )
}

/// Work of others that waits for somebody's word.
fn reviews(snapshot: &Snapshot, who: &Slug) -> Vec<Item> {
    let asked = named(snapshot, who).filter(|ticket| stages::awaits(&ticket.head, who));
    sorted(
        asked
            .map(|ticket| Item {
                kind: "review".to_owned(),
                id: ticket.id.to_string(),
                title: ticket.head.title.clone(),
                from: ticket.head.assignee.as_ref().map(ToString::to_string),
                since: ticket.head.reviews.last().and_then(|review| review.at),
                next: format!(
                    "corp ticket approve {0} --comment TEXT, or corp ticket return {0} --comment TEXT",
                    ticket.id
                ),
            })
            .collect(),
    )
}

/// The tickets in whose thread somebody is named or asked.
fn named<'s>(snapshot: &'s Snapshot, who: &Slug) -> impl Iterator<Item = &'s Ticket> {
    let ids = snapshot.index().named.get(who).into_iter().flatten();
    ids.filter_map(|id| snapshot.ticket(id)).map(AsRef::as_ref)
}

fn questions(snapshot: &Snapshot, who: &Slug) -> Vec<Item> {
    let asked = named(snapshot, who).flat_map(|ticket| {
        let own = ticket.open_questions().filter(|question| question.to.as_ref() == Some(who));
        own.map(move |question| Item {
            kind: "question".to_owned(),
            id: ticket.id.to_string(),
            title: ticket.head.title.clone(),
            from: Some(question.author.to_string()),
            since: Some(question.at),
            next: format!("corp show {}", ticket.id),
        })
    });
    sorted(asked.collect())
}

fn blocked(snapshot: &Snapshot, who: &Slug) -> Vec<Item> {
    let owned = snapshot.index().owned.get(who).into_iter().flatten();
    let blocked = owned.filter_map(|id| snapshot.ticket(id));
    sorted(
        blocked
            .map(|ticket| Item {
                kind: "blocked".to_owned(),
                id: ticket.id.to_string(),
                title: ticket.head.title.clone(),
                from: ticket.head.assignee.as_ref().map(ToString::to_string),
                since: touched(ticket),
                next: format!("corp explain {}", ticket.id),
            })
            .collect(),
    )
}

fn broken(snapshot: &Snapshot) -> Vec<Item> {
    let items = snapshot.broken().iter().map(|(path, error)| Item {
        kind: "broken".to_owned(),
        id: path.clone(),
        title: error.clone(),
        from: None,
        since: None,
        next: "corp check".to_owned(),
    });
    items.collect()
}

/// Where somebody was named after they last said something themselves.
fn mentions(snapshot: &Snapshot, who: &Slug) -> Vec<Item> {
    let open = named(snapshot, who).filter_map(|ticket| {
        let answered = ticket.thread.iter().filter(|entry| entry.author == *who).map(|entry| entry.at).max();
        let naming = ticket.thread.iter().rev().find(|entry| {
            entry.kind != EntryKind::Question
                && entry.author != *who
                && !(entry.kind == EntryKind::Notice && asks_for_review(ticket, who))
                && entry.mentions.contains(who)
                && answered.is_none_or(|answered| answered < entry.at)
        })?;
        Some(Item {
            kind: "mention".to_owned(),
            id: ticket.id.to_string(),
            title: ticket.head.title.clone(),
            from: Some(naming.author.to_string()),
            since: Some(naming.at),
            next: format!("corp show {}", ticket.id),
        })
    });
    sorted(open.collect())
}

/// Whether a ticket stands in the inbox as one to judge, or did.
fn asks_for_review(ticket: &Ticket, who: &Slug) -> bool {
    ticket.head.stages.iter().any(|stage| stage.participants.contains(who))
}

/// The open tickets of somebody, in the order in which work is taken. Those in the backlog are not their turn yet.
fn assigned(snapshot: &Snapshot, who: &Slug) -> Vec<Item> {
    let turns = snapshot.index().assigned.get(who).into_iter().flatten();
    let mut seen = BTreeSet::new();
    let tickets = turns.filter_map(|turn| snapshot.ticket(&turn.ticket));
    let open = tickets.filter(|ticket| ticket.head.status != TicketStatus::Backlog && seen.insert(ticket.id.clone()));
    open.map(|ticket| Item {
        kind: "ticket".to_owned(),
        id: ticket.id.to_string(),
        title: format!("{} ({})", ticket.head.title, ticket.head.status.to_string().replace('_', " ")),
        from: ticket.head.created_by.as_ref().filter(|creator| *creator != who).map(ToString::to_string),
        since: touched(ticket),
        next: format!("corp show {}", ticket.id),
    })
    .collect()
}
