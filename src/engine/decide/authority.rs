//! Whether a member of the board may ask for something: each request is one act of the table in `model::authority`.
//!
//! What agents may is decided where it is asked for.

use crate::engine::event::Verb;
use crate::engine::refusal::Refusal;
use crate::model::authority::Act;
use crate::model::plan::TicketChange;
use crate::model::status::{AgentStatus, BoardRole};
use crate::model::{Actor, Slug, Snapshot};

/// What role somebody has. Where nobody is on the board, everybody is its owner; whoever is not on it works at the
/// company's files like an operator, and decides nothing.
pub(super) fn role(snapshot: &Snapshot, who: &Slug) -> BoardRole {
    match snapshot.company.person(who) {
        Some(person) => person.role,
        None if snapshot.company.board.is_empty() => BoardRole::Owner,
        None => BoardRole::Operator,
    }
}

/// Whether whoever asks may ask for it.
pub(super) fn allowed(snapshot: &Snapshot, by: &Actor, verb: &Verb) -> Result<(), Refusal> {
    match by {
        Actor::Person(who) => may(snapshot, who, act(snapshot, verb)),
        Actor::Agent { .. } | Actor::Corp => Ok(()),
    }
}

/// Whether a person may do that.
///
/// # Errors
/// [`Refusal::NotAllowed`], with who may.
pub fn may(snapshot: &Snapshot, who: &Slug, act: Act) -> Result<(), Refusal> {
    let role = role(snapshot, who);
    if role.may(act) {
        return Ok(());
    }
    let board = &snapshot.company.board;
    let may = board.iter().filter(|person| person.role.may(act)).map(|person| person.id.as_str());
    let may = may.collect::<Vec<_>>().join(", ");
    let is = match snapshot.company.person(who) {
        Some(_) => format!("{who} is {role} on the board"),
        None => format!("{who} is not on the board"),
    };
    let why = if may.is_empty() { is } else { format!("{is}; ask {may}") };
    Err(Refusal::NotAllowed { who: who.to_string(), what: act.words().to_owned(), why })
}

/// Refuses agents what is for people.
pub(super) fn only_people(by: &Actor, what: &str) -> Result<(), Refusal> {
    match by {
        Actor::Person(_) | Actor::Corp => Ok(()),
        Actor::Agent { agent, .. } => Err(Refusal::NotAllowed {
            who: agent.to_string(),
            what: what.to_owned(),
            why: "that is for the board".to_owned(),
        }),
    }
}

/// What kind of act a request is.
fn act(snapshot: &Snapshot, verb: &Verb) -> Act {
    match verb {
        Verb::Checkout { .. }
        | Verb::Release { .. }
        | Verb::Next { .. }
        | Verb::Comment { .. }
        // Whoever is named judges; it is looked at where it is decided.
        | Verb::Review { .. }
        | Verb::AskBoard { .. }
        | Verb::Resubmit { .. }
        | Verb::CallOff { .. }
        // Whoever is named decides, whatever the role; it is looked at where it is decided.
        | Verb::Decide { .. } => Act::Work,
        Verb::NewTicket { head, .. } if head.assignee.is_some() => Act::Assign,
        Verb::NewTicket { .. } => Act::Work,
        Verb::EditTicket { changes, .. } => {
            let assigns = changes.iter().any(|change| matches!(change, TicketChange::Assignee(_)));
            if assigns { Act::Assign } else { Act::Work }
        }
        Verb::SetPrice(_) | Verb::CorrectRun { .. } => Act::Configure,
        Verb::Unlock { .. } | Verb::Wake { .. } | Verb::StopRun { .. } | Verb::CompanyStatus { .. } | Verb::TakeHome => {
            Act::Operate
        }
        Verb::AgentStatus { agent, status, .. } => {
            let before = snapshot.worker(agent.as_str()).map(crate::model::agent::Worker::status);
            match (before, status) {
                (Some(AgentStatus::PendingApproval), _) | (_, AgentStatus::Terminated | AgentStatus::PendingApproval) => {
                    Act::Configure
                }
                (_, AgentStatus::Active | AgentStatus::Paused) => Act::Operate,
            }
        }
    }
}
