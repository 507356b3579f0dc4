//! What rules and wakes are called when somebody is told about them.

use crate::engine::wakes::{Rule, seconds};
use crate::model::run::{RunOutcome, Wake, WakeCause};
use crate::model::{Slug, Snapshot, TicketId};

/// What holds when a rule lets something through.
pub(super) fn passes(rule: Rule) -> &'static str {
    match rule {
        Rule::Home => "this clone is home",
        Rule::Company => "the company works",
        Rule::Machine => "the machine can carry a run",
        Rule::Policy => "what holds for everybody can be read",
        Rule::Agent => "the agent works",
        Rule::AgentFiles => "the agent's own files can be read",
        Rule::Cooldown => "it has rested after its last run",
        Rule::Provider => "its provider takes requests",
        Rule::AgentRuns => "it has room for another run",
        Rule::Ticket => "the ticket can be read",
        Rule::Checkout => "nobody has the ticket",
        Rule::Blockers => "what it waits for is done",
        Rule::News => "there is something to do",
        Rule::WakeOn => "the agent wants to be woken by this",
        Rule::BackOff => "no pause after runs that came to nothing",
        Rule::ProjectRuns => "the project has room for another run",
        Rule::Secrets => "the secrets it needs can be had",
        Rule::Budget => "every budget has room for what it may spend",
        Rule::Late => "it need not wait for others that are late",
        Rule::ActiveHours => "it is the hour for it",
        Rule::Heartbeat => "the heartbeat has something to say",
        Rule::Slots => "the company and the machine have room for another run",
    }
}

/// How a run ended, as a verb.
pub(super) fn outcome(outcome: RunOutcome) -> &'static str {
    match outcome {
        RunOutcome::Succeeded => "ended well",
        RunOutcome::Failed => "failed",
        RunOutcome::Cancelled => "was cancelled",
        RunOutcome::TimedOut => "took too long and was stopped",
        RunOutcome::Interrupted => "was interrupted",
        RunOutcome::Lost => "was lost",
    }
}

/// A ticket with its title: "ACME-3 (Write it down)".
pub(super) fn ticket(snapshot: &Snapshot, id: &TicketId) -> String {
    match snapshot.ticket(id) {
        Some(ticket) => format!("{id} ({})", ticket.head.title),
        None => id.to_string(),
    }
}

/// What a wake would be: "dev works on ACME-3 (Write it down)".
pub(super) fn wake(snapshot: &Snapshot, wake: &Wake) -> String {
    let agent = &wake.agent;
    match (&wake.ticket, wake.cause) {
        (Some(id), WakeCause::ReviewRequested) => format!("{agent} reviews {}", ticket(snapshot, id)),
        (Some(id), WakeCause::Mentioned | WakeCause::Asked) => format!("{agent} looks at {}", ticket(snapshot, id)),
        (Some(id), _) => format!("{agent} works on {}", ticket(snapshot, id)),
        (None, WakeCause::Scheduled) if wake.tasks.is_empty() => format!("{agent} wakes for its heartbeat"),
        (None, WakeCause::Scheduled) => format!("{agent} wakes for its heartbeat: {}", wake.tasks.join(", ")),
        (None, _) => format!("{agent} wakes"),
    }
}

/// Why, as a clause that follows "because": "it is assigned to dev".
pub(super) fn because(wake: &Wake) -> String {
    let agent = &wake.agent;
    let somebody = wake.by.as_ref().map_or("somebody", Slug::as_str);
    match wake.cause {
        WakeCause::TicketAssigned => format!("it is assigned to {agent}"),
        WakeCause::TicketContinued => format!("{agent} has worked on it and it is not done"),
        WakeCause::TicketRetried => "the run before failed".to_owned(),
        WakeCause::Commented => format!("{somebody} said something about it"),
        WakeCause::Mentioned => format!("{somebody} named {agent} in it"),
        WakeCause::Asked => format!("{somebody} asked {agent} something in it"),
        WakeCause::ReviewRequested => format!("{agent} is asked whether it is done"),
        WakeCause::BlockersResolved => "what it waited for is done".to_owned(),
        WakeCause::ChildrenDone => "all its parts are done or cancelled".to_owned(),
        WakeCause::MissingComment => format!("the last run of {agent} left no word about it"),
        WakeCause::Stranded => "it would lie there for ever".to_owned(),
        WakeCause::ApprovalResolved => match &wake.note {
            Some(note) => format!("the board decided: {note}"),
            None => "the board decided".to_owned(),
        },
        WakeCause::Scheduled => match wake.slot {
            Some(slot) => format!("its heartbeat of {} has come", seconds(slot)),
            None => "its heartbeat has come".to_owned(),
        },
        WakeCause::Requested => match &wake.note {
            Some(note) => format!("{somebody} asked for it: {note}"),
            None => format!("{somebody} asked for it"),
        },
    }
}
