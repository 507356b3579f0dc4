//! Routines: what is due, what was missed, and what an earlier firing has to do with it.

use crate::engine::limits::{CATCH_UP_MAX, LATE_AT_ONCE};
use crate::engine::testing::{ada, at, company, happen, hire, slug};
use crate::engine::{Due, Verb, What, pending};
use crate::model::agent::{BeatSettings, Settings};
use crate::model::plan::TicketChange;
use crate::model::routine::{
    CatchUp, Concurrency, Payload, Routine, RoutineStatus, SessionName, Task, Trigger, TriggerTime,
};
use crate::model::schedule::{At, Cron};
use crate::model::status::TicketStatus;
use crate::model::{Interval, Scalar as _, Snapshot};
use jiff::Timestamp;
use std::collections::BTreeMap;

pub(super) fn routine(time: TriggerTime) -> Routine {
    Routine {
        folder: "tasks/digest".to_owned(),
        status: RoutineStatus::Active,
        triggers: vec![Trigger { time, timezone: None, stagger: None, enabled: true, label: None }],
        payload: Payload::Ticket,
        session: SessionName::Main,
        concurrency: Concurrency::AlwaysEnqueue,
        catch_up: CatchUp::EnqueueMissedWithCap,
        variables: BTreeMap::new(),
        secrets: Vec::new(),
        task: Task { title: Some("Digest".to_owned()), assignee: Some(slug("dev")), ..Task::default() },
    }
}

pub(super) fn cron(text: &str) -> TriggerTime {
    TriggerTime::Cron(Cron::parse(text).unwrap())
}

fn every(hours: u64) -> TriggerTime {
    TriggerTime::Every(Interval::from_ms(hours * 3_600_000))
}

/// The firing that is due, if one is.
fn due(snapshot: &Snapshot, minutes: i64) -> Option<Due> {
    pending(snapshot, at(minutes)).due.into_iter().find(|due| matches!(due, Due::Fire { .. }))
}

/// Fires all that is due, and says for which instants.
fn fire_all(snapshot: &mut Snapshot, minutes: i64) -> Vec<Timestamp> {
    let mut fired = Vec::new();
    while let Some(due) = due(snapshot, minutes + i64::try_from(fired.len()).unwrap()) {
        let Due::Fire { slot, .. } = due else { panic!() };
        // A minute between two, so that what is late need not wait for its turn.
        happen(snapshot, What::Due(due), minutes + i64::try_from(fired.len()).unwrap()).unwrap();
        fired.push(slot);
        assert!(fired.len() < 100, "it fires for ever: {fired:?}");
    }
    fired
}

/// A company that has asked for the routine since ten o'clock, and that nobody worked in for some hours.
fn after(hours: i64, routine: Routine) -> Vec<Timestamp> {
    let mut snapshot = company();
    snapshot.local.routines_since.insert(slug("digest"), at(0));
    snapshot.put_routine(&slug("digest"), Some(routine));
    snapshot.local.started = at(hours * 60);
    fire_all(&mut snapshot, hours * 60 + 5)
}

