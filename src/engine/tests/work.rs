//! Work is done with what it has to come with, leaves a word, and does not lie there for ever.

use super::{report, start};
use crate::engine::liveness::{Path, path};
use crate::engine::testing::{ada, at, company, happen, hire, id, ran, ran_because, ran_silently, say, slug, ticket};
use crate::engine::{Change, Due, Refusal, Report, Said, Verb, What, pending};
use crate::model::agent::Settings;
use crate::model::local::Looked;
use crate::model::plan::{Effect, TicketChange};
use crate::model::run::{RunOutcome, WakeCause};
use crate::model::status::{AgentStatus, TicketStatus};
use crate::model::ticket::{Deliverable, Entry, EntryKind, TicketHead};
use crate::model::{Actor, Choice as _, RunId, Snapshot};

fn report_is_wanted(head: &mut TicketHead) {
    head.deliverables = vec![Deliverable::Path("docs/report.md".to_owned())];
}

fn look(snapshot: &mut Snapshot, missing: &[&str]) {
    let of = snapshot.ticket(&id(1)).unwrap().head.deliverables.clone();
    let missing = missing.iter().map(|&word| word.to_owned()).collect();
    snapshot.local.looked.insert(id(1), Looked { of, missing });
}

fn status(snapshot: &Snapshot) -> TicketStatus {
    snapshot.ticket(&id(1)).unwrap().head.status
}

fn say_done(by: Actor) -> What {
    let changes = vec![TicketChange::Status(TicketStatus::Done)];
    What::Request { by, verb: Verb::EditTicket { ticket: id(1), changes, reopen: false, reason: None } }
}

#[test]
fn done_is_done_only_with_what_it_has_to_come_with() {
    for by_agent in [false, true] {
        let mut snapshot = company();
        ticket(&mut snapshot, 1, TicketStatus::Todo, report_is_wanted);
        let run = start(&mut snapshot, 0);
        let by = || if by_agent { Actor::Agent { agent: slug("dev"), run: run.clone() } } else { ada() };
        assert_eq!(happen(&mut snapshot, say_done(by()), 1), Err(Refusal::NotLooked(id(1))));
        look(&mut snapshot, &["docs/report.md is empty"]);
        let why = happen(&mut snapshot, say_done(by()), 1).unwrap_err().to_string();
        assert_eq!(why, "ACME-1 is not done: docs/report.md is empty; put that right and say done again");
        // What was seen of other deliverables tells nothing of these.
        snapshot.local.looked.insert(id(1), Looked { of: Vec::new(), missing: Vec::new() });
        assert_eq!(happen(&mut snapshot, say_done(by()), 1), Err(Refusal::NotLooked(id(1))));
        look(&mut snapshot, &[]);
        happen(&mut snapshot, say_done(by()), 1).unwrap();
        assert_eq!(status(&snapshot), TicketStatus::Done);
    }
}

#[test]
fn a_file_that_says_done_is_in_review_until_it_was_looked_at() {
    for (missing, expected) in
        [(&[][..], TicketStatus::Done), (&["docs/report.md is not there"], TicketStatus::InReview)]
    {
        let mut snapshot = company();
        ticket(&mut snapshot, 1, TicketStatus::Todo, report_is_wanted);
        let before = snapshot.ticket(&id(1)).cloned();
        ticket(&mut snapshot, 1, TicketStatus::Done, report_is_wanted);
        let changes = vec![Change::Ticket { id: id(1), before }];
        let plan = happen(&mut snapshot, What::TreeChanged { by: ada(), changes }, 1).unwrap();
        assert_eq!(plan.effects, [Effect::Look { ticket: id(1), by: ada() }]);
        assert_eq!(status(&snapshot), TicketStatus::InReview);
        look(&mut snapshot, missing);
        happen(&mut snapshot, What::Looked { ticket: id(1), by: ada() }, 2).unwrap();
        let after = snapshot.ticket(&id(1)).unwrap();
        assert_eq!((after.head.status, after.head.closed.is_some()), (expected, missing.is_empty()));
        let named: Vec<_> = after.thread.iter().flat_map(|entry| &entry.mentions).collect();
        assert_eq!(named.len(), missing.len(), "whoever set it to done is told what is missing");
    }
}

