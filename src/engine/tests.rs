//! Tables: what wakes an agent, what keeps it, who gets a ticket, what ends what.

use super::explain;
use super::limits::{FAILURES_MAX, IDLE_RUNS_MAX, LOST_MAX, backoff_ms};
use super::testing::{ada, at, company, happen, hire, id, ran, say, slug, ticket};
use super::wakes::{Context, Finding, ticket as own};
use super::{Agenda, Due, Lost, Report, Said, Verb, What, Work, pending};
use crate::model::agent::{BeatSettings, Settings};
use crate::model::budget::{AtLimit, Budget, Scope, Window};
use crate::model::money::{Amount, Percent};
use crate::model::plan::{Answer, Effect, TicketChange};
use crate::model::run::{Ceiling, RunOutcome, Spent, WakeCause};
use crate::model::status::{AgentStatus, TicketStatus, WakeReason};
use crate::model::ticket::{EntryKind, Lock};
use crate::model::{Actor, Choice as _, CloneId, Interval, RunId, Scalar as _, Snapshot};

/// What there is to do for `dev` about ACME-1: the cause, or the rule that holds and its words.
fn found(snapshot: &Snapshot, minutes: i64) -> String {
    let worker = snapshot.worker("dev").unwrap();
    let context = Context { snapshot, worker, now: at(minutes) };
    match super::wakes::gated(context, own::find(context, snapshot.ticket(&id(1)).unwrap())) {
        Finding::Ready(candidate) => candidate.wake.cause.word().to_owned(),
        Finding::Held(candidate, hold) => format!("{} held by {}", candidate.wake.cause, hold.rule),
        Finding::Nothing(hold) => format!("nothing: {}", hold.words),
    }
}

type Case = (&'static str, fn(&mut Snapshot), &'static str);

