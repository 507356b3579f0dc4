//! Work that is judged before it is done: by whom, in which order, what comes back, and what is written by hand.

use super::start;
use crate::engine::testing::{ada, at, company, happen, id, slug, ticket};
use crate::engine::{Change, Refusal, Verb, What, pending};
use crate::model::company::Person;
use crate::model::plan::{Plan, TicketChange};
use crate::model::run::{RunState, WakeCause};
use crate::model::status::{BoardRole, TicketStatus};
use crate::model::ticket::{ReviewWord, Stage, StageKind, TicketHead};
use crate::model::{Actor, Snapshot};

fn stage(kind: StageKind, who: &[&str], needs: u64) -> Stage {
    Stage { kind, participants: who.iter().map(|name| slug(name)).collect(), needs }
}

/// `dev` works on ticket 1, which `cto` reviews; then two of `ada`, `bob` and `cto` approve it. `vic` looks.
fn reviewed() -> (Snapshot, Actor) {
    let mut snapshot = company();
    let mut company = (*snapshot.company).clone();
    for (name, role) in [("bob", BoardRole::Operator), ("vic", BoardRole::Viewer)] {
        company.board.push(Person { id: slug(name), role, ..company.board[0].clone() });
    }
    snapshot.put_company(company);
    ticket(&mut snapshot, 1, TicketStatus::Todo, |head| {
        head.stages =
            vec![stage(StageKind::Review, &["cto"], 1), stage(StageKind::Approval, &["ada", "bob", "cto"], 2)];
    });
    let run = start(&mut snapshot, 0);
    (snapshot, Actor::Agent { agent: slug("dev"), run })
}

fn person(name: &str) -> Actor {
    Actor::Person(slug(name))
}

fn done(snapshot: &mut Snapshot, by: &Actor, minutes: i64) -> Result<Plan, Refusal> {
    let changes = vec![TicketChange::Status(TicketStatus::Done)];
    let verb = Verb::EditTicket { ticket: id(1), changes, reopen: false, reason: None };
    happen(snapshot, What::Request { by: by.clone(), verb }, minutes)
}

fn judge(snapshot: &mut Snapshot, by: &Actor, approves: bool, minutes: i64) -> Result<Plan, Refusal> {
    let verb = Verb::Review { ticket: id(1), approves, comment: "Seen.".to_owned() };
    happen(snapshot, What::Request { by: by.clone(), verb }, minutes)
}

fn status(snapshot: &Snapshot) -> TicketStatus {
    snapshot.ticket(&id(1)).unwrap().head.status
}

/// Ends all runs, so that whoever is asked can be woken.
fn end_runs(snapshot: &mut Snapshot, minutes: i64) {
    let open: Vec<_> = snapshot.open_runs().map(|run| run.id.clone()).collect();
    for run in open {
        let report = super::report(crate::model::run::RunOutcome::Succeeded, minutes);
        happen(snapshot, What::RunEnded { run, report }, minutes).unwrap();
    }
}

