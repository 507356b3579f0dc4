//! What there is of one kind, by name: for whoever completes a word or offers a choice.

use crate::model::Snapshot;
use crate::model::secret::{RESERVED_PREFIX, SecretStatus};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::Display;

/// Kinds of things that have names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Named {
    /// Tickets, the open ones first.
    Tickets,
    /// Agents.
    Agents,
    /// The people of the board.
    People,
    /// Projects.
    Projects,
    /// Goals.
    Goals,
    /// Runs that have not ended, and those the daemon still has at hand, the latest first.
    Runs,
    /// Labels that a ticket has.
    Labels,
    /// Secrets that are not deleted.
    Secrets,
    /// Routines.
    Routines,
}

/// A thing's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// What is written to mean it.
    pub name: String,
    /// What it is, in a few words.
    pub about: Option<String>,
}

/// The names of all there are.
pub fn names(snapshot: &Snapshot, kind: Named) -> Vec<Name> {
    let name = |name: &dyn Display, about: Option<String>| Name { name: name.to_string(), about };
    match kind {
        Named::Tickets => {
            let (closed, open): (Vec<_>, Vec<_>) =
                snapshot.tickets().partition(|ticket| ticket.head.status.is_closed());
            let tickets = open.into_iter().chain(closed);
            tickets.map(|ticket| name(&ticket.id, Some(ticket.head.title.clone()))).collect()
        }
        Named::Agents => {
            let workers = snapshot.workers();
            workers
                .map(|worker| name(worker.slug, worker.agent.title.clone().or_else(|| worker.agent.name.clone())))
                .collect()
        }
        Named::People => snapshot.company.board.iter().map(|person| name(&person.id, person.name.clone())).collect(),
        Named::Projects => snapshot.projects().iter().map(|(slug, project)| name(slug, project.name.clone())).collect(),
        Named::Goals => snapshot.goals().iter().map(|(slug, goal)| name(slug, goal.name.clone())).collect(),
        Named::Runs => {
            let latest = snapshot.runs().values().rev();
            latest
                .map(|run| {
                    let on = run.ticket.as_ref().map(|ticket| format!(" on {ticket}")).unwrap_or_default();
                    name(&run.id, Some(format!("{}{on}", run.agent())))
                })
                .collect()
        }
        Named::Labels => {
            let labels: BTreeSet<&String> = snapshot.tickets().flat_map(|ticket| &ticket.head.labels).collect();
            labels.into_iter().map(|label| name(label, None)).collect()
        }
        Named::Secrets => {
            let there = snapshot.secrets().iter().filter(|(name, secret)| {
                secret.status != SecretStatus::Deleted && !name.as_str().starts_with(RESERVED_PREFIX)
            });
            there.map(|(secret, _)| name(secret, None)).collect()
        }
        Named::Routines => snapshot.routines().keys().map(|slug| name(slug, None)).collect(),
    }
}