#[test]
fn what_wakes_an_agent_about_its_ticket() {
    use EntryKind::{Answer, Comment, Notice, Question};
    use RunOutcome::{Failed, Interrupted, Succeeded};
    use TicketStatus::{Backlog, Blocked, Cancelled, Done, InReview, Todo};
    let cases: &[Case] = &[
        ("new", |s| ticket(s, 1, Todo, |_| {}), "ticket_assigned"),
        ("parked", |s| ticket(s, 1, Backlog, |_| {}), "nothing: ACME-1 is parked in the backlog"),
        ("done", |s| ticket(s, 1, Done, |_| {}), "nothing: ACME-1 is done"),
        ("in review", |s| ticket(s, 1, InReview, |_| {}), "nothing: ACME-1 is in review"),
        (
            "its own",
            |s| {
                ticket(s, 1, Todo, |head| {
                    head.created_by = Some(slug("dev"));
                    head.created = Some(at(-5));
                });
            },
            "ticket_assigned held by news",
        ),
        (
            "its own, after a while",
            |s| ticket(s, 1, Todo, |head| head.created_by = Some(slug("dev"))),
            "ticket_assigned",
        ),
        (
            "unfinished",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -30, Succeeded, true);
            },
            "ticket_continued",
        ),
        (
            "failed long ago",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -30, Failed, false);
            },
            "ticket_retried",
        ),
        (
            "failed just now",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -1, Failed, false);
            },
            "ticket_retried held by back-off",
        ),
        (
            "stopped just now",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -1, Interrupted, false);
            },
            "ticket_continued",
        ),
        (
            "a word of a person",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -1, Failed, false);
                say(s, 1, "ada", Comment, 0);
            },
            "commented",
        ),
        (
            "a word of another agent",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -30, Succeeded, true);
                say(s, 1, "cto", Comment, -9);
            },
            "commented",
        ),
        (
            "its own word",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -30, Succeeded, true);
                say(s, 1, "dev", Comment, -9);
            },
            "ticket_continued",
        ),
        (
            "a notice",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -30, Succeeded, true);
                say(s, 1, "corp", Notice, -9);
            },
            "ticket_continued",
        ),
        (
            "a word before it looked",
            |s| {
                ticket(s, 1, Todo, |_| {});
                say(s, 1, "ada", Comment, -40);
                ran(s, 1, -30, Succeeded, true);
            },
            "ticket_continued",
        ),
        (
            "it asked",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -30, Succeeded, true);
                say(s, 1, "dev", Question, -29);
            },
            "nothing: ACME-1 waits for an answer of somebody",
        ),
        (
            "it was answered",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -30, Succeeded, true);
                say(s, 1, "dev", Question, -29);
                say(s, 1, "ada", Answer, -5);
            },
            "commented",
        ),
        (
            "a part is open",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ticket(s, 2, Todo, |head| head.parent = Some(id(1)));
                ran(s, 1, -30, Succeeded, true);
            },
            "nothing: ACME-1 waits for its part ACME-2",
        ),
        (
            "its parts are closed",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ticket(s, 2, Done, |head| {
                    head.parent = Some(id(1));
                    head.closed = Some(at(-9));
                });
                ran(s, 1, -30, Succeeded, true);
            },
            "children_done",
        ),
        (
            "a blocker is open",
            |s| {
                ticket(s, 1, Todo, |head| head.blocked_by = vec![id(2)]);
                ticket(s, 2, Todo, |_| {});
            },
            "ticket_assigned held by blockers",
        ),
        (
            "a blocker is done",
            |s| {
                ticket(s, 1, Blocked, |head| head.blocked_by = vec![id(2)]);
                ticket(s, 2, Done, |_| {});
            },
            "blockers_resolved",
        ),
        (
            "a blocker is cancelled",
            |s| {
                ticket(s, 1, Blocked, |head| head.blocked_by = vec![id(2)]);
                ticket(s, 2, Cancelled, |_| {});
            },
            "nothing: ACME-1 is blocked by ACME-2",
        ),
        (
            "a blocker was removed",
            |s| {
                ticket(s, 1, Blocked, |head| head.blocked_by = vec![id(2)]);
                ticket(s, 3, Done, |_| {});
            },
            "nothing: ACME-1 is blocked by ACME-2",
        ),
        (
            "a blocker never was",
            |s| ticket(s, 1, Blocked, |head| head.blocked_by = vec![id(9)]),
            "nothing: ACME-1 is blocked by ACME-9",
        ),
        (
            "somebody has to see to it",
            |s| ticket(s, 1, Blocked, |head| head.unblock_owner = Some(slug("ada"))),
            "nothing: ACME-1 is blocked until ada sees to it",
        ),
        (
            "an agent speaks to what a person has to see to",
            |s| {
                ticket(s, 1, Blocked, |head| head.unblock_owner = Some(slug("ada")));
                ran(s, 1, -30, Succeeded, true);
                say(s, 1, "cto", Comment, -9);
            },
            "nothing: ACME-1 is blocked until ada sees to it",
        ),
        (
            "the person speaks",
            |s| {
                ticket(s, 1, Blocked, |head| head.unblock_owner = Some(slug("ada")));
                ran(s, 1, -30, Succeeded, true);
                say(s, 1, "ada", Comment, -9);
            },
            "commented",
        ),
        (
            "a person has it",
            |s| {
                ticket(s, 1, Todo, |_| {});
                let clone = CloneId::parse("c-1").unwrap();
                let lock = Lock {
                    holder: slug("ada"),
                    run: None,
                    clone,
                    fence: 1,
                    since: at(-9),
                    reserved: Ceiling::default(),
                };
                s.put_lock(&id(1), Some(lock));
            },
            "ticket_assigned held by checkout",
        ),
        (
            "its file is broken",
            |s| {
                ticket(s, 1, Todo, |_| {});
                s.put_broken("tickets/0000/ACME-1.md", Some("no title".to_owned()));
            },
            "ticket_assigned held by ticket",
        ),
        (
            "it does not want assignments",
            |s| {
                ticket(s, 1, Todo, |_| {});
                hire(s, "dev", Settings { wake_on: Some(vec![WakeReason::Comment]), ..Settings::default() });
            },
            "ticket_assigned held by wake-on",
        ),
        (
            "it does not want comments",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -30, Succeeded, true);
                say(s, 1, "ada", Comment, -9);
                hire(s, "dev", Settings { wake_on: Some(vec![WakeReason::Assignment]), ..Settings::default() });
            },
            "ticket_continued",
        ),
    ];
    for (what, make, expected) in cases {
        let mut snapshot = company();
        make(&mut snapshot);
        assert_eq!(found(&snapshot, 0), *expected, "{what}");
    }
}

