//! The parts that runs play: most work, some fail, hang, lie, flood or only talk.

use super::world::{Process, World};
use corp::engine::{Said, Verb};
use corp::model::plan::{Body, TicketChange};
use corp::model::run::{Run, RunOutcome, Usage};
use corp::model::status::TicketStatus;
use corp::model::ticket::{EntryKind, TicketHead};
use corp::model::{Actor, Currency, Money, RunId, TicketId};

/// Something a run does.
#[derive(Debug, Clone)]
pub(super) enum Play {
    Say(String),
    Ask,
    Finish,
    Park,
    Delegate,
    Next,
    /// It asks for what it may not have.
    Reach,
}

/// Chooses the part of a run.
pub(super) fn cast(world: &mut World, run: &Run) -> Process {
    let minute = 60_000;
    let length = minute + world.random.below(20 * minute);
    let mut report = world.report(RunOutcome::Succeeded, length);
    let mut plays = Vec::new();
    let mut silent = false;
    let part = if world.faults.all { world.random.below(16) } else { 12 + world.random.below(2) };
    match part {
        0 => report.outcome = RunOutcome::Failed,
        1 => report = world.report(RunOutcome::TimedOut, 30 * minute),
        2 => silent = true,
        // It says that all went well and has done nothing.
        3 => {}
        4 => plays.extend((0..20).map(|number| Play::Say(format!("word {number} @cto")))),
        5 => plays.push(Play::Ask),
        6 => plays.push(Play::Reach),
        7 => plays.extend([Play::Delegate, Play::Park]),
        8 => plays.push(Play::Say("I looked at it. @dev what do you think?".to_owned())),
        9 => report.changed = true,
        10 => plays.extend([Play::Next, Play::Finish, Play::Next]),
        _ => plays.extend([Play::Say("Done.".to_owned()), Play::Finish]),
    }
    let spent = world.random.below(1_000_001);
    let unknown = world.faults.all && world.random.once_in(8);
    if !unknown {
        report.spent.cost = Some(Money::from_micro(i64::try_from(spent).unwrap(), Currency::USD));
        let (input, output) = (spent / 20, spent / 40);
        report.spent.usage = Some(Usage { input, cached_input: 0, cache_write: 0, output });
    }
    let _ = run;
    let steps = plays.len() as u64 + 1;
    let acts = plays.into_iter().enumerate();
    let acts = acts.map(|(place, play)| (world.later(length * (place as u64 + 1) / (steps + 1)), play)).collect();
    Process { acts, report, over: false, silent }
}

/// A run does something, through its door.
pub(super) fn act(world: &mut World, id: &RunId, play: Play) {
    let Some(run) = world.snapshot.run(id.as_str()).cloned() else { return };
    let by = Actor::Agent { agent: run.agent().clone(), run: id.clone() };
    let held =
        world.snapshot.tickets().find(|ticket| ticket.lock.as_ref().is_some_and(|lock| lock.run.as_ref() == Some(id)));
    let held = held.map(|ticket| ticket.id.clone());
    let about = held.clone().or_else(|| run.ticket.clone());
    let edit = |ticket: TicketId, changes| Verb::EditTicket { ticket, changes, reopen: false, reason: None };
    match (play, about) {
        (Play::Say(words), Some(ticket)) => {
            let said = Box::new(Said::comment(words));
            world.request(by, Verb::Comment { ticket, said });
        }
        (Play::Ask, Some(ticket)) => {
            let to = Some(corp::model::Slug::from_name("ada").unwrap());
            let said = Box::new(Said { kind: EntryKind::Question, to, ..Said::comment("May I?") });
            world.request(by, Verb::Comment { ticket, said });
        }
        (Play::Finish, Some(ticket)) if held.is_some() => {
            world.told.done += 1;
            world.request(by, edit(ticket, vec![TicketChange::Status(TicketStatus::Done)]));
        }
        (Play::Park, Some(ticket)) if held.is_some() => {
            let children = world.snapshot.index().children.get(&ticket).cloned().unwrap_or_default();
            let open = children
                .into_iter()
                .filter(|id| world.snapshot.ticket(id).is_some_and(|ticket| !ticket.head.status.is_closed()));
            let blockers = TicketChange::BlockedBy(open.collect());
            world.request(by, edit(ticket, vec![blockers, TicketChange::Status(TicketStatus::Blocked)]));
        }
        (Play::Delegate, about) => {
            let names: Vec<_> = world.names().into_iter().collect();
            let mut head = TicketHead::new("A part of it");
            head.assignee = world.random.pick(&names).cloned();
            head.parent = about;
            let body = Body::Text("Do a part.".to_owned());
            // Delegation ends somewhere, as it does among real agents.
            if head
                .parent
                .as_ref()
                .is_none_or(|parent| world.snapshot.ticket(parent).is_some_and(|ticket| ticket.head.parent.is_none()))
            {
                world.request(by, Verb::NewTicket { head: Box::new(head), with_status: false, body });
            }
        }
        (Play::Next, _) => {
            world.request(by, Verb::Next { agent: None });
        }
        (Play::Reach, about) => {
            let reason = Some("I want to".to_owned());
            let status = corp::model::status::AgentStatus::Paused;
            let agent = run.agent().clone();
            for verb in [
                Verb::AgentStatus { agent: agent.clone(), status, reason: reason.clone() },
                Verb::Wake { agent, ticket: about.clone(), why: None },
                Verb::StopRun { run: id.clone(), reason },
                Verb::TakeHome,
            ] {
                if !matches!(world.request(by.clone(), verb.clone()), super::world::Outcome::Refused) && world.up {
                    world.fail(&format!("an agent was allowed {verb:?}"));
                }
            }
        }
        (Play::Say(_) | Play::Ask | Play::Finish | Play::Park, _) => {}
    }
}