#[test]
fn done_is_a_request_and_each_stage_is_asked_in_its_turn() {
    let (mut snapshot, dev) = reviewed();
    let plan = done(&mut snapshot, &dev, 1).unwrap();
    assert_eq!(plan.reason.subject, "dev asks cto to review ACME-1: Ticket 1");
    assert_eq!(status(&snapshot), TicketStatus::InReview);
    assert_eq!(snapshot.ticket(&id(1)).unwrap().lock, None);
    end_runs(&mut snapshot, 2);

    // The reviewer is woken for it, and nobody else.
    let cto = Actor::Agent { agent: slug("cto"), run: start(&mut snapshot, 3) };
    let run = snapshot.run(cto.run().unwrap().as_str()).unwrap();
    assert_eq!((run.agent(), run.wake.cause), (&slug("cto"), WakeCause::ReviewRequested));
    assert!(matches!(run.state, RunState::Open { .. }));

    // Nobody judges whose word is not asked, and nobody their own work.
    for (by, expected) in [
        (&dev, "dev may not say whether ACME-1 is done: whoever did the work does not judge it; it waits for cto"),
        (&ada(), "ada may not say whether ACME-1 is done: it is in stage 1 (review by cto)"),
    ] {
        let by = if let Actor::Agent { agent, .. } = by {
            // Its run is over; it would have to be another one.
            Actor::Person(agent.clone())
        } else {
            by.clone()
        };
        assert_eq!(judge(&mut snapshot, &by, true, 4).unwrap_err().to_string(), expected);
        assert_eq!(done(&mut snapshot, &by, 4).unwrap_err().to_string(), expected);
    }
    let silent = done(&mut snapshot, &cto, 4).unwrap_err().to_string();
    assert_eq!(silent, "say what you found: `corp ticket approve ACME-1 --comment TEXT`");

    // It goes back, to whoever did it.
    let plan = judge(&mut snapshot, &cto, false, 5).unwrap();
    assert_eq!(plan.reason.subject, "cto asks dev for changes of ACME-1: Ticket 1");
    assert_eq!(status(&snapshot), TicketStatus::InProgress);
    end_runs(&mut snapshot, 6);
    let again = Actor::Agent { agent: slug("dev"), run: start(&mut snapshot, 7) };
    assert_eq!(snapshot.run(again.run().unwrap().as_str()).unwrap().wake.cause, WakeCause::Commented);
    done(&mut snapshot, &again, 8).unwrap();
    end_runs(&mut snapshot, 9);

    let cto = Actor::Agent { agent: slug("cto"), run: start(&mut snapshot, 10) };
    let plan = judge(&mut snapshot, &cto, true, 11).unwrap();
    assert_eq!(plan.reason.subject, "cto approves ACME-1, stage 1 of 2: Ticket 1");
    assert_eq!(status(&snapshot), TicketStatus::InReview);

    // Two of three; the word of one counts once.
    let plan = judge(&mut snapshot, &person("bob"), true, 12).unwrap();
    assert_eq!(plan.reason.subject, "bob says yes to ACME-1, 1 of 2 needed: Ticket 1");
    assert!(judge(&mut snapshot, &person("bob"), true, 13).unwrap().edits.is_empty());
    assert!(judge(&mut snapshot, &person("vic"), true, 13).is_err());
    let plan = judge(&mut snapshot, &ada(), true, 14).unwrap();
    assert_eq!(plan.reason.subject, "ada approves ACME-1, and it is done: Ticket 1");
    let head = &snapshot.ticket(&id(1)).unwrap().head;
    assert_eq!((head.status, head.closed), (TicketStatus::Done, Some(at(14))));
    let said: Vec<String> = head.reviews.iter().map(|one| format!("{} {} {}", one.stage, one.by, one.said)).collect();
    assert_eq!(
        said,
        [
            "1 dev submitted",
            "1 cto changes_requested",
            "1 dev submitted",
            "1 cto approved",
            "2 bob approved",
            "2 ada approved"
        ]
    );

    // Opened again it passes through them anew.
    let verb = Verb::EditTicket {
        ticket: id(1),
        changes: vec![TicketChange::Status(TicketStatus::Todo)],
        reopen: true,
        reason: None,
    };
    happen(&mut snapshot, What::Request { by: ada(), verb }, 15).unwrap();
    let head = &snapshot.ticket(&id(1)).unwrap().head;
    assert_eq!(crate::engine::stages::standing(head).unwrap().number, 1);
}

#[test]
fn changes_come_back_to_the_same_stage() {
    let (mut snapshot, dev) = reviewed();
    done(&mut snapshot, &dev, 1).unwrap();
    end_runs(&mut snapshot, 2);
    let cto = Actor::Agent { agent: slug("cto"), run: start(&mut snapshot, 3) };
    judge(&mut snapshot, &cto, true, 4).unwrap();
    judge(&mut snapshot, &person("bob"), true, 5).unwrap();
    judge(&mut snapshot, &ada(), false, 6).unwrap();
    end_runs(&mut snapshot, 7);
    let dev = Actor::Agent { agent: slug("dev"), run: start(&mut snapshot, 8) };
    done(&mut snapshot, &dev, 9).unwrap();
    let head = &snapshot.ticket(&id(1)).unwrap().head;
    let standing = crate::engine::stages::under_way(head).unwrap();
    assert_eq!((standing.number, standing.yes.len(), standing.missing()), (2, 0, 2));
}

#[test]
fn a_reviewer_who_says_nothing_is_woken_once_more_and_no_more() {
    let (mut snapshot, dev) = reviewed();
    done(&mut snapshot, &dev, 1).unwrap();
    end_runs(&mut snapshot, 2);
    for minutes in [3, 30] {
        let run = start(&mut snapshot, minutes);
        assert_eq!(snapshot.run(run.as_str()).unwrap().agent(), &slug("cto"));
        end_runs(&mut snapshot, minutes + 1);
    }
    assert_eq!(pending(&snapshot, at(600)).due, []);
}