#[test]
fn what_keeps_an_agent_from_starting() {
    let cases: &[Case] = &[
        ("nothing", |_| {}, ""),
        ("another home", |s| s.local.clone = Some(CloneId::parse("c-2").unwrap()), "home"),
        (
            "a pause",
            |s| {
                drop(
                    happen(
                        s,
                        What::Request {
                            by: ada(),
                            verb: Verb::CompanyStatus {
                                status: crate::model::company::CompanyStatus::Paused,
                                reason: None,
                            },
                        },
                        0,
                    )
                    .unwrap(),
                );
            },
            "company",
        ),
        ("a full disk", |s| s.local.halted = Some("the disk is full".to_owned()), "machine"),
        ("broken policy", |s| s.put_broken("budgets.yaml", Some("no limit".to_owned())), "policy"),
        (
            "a paused agent",
            |s| hire(s, "dev", Settings { status: Some(AgentStatus::Paused), ..Settings::default() }),
            "agent",
        ),
        ("broken settings", |s| s.put_broken("agents/dev/agent.yaml", Some("odd".to_owned())), "agent-files"),
        (
            "a run a moment ago",
            |s| {
                ticket(s, 2, TicketStatus::Done, |_| {});
                ran(s, 2, -1, RunOutcome::Succeeded, true);
            },
            "cooldown",
        ),
        (
            "a run going on",
            |s| {
                ticket(s, 2, TicketStatus::Todo, |_| {});
                happen(
                    s,
                    What::Request {
                        by: ada(),
                        verb: Verb::Wake { agent: slug("dev"), ticket: Some(id(2)), why: None },
                    },
                    0,
                )
                .unwrap();
            },
            "agent-runs",
        ),
    ];
    for (what, make, expected) in cases {
        let mut snapshot = company();
        ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
        make(&mut snapshot);
        let explained = explain::agent(&snapshot, "dev", at(0)).unwrap();
        let first = explained.rules.iter().find(|asked| !asked.passes).map(|asked| asked.rule.to_string());
        assert_eq!(first.unwrap_or_default(), *expected, "{what}");
        let wakes = pending(&snapshot, at(0)).due.iter().any(|due| matches!(due, Due::Wake(_)));
        assert_eq!(wakes, expected.is_empty(), "{what}: {explained:?}");
    }
}

/// The run that starts when the one thing that is due is decided.
fn start(snapshot: &mut Snapshot, minutes: i64) -> RunId {
    let due = pending(snapshot, at(minutes)).due;
    let [due] = &due[..] else { panic!("{due:?}") };
    let plan = happen(snapshot, What::Due(due.clone()), minutes).unwrap();
    let Answer::Starting { run } = plan.answer else { panic!("{plan:?}") };
    assert_eq!(plan.effects, [Effect::Start { run: run.clone() }]);
    run
}

fn report(outcome: RunOutcome, minutes: i64) -> Box<Report> {
    let spent =
        Spent { cost: Some(crate::model::Money::from_micro(5, crate::model::Currency::USD)), ..Spent::default() };
    let started = Some(at(minutes));
    Box::new(Report {
        outcome,
        at: at(minutes),
        started,
        spent,
        changed: false,
        note: None,
        transcript: None,
        alert: None,
        talked: None,
        work: Work::default(),
    })
}

#[test]
fn a_ticket_is_taken_held_and_let_go() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    let run = start(&mut snapshot, 0);
    let dev = Actor::Agent { agent: slug("dev"), run: run.clone() };
    let take = |by: Actor| What::Request { by, verb: Verb::Checkout { ticket: id(1), holder: None } };
    // The same holder again, and somebody else.
    let again = happen(&mut snapshot, take(dev.clone()), 1).unwrap();
    assert_eq!((again.edits.len(), again.answer), (0, Answer::CheckedOut { ticket: id(1), fence: 1, again: true }));
    let refused = happen(&mut snapshot, take(ada()), 1).unwrap_err();
    assert_eq!(refused.to_string(), format!("ACME-1 is checked out by dev since {}", at(0)));
    let next = What::Request { by: dev.clone(), verb: Verb::Next { agent: None } };
    assert!(matches!(happen(&mut snapshot, next, 1).unwrap().answer, Answer::CheckedOut { again: true, .. }));
    assert_eq!(pending(&snapshot, at(1)).due, [], "nobody is woken about a ticket that is worked on");
    // The end lets it go, once.
    let ended = What::RunEnded { run, report: report(RunOutcome::Succeeded, 2) };
    let plan = happen(&mut snapshot, ended.clone(), 2).unwrap();
    assert_eq!(plan.reason.subject, "dev finishes a run on ACME-1");
    assert_eq!(happen(&mut snapshot, ended, 3).unwrap().edits, []);
    let after = snapshot.ticket(&id(1)).unwrap();
    assert_eq!((after.head.status, &after.lock, after.head.fence), (TicketStatus::Todo, &None, 1));
    // What the run may do is over with it.
    for verb in [
        Verb::Next { agent: None },
        Verb::Comment { ticket: id(1), said: Box::new(Said::comment("One more thing.")) },
        Verb::EditTicket {
            ticket: id(1),
            changes: vec![TicketChange::Status(TicketStatus::Cancelled)],
            reopen: false,
            reason: None,
        },
    ] {
        let late = happen(&mut snapshot, What::Request { by: dev.clone(), verb }, 3).unwrap_err();
        assert!(late.to_string().starts_with("there is no open run r-"), "{late}");
    }
}

