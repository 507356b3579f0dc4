//! What the time has come for, line by line: who is woken and why, which routine fires, what is put right, and when to
//! look again.

use super::routines::{cron, routine};
use crate::engine::testing::{ada, at, company, happen, hire, id, ran, say, slug, ticket};
use crate::engine::{Due, Verb, What, pending};
use crate::model::agent::{BeatSettings, Settings};
use crate::model::routine::{Payload, Routine, Task};
use crate::model::run::RunOutcome;
use crate::model::schedule::Cron;
use crate::model::status::{Priority, TicketStatus};
use crate::model::ticket::{EntryKind, TicketHead};
use crate::model::{Choice as _, Scalar as _, Snapshot};
use jiff::Timestamp;

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// What is due, a line for each, in its order; the last line says when to look again.
fn lines(snapshot: &Snapshot, minutes: i64) -> String {
    let found = pending(snapshot, at(minutes));
    let mut lines: Vec<String> = found.due.iter().map(line).collect();
    lines.extend(found.next.map(|next| format!("look at {}", clock(next))));
    lines.join("; ")
}

fn line(due: &Due) -> String {
    match due {
        Due::Wake(wake) => {
            let ticket = wake.ticket.as_ref().map(|ticket| format!(" {ticket}")).unwrap_or_default();
            let slot = wake.slot.map(|slot| format!(" of {}", clock(slot))).unwrap_or_default();
            let note = wake.note.as_ref().filter(|_| wake.slot.is_some()).map(|note| format!(" with {note}"));
            format!("{}{ticket} {}{slot}{}", wake.agent, wake.cause.word(), note.unwrap_or_default())
        }
        Due::Fire { routine, slot, .. } => format!("{routine} fires for {}", clock(*slot)),
        Due::Number { draft } => format!("number {draft}"),
        Due::AskForMore { agent, .. } => format!("ask for more for {agent}"),
        Due::Lapse { approval } => format!("{approval} lapses"),
        Due::Restore { .. } => "restore a record".to_owned(),
        Due::Strand { ticket } => format!("strand: {ticket}"),
        Due::Unqueue { why, .. } => format!("unqueue: {why}"),
        Due::Price { runs } => format!("price {} runs", runs.len()),
    }
}

fn beat(cron: &str, prompt: bool) -> Settings {
    let heartbeat = BeatSettings {
        cron: Some(Cron::parse(cron).unwrap()),
        prompt: prompt.then(|| "Look.".to_owned()),
        ..BeatSettings::default()
    };
    Settings { heartbeat: Some(heartbeat), ..Settings::default() }
}

/// `dev` beats at a quarter past, if the prompt says something.
fn beats(snapshot: &mut Snapshot, name: &str, prompt: bool) {
    hire(snapshot, name, beat("15 * * * *", prompt));
    snapshot.change_agent(&slug(name), |agent| agent.heartbeat = None);
    snapshot.local.agents_since.insert(slug(name), at(0));
}

fn fires(snapshot: &mut Snapshot, change: impl FnOnce(&mut Routine)) {
    let mut made = routine(cron("10 * * * *"));
    change(&mut made);
    snapshot.local.routines_since.insert(slug("digest"), at(0));
    snapshot.put_routine(&slug("digest"), Some(made));
}

fn ask(snapshot: &mut Snapshot, verb: Verb, minutes: i64) {
    happen(snapshot, What::Request { by: ada(), verb }, minutes).unwrap();
}

/// What it is about, how it comes to be, minutes after ten, and the lines.
type Case = (&'static str, fn(&mut Snapshot), i64, &'static str);