/// What is due first, as the cause of a wake.
fn cause(snapshot: &Snapshot, minutes: i64) -> Option<&'static str> {
    let due = pending(snapshot, at(minutes)).due;
    due.iter().find_map(|due| match due {
        Due::Wake(wake) => Some(wake.cause.word()),
        _ => None,
    })
}

fn ends(snapshot: &mut Snapshot, run: &RunId, minutes: i64, words: Option<&str>) -> Vec<Effect> {
    let report =
        Report { last_words: words.map(str::to_owned), changed: true, ..*report(RunOutcome::Succeeded, minutes) };
    happen(snapshot, What::RunEnded { run: run.clone(), report: Box::new(report) }, minutes).unwrap().effects
}

#[test]
fn a_run_without_a_word_is_followed_by_one_wake_for_it_and_then_the_board_is_told() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    let first = start(&mut snapshot, 0);
    assert_eq!(ends(&mut snapshot, &first, 1, Some("It goes on.")), []);
    assert_eq!(cause(&snapshot, 10), Some("missing_comment"));
    let second = start(&mut snapshot, 10);
    let told = ends(&mut snapshot, &second, 11, None);
    let [Effect::Tell(notice)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(notice.about, "silent:ACME-1:dev");
    let thread = &snapshot.ticket(&id(1)).unwrap().thread;
    assert_eq!(thread.last().unwrap().mentions, [slug("ada")]);
    // Whatever comes now is ordinary work; nobody asks for a word again.
    let third = {
        assert_eq!(cause(&snapshot, 30), Some("ticket_continued"));
        start(&mut snapshot, 30)
    };
    assert_eq!(ends(&mut snapshot, &third, 31, None), []);
    assert_eq!(cause(&snapshot, 60), Some("ticket_continued"));
    // Once it has said something, the next silence counts anew.
    let fourth = start(&mut snapshot, 60);
    let by = Actor::Agent { agent: slug("dev"), run: fourth.clone() };
    let word = Verb::Comment { ticket: id(1), said: Box::new(Said::comment("Half of it.")) };
    happen(&mut snapshot, What::Request { by, verb: word }, 61).unwrap();
    ends(&mut snapshot, &fourth, 62, None);
    assert_eq!(cause(&snapshot, 90), Some("ticket_continued"));
    let fifth = start(&mut snapshot, 90);
    ends(&mut snapshot, &fifth, 91, None);
    assert_eq!(cause(&snapshot, 120), Some("missing_comment"));
}

#[test]
fn the_last_words_of_a_run_that_handed_its_ticket_on_stand_in_the_thread() {
    for (words, entries) in [(Some("All of it is there."), 1), (Some("  "), 0), (None, 0)] {
        let mut snapshot = company();
        ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
        let run = start(&mut snapshot, 0);
        happen(&mut snapshot, say_done(Actor::Agent { agent: slug("dev"), run: run.clone() }), 1).unwrap();
        ends(&mut snapshot, &run, 2, words);
        let thread = &snapshot.ticket(&id(1)).unwrap().thread;
        assert_eq!(thread.len(), entries, "{words:?}");
        assert!(thread.iter().all(|entry| entry.author == slug("dev") && entry.run.as_ref() == Some(&run)));
        assert_eq!(cause(&snapshot, 60), None, "nobody is paid for a word about what is closed");
    }
}

