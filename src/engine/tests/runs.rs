//! Who gets a ticket, what a run costs, and what its end comes to.

use super::{report, start};
use crate::engine::explain;
use crate::engine::limits::{FAILURES_MAX, IDLE_RUNS_MAX, LOST_MAX, backoff_ms};
use crate::engine::proposal::TakenUp;
use crate::engine::testing::{ada, at, company, happen, id, slug, ticket};
use crate::engine::{Agenda, Due, Lost, Said, Verb, What, pending};
use crate::model::budget::{AtLimit, Budget, Scope, Window};
use crate::model::money::{Amount, Percent};
use crate::model::plan::{Answer, Effect, TicketChange};
use crate::model::run::RunOutcome;
use crate::model::status::TicketStatus;
use crate::model::ticket::EntryKind;
use crate::model::{Actor, Scalar as _, Snapshot};

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
        // Of those that changed nothing and said nothing, the board heard that as well.
        told -= usize::from(outcome == RunOutcome::Succeeded);
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
fn a_notice_about_each_run_gives_no_fresh_start() {
    for told in ["papers", "workspace", "ceiling"] {
        let mut snapshot = company();
        ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
        let mut minutes = 0;
        for count in 1..=FAILURES_MAX {
            let run = start(&mut snapshot, minutes);
            let mut end = report(RunOutcome::Failed, minutes + 1);
            match told {
                "papers" => {
                    let left = vec![("agents/dev/MEMORY.md".to_owned(), "it is no text".to_owned())];
                    let taken = Box::new(TakenUp { left, ..TakenUp::default() });
                    happen(&mut snapshot, What::Papers { run: run.clone(), taken }, minutes + 1).unwrap();
                }
                "workspace" => end.work.notices.push("a submodule is not there".to_owned()),
                _ => end.over_ceiling = true,
            }
            happen(&mut snapshot, What::RunEnded { run, report: end }, minutes + 1).unwrap();
            let after = snapshot.ticket(&id(1)).unwrap();
            let notices = after.thread.iter().filter(|entry| entry.kind == EntryKind::Notice).count();
            assert!(notices >= count, "{told}: it is told");
            let expected = if count == FAILURES_MAX { TicketStatus::Blocked } else { TicketStatus::Todo };
            assert_eq!(after.head.status, expected, "{told} {count}");
            minutes += 2 + i64::try_from(backoff_ms(count)).unwrap() / 60_000;
        }
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
        let due = pending(&snapshot, at(0)).due.into_iter().filter(|due| matches!(due, Due::Wake(_)));
        for due in due {
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
