//! What of the company's tickets concerns an agent: those it may see, and those it may change.

use super::stages;
use crate::model::agent::AssignScope;
use crate::model::plan::TicketChange;
use crate::model::ticket::Ticket;
use crate::model::{Slug, Snapshot, TicketId};
use std::collections::BTreeSet;

/// Who sees which ticket, in words.
pub const RULE: &str = "an agent sees its own tickets, what they are part of, their parts and what they wait for, those it \
    made, those of its reports, and those in which it is named or reviews";

/// Most steps up a line: of tickets that are parts of one another, of agents that report to one another. No company is
/// deeper, and a line that runs in a circle ends.
const STEPS_MAX: usize = 64;

/// Whether an agent sees a ticket.
pub fn sees(snapshot: &Snapshot, agent: &Slug, ticket: &Ticket) -> bool {
    let head = &ticket.head;
    if concerns(snapshot, agent, ticket)
        || snapshot.index().named.get(agent).is_some_and(|all| all.contains(&ticket.id))
    {
        return true;
    }
    if head.stages.iter().any(|stage| stage.participants.contains(agent)) {
        return true;
    }
    // What one's own ticket is a part of, its parts, and what it waits for.
    let near = |other: &Ticket| {
        let parents = parents(snapshot, other);
        parents.contains(&ticket.id) || other.head.blocked_by.contains(&ticket.id)
    };
    let is_own_part = parents(snapshot, ticket)
        .iter()
        .filter_map(|id| snapshot.ticket(id))
        .any(|parent| concerns(snapshot, agent, parent));
    let own = snapshot.index().assigned.get(agent).into_iter().flatten();
    is_own_part || own.filter_map(|turn| snapshot.ticket(&turn.ticket)).any(|own| near(own))
}

/// Whether a ticket is an agent's: to do, made by it, or of those who report to it; or to be had by anybody.
fn concerns(snapshot: &Snapshot, agent: &Slug, ticket: &Ticket) -> bool {
    let head = &ticket.head;
    head.assignee.as_ref().is_none_or(|assignee| assignee == agent || reports_to(snapshot, assignee, agent))
        || head.created_by.as_ref() == Some(agent)
        || ticket.lock.as_ref().is_some_and(|lock| lock.holder == *agent)
}

/// Whether `agent` reports to `boss`, directly or not.
fn reports_to(snapshot: &Snapshot, agent: &Slug, boss: &Slug) -> bool {
    let mut at = agent.clone();
    for _ in 0..STEPS_MAX {
        let above = snapshot.worker(at.as_str()).and_then(|worker| worker.agent.reports_to.clone());
        match above {
            Some(above) if above == *boss => return true,
            Some(above) => at = above,
            None => return false,
        }
    }
    false
}

fn parents(snapshot: &Snapshot, ticket: &Ticket) -> BTreeSet<TicketId> {
    let mut found = BTreeSet::new();
    let mut at = ticket.head.parent.clone();
    while let Some(id) = at.filter(|_| found.len() < STEPS_MAX) {
        at = snapshot.ticket(&id).and_then(|parent| parent.head.parent.clone());
        if !found.insert(id) {
            break;
        }
    }
    found
}

/// Why an agent may not make these changes of a ticket; `None`: it may.
pub(super) fn forbids(
    snapshot: &Snapshot,
    agent: &Slug,
    ticket: &Ticket,
    changes: &[TicketChange],
    reopen: bool,
) -> Option<String> {
    let head = &ticket.head;
    let says_where_it_stands = changes.iter().all(|change| matches!(change, TicketChange::Status(_)));
    if says_where_it_stands && stages::under_way(head).is_some_and(|standing| standing.is_judge(agent)) {
        return None;
    }
    let is_in_charge = head.created_by.as_ref() == Some(agent)
        || head.assignee.as_ref().is_some_and(|assignee| reports_to(snapshot, assignee, agent));
    let does_it =
        head.assignee.as_ref() == Some(agent) || ticket.lock.as_ref().is_some_and(|lock| lock.holder == *agent);
    if !is_in_charge && !does_it {
        let whose =
            head.assignee.as_ref().map_or_else(|| "nobody's yet; take it first".to_owned(), |who| format!("{who}'s"));
        return Some(format!("it is {whose}"));
    }
    if reopen && !is_in_charge {
        return Some("whoever asked for it reopens it".to_owned());
    }
    for change in changes {
        match change {
            TicketChange::Status(_)
            | TicketChange::Priority(_)
            | TicketChange::BlockedBy(_)
            | TicketChange::Branch(_)
            | TicketChange::UnblockOwner(_)
            | TicketChange::Labels(_)
            | TicketChange::Assignee(None) => {}
            TicketChange::Assignee(Some(to)) => {
                if let Some(why) = keeps_from_giving(snapshot, agent, to) {
                    return Some(why);
                }
            }
            TicketChange::Title(_)
            | TicketChange::Project(_)
            | TicketChange::Goal(_)
            | TicketChange::Parent(_)
            | TicketChange::Body(_) => {
                if !is_in_charge {
                    return Some("what is wanted is said by whoever asked for it; comment instead".to_owned());
                }
            }
            // Who may change stages is looked at with them; the program's own keys are refused to everybody.
            TicketChange::Stages(_)
            | TicketChange::Reviews(_)
            | TicketChange::Fence(_)
            | TicketChange::Created(_)
            | TicketChange::CreatedBy(_)
            | TicketChange::Closed(_) => {}
        }
    }
    None
}

/// Why an agent may not give work to somebody, by `permissions.assign`; `None`: it may.
pub(super) fn keeps_from_giving(snapshot: &Snapshot, agent: &Slug, to: &Slug) -> Option<String> {
    let worker = snapshot.worker(agent.as_str())?;
    let said = worker.permissions().assign;
    let scopes = said.as_deref().unwrap_or(&[AssignScope::Itself, AssignScope::Reports]);
    let boss = |slug: &Slug| snapshot.worker(slug.as_str()).and_then(|worker| worker.agent.reports_to.clone());
    let may = scopes.iter().any(|scope| match scope {
        AssignScope::Itself => to == agent,
        AssignScope::Reports => reports_to(snapshot, to, agent),
        AssignScope::Team => {
            snapshot.teams().values().any(|team| team.members.contains(agent) && team.members.contains(to))
        }
        AssignScope::Peers => boss(agent).is_some() && boss(agent) == boss(to),
        AssignScope::Anyone => true,
    });
    if may {
        return None;
    }
    let words = ["itself", "its reports", "its team", "its peers", "anyone"];
    let kinds = [AssignScope::Itself, AssignScope::Reports, AssignScope::Team, AssignScope::Peers, AssignScope::Anyone];
    let allowed: Vec<&str> =
        words.iter().zip(kinds).filter(|(_, kind)| scopes.contains(kind)).map(|(word, _)| *word).collect();
    let whom = if allowed.is_empty() { "nobody".to_owned() } else { allowed.join(", ") };
    Some(format!("`permissions.assign` lets it give work to {whom}, and {to} is none of them"))
}