#[test]
fn work_that_nobody_else_could_judge_is_not_submitted() {
    let (mut snapshot, dev) = reviewed();
    let stages = vec![stage(StageKind::Review, &["dev", "cto"], 2)];
    let verb =
        Verb::EditTicket { ticket: id(1), changes: vec![TicketChange::Stages(stages)], reopen: false, reason: None };
    // Those that stand are the board's to change, not an operator's, and no agent's.
    let refused = happen(&mut snapshot, What::Request { by: person("bob"), verb: verb.clone() }, 1).unwrap_err();
    assert!(refused.to_string().starts_with("bob may not decide for the board"), "{refused}");
    let refused = happen(&mut snapshot, What::Request { by: dev.clone(), verb: verb.clone() }, 1).unwrap_err();
    assert!(refused.to_string().starts_with("dev may not change who judges a ticket"), "{refused}");
    happen(&mut snapshot, What::Request { by: ada(), verb }, 1).unwrap();
    assert_eq!(
        done(&mut snapshot, &dev, 2).unwrap_err().to_string(),
        "ACME-1 cannot pass stage 1 (review by 2 of dev, cto): whoever did the work does not judge it, and 1 others \
         could; change `stages`"
    );
    // The board overrides it by taking the stages away.
    let changes = vec![TicketChange::Stages(Vec::new()), TicketChange::Status(TicketStatus::Done)];
    let verb = Verb::EditTicket { ticket: id(1), changes, reopen: false, reason: Some("It is urgent.".to_owned()) };
    let plan = happen(&mut snapshot, What::Request { by: ada(), verb }, 3).unwrap();
    assert_eq!(plan.reason.subject, "ada changes ACME-1: no stages, done");
    assert_eq!(status(&snapshot), TicketStatus::Done);
}

/// What becomes of ticket 1 when somebody writes this into its file.
fn written(snapshot: &mut Snapshot, by: &Actor, minutes: i64, change: impl FnOnce(&mut TicketHead)) -> String {
    let before = snapshot.ticket(&id(1)).unwrap().clone();
    let mut head = before.head.clone();
    change(&mut head);
    snapshot.put_ticket(&id(1), &before.path, head);
    let changes = vec![Change::Ticket { id: id(1), before: Some(before) }];
    let plan = happen(snapshot, What::TreeChanged { by: by.clone(), changes }, minutes).unwrap();
    let head = &snapshot.ticket(&id(1)).unwrap().head;
    let said: Vec<String> = head.reviews.iter().map(|one| format!("{} {} {}", one.stage, one.by, one.said)).collect();
    format!("{}: {} | {}", head.status, said.join(", "), plan.reason.subject)
}

#[test]
fn the_same_by_hand() {
    let (mut snapshot, _dev) = reviewed();
    end_runs(&mut snapshot, 1);
    let bob = person("bob");
    // A person says done of an agent's ticket: it is a request.
    assert_eq!(
        written(&mut snapshot, &bob, 2, |head| head.status = TicketStatus::Done),
        "in_review: 1 dev submitted | bob asks cto to review ACME-1: Ticket 1"
    );
    // Nobody writes the word of another, nor judges out of turn.
    let forged = |said| crate::model::ticket::Review { stage: 1, by: slug("cto"), said, at: None };
    assert!(
        written(&mut snapshot, &bob, 3, |head| head.reviews.push(forged(ReviewWord::Approved)))
            .starts_with("in_review: 1 dev submitted |")
    );
    assert_eq!(
        written(&mut snapshot, &bob, 4, |head| head.status = TicketStatus::Done),
        "in_review: 1 dev submitted | what bob wrote into ACME-1 is taken back: bob may not say whether ACME-1 is done: \
         it is in stage 1 (review by cto)"
    );
    // An operator takes no stage away.
    assert!(
        written(&mut snapshot, &bob, 5, |head| {
            head.stages.clear();
            head.status = TicketStatus::Done;
        })
        .starts_with("in_review: 1 dev submitted | what bob wrote into ACME-1 is taken back")
    );
    let cto = Actor::Agent { agent: slug("cto"), run: start(&mut snapshot, 6) };
    judge(&mut snapshot, &cto, true, 7).unwrap();
    assert_eq!(
        written(&mut snapshot, &ada(), 8, |head| head.status = TicketStatus::InProgress),
        "in_progress: 1 dev submitted, 1 cto approved, 2 ada changes_requested | ada asks dev for changes of ACME-1: \
         Ticket 1"
    );
    written(&mut snapshot, &bob, 9, |head| head.status = TicketStatus::InReview);
    // A word in one's own name is said by writing it down.
    let own = |by| crate::model::ticket::Review { stage: 2, by: slug(by), said: ReviewWord::Approved, at: None };
    assert!(written(&mut snapshot, &bob, 10, |head| head.reviews.push(own("bob"))).contains("bob says yes to ACME-1"));
    assert!(written(&mut snapshot, &ada(), 11, |head| head.status = TicketStatus::Done).starts_with("done: "));
    // An undo takes the last word back.
    let undone = written(&mut snapshot, &ada(), 12, |head| {
        head.reviews.pop();
        head.status = TicketStatus::InReview;
        head.closed = None;
    });
    assert!(undone.starts_with("in_review: ") && undone.contains("2 bob approved"), "{undone}");
    // Without stages nobody is asked any more, and the work is whoever's who did it.
    assert!(written(&mut snapshot, &ada(), 13, |head| head.stages.clear()).starts_with("in_progress: "));
}