#[test]
fn who_waits_for_another_to_let_a_ticket_go_is_asked_again() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |head| head.assignee = Some(slug("cto")));
    let run = start(&mut snapshot, 0);
    let mut agenda = Agenda::default();
    let mut look = |snapshot: &mut Snapshot, minutes| {
        let touched = snapshot.take_touched();
        agenda.look(snapshot, touched, at(minutes)).due
    };
    let verb = Verb::Wake { agent: slug("dev"), ticket: Some(id(1)), why: None };
    let plan = happen(&mut snapshot, What::Request { by: ada(), verb }, 1).unwrap();
    assert!(matches!(plan.answer, Answer::Queued { .. }), "{plan:?}");
    assert_eq!(look(&mut snapshot, 1), []);
    happen(&mut snapshot, What::RunEnded { run, report: report(RunOutcome::Succeeded, 2) }, 2).unwrap();
    let due = look(&mut snapshot, 2);
    assert!(matches!(&due[..], [Due::Wake(wake)] if wake.agent == slug("dev")), "{due:?}");
}

#[test]
fn what_comes_to_nothing_too_often_is_blocked() {
    for (outcome, most, why) in [
        (RunOutcome::Succeeded, IDLE_RUNS_MAX, "3 runs in a row changed nothing"),
        (RunOutcome::Failed, FAILURES_MAX, "6 runs in a row failed"),
        (RunOutcome::Lost, LOST_MAX, "2 runs in a row were lost"),
    ] {
        let mut snapshot = company();
        ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
        let mut minutes = 0;
        let mut told = 0;
        for count in 1..=most {
            let run = start(&mut snapshot, minutes);
            let over = match outcome {
                RunOutcome::Lost => What::RunLost { run, why: Lost::SupervisorDied },
                outcome => What::RunEnded { run, report: report(outcome, minutes + 1) },
            };
            let plan = happen(&mut snapshot, over, minutes + 1).unwrap();
            told += plan.effects.iter().filter(|effect| matches!(effect, Effect::Tell(_))).count();
            let status = snapshot.ticket(&id(1)).unwrap().head.status;
            let expected = if count == most { TicketStatus::Blocked } else { TicketStatus::Todo };
            assert_eq!(status, expected, "{outcome} {count}");
            let pause = i64::try_from(backoff_ms(count)).unwrap() / 60_000;
            if count < most && pause > 0 {
                assert_eq!(pending(&snapshot, at(minutes + pause)).due, [], "{outcome} {count}");
            }
            minutes += 2 + pause;
        }
        let blocked = snapshot.ticket(&id(1)).unwrap().clone();
        assert_eq!((told, &blocked.head.unblock_owner), (1, &Some(slug("ada"))), "{outcome}");
        let notice = blocked.thread.last().unwrap();
        assert_eq!((notice.kind, notice.author.as_str()), (EntryKind::Notice, "corp"));
        assert_eq!(pending(&snapshot, at(minutes + 600)).due, [], "{why}");
        // A word of a person is a fresh start.
        let said = Box::new(Said::comment("Try the other way."));
        happen(&mut snapshot, What::Request { by: ada(), verb: Verb::Comment { ticket: id(1), said } }, minutes)
            .unwrap();
        start(&mut snapshot, minutes + 1);
        assert_eq!(snapshot.ticket(&id(1)).unwrap().head.status, TicketStatus::InProgress);
    }
}

#[test]
fn a_run_that_never_started_costs_nothing_and_counts_for_nothing() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    for minutes in 0..10 {
        let run = start(&mut snapshot, minutes);
        happen(&mut snapshot, What::RunLost { run, why: Lost::NeverStarted }, minutes).unwrap();
    }
    assert_eq!(snapshot.ticket(&id(1)).unwrap().head.status, TicketStatus::Todo);
    assert_eq!(snapshot.history().tally.spent(&Scope::Company, None).money, std::collections::BTreeMap::new());
}

