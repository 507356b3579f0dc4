//! A small company for tables: `ada` on the board, `cto` and `dev` as agents, tickets as they are needed.

use super::limits::TOLD_AGAIN_MS;
use super::{Event, Refusal, What, decide};
use crate::model::agent::{Agent, Settings};
use crate::model::company::{Company, Home, Person};
use crate::model::plan::{Effect, Plan};
use crate::model::run::{End, Run, RunOutcome, RunState, Spent, Wake, WakeCause};
use crate::model::status::{BoardRole, TicketStatus};
use crate::model::ticket::{Entry, EntryKind, Ticket, TicketHead};
use crate::model::{Actor, CloneId, LocalFacts, Nonce, Scalar as _, Slug, Snapshot, TicketId};
use jiff::Timestamp;
use std::sync::Arc;

/// Ten o'clock, and `minutes` more.
pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_763_632_800 + minutes * 60).unwrap()
}

pub(crate) fn slug(name: &str) -> Slug {
    Slug::parse(name).unwrap()
}

pub(crate) fn id(number: u32) -> TicketId {
    TicketId::new("ACME", number).unwrap()
}

pub(crate) fn ada() -> Actor {
    Actor::Person(slug("ada"))
}

/// A company whose home this is, with `cto` and `dev` at work since nine.
pub(crate) fn company() -> Snapshot {
    let clone = CloneId::parse("c-1").unwrap();
    let mut local = LocalFacts::new(at(-60));
    local.clone = Some(clone.clone());
    let mut snapshot = Snapshot::new(local);
    snapshot.put_company(Company {
        name: "Acme".to_owned(),
        ticket_prefix: Some("ACME".to_owned()),
        board: vec![Person {
            id: slug("ada"),
            name: None,
            email: None,
            role: BoardRole::Owner,
            delegate: None,
            away_until: None,
            signing_keys: Vec::new(),
        }],
        ..Company::default()
    });
    snapshot.put_home(Some(Home { clone, machine: None, host: None, fence: 1, since: None }));
    for name in ["cto", "dev"] {
        hire(&mut snapshot, name, Settings::default());
    }
    snapshot
}

pub(crate) fn hire(snapshot: &mut Snapshot, name: &str, settings: Settings) {
    snapshot.change_agent(&slug(name), |agent| {
        *agent = Agent {
            path: Some(format!("agents/{name}/AGENTS.md")),
            settings: Some(Box::new(settings)),
            heartbeat: agent.heartbeat.take().or_else(|| Some(Arc::default())),
            ..Agent::default()
        };
    });
}

/// A ticket of `dev`, created by `ada` at nine.
pub(crate) fn ticket(snapshot: &mut Snapshot, number: u32, status: TicketStatus, change: impl FnOnce(&mut TicketHead)) {
    let mut head = TicketHead {
        status,
        assignee: Some(slug("dev")),
        created: Some(at(-60)),
        created_by: Some(slug("ada")),
        ..TicketHead::new(format!("Ticket {number}"))
    };
    change(&mut head);
    snapshot.put_ticket(&id(number), &Ticket::path_of(&id(number)), head);
}

/// Somebody says something.
pub(crate) fn say(snapshot: &mut Snapshot, number: u32, who: &str, kind: EntryKind, minutes: i64) {
    let entry = Entry::new(slug(who), kind, at(minutes), "0000");
    snapshot.put_entry(&id(number), entry);
}

/// A run of `dev` on a ticket that took a minute, and left a word if it ended well.
pub(crate) fn ran(snapshot: &mut Snapshot, number: u32, minutes: i64, outcome: RunOutcome, progress: bool) {
    ran_silently(snapshot, number, minutes, outcome, progress);
    if outcome == RunOutcome::Succeeded {
        let mut entry = Entry::new(slug("dev"), EntryKind::Comment, at(minutes), "word");
        entry.run = snapshot.history().on(&slug("dev"), &id(number)).iter().map(|note| note.id.clone()).max();
        snapshot.put_entry(&id(number), entry);
    }
}

/// A run of `dev` on a ticket that took a minute and left no word.
pub(crate) fn ran_silently(snapshot: &mut Snapshot, number: u32, minutes: i64, outcome: RunOutcome, progress: bool) {
    ran_because(snapshot, "dev", number, WakeCause::TicketAssigned, minutes, outcome, progress);
}

/// A run of somebody on a ticket, for this reason, that took a minute and left no word.
pub(crate) fn ran_because(
    snapshot: &mut Snapshot,
    who: &str,
    number: u32,
    cause: WakeCause,
    minutes: i64,
    outcome: RunOutcome,
    progress: bool,
) {
    let wake = Wake::new(slug(who), Some(id(number)), cause);
    snapshot.put_run(Run {
        id: Nonce([u8::try_from(minutes.rem_euclid(251)).unwrap(); 16]).run_id(at(minutes)),
        ticket: wake.ticket.clone(),
        wake,
        project: None,
        goal: None,
        routine: None,
        queued: None,
        clone: None,
        reserved: crate::model::run::Ceiling::default(),
        progress,
        state: RunState::Ended {
            announced: Some(at(minutes)),
            end: Box::new(End {
                outcome,
                at: at(minutes + 1),
                started: None,
                spent: Spent::default(),
                note: None,
                transcript: None,
                talked: None,
                confinement: None,
            }),
        },
    });
}

/// Decides an event at ten and some minutes, and makes what comes of it.
pub(crate) fn happen(snapshot: &mut Snapshot, what: What, minutes: i64) -> Result<Plan, Refusal> {
    let letter = u8::try_from(snapshot.runs().len() % 250).unwrap();
    let event = Event { nonce: Nonce([letter; 16]), what };
    let plan = decide(snapshot, &event, at(minutes))?;
    snapshot.apply_all(&plan.edits);
    for effect in &plan.effects {
        if let Effect::Tell(notice) = effect {
            snapshot.local.note_told(&notice.about, at(minutes), TOLD_AGAIN_MS);
        }
    }
    Ok(plan)
}
