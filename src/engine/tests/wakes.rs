//! What wakes an agent, and what keeps it.

use crate::engine::explain;
use crate::engine::testing::{ada, at, company, happen, hire, id, ran, say, slug, ticket};
use crate::engine::wakes::{Context, Finding, ticket as own};
use crate::engine::{Due, Verb, What, pending};
use crate::model::agent::Settings;
use crate::model::run::{Ceiling, RunOutcome};
use crate::model::status::{AgentStatus, TicketStatus, WakeReason};
use crate::model::ticket::{EntryKind, Lock};
use crate::model::{Choice as _, CloneId, Scalar as _, Snapshot};

/// What there is to do for `dev` about ACME-1: the cause, or the rule that holds and its words.
fn found(snapshot: &Snapshot, minutes: i64) -> String {
    let worker = snapshot.worker("dev").unwrap();
    let context = Context { snapshot, worker, now: at(minutes) };
    match crate::engine::wakes::gated(context, own::find(context, snapshot.ticket(&id(1)).unwrap())) {
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
