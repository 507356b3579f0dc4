//! Tickets that answer to a description, and when each was last touched.

use super::{Texts, parse};
use crate::model::status::{Priority, TicketStatus};
use crate::model::ticket::{Ticket, TicketHead};
use crate::model::{Choice as _, Interval, Slug, Snapshot, TicketId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Which tickets. What is left empty leaves nothing out; what is given has to hold all at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Where they stand, one of these. Empty: all that are open.
    pub status: Vec<String>,
    /// Wherever they stand.
    pub all: bool,
    /// Who does them; `nobody` for those without.
    pub assignee: Option<String>,
    /// They have each of these.
    pub label: Vec<String>,
    /// The project they belong to.
    pub project: Option<String>,
    /// The goal they serve, themselves or through what they are part of.
    pub goal: Option<String>,
    /// The ticket they are part of, at any depth.
    pub parent: Option<String>,
    /// Nothing has happened to them for this long: `3d`.
    pub stale: Option<String>,
    /// Their title, body and thread together hold these words.
    pub text: Option<String>,
}

/// A ticket on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// What is wanted.
    pub title: String,
    /// Where it stands.
    pub status: TicketStatus,
    /// How urgent it is.
    pub priority: Priority,
    /// Who does it.
    pub assignee: Option<String>,
    /// Who has it checked out.
    pub holder: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The goal it serves.
    pub goal: Option<String>,
    /// The ticket it is a part of.
    pub parent: Option<String>,
    /// Words to sort it by.
    pub labels: Vec<String>,
    /// Tickets it waits for that are not done.
    pub waits_for: Vec<String>,
    /// When something last happened to it, as far as its files tell.
    pub touched: Option<Timestamp>,
}

/// The tickets of a description: the open ones first, each group in the order in which work is taken. If `is_brief`, nothing is
/// said of what they belong to.
///
/// # Errors
/// A word of the filter means nothing, or names what is not there.
pub fn rows(
    snapshot: &Snapshot,
    filter: &Filter,
    is_brief: bool,
    texts: &dyn Texts,
    now: Timestamp,
) -> Result<Vec<Row>, String> {
    let found = chosen(snapshot, filter, texts, now)?;
    let row = if is_brief { brief } else { row };
    Ok(found.into_iter().map(|ticket| row(snapshot, ticket)).collect())
}

/// The same, as what they are.
pub(super) fn chosen<'s>(
    snapshot: &'s Snapshot,
    filter: &Filter,
    texts: &dyn Texts,
    now: Timestamp,
) -> Result<Vec<&'s Ticket>, String> {
    let chosen = Chosen::new(snapshot, filter, texts, now)?;
    let tickets = snapshot.tickets().map(AsRef::as_ref).filter(|ticket| chosen.takes(snapshot, ticket));
    let mut found: Vec<_> = tickets
        .map(|ticket| {
            let head = &ticket.head;
            ((head.status.is_closed(), head.priority, head.created, &ticket.id), ticket)
        })
        .collect();
    found.sort_unstable_by_key(|(key, _)| *key);
    Ok(found.into_iter().map(|(_, ticket)| ticket).collect())
}

/// A ticket on one line.
pub fn row(snapshot: &Snapshot, ticket: &Ticket) -> Row {
    let head = &ticket.head;
    Row {
        project: head.project.as_ref().map(ToString::to_string),
        goal: snapshot.goal_of(head).map(|goal| goal.to_string()),
        parent: head.parent.as_ref().map(ToString::to_string),
        ..brief(snapshot, ticket)
    }
}

/// A ticket on one line, without what it belongs to.
fn brief(snapshot: &Snapshot, ticket: &Ticket) -> Row {
    let head = &ticket.head;
    Row {
        id: ticket.id.to_string(),
        title: head.title.clone(),
        status: head.status,
        priority: head.priority,
        assignee: head.assignee.as_ref().map(ToString::to_string),
        holder: ticket.lock.as_ref().map(|lock| lock.holder.to_string()),
        project: None,
        goal: None,
        parent: None,
        labels: head.labels.clone(),
        waits_for: waits_for(snapshot, head).map(ToString::to_string).collect(),
        touched: touched(ticket),
    }
}

/// The blockers that are not done yet. One that is gone, or was cancelled, blocks still: somebody has to say what then.
pub fn waits_for<'s>(snapshot: &'s Snapshot, head: &'s TicketHead) -> impl Iterator<Item = &'s TicketId> {
    let is_done = |id: &&TicketId| snapshot.ticket(id).is_some_and(|blocker| blocker.head.status == TicketStatus::Done);
    head.blocked_by.iter().filter(move |id| !is_done(id))
}

