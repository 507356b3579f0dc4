//! The parts that runs play: most work, some fail, hang, lie, flood or only talk.

use super::script;
use super::world::{Process, World};
use corp::engine::{Said, Verb};
use corp::model::plan::{Body, TicketChange};
use corp::model::run::{Run, RunOutcome, Spent, Usage};
use corp::model::status::TicketStatus;
use corp::model::ticket::{EntryKind, TicketHead};
use corp::model::{Actor, Currency, Money, RunId, TicketId};
use jiff::SignedDuration;

/// Something a run does.
#[derive(Debug, Clone)]
pub(super) enum Play {
    Say(String),
    Ask,
    Finish,
    Park,
    Delegate,
    Next,
    /// It cannot go on, and says why.
    Block(String),
    /// It asks for what it may not have.
    Reach,
}

/// Chooses the part of a run: what its agent's script says, or one by chance.
pub(super) fn cast(world: &mut World, run: &Run) -> Process {
    if let Some(steps) = world.scripts.get(run.agent()).cloned() {
        return script::cast(world, &steps);
    }
    let minute = 60_000;
    let mut length = minute + world.random.below(20 * minute);
    let mut report = world.report(RunOutcome::Succeeded, length);
    let mut plays = Vec::new();
    let mut silent = false;
    // Where nothing goes wrong, a run finishes what it was woken for, and now and then takes the next thing as well.
    let part = if world.faulty() { world.random.below(18) } else { 12 + world.random.below(2) };
    match part {
        0 => {
            world.told.count("failing run");
            report.outcome = RunOutcome::Failed;
        }
        // Its supervisor waits for it until its time is over.
        1 => {
            world.told.count("hung run");
            length = 30 * minute;
            report = world.report(RunOutcome::TimedOut, length);
        }
        2 => silent = true,
        3 => world.told.count("run that does nothing and says it did"),
        4 => {
            world.told.count("flooding run");
            plays.extend((0..20).map(|number| Play::Say(format!("word {number} @cto"))));
        }
        5 => plays.push(Play::Ask),
        6 => {
            world.told.count("run that reaches for what it may not have");
            plays.push(Play::Reach);
        }
        7 => plays.extend([Play::Delegate, Play::Park]),
        8 => plays.push(Play::Say("I looked at it. @dev what do you think?".to_owned())),
        9 => report.changed = true,
        10 => plays.extend([Play::Next, Play::Finish, Play::Next]),
        _ => plays.extend([Play::Say("Done.".to_owned()), Play::Finish]),
    }
    let spent = world.random.below(1_000_001);
    if world.faulty() && world.random.once_in(8) {
        // Nobody says what it cost.
    } else if world.faulty() && world.random.once_in(12) {
        // It says that it cost several times what it was allowed, or nothing at all.
        world.told.count("run that lies about money");
        report.spent = cost(spent * if world.random.once_in(2) { 5 } else { 0 });
    } else {
        report.spent = cost(spent);
    }
    if world.faulty() && world.random.once_in(20) {
        // The clock of whoever tells is wrong by up to four days either way.
        world.told.count("run that lies about time");
        let off = i64::try_from(world.random.below(8 * 86_400_000)).unwrap() - 4 * 86_400_000;
        report.at = report.at.checked_add(SignedDuration::from_millis(off)).unwrap();
    }
    let steps = plays.len() as u64 + 1;
    let acts = plays.into_iter().enumerate();
    let acts = acts.map(|(place, play)| (world.later(length * (place as u64 + 1) / (steps + 1)), play)).collect();
    Process { acts, ends: world.later(length), report, over: false, silent }
}

/// So many millionths of a dollar, and tokens to go with them.
fn cost(micro: u64) -> Spent {
    Spent {
        cost: Some(Money::from_micro(i64::try_from(micro).unwrap(), Currency::USD)),
        usage: Some(Usage { input: micro / 20, cached_input: 0, cache_write: 0, output: micro / 40 }),
        ..Spent::default()
    }
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
            let asked = world.request(by, edit(ticket.clone(), vec![TicketChange::Status(TicketStatus::Done)]));
            let done = world.snapshot.ticket(&ticket).is_some_and(|ticket| ticket.head.status == TicketStatus::Done);
            if done && matches!(asked, super::world::Outcome::Done) {
                world.told.count("ticket done");
            }
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
        (Play::Block(why), Some(ticket)) if held.is_some() => {
            let owner = world.snapshot.company.first_in_charge().map(|person| person.id.clone());
            let changes = vec![TicketChange::UnblockOwner(owner), TicketChange::Status(TicketStatus::Blocked)];
            world.request(by, Verb::EditTicket { ticket, changes, reopen: false, reason: Some(why) });
        }
        (Play::Say(_) | Play::Ask | Play::Finish | Play::Park | Play::Block(_), _) => {}
    }
}