#[test]
fn money_is_reserved_before_a_run_starts() {
    let limit = |text: &str| Budget {
        scope: Scope::Company,
        window: Window::Day,
        limit: Amount::parse(text).unwrap(),
        warn_at: Percent(80),
        at_limit: AtLimit::Stop,
    };
    for (text, starts) in
        [("2.00 USD", 1), ("3.99 USD", 1), ("4.00 USD", 2), ("1.99 USD", 0), ("4M tokens", 1), ("1 runs", 1)]
    {
        let mut snapshot = company();
        snapshot.put_budgets(vec![limit(text)]);
        ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
        ticket(&mut snapshot, 2, TicketStatus::Todo, |head| head.assignee = Some(slug("cto")));
        let mut started = 0;
        for due in pending(&snapshot, at(0)).due {
            started += usize::from(happen(&mut snapshot, What::Due(due), 0).is_ok());
        }
        assert_eq!(started, starts, "{text}");
        if starts < 2 {
            let words = explain::ticket(&snapshot, &id(2 - u32::from(starts == 0)), at(1)).unwrap().verdict;
            let held = if starts == 0 { words.contains("has no room") } else { true };
            assert!(held, "{text}: {words}");
            let next = pending(&snapshot, at(1)).next;
            assert!(starts == 1 || next.is_none(), "{text}: more than the limit never fits: {next:?}");
        }
    }
}

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

#[test]
fn changes_by_people_reach_whoever_works() {
    for (changes, stops, status) in [
        (vec![TicketChange::Status(TicketStatus::Done)], true, TicketStatus::Done),
        (vec![TicketChange::Status(TicketStatus::Cancelled)], true, TicketStatus::Cancelled),
        (vec![TicketChange::Assignee(Some(slug("cto")))], true, TicketStatus::Todo),
        (vec![TicketChange::Title("Another".to_owned())], false, TicketStatus::InProgress),
    ] {
        let mut snapshot = company();
        ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
        let run = start(&mut snapshot, 0);
        let verb = Verb::EditTicket { ticket: id(1), changes: changes.clone(), reopen: false, reason: None };
        let plan = happen(&mut snapshot, What::Request { by: ada(), verb }, 1).unwrap();
        let stopped =
            plan.effects.iter().any(|effect| matches!(effect, Effect::Stop { run: other, .. } if *other == run));
        let after = snapshot.ticket(&id(1)).unwrap();
        assert_eq!((stopped, after.head.status, after.lock.is_none()), (stops, status, stops), "{changes:?}");
        assert_eq!(after.head.closed.is_some(), status.is_closed(), "{changes:?}");
        if stops {
            // Until the run is gone nobody else begins.
            assert_eq!(pending(&snapshot, at(1)).due, [], "{changes:?}");
        }
    }
}

#[test]
fn what_is_refused_and_how() {
    let edit = |changes: Vec<TicketChange>| Verb::EditTicket { ticket: id(1), changes, reopen: false, reason: None };
    let cases: Vec<(TicketStatus, Verb, &str)> = vec![
        (
            TicketStatus::Backlog,
            edit(vec![TicketChange::Status(TicketStatus::Done)]),
            "ACME-1 is backlog, and does not become done from there",
        ),
        (TicketStatus::Done, edit(vec![TicketChange::Status(TicketStatus::Todo)]), "ACME-1 is done; reopen it first"),
        (
            TicketStatus::Todo,
            edit(vec![TicketChange::Status(TicketStatus::Blocked)]),
            "ACME-1 cannot be blocked by nothing: name a ticket it waits for, a question, or who unblocks it",
        ),
        (
            TicketStatus::Todo,
            edit(vec![TicketChange::BlockedBy(vec![id(1)])]),
            "ACME-1 would wait for itself: ACME-1 -> ACME-1",
        ),
        (TicketStatus::Todo, edit(vec![TicketChange::Fence(9)]), "the program keeps this key itself"),
        (TicketStatus::Todo, Verb::Release { ticket: id(1), reason: None }, "nobody has ACME-1 checked out"),
        (
            TicketStatus::Todo,
            Verb::Unlock { ticket: id(1), reason: " ".to_owned() },
            "say why the checkout is taken away, with `--reason`",
        ),
        (TicketStatus::Todo, Verb::Checkout { ticket: id(7), holder: None }, "there is no ticket ACME-7"),
        (TicketStatus::Todo, Verb::Checkout { ticket: id(1), holder: None }, "ACME-1 is assigned to dev"),
        (
            TicketStatus::Todo,
            Verb::Wake { agent: slug("nobody"), ticket: None, why: None },
            "there is no agent `nobody`",
        ),
    ];
    for (status, verb, expected) in cases {
        let mut snapshot = company();
        ticket(&mut snapshot, 1, status, |_| {});
        let refusal = happen(&mut snapshot, What::Request { by: ada(), verb: verb.clone() }, 0).unwrap_err();
        assert_eq!(refusal.to_string(), expected, "{verb:?}");
    }
}
