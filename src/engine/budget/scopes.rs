//! What a run counts in, and so which limits hold for it.

use crate::model::budget::Scope;
use crate::model::run::Run;
use crate::model::ticket::Ticket;
use crate::model::{Slug, Snapshot, TicketId};

/// What a run counts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes {
    /// The agent.
    pub agent: Slug,
    /// The ticket.
    pub ticket: Option<TicketId>,
    /// The ticket's project.
    pub project: Option<Slug>,
    /// The ticket's goal.
    pub goal: Option<Slug>,
    /// The routine that made the ticket.
    pub routine: Option<Slug>,
}

impl Scopes {
    /// What a run of `agent` on `ticket` would count in.
    pub fn of(snapshot: &Snapshot, agent: &Slug, ticket: Option<&Ticket>) -> Self {
        let head = ticket.map(|ticket| &ticket.head);
        let seed = head.and_then(|head| head.seed.as_deref()).and_then(|seed| seed.rsplit('/').next());
        Self {
            agent: agent.clone(),
            ticket: ticket.map(|ticket| ticket.id.clone()),
            project: head.and_then(|head| head.project.clone()),
            goal: head.and_then(|head| snapshot.goal_of(head)),
            routine: seed.and_then(|name| snapshot.routines().get_key_value(name)).map(|(slug, _)| slug.clone()),
        }
    }

    /// What a run counts in.
    pub fn of_run(run: &Run) -> Self {
        Self {
            agent: run.agent().clone(),
            ticket: run.ticket.clone(),
            project: run.project.clone(),
            goal: run.goal.clone(),
            routine: run.routine.clone(),
        }
    }

    /// Whether a limit for `scope` holds for it.
    pub fn within(&self, snapshot: &Snapshot, scope: &Scope) -> bool {
        match scope {
            Scope::Company => true,
            Scope::Agent(agent) => *agent == self.agent,
            Scope::Team(team) => snapshot.teams().get(team).is_some_and(|team| team.members.contains(&self.agent)),
            Scope::Project(project) => self.project.as_ref() == Some(project),
            Scope::Goal(goal) => self.goal.as_ref().is_some_and(|own| snapshot.goal_chain(own).contains(goal)),
            Scope::Routine(routine) => self.routine.as_ref() == Some(routine),
            Scope::Ticket(ticket) => self.ticket.as_ref() == Some(ticket),
        }
    }
}