#[test]
fn what_was_missed_is_made_up_for_up_to_a_cap() {
    use CatchUp::{EnqueueMissedWithCap, SkipMissed};
    let half_past = || cron("30 * * * *");
    let daily = || cron("30 9 * * *");
    // At the fifth minute of an hour all of these are minutes late, and only what came in the last two is in time.
    let cases: [(&str, TriggerTime, CatchUp, i64, usize); 12] = [
        ("nothing was missed", half_past(), EnqueueMissedWithCap, 0, 0),
        ("one was", half_past(), EnqueueMissedWithCap, 1, 1),
        ("each is made up for", half_past(), EnqueueMissedWithCap, 7, 7),
        ("as many as may be", half_past(), EnqueueMissedWithCap, 25, CATCH_UP_MAX),
        ("one more than may be", half_past(), EnqueueMissedWithCap, 26, CATCH_UP_MAX),
        ("very many", half_past(), EnqueueMissedWithCap, 24 * 300, CATCH_UP_MAX),
        ("days", daily(), EnqueueMissedWithCap, 24 * 3, 3),
        ("a year of days", daily(), EnqueueMissedWithCap, 24 * 365, CATCH_UP_MAX),
        ("equal times", every(2), EnqueueMissedWithCap, 24 * 30, CATCH_UP_MAX),
        ("what is left out is left out", half_past(), SkipMissed, 24, 0),
        ("days are left out", daily(), SkipMissed, 24 * 3, 0),
        ("what comes every two hours is not made up for", every(2), SkipMissed, 24, 0),
    ];
    for (what, time, catch_up, hours, count) in cases {
        let fired = after(hours, Routine { catch_up, ..routine(time) });
        // What comes while it is made up for is not counted: a minute goes by with each.
        let missed: Vec<Timestamp> = fired.iter().copied().filter(|slot| *slot <= at(hours * 60 + 5)).collect();
        assert_eq!(missed.len(), count, "{what}: {missed:?}");
        assert!(missed.windows(2).all(|pair| pair[0] < pair[1]), "{what}: {missed:?}");
    }
    // Those that are made up for are the last ones, and the last of all is among them.
    let fired = after(24 * 30, routine(cron("30 * * * *")));
    assert_eq!(
        (fired.first(), fired.get(CATCH_UP_MAX - 1)),
        (Some(&at(24 * 30 * 60 - 24 * 60 - 30)), Some(&at(24 * 30 * 60 - 30)))
    );
    // Of what comes more often than every hour, the last one stands for all.
    let fired = after(24, Routine { triggers: routine(cron("*/20 * * * *")).triggers, ..routine(every(1)) });
    assert_eq!(fired.first(), Some(&at(24 * 60)));
}

#[test]
fn a_firing_fires_once_whatever_the_time_of_its_coming() {
    let mut snapshot = company();
    snapshot.local.routines_since.insert(slug("digest"), at(0));
    snapshot.put_routine(&slug("digest"), Some(routine(cron("30 * * * *"))));
    let first = due(&snapshot, 30).unwrap();
    happen(&mut snapshot, What::Due(first.clone()), 30).unwrap();
    for minutes in [30, 31, 29, 10, 89] {
        assert_eq!(due(&snapshot, minutes), None, "{minutes}");
        happen(&mut snapshot, What::Due(first.clone()), minutes).unwrap_err();
    }
    assert!(due(&snapshot, 90).is_some());
    assert_eq!(snapshot.tickets().count(), 1);
}

#[test]
fn once_is_once() {
    let mut snapshot = company();
    let time = TriggerTime::At(At::parse("2025-11-20T11:00:00Z").unwrap());
    snapshot.put_routine(&slug("digest"), Some(routine(time)));
    assert_eq!(due(&snapshot, 59), None);
    assert_eq!(fire_all(&mut snapshot, 60), [at(60)]);
    assert_eq!(due(&snapshot, 60 * 24 * 400), None);
}

#[test]
fn an_earlier_firing_that_is_open() {
    use Concurrency::{AlwaysEnqueue, CoalesceIfActive, SkipIfActive};
    // Whether the assignee has looked at the ticket; how many tickets there are after the second firing, how many
    // notices in the first.
    for (concurrency, looked, tickets, notices) in [
        (AlwaysEnqueue, false, 2, 0),
        (AlwaysEnqueue, true, 2, 0),
        (SkipIfActive, false, 1, 0),
        (SkipIfActive, true, 1, 0),
        (CoalesceIfActive, false, 1, 0),
        (CoalesceIfActive, true, 1, 1),
    ] {
        let mut snapshot = company();
        snapshot.local.routines_since.insert(slug("digest"), at(0));
        snapshot.put_routine(&slug("digest"), Some(Routine { concurrency, ..routine(cron("30 * * * *")) }));
        assert_eq!(fire_all(&mut snapshot, 30).len(), 1);
        let first = snapshot.tickets().next().unwrap().id.clone();
        if looked {
            let run = super::start(&mut snapshot, 40);
            let report = super::report(crate::model::run::RunOutcome::Succeeded, 41);
            happen(&mut snapshot, What::RunEnded { run, report }, 41).unwrap();
        }
        fire_all(&mut snapshot, 90);
        let said = snapshot.ticket(&first).unwrap().thread.len();
        assert_eq!((snapshot.tickets().count(), said), (tickets, notices), "{concurrency:?} {looked}");
        // Once it is closed, the next one makes another one.
        let changes = vec![TicketChange::Status(TicketStatus::Cancelled)];
        for ticket in snapshot.tickets().map(|ticket| ticket.id.clone()).collect::<Vec<_>>() {
            let verb = Verb::EditTicket { ticket, changes: changes.clone(), reopen: false, reason: None };
            happen(&mut snapshot, What::Request { by: ada(), verb }, 100).unwrap();
        }
        fire_all(&mut snapshot, 150);
        assert_eq!(snapshot.tickets().count(), tickets + 1, "{concurrency:?} {looked}");
    }
}