#[test]
fn what_the_time_has_come_for() {
    use TicketStatus::{Backlog, Done, Todo};
    let cases: &[Case] = &[
        ("nothing", |_| {}, 0, ""),
        // Tickets: the more urgent first, then the older; one at a time for each agent.
        ("a ticket", |s| ticket(s, 1, Todo, |_| {}), 0, "dev ACME-1 ticket_assigned"),
        (
            "the more urgent first",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ticket(s, 2, Todo, |head| head.priority = Priority::Critical);
            },
            0,
            "dev ACME-2 ticket_assigned",
        ),
        (
            "two agents, the older first",
            |s| {
                ticket(s, 1, Todo, |head| head.created = Some(at(-10)));
                ticket(s, 2, Todo, |head| {
                    head.assignee = Some(slug("cto"));
                    head.created = Some(at(-20));
                });
            },
            0,
            "cto ACME-2 ticket_assigned; dev ACME-1 ticket_assigned",
        ),
        (
            "one failed, and the other does not wait for it",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ticket(s, 2, Todo, |head| head.created = Some(at(-50)));
                ran(s, 1, -1, RunOutcome::Failed, false);
            },
            1,
            "dev ACME-1 ticket_retried",
        ),
        (
            "a pause",
            |s| {
                ticket(s, 1, Todo, |_| {});
                for minutes in [-6, -4, -2] {
                    ran(s, 1, minutes, RunOutcome::Failed, false);
                }
            },
            0,
            "look at 10:04:00",
        ),
        (
            "a word in another's ticket",
            |s| {
                ticket(s, 1, Backlog, |head| head.assignee = Some(slug("cto")));
                ask(
                    s,
                    Verb::Comment { ticket: id(1), said: Box::new(crate::engine::Said::comment("@dev please look.")) },
                    0,
                );
            },
            1,
            "dev ACME-1 mentioned",
        ),
        (
            "parked, done, and a blocker that is open",
            |s| {
                ticket(s, 1, Backlog, |_| {});
                ticket(s, 2, Done, |_| {});
                ticket(s, 3, Todo, |head| head.blocked_by = vec![id(1)]);
                say(s, 2, "dev", EntryKind::Comment, -5);
            },
            0,
            "",
        ),
        // Beats: an instant, known before it comes; nothing to say, nothing starts.
        ("a beat to come", |s| beats(s, "dev", true), 14, "look at 10:15:00"),
        ("a beat", |s| beats(s, "dev", true), 15, "dev scheduled of 10:15:00; look at 11:15:00"),
        ("the same a minute later", |s| beats(s, "dev", true), 16, "dev scheduled of 10:15:00; look at 11:15:00"),
        ("only the last of several", |s| beats(s, "dev", true), 200, "dev scheduled of 13:15:00; look at 14:15:00"),
        ("a beat without anything to say", |s| beats(s, "dev", false), 15, "look at 11:15:00"),
        (
            "a beat beside a ticket: one at a time",
            |s| {
                beats(s, "dev", true);
                ticket(s, 1, Todo, |head| head.priority = Priority::High);
            },
            15,
            "dev ACME-1 ticket_assigned; look at 11:15:00",
        ),
        (
            "a beat of somebody who is paused",
            |s| {
                beats(s, "dev", true);
                let status = crate::model::status::AgentStatus::Paused;
                ask(s, Verb::AgentStatus { agent: slug("dev"), status, reason: None }, 1);
            },
            15,
            "",
        ),
        // Routines: one ticket for each firing, and its assignee is woken by that.
        ("a firing to come", |s| fires(s, |_| {}), 9, "look at 10:10:00"),
        ("a firing", |s| fires(s, |_| {}), 10, "digest fires for 10:10:00; look at 11:10:00"),
        ("a firing for nobody", |s| fires(s, |one| one.task = Task::default()), 10, ""),
        ("a firing of one that is switched off", |s| fires(s, |one| one.triggers[0].enabled = false), 10, ""),
        (
            "what it made wakes",
            |s| {
                fires(s, |_| {});
                let due = pending(s, at(10)).due.remove(0);
                happen(s, What::Due(due), 10).unwrap();
            },
            10,
            "dev ACME-1 ticket_assigned; look at 11:10:00",
        ),
        (
            "a message waits for the next beat",
            |s| {
                beats(s, "dev", true);
                fires(s, |one| one.payload = Payload::Message);
                let due = pending(s, at(10)).due.remove(0);
                happen(s, What::Due(due), 10).unwrap();
            },
            15,
            "dev scheduled of 10:15:00 with digest; look at 11:10:00",
        ),
        (
            "a firing and a beat in the same minute",
            |s| {
                beats(s, "cto", true);
                fires(s, |one| one.triggers[0].time = cron("15 * * * *"));
            },
            15,
            "digest fires for 10:15:00; cto scheduled of 10:15:00; look at 11:15:00",
        ),
        // What is put right before anything else.
        (
            "a file without a number",
            |s| s.put_draft("tickets/idea.md", Some(TicketHead::new("An idea"))),
            0,
            "number tickets/idea.md",
        ),
        (
            "a queued run about a ticket that is closed meanwhile",
            |s| {
                ticket(s, 2, Todo, |_| {});
                ticket(s, 1, Todo, |_| {});
                ask(s, Verb::Wake { agent: slug("dev"), ticket: Some(id(2)), why: None }, 0);
                ask(s, Verb::Wake { agent: slug("dev"), ticket: Some(id(1)), why: None }, 0);
                let changes = vec![crate::model::plan::TicketChange::Status(TicketStatus::Cancelled)];
                ask(s, Verb::EditTicket { ticket: id(1), changes, reopen: false, reason: None }, 1);
            },
            2,
            "unqueue: ACME-1 is cancelled",
        ),
        (
            "nothing anywhere but at home",
            |s| {
                ticket(s, 1, Todo, |_| {});
                beats(s, "dev", true);
                fires(s, |_| {});
                s.put_home(None);
            },
            15,
            "",
        ),
    ];
    for (what, make, minutes, expected) in cases {
        let mut snapshot = company();
        make(&mut snapshot);
        assert_eq!(lines(&snapshot, *minutes), *expected, "{what}");
    }
}