/// When something last happened to a ticket, as far as its files tell: what was said, taken, closed.
pub fn touched(ticket: &Ticket) -> Option<Timestamp> {
    let head = [ticket.head.created, ticket.head.closed, ticket.lock.as_ref().map(|lock| lock.since)];
    ticket.thread.iter().map(|entry| entry.at).chain(head.into_iter().flatten()).max()
}

/// A filter whose words are understood.
struct Chosen {
    statuses: Option<BTreeSet<TicketStatus>>,
    assignee: Option<Option<Slug>>,
    labels: Vec<String>,
    project: Option<Slug>,
    goals: Option<Vec<Slug>>,
    below: Option<BTreeSet<TicketId>>,
    before: Option<Timestamp>,
    found: Option<BTreeSet<TicketId>>,
}

impl Chosen {
    fn new(snapshot: &Snapshot, filter: &Filter, texts: &dyn Texts, now: Timestamp) -> Result<Self, String> {
        let statuses = filter.status.iter().map(|word| status(word)).collect::<Result<BTreeSet<_>, _>>()?;
        let open =
            || TicketStatus::ALL.iter().map(|(_, status)| *status).filter(|status| !status.is_closed()).collect();
        let goals = match &filter.goal {
            None => None,
            Some(goal) => {
                let goal: Slug = parse(goal)?;
                if !snapshot.goals().contains_key(&goal) {
                    return Err(format!("there is no goal `{goal}`; `corp goal tree` shows them"));
                }
                Some(snapshot.goals_below(&goal))
            }
        };
        let project = filter.project.as_deref().map(parse::<Slug>).transpose()?;
        if let Some(project) = &project
            && !snapshot.projects().contains_key(project)
        {
            let known: Vec<&str> = snapshot.projects().keys().map(Slug::as_str).collect();
            return Err(format!("there is no project `{project}`; there are: {}", known.join(", ")));
        }
        let stale = filter.stale.as_deref().map(parse::<Interval>).transpose()?;
        Ok(Self {
            statuses: match (filter.all, statuses.is_empty()) {
                (true, true) => None,
                (false, true) => Some(open()),
                (_, false) => Some(statuses),
            },
            assignee: match filter.assignee.as_deref() {
                None => None,
                Some("nobody") => Some(None),
                Some(who) => Some(Some(parse(who)?)),
            },
            labels: filter.label.clone(),
            project,
            goals,
            below: match &filter.parent {
                None => None,
                Some(parent) => Some(below(snapshot, &parse(parent)?)?),
            },
            before: stale.map(|age| {
                let age = jiff::SignedDuration::from_millis(i64::try_from(age.ms()).unwrap_or(i64::MAX));
                now.checked_sub(age).unwrap_or(Timestamp::MIN)
            }),
            found: filter.text.as_deref().map(|words| texts.find(words)).transpose()?,
        })
    }

    fn takes(&self, snapshot: &Snapshot, ticket: &Ticket) -> bool {
        let head = &ticket.head;
        self.statuses.as_ref().is_none_or(|statuses| statuses.contains(&head.status))
            && self.assignee.as_ref().is_none_or(|assignee| head.assignee == *assignee)
            && self.labels.iter().all(|label| head.labels.contains(label))
            && self.project.as_ref().is_none_or(|project| head.project.as_ref() == Some(project))
            && self.below.as_ref().is_none_or(|below| below.contains(&ticket.id))
            && self.found.as_ref().is_none_or(|found| found.contains(&ticket.id))
            && self.before.is_none_or(|before| touched(ticket).is_none_or(|touched| touched <= before))
            && self.goals.as_ref().is_none_or(|goals| snapshot.goal_of(head).is_some_and(|goal| goals.contains(&goal)))
    }
}

fn status(word: &str) -> Result<TicketStatus, String> {
    TicketStatus::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = TicketStatus::ALL.iter().map(|(word, _)| *word).collect();
        format!("`{word}` is no status of a ticket: {}", words.join(", "))
    })
}

/// All parts of a ticket, the parts of its parts among them.
fn below(snapshot: &Snapshot, ticket: &TicketId) -> Result<BTreeSet<TicketId>, String> {
    let top = snapshot.ticket(ticket).ok_or_else(|| super::no_ticket(ticket))?;
    let mut found = BTreeSet::new();
    let mut ahead = vec![top.id.clone()];
    while let Some(id) = ahead.pop() {
        for child in snapshot.index().children.get(&id).into_iter().flatten() {
            if found.insert(child.clone()) {
                ahead.push(child.clone());
            }
        }
    }
    Ok(found)
}