#[test]
fn after_downtime_five_at_once_and_then_one_every_five_seconds() {
    let mut snapshot = company();
    snapshot.put_company(crate::model::company::Company { runs: 1_000, ..(*snapshot.company).clone() });
    snapshot.local.slots = 1_000;
    let beat = Settings {
        heartbeat: Some(BeatSettings {
            every: Some(Interval::from_ms(3_600_000)),
            prompt: Some("Look.".to_owned()),
            ..BeatSettings::default()
        }),
        ..Settings::default()
    };
    let agents: Vec<String> = (0..12).map(|number| format!("agent-{number}")).collect();
    for name in &agents {
        hire(&mut snapshot, name, beat.clone());
        snapshot.change_agent(&slug(name), |agent| agent.heartbeat = None);
        snapshot.local.agents_since.insert(slug(name), at(-600));
    }
    for (number, agent) in agents.iter().enumerate().take(3) {
        let task = Task { assignee: Some(slug(agent)), ..Task::default() };
        let folder = format!("tasks/r{number}");
        let name = slug(&format!("r{number}"));
        snapshot.local.routines_since.insert(name.clone(), at(-600));
        snapshot.put_routine(&name, Some(Routine { folder, task, ..routine(cron("30 3 * * *")) }));
    }
    snapshot.local.started = at(0);
    let begun = at(0).as_millisecond();
    let mut now = begun;
    let mut late: Vec<i64> = Vec::new();
    while late.len() < 15 - LATE_AT_ONCE && now < begun + 600_000 {
        let moment = Timestamp::from_millisecond(now).unwrap();
        let found = pending(&snapshot, moment);
        for due in found.due {
            let slot = match &due {
                Due::Fire { slot, .. } => *slot,
                Due::Wake(wake) => match wake.slot {
                    Some(slot) => slot,
                    None => continue,
                },
                other => panic!("{other:?}"),
            };
            let nonce = crate::model::Nonce([u8::try_from(late.len()).unwrap(); 16]).nth(now.unsigned_abs());
            let event = crate::engine::Event { nonce, what: What::Due(due) };
            let plan = crate::engine::decide(&snapshot, &event, moment).unwrap();
            snapshot.apply_all(&plan.edits);
            if crate::engine::wakes::beat::is_late(slot, moment) {
                late.push(now - begun);
            }
        }
        now = found.next.filter(|next| next.as_millisecond() > now).map_or(now + 1, Timestamp::as_millisecond);
    }
    let at_once = late.iter().filter(|at| **at == 0).count();
    assert_eq!(at_once, LATE_AT_ONCE, "{late:?}");
    assert!(late[LATE_AT_ONCE..].windows(2).all(|pair| pair[1] - pair[0] >= 5_000), "{late:?}");
    assert!(late[LATE_AT_ONCE] >= 5_000, "{late:?}");
    // And nobody waits for longer than that.
    assert_eq!(late.len(), 15 - LATE_AT_ONCE, "{late:?}");
    assert!(late[late.len() - 1] < 60_000, "{late:?}");
}
