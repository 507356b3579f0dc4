//! Heartbeats: run once, free where there is nothing to say, made up for.

use super::{report, start};
use crate::engine::testing::{at, company, happen, hire, slug};
use crate::engine::{Agenda, Due, What, pending};
use crate::model::agent::{BeatSettings, Settings};
use crate::model::plan::Answer;
use crate::model::run::{RunOutcome, WakeCause};
use crate::model::{Interval, Snapshot};

#[test]
fn a_beat_is_run_once_and_one_without_anything_to_say_never() {
    let beat = |prompt: Option<&str>| Settings {
        heartbeat: Some(BeatSettings {
            every: Some(Interval::from_ms(3_600_000)),
            prompt: prompt.map(str::to_owned),
            ..BeatSettings::default()
        }),
        ..Settings::default()
    };
    let mut snapshot = company();
    snapshot.change_agent(&slug("dev"), |agent| agent.heartbeat = None);
    snapshot.change_agent(&slug("dev"), |agent| agent.settings = Some(Box::new(beat(Some("Look.")))));
    snapshot.change_agent(&slug("cto"), |agent| agent.settings = Some(Box::new(beat(None))));
    let mut beats = Vec::new();
    let mut agenda = Agenda::default();
    let mut now = 0;
    while now < 24 * 60 {
        let touched = snapshot.take_touched();
        let found = agenda.look(&snapshot, touched, at(now));
        assert_eq!(found, pending(&snapshot, at(now)), "at {now}");
        for due in found.due {
            let Due::Wake(wake) = &due else { panic!("{due:?}") };
            assert_eq!((wake.agent.as_str(), wake.cause), ("dev", WakeCause::Scheduled));
            beats.push(wake.slot.unwrap());
            let plan = happen(&mut snapshot, What::Due(due), now).unwrap();
            let Answer::Starting { run } = plan.answer else { panic!() };
            happen(&mut snapshot, What::RunEnded { run, report: report(RunOutcome::Succeeded, now) }, now).unwrap();
        }
        now += 7;
    }
    assert_eq!(beats.len(), 24);
    assert!(beats.windows(2).all(|pair| pair[1].as_second() - pair[0].as_second() == 3_600), "{beats:?}");
}

#[test]
fn a_beat_of_a_time_without_a_daemon_is_made_up_for() {
    let beat = Settings {
        heartbeat: Some(BeatSettings {
            every: Some(Interval::from_ms(3_600_000)),
            prompt: Some("Look.".to_owned()),
            ..BeatSettings::default()
        }),
        ..Settings::default()
    };
    let mut snapshot = company();
    hire(&mut snapshot, "dev", beat);
    snapshot.change_agent(&slug("dev"), |agent| agent.heartbeat = None);
    let due = |snapshot: &Snapshot, minutes| pending(snapshot, at(minutes)).due.len();
    // Who never beat begins with this daemon, and what came before it is nobody's.
    snapshot.local.started = at(0);
    assert_eq!(due(&snapshot, 0), 0);
    let first = pending(&snapshot, at(0)).next.unwrap();
    let minutes = first.duration_since(at(0)).as_mins() + 1;
    let run = start(&mut snapshot, minutes);
    happen(&mut snapshot, What::RunEnded { run, report: report(RunOutcome::Succeeded, minutes) }, minutes).unwrap();
    // The next daemon starts five hours later: one beat is made up for.
    snapshot.local.started = at(minutes + 300);
    assert_eq!(due(&snapshot, minutes + 300), 1);
}