#[test]
fn who_is_named_in_a_reason_to_be_blocked_is_told_in_the_thread() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    let run = start(&mut snapshot, 0);
    let by = Actor::Agent { agent: slug("dev"), run };
    let block = |changes: Vec<TicketChange>| What::Request {
        by: by.clone(),
        verb: Verb::EditTicket { ticket: id(1), changes, reopen: false, reason: Some("no key, @ada".to_owned()) },
    };
    let prose = happen(&mut snapshot, block(vec![TicketChange::Status(TicketStatus::Blocked)]), 1);
    assert_eq!(prose, Err(Refusal::BlockedByNothing(id(1))));
    let nobody = TicketChange::UnblockOwner(Some(slug("bob")));
    let nobody = happen(&mut snapshot, block(vec![nobody, TicketChange::Status(TicketStatus::Blocked)]), 1);
    assert_eq!(
        nobody.unwrap_err().to_string(),
        "`bob` unblocks nothing: no agent and nobody on the board is called so"
    );
    let owner = TicketChange::UnblockOwner(Some(slug("ada")));
    happen(&mut snapshot, block(vec![owner, TicketChange::Status(TicketStatus::Blocked)]), 1).unwrap();
    let said = snapshot.ticket(&id(1)).unwrap().thread.last().unwrap().clone();
    assert_eq!((said.kind, &said.mentions[..]), (EntryKind::Comment, &[slug("ada")][..]));
}

type Case = (&'static str, fn(&mut Snapshot), &'static str);

fn asked(snapshot: &mut Snapshot, to: &str, minutes: i64) {
    let mut entry = Entry::new(slug("dev"), EntryKind::Question, at(minutes), "0000");
    entry.to = Some(slug(to));
    snapshot.put_entry(&id(1), entry);
}

