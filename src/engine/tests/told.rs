//! What the board is told, and how often: at most once an hour about the same thing.

use super::{report, start};
use crate::engine::testing::{ada, at, company, happen, id, say, slug, ticket};
use crate::engine::{Report, Verb, What, Work};
use crate::model::plan::{Answer, Effect, Plan, TicketChange};
use crate::model::run::RunOutcome;
use crate::model::status::TicketStatus;
use crate::model::ticket::EntryKind;
use crate::model::{RunId, Snapshot};

fn told(plan: &Plan) -> Vec<&str> {
    let told = plan.effects.iter().filter_map(|effect| match effect {
        Effect::Tell(notice) => Some(notice.title.as_str()),
        Effect::Start { .. } | Effect::Stop { .. } | Effect::Limit { .. } | Effect::Look { .. } => None,
    });
    told.collect()
}

/// A run on ACME-1 whose folder cannot be made ready, so that the ticket is blocked at once: what the board is told.
fn blocked(snapshot: &mut Snapshot, minutes: i64) -> Vec<String> {
    let changes = vec![TicketChange::Status(TicketStatus::Todo)];
    let change = Verb::EditTicket { ticket: id(1), changes, reopen: false, reason: None };
    happen(snapshot, What::Request { by: ada(), verb: change }, minutes).unwrap();
    let run = start(snapshot, minutes);
    let work = Work { trouble: Some("The repository is not there.".to_owned()), ..Work::default() };
    let report = Box::new(Report { work, ..*report(RunOutcome::Failed, minutes) });
    let plan = happen(snapshot, What::RunEnded { run, report }, minutes).unwrap();
    assert_eq!(snapshot.ticket(&id(1)).unwrap().head.status, TicketStatus::Blocked);
    told(&plan).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_ticket_that_is_blocked_again_and_again_is_told_once_an_hour() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    let heard: Vec<(i64, bool)> =
        [0, 10, 50, 59, 61, 90, 119, 125].map(|minutes| (minutes, !blocked(&mut snapshot, minutes).is_empty())).into();
    // A notice that the board was not told of does not put the next one off.
    let first = [(0, true), (10, false), (50, false), (59, false), (61, true), (90, false), (119, false), (125, true)];
    assert_eq!(heard, first);
}

#[test]
fn a_notice_about_something_else_keeps_nothing_from_the_board() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    say(&mut snapshot, 1, "corp", EntryKind::Notice, -1);
    assert_eq!(blocked(&mut snapshot, 0), ["ACME-1 is blocked: The repository is not there"]);
}

#[test]
fn what_an_earlier_daemon_told_is_not_told_again_at_once() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    assert_eq!(blocked(&mut snapshot, 0).len(), 1);
    // Another daemon, which remembers nothing of it.
    snapshot.local.told.clear();
    snapshot.local.started = at(20);
    assert_eq!(blocked(&mut snapshot, 30), Vec::<String>::new());
    assert_eq!(blocked(&mut snapshot, 95).len(), 1);
}

/// A run of `dev` without a ticket, and how it ends.
fn woken(snapshot: &mut Snapshot, minutes: i64, end: impl FnOnce(&mut Report)) -> Plan {
    let verb = Verb::Wake { agent: slug("dev"), ticket: None, why: None };
    let plan = happen(snapshot, What::Request { by: ada(), verb }, minutes).unwrap();
    let run: RunId = match plan.answer {
        Answer::Starting { run } => run,
        other => panic!("{other:?}"),
    };
    let mut report = report(RunOutcome::Succeeded, minutes);
    end(&mut report);
    happen(snapshot, What::RunEnded { run, report }, minutes).unwrap()
}

#[test]
fn an_agent_that_goes_on_failing_is_told_once_an_hour() {
    let mut snapshot = company();
    let mut heard = Vec::new();
    for minutes in (0..150).step_by(10) {
        let plan = woken(&mut snapshot, minutes, |report| report.outcome = RunOutcome::Failed);
        heard.extend(told(&plan).into_iter().map(|title| format!("{minutes} {title}")));
    }
    assert_eq!(heard, ["40 dev failed 5 times in a row", "100 dev failed 11 times in a row"]);
}

#[test]
fn the_same_words_of_an_agent_are_told_once_an_hour_and_others_at_once() {
    let mut snapshot = company();
    let mut heard = Vec::new();
    for (minutes, words) in
        [(0, "The disk fills up."), (5, "The disk fills up."), (10, "It is full."), (70, "The disk fills up.")]
    {
        let plan = woken(&mut snapshot, minutes, |report| report.alert = Some(words.to_owned()));
        heard.push(told(&plan).len());
    }
    assert_eq!(heard, [1, 0, 1, 1]);
}
