//! What people change reaches whoever works; what is refused, and in which words.

use super::start;
use crate::engine::testing::{ada, at, company, happen, id, slug, ticket};
use crate::engine::{Verb, What, pending};
use crate::model::plan::{Effect, TicketChange};
use crate::model::status::TicketStatus;

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
            "ACME-1 is backlog, and does not become done from there; `corp ticket move ACME-1` takes it to todo or cancelled",
        ),
        (TicketStatus::Done, edit(vec![TicketChange::Status(TicketStatus::Todo)]), "ACME-1 is done; reopen it first"),
        (
            TicketStatus::Todo,
            edit(vec![TicketChange::Status(TicketStatus::Blocked)]),
            "ACME-1 cannot be blocked by nothing: name a ticket it waits for (`--on`), who unblocks it (`--owner`, `board` if you \
             know nobody), or ask somebody first (`corp ticket ask`)",
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

#[test]
fn what_waits_for_a_ticket_that_is_cancelled_is_asked_about() {
    let mut snapshot = company();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    ticket(&mut snapshot, 2, TicketStatus::Todo, |head| head.blocked_by = vec![id(1)]);
    ticket(&mut snapshot, 3, TicketStatus::Done, |head| head.blocked_by = vec![id(1)]);
    let changes = vec![TicketChange::Status(TicketStatus::Cancelled)];
    let verb = Verb::EditTicket { ticket: id(1), changes, reopen: false, reason: None };
    let plan = happen(&mut snapshot, What::Request { by: ada(), verb }, 1).unwrap();
    let asked = |number| {
        let thread = &snapshot.ticket(&id(number)).unwrap().thread;
        thread.iter().filter(|entry| entry.mentions == [slug("ada")]).count()
    };
    assert_eq!((asked(1), asked(2), asked(3)), (0, 1, 0));
    assert_eq!(plan.effects.len(), 1, "{:?}", plan.effects);
}