#[test]
fn every_open_ticket_is_brought_on_by_something_or_is_stranded() {
    use RunOutcome::Succeeded;
    use TicketStatus::{Backlog, Blocked, InReview, Todo};
    let cases: &[Case] = &[
        ("new", |s| ticket(s, 1, Todo, |_| {}), "live: dev is woken for it"),
        ("parked", |s| ticket(s, 1, Backlog, |_| {}), "waiting: it is parked in the backlog"),
        ("a person's", |s| ticket(s, 1, Todo, |head| head.assignee = Some(slug("ada"))), "waiting: it is ada's"),
        (
            "nobody's who is there",
            |s| ticket(s, 1, Todo, |head| head.assignee = Some(slug("bob"))),
            "stranded: bob, who does it, is neither an agent nor on the board",
        ),
        (
            "of one who left",
            |s| {
                ticket(s, 1, Todo, |_| {});
                hire(s, "dev", Settings { status: Some(AgentStatus::Terminated), ..Settings::default() });
            },
            "stranded: dev, who does it, has left",
        ),
        (
            "of one who rests",
            |s| {
                ticket(s, 1, Todo, |_| {});
                hire(s, "dev", Settings { status: Some(AgentStatus::Paused), ..Settings::default() });
            },
            "waiting: dev is paused",
        ),
        (
            "waits for an open one",
            |s| {
                ticket(s, 1, Todo, |head| head.blocked_by = vec![id(2)]);
                ticket(s, 2, Todo, |_| {});
            },
            "waiting: it waits for ACME-2",
        ),
        (
            "waits for none",
            |s| ticket(s, 1, Todo, |head| head.blocked_by = vec![id(9)]),
            "stranded: it waits for ACME-9, which does not exist",
        ),
        (
            "waits for a cancelled one",
            |s| {
                ticket(s, 1, Blocked, |head| head.blocked_by = vec![id(2)]);
                ticket(s, 2, TicketStatus::Cancelled, |_| {});
            },
            "stranded: it waits for ACME-2, which was cancelled",
        ),
        ("blocked by nothing", |s| ticket(s, 1, Blocked, |_| {}), "live: dev is woken for it"),
        (
            "blocked by nothing still",
            |s| {
                ticket(s, 1, Blocked, |_| {});
                ran_because(s, "dev", 1, WakeCause::Stranded, -30, Succeeded, true);
                say(s, 1, "dev", EntryKind::Comment, -30);
            },
            "stranded: it is blocked, and nothing says by what",
        ),
        (
            "a person unblocks it",
            |s| ticket(s, 1, Blocked, |head| head.unblock_owner = Some(slug("ada"))),
            "waiting: ada is to unblock it",
        ),
        (
            "an agent unblocks it",
            |s| ticket(s, 1, Blocked, |head| head.unblock_owner = Some(slug("cto"))),
            "live: cto, who is to unblock it, is woken for it",
        ),
        (
            "an agent did not unblock it",
            |s| {
                ticket(s, 1, Blocked, |head| head.unblock_owner = Some(slug("cto")));
                ran_because(s, "cto", 1, WakeCause::Stranded, -30, Succeeded, true);
            },
            "stranded: cto, who is to unblock it, was woken for it and did nothing",
        ),
        (
            "it asked a person",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -60, Succeeded, true);
                asked(s, "ada", -60);
            },
            "waiting: ada was asked",
        ),
        (
            "it asked an agent that looks next",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -60, Succeeded, true);
                asked(s, "cto", -60);
            },
            "live: cto, who was asked, is woken for it",
        ),
        (
            "it asked an agent that looked away, twice",
            |s| {
                ticket(s, 1, Todo, |_| {});
                ran(s, 1, -60, Succeeded, true);
                asked(s, "cto", -60);
                ran_because(s, "cto", 1, WakeCause::Asked, -50, Succeeded, true);
                ran_because(s, "cto", 1, WakeCause::Stranded, -40, Succeeded, true);
            },
            "stranded: cto, who was asked, was woken for it and did nothing",
        ),
        ("in review", |s| ticket(s, 1, InReview, |_| {}), "waiting: ada is to look at it"),
        (
            "in review without a word",
            |s| {
                ticket(s, 1, InReview, |_| {});
                ran_silently(s, 1, -30, Succeeded, true);
            },
            "waiting: ada is to look at it",
        ),
    ];
    for (what, make, expected) in cases {
        let mut snapshot = company();
        make(&mut snapshot);
        let found = match path(&snapshot, snapshot.ticket(&id(1)).unwrap(), at(0)) {
            Path::Live(words) => format!("live: {words}"),
            Path::Waiting(words) => format!("waiting: {words}"),
            Path::Stranded(words) => format!("stranded: {words}"),
        };
        assert_eq!(found, *expected, "{what}");
        let due = pending(&snapshot, at(0)).due;
        let strand = due.contains(&Due::Strand { ticket: id(1) });
        assert_eq!(strand, found.starts_with("stranded"), "{what}: {due:?}");
        if !strand {
            continue;
        }
        happen(&mut snapshot, What::Due(Due::Strand { ticket: id(1) }), 0).unwrap();
        let head = &snapshot.ticket(&id(1)).unwrap().head;
        assert_eq!((head.status, &head.unblock_owner), (Blocked, &Some(slug("ada"))), "{what}");
        assert!(!pending(&snapshot, at(0)).due.iter().any(|due| matches!(due, Due::Strand { .. })), "{what}");
    }
}

#[test]
fn who_is_waited_for_is_woken_once() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Blocked, |head| head.unblock_owner = Some(slug("cto")));
    assert_eq!(cause(&snapshot, 0), Some("stranded"));
    let run = start(&mut snapshot, 0);
    assert_eq!(snapshot.run(run.as_str()).unwrap().agent(), &slug("cto"));
    assert_eq!(status(&snapshot), TicketStatus::Blocked, "only whoever does a ticket takes it");
    happen(&mut snapshot, What::RunEnded { run, report: report(RunOutcome::Succeeded, 1) }, 1).unwrap();
    assert_eq!(pending(&snapshot, at(60)).due, [Due::Strand { ticket: id(1) }]);
}
