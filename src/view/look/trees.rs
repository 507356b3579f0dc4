//! Things that hang together: tickets and their parts, goals and what serves them, and the way from a ticket up to what
//! the company is for.

use super::no_ticket;
use crate::model::status::TicketStatus;
use crate::model::ticket::Ticket;
use crate::model::{Slug, Snapshot, TicketId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A ticket and its parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketNode {
    /// Its id.
    pub id: String,
    /// What is wanted.
    pub title: String,
    /// Where it stands.
    pub status: String,
    /// Who does it.
    pub assignee: Option<String>,
    /// Its parts.
    pub parts: Vec<Self>,
}

/// A goal, how far it is, and the goals that serve it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalNode {
    /// Its slug.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Its projects.
    pub projects: Vec<String>,
    /// Tickets that serve it, or a goal below it, and are done.
    pub done: usize,
    /// All tickets that serve it, or a goal below it, and were not cancelled.
    pub tickets: usize,
    /// The goals that serve it.
    pub goals: Vec<Self>,
}

/// A step on the way from a ticket up to the mission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What it is: `ticket`, `part of`, `project`, `goal`, `company`.
    pub what: String,
    /// Its id or slug.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// One ticket with its parts, or all that are part of nothing.
///
/// # Errors
/// There is no such ticket.
pub fn tickets(snapshot: &Snapshot, top: Option<&TicketId>, closed: bool) -> Result<Vec<TicketNode>, String> {
    let mut seen = BTreeSet::new();
    if let Some(id) = top {
        let ticket = snapshot.ticket(id).ok_or_else(|| no_ticket(id))?;
        return Ok(vec![node(snapshot, ticket, true, &mut seen)]);
    }
    let is_top = |ticket: &&std::sync::Arc<Ticket>| {
        ticket.head.parent.as_ref().is_none_or(|parent| snapshot.ticket(parent).is_none())
    };
    let tops = snapshot.tickets().filter(is_top).filter(|ticket| closed || !ticket.head.status.is_closed());
    Ok(tops.map(|ticket| node(snapshot, ticket, closed, &mut seen)).collect())
}

fn node(snapshot: &Snapshot, ticket: &Ticket, closed: bool, seen: &mut BTreeSet<TicketId>) -> TicketNode {
    // A circle of parents is an error the rules report; here each ticket stands once.
    seen.insert(ticket.id.clone());
    let mut parts = Vec::new();
    for id in snapshot.index().children.get(&ticket.id).into_iter().flatten() {
        if let Some(part) = snapshot.ticket(id).filter(|part| closed || !part.head.status.is_closed())
            && !seen.contains(id)
        {
            parts.push(node(snapshot, part, closed, seen));
        }
    }
    TicketNode {
        id: ticket.id.to_string(),
        title: ticket.head.title.clone(),
        status: ticket.head.status.to_string(),
        assignee: ticket.head.assignee.as_ref().map(ToString::to_string),
        parts,
    }
}

/// All goals, those that serve no other on top.
pub fn goals(snapshot: &Snapshot) -> Vec<GoalNode> {
    let mut counts: BTreeMap<Slug, (usize, usize)> = BTreeMap::new();
    for ticket in snapshot.tickets().filter(|ticket| ticket.head.status != TicketStatus::Cancelled) {
        let Some(goal) = snapshot.goal_of(&ticket.head) else { continue };
        for above in snapshot.goal_chain(&goal) {
            let (done, all) = counts.entry(above).or_default();
            *done += usize::from(ticket.head.status == TicketStatus::Done);
            *all += 1;
        }
    }
    let tops = snapshot.goals().iter().filter(|(slug, goal)| match &goal.parent {
        None => true,
        // A circle has no top: the first of it by name is shown.
        Some(parent) => {
            let chain = snapshot.goal_chain(slug);
            !snapshot.goals().contains_key(parent)
                || chain
                    .last()
                    .and_then(|last| snapshot.goals().get(last)?.parent.as_ref())
                    .is_some_and(|next| chain.contains(next) && chain.iter().min() == Some(*slug))
        }
    });
    let mut seen = BTreeSet::new();
    tops.map(|(slug, _)| goal_node(snapshot, slug, &counts, &mut seen)).collect()
}

fn goal_node(
    snapshot: &Snapshot,
    slug: &Slug,
    counts: &BTreeMap<Slug, (usize, usize)>,
    seen: &mut BTreeSet<Slug>,
) -> GoalNode {
    seen.insert(slug.clone());
    let goal = &snapshot.goals()[slug];
    let (done, tickets) = counts.get(slug).copied().unwrap_or_default();
    let mut below = Vec::new();
    for (child, found) in snapshot.goals() {
        if found.parent.as_ref() == Some(slug) && !seen.contains(child) {
            below.push(goal_node(snapshot, child, counts, seen));
        }
    }
    let projects = snapshot.projects().iter().filter(|(_, project)| project.goal.as_ref() == Some(slug));
    GoalNode {
        slug: slug.to_string(),
        name: goal.name.clone().unwrap_or_else(|| slug.to_string()),
        status: goal.status.to_string(),
        owner: goal.owner.as_ref().map(ToString::to_string),
        projects: projects.map(|(slug, _)| slug.to_string()).collect(),
        done,
        tickets,
        goals: below,
    }
}

/// From a ticket up to what the company is for.
///
/// # Errors
/// There is no such ticket.
pub fn why(snapshot: &Snapshot, id: &TicketId) -> Result<Vec<Step>, String> {
    let ticket = snapshot.ticket(id).ok_or_else(|| no_ticket(id))?;
    let step =
        |what: &str, id: &str, name: &str| Step { what: what.to_owned(), id: id.to_owned(), name: name.to_owned() };
    let mut steps = vec![step("ticket", &ticket.id.to_string(), &ticket.head.title)];
    let mut seen = BTreeSet::from([ticket.id.clone()]);
    let mut project = ticket.head.project.clone();
    let mut head = &ticket.head;
    while let Some(parent) = head.parent.as_ref().and_then(|parent| snapshot.ticket(parent)) {
        if !seen.insert(parent.id.clone()) {
            break;
        }
        steps.push(step("part of", &parent.id.to_string(), &parent.head.title));
        project = project.or_else(|| parent.head.project.clone());
        head = &parent.head;
    }
    if let Some(slug) = project {
        let name = snapshot.projects().get(&slug).and_then(|project| project.name.as_deref());
        steps.push(step("project", slug.as_str(), name.unwrap_or(slug.as_str())));
    }
    for slug in snapshot.goal_of(&ticket.head).map(|goal| snapshot.goal_chain(&goal)).unwrap_or_default() {
        let name = snapshot.goals().get(&slug).and_then(|goal| goal.name.as_deref());
        steps.push(step("goal", slug.as_str(), name.unwrap_or(slug.as_str())));
    }
    steps.push(step("company", "COMPANY.md", &snapshot.company.name));
    Ok(steps)
}
