//! The law of edits, held to by chance: what is made in the text and read again is what is made without reading.

use super::texts;
use crate::format::snapshot::{load, update};
use crate::format::{Draft, document};
use crate::model::approval::{Approval, ApprovalChange, ApprovalKind, Decision, Lasts, Raise};
use crate::model::budget::{AtLimit, Budget, Scope, Window};
use crate::model::company::{CompanyStatus, Home};
use crate::model::money::{Amount, Count, Percent};
use crate::model::plan::{Body, Edit, NewTicket, Paper, TicketChange};
use crate::model::price::Price;
use crate::model::run::{
    Billing, Ceiling, Correction, End, Firing, Run, RunOutcome, RunState, Spent, Usage, Wake, WakeCause,
};
use crate::model::session::{SoFar, Talked};
use crate::model::status::{AgentStatus, Priority};
use crate::model::ticket::{
    Attached, Deliverable, Entry, EntryKind, Lock, Product, ProductKind, Review, ReviewWord, Stage, StageKind, Ticket,
    TicketHead,
};
use crate::model::{ApprovalId, Currency, LocalFacts, Money, Nonce, Scalar as _, Slug, TicketId, mentions};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A company as people write it: comments, odd orders, a ticket that is silent about its status.
const FILES: &[(&str, &str)] = &[
    ("COMPANY.md", "---\nname: Acme\n---\n\nThe mission.\n"),
    (
        "corp.yaml",
        "# how we work\nschema: corp/v1\nticket_prefix: ACME   # for ever\nboard:\n  - {id: ada, role: owner}\n",
    ),
    (
        "budgets.yaml",
        "# what we may spend\nbudgets:\n  - {scope: company, window: day, limit: 5 runs}  # tight\n  - scope: agent:cto\n    window: day\n    limit: 7 runs\n",
    ),
    ("agents/cto/AGENTS.md", "---\nname: CTO\n---\nYou lead.\n"),
    ("agents/cto/agent.yaml", "# carefully\nheartbeat: {every: 30m}  # not too often\n"),
    ("agents/qa/AGENTS.md", "---\nname: QA\n---\nYou test.\n"),
    (
        "tickets/0000/ACME-1.md",
        "---\n# the first\nid: ACME-1\ntitle: 'One: two'\nassignee: cto # for now\nlabels: [a, b]\n---\n\nDo it.\n",
    ),
    (
        "tickets/0000/ACME-2.md",
        "---\nid: ACME-2\ntitle: Second\nstatus: in_progress\nblocked_by:\n  - ACME-1\nmystery: kept\n---\n",
    ),
    ("tickets/ACME-3.md", "---\nid: ACME-3\ntitle: Elsewhere\nparent: ACME-1\n---\nText.\n"),
    ("tickets/draft-1a2b3c4d.md", "---\n# mine\ntitle: Dropped in\nassignee: qa\n---\nWhat I want.\n"),
    ("tasks/digest/TASK.md", "---\nname: Digest\nassignee: qa\n---\n\nThe digest of {{date}}.\n"),
];

fn at(second: i64) -> Timestamp {
    Timestamp::from_millisecond(1_763_632_800_000 + second * 1_007).unwrap()
}

fn slug(name: &str) -> Slug {
    Slug::parse(name).unwrap()
}

fn ticket_id() -> impl Strategy<Value = TicketId> {
    (1..4_u32).prop_map(|number| TicketId::new("ACME", number).unwrap())
}

fn choice<T: crate::model::Choice + std::fmt::Debug>() -> impl Strategy<Value = T> {
    (0..T::ALL.len()).prop_map(|place| T::ALL[place].1)
}

fn name() -> impl Strategy<Value = Slug> {
    prop_oneof![Just("cto"), Just("qa"), Just("ada"), Just("no"), Just("123"), Just("true")].prop_map(slug)
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9 :#'\"{}\\[\\]@,&*!|>%-]{1,30}".prop_filter("not blank", |text| !text.trim().is_empty()),
        Just("no".to_owned()),
        Just("- x: y # z".to_owned()),
        Just("ä→😀 \u{301}".to_owned()),
    ]
    .prop_map(|text| text.trim().to_owned())
}

fn said(stage: u64) -> Review {
    let (said, by) = match stage {
        1 => (ReviewWord::Submitted, "cto"),
        _ => (ReviewWord::ChangesRequested, "no"),
    };
    Review { stage, by: slug(by), said, at: (stage > 1).then(|| at(stage.cast_signed())) }
}

fn change() -> impl Strategy<Value = TicketChange> {
    let some = || proptest::option::of(name());
    prop_oneof![
        words().prop_map(TicketChange::Title),
        choice().prop_map(TicketChange::Status),
        choice().prop_map(TicketChange::Priority),
        some().prop_map(TicketChange::Assignee),
        some().prop_map(TicketChange::Project),
        some().prop_map(TicketChange::Goal),
        proptest::option::of(ticket_id()).prop_map(TicketChange::Parent),
        proptest::collection::vec(ticket_id(), 0..3).prop_map(TicketChange::BlockedBy),
        proptest::option::of(words()).prop_map(TicketChange::Branch),
        some().prop_map(TicketChange::UnblockOwner),
        proptest::collection::vec(words(), 0..3).prop_map(TicketChange::Labels),
        (0..9_u64).prop_map(TicketChange::Fence),
        (0..3_u64).prop_map(|many| TicketChange::Reviews((1..=many).map(said).collect())),
        (0..3_u64).prop_map(|many| {
            let stage = |needs| Stage { kind: StageKind::Approval, participants: vec![slug("qa"), slug("no")], needs };
            TicketChange::Stages((1..=many).map(stage).collect())
        }),
        (0..9_i64).prop_map(|second| TicketChange::Created(at(second))),
        name().prop_map(TicketChange::CreatedBy),
        proptest::option::of(0..9_i64).prop_map(|second| TicketChange::Closed(second.map(at))),
        words().prop_map(TicketChange::Body),
    ]
}

fn ceiling() -> impl Strategy<Value = Ceiling> {
    (proptest::option::of(1..9_000_000_i64), proptest::option::of(1..9_000_000_u64)).prop_map(|(micro, tokens)| {
        Ceiling { money: micro.map(|micro| Money::from_micro(micro, Currency::USD)), tokens }
    })
}

fn spent() -> impl Strategy<Value = Spent> {
    (proptest::option::of(0..9_000_u64), proptest::option::of(0..9_000_000_i64), proptest::option::of(words()))
        .prop_map(|(tokens, micro, model)| Spent {
            usage: tokens.map(|tokens| Usage { input: tokens, cached_input: 3, cache_write: 0, output: 2 * tokens }),
            cost: micro.map(|micro| Money::from_micro(micro, Currency::USD)),
            cost_source: micro.map(|_| "reported".to_owned()),
            provider: None,
            model,
            billing: Some(Billing::Metered),
        })
}

fn run() -> impl Strategy<Value = Run> {
    let wake = (name(), proptest::option::of(ticket_id()), choice::<WakeCause>(), proptest::option::of(words()))
        .prop_map(|(agent, ticket, cause, note)| Wake {
            slot: (cause == WakeCause::Scheduled).then(|| at(3)),
            tasks: note.iter().cloned().collect(),
            by: Some(agent.clone()),
            note,
            ..Wake::new(agent, ticket, cause)
        });
    let end = (choice::<RunOutcome>(), spent(), proptest::option::of(words())).prop_map(|(outcome, spent, note)| End {
        outcome,
        at: at(50),
        started: Some(at(41)),
        note,
        transcript: Some("00".repeat(32)),
        talked: Some(Talked {
            id: "s-1".to_owned(),
            so_far: spent.usage.map(|usage| SoFar { usage, cost: spent.cost }),
        }),
        spent,
        confinement: Some("standard (landlock 7, seccomp)".to_owned()),
    });
    (0..3_u8, wake, ceiling(), any::<bool>(), proptest::option::of(end)).prop_map(
        |(chance, wake, reserved, progress, end)| {
            let queued = end.is_none() && chance == 0;
            Run {
                id: Nonce([chance; 16]).run_id(at(40)),
                ticket: wake.ticket.clone(),
                project: None,
                goal: Some(slug("launch")),
                routine: None,
                queued: queued.then(|| at(1)),
                clone: Some(crate::model::CloneId::parse("c-7f3a").unwrap()),
                reserved,
                progress,
                state: match end {
                    Some(end) => RunState::Ended { announced: Some(at(40)), end: Box::new(end) },
                    None if queued => RunState::Queued,
                    None => RunState::Open { announced: at(40) },
                },
                wake,
            }
        },
    )
}

fn approval_id(number: u8) -> ApprovalId {
    ApprovalId::parse(&format!("AP-{}", number + 1)).unwrap()
}

fn decision() -> impl Strategy<Value = Decision> {
    let comment = prop_oneof![words(), Just("two\nlines: # here".to_owned())];
    (name(), proptest::option::of(name()), choice(), proptest::option::of(0..9_i64), proptest::option::of(comment))
        .prop_map(|(by, on_behalf_of, verdict, second, comment)| Decision {
            by,
            on_behalf_of,
            verdict,
            at: second.map(at),
            void: comment.clone().filter(|_| second.is_none()),
            comment,
        })
}

fn approval_change() -> impl Strategy<Value = ApprovalChange> {
    prop_oneof![
        choice().prop_map(ApprovalChange::Status),
        proptest::option::of(choice()).prop_map(ApprovalChange::Decision),
        proptest::collection::vec(decision(), 0..3).prop_map(ApprovalChange::Decisions),
        (0..9_i64).prop_map(|second| ApprovalChange::Created(at(second))),
        (1..9_u64).prop_map(|runs| ApprovalChange::RaiseTo(Amount::Runs(Count(runs)))),
        choice().prop_map(ApprovalChange::Lasts),
        proptest::option::of(0..9_i64).prop_map(|second| ApprovalChange::Closed(second.map(at))),
        words().prop_map(ApprovalChange::Body),
    ]
}

fn budget(company: bool, limit: u64) -> Budget {
    Budget {
        scope: if company { Scope::Company } else { Scope::Agent(slug("cto")) },
        window: Window::Day,
        limit: Amount::Runs(Count(limit)),
        warn_at: Percent(80),
        at_limit: AtLimit::Stop,
    }
}

fn raise(kind: ApprovalKind) -> Raise {
    let lasts = if kind == ApprovalKind::Hire { Lasts::Once } else { Lasts::ForGood };
    let Budget { scope, window, limit, .. } = budget(kind == ApprovalKind::Request, 5);
    Raise { scope, window, limit, to: Amount::Runs(Count(9)), lasts }
}

fn edit() -> impl Strategy<Value = Edit> {
    let entry = (ticket_id(), name(), choice::<EntryKind>(), words(), 0..9_i64, "[a-z0-9]{4}").prop_map(
        |(ticket, author, kind, body, second, letters)| {
            let mut entry = Entry::new(author, kind, at(second), &letters);
            entry.to = (kind == EntryKind::Question).then(|| slug("qa"));
            entry.answers = (kind == EntryKind::Answer).then(|| "20261120T101500Z-cto-1a2b.md".to_owned());
            entry.document = (kind == EntryKind::Document).then(|| slug("plan"));
            entry.revision = (kind == EntryKind::Document).then_some(1);
            entry.attached = (kind == EntryKind::Attachment).then(|| Attached {
                name: body.clone(),
                sha256: "00ff".repeat(16),
                bytes: 7,
                place: (body.len() % 2 == 1).then(|| format!("files/{letters}")),
            });
            entry.product = (kind == EntryKind::Product)
                .then(|| Product { kind: ProductKind::PullRequest, reference: format!("https://x.example/{letters}") });
            let body = format!("{body} @cto\n");
            entry.mentions = mentions::find(&body);
            Edit::NewEntry { ticket, entry: Box::new(entry), body }
        },
    );
    let lock = (ticket_id(), name(), ceiling()).prop_map(|(ticket, holder, reserved)| Edit::Lock {
        ticket,
        lock: Box::new(Lock {
            holder,
            run: None,
            clone: crate::model::CloneId::parse("c-7f3a").unwrap(),
            fence: 2,
            since: at(2),
            reserved,
        }),
    });
    let new = (words(), proptest::collection::vec(change(), 0..6), 0..3_u8).prop_map(|(title, changes, from)| {
        let id = TicketId::new("ACME", 17).unwrap();
        let title_is_odd = title.len() % 2 == 1;
        let mut head = TicketHead::new(title);
        head.priority = Priority::Low;
        changes.iter().for_each(|change| head.change(change));
        let body = match from {
            0 => Body::Text("A text.\n".to_owned()),
            1 => Body::Task {
                path: "tasks/digest/TASK.md".to_owned(),
                variables: BTreeMap::from([("date".to_owned(), "today".to_owned())]),
            },
            // What a draft says beyond what the program sets stays its own.
            _ => {
                head.created.get_or_insert(at(1));
                head.created_by.get_or_insert(slug("corp"));
                Body::Draft { path: "tickets/draft-1a2b3c4d.md".to_owned() }
            }
        };
        if from != 2 {
            head.seed = Some("tasks/digest".to_owned());
            head.stages = vec![Stage { kind: StageKind::Review, participants: vec![slug("qa"), slug("no")], needs: 2 }];
            head.deliverables = vec![Deliverable::Path("a b.md".to_owned()), Deliverable::Run("true".to_owned())];
        }
        if let Body::Text(body) = &body
            && title_is_odd
        {
            return Edit::NewDraft { path: Ticket::draft_path(7), head: Box::new(head), body: body.clone() };
        }
        let ticket = Ticket { path: Ticket::path_of(&id), id, head, lock: None, thread: Vec::new() };
        Edit::NewTicket(Box::new(NewTicket { ticket, body }))
    });
    let firing = (name(), proptest::option::of(ticket_id())).prop_map(|(agent, ticket)| {
        Edit::Firing(Box::new(Firing {
            id: Nonce([9; 16]).run_id(at(60)),
            routine: slug("digest"),
            trigger: "cron 0 9 * * 1-5".to_owned(),
            agent,
            slot: at(59),
            at: at(60),
            ticket,
        }))
    });
    let correction = (run(), spent()).prop_map(|(run, spent)| {
        let id = format!("{}-2", run.id);
        Edit::Correction(Box::new(Correction { id, run: run.id.clone(), agent: run.agent().clone(), spent }))
    });
    let home = proptest::option::of(words()).prop_map(|host| {
        Edit::Home(Box::new(Home {
            clone: crate::model::CloneId::parse("c-7f3a").unwrap(),
            machine: None,
            host,
            fence: 3,
            since: Some(at(4)),
        }))
    });
    let approval = (0..3_u8, words(), choice(), proptest::collection::vec(decision(), 0..3)).prop_map(
        |(number, title, kind, decisions)| Edit::NewApproval {
            id: approval_id(number),
            approval: Box::new(Approval {
                requested_by: Some(slug("cto")),
                run: Some(Nonce([3; 16]).run_id(at(1))),
                ticket: Some(TicketId::new("ACME", 1).unwrap()),
                agent: Some(slug("qa")),
                proposal: decisions.first().and_then(|decision| decision.comment.clone()),
                deciders: decisions.iter().map(|decision| decision.by.clone()).collect(),
                raise: (number > 0).then(|| raise(kind)),
                needs: u64::from(number),
                expires: decisions.first().and_then(|decision| decision.at),
                created: Some(at(2)),
                ..Approval::new(kind, title)
            }),
            body: "Why.".to_owned(),
        },
    );
    let money = || (1..9_000_000_i64).prop_map(|micro| Money::from_micro(micro, Currency::USD));
    let price = (words(), proptest::option::of(words()), any::<bool>(), money(), money(), money()).prop_map(
        |(model, provider, dated, input, cached_input, output)| {
            let from = dated.then(|| at(5));
            Edit::NewPrice(Box::new(Price { model, provider, from, input, cached_input, cache_write: input, output }))
        },
    );
    prop_oneof![
        2 => approval,
        3 => (0..3_u8, approval_change()).prop_map(|(number, change)| Edit::Approval { id: approval_id(number), change }),
        8 => (ticket_id(), change()).prop_map(|(id, change)| Edit::Ticket { id, change }),
        3 => entry,
        2 => lock,
        1 => ticket_id().prop_map(|ticket| Edit::Unlock { ticket }),
        3 => new,
        4 => run().prop_map(|run| Edit::Run(Box::new(run))),
        1 => firing,
        1 => correction,
        1 => (name(), choice::<AgentStatus>()).prop_map(|(agent, status)| Edit::AgentStatus { agent, status }),
        1 => choice::<CompanyStatus>().prop_map(Edit::CompanyStatus),
        1 => words().prop_map(|text| Edit::Paper(Box::new(Paper {
            path: format!("agents/cto/memory/{}.md", text.len()),
            before: None,
            after: Some(text),
        }))),
        1 => home,
        1 => price,
        2 => (any::<bool>(), 5..9_u64, 5..9_u64).prop_map(|(company, limit, to)| Edit::BudgetLimit {
            budget: Box::new(budget(company, limit)),
            limit: Amount::Runs(Count(to)),
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_and_read_is_what_is_applied(edits in proptest::collection::vec(edit(), 1..12)) {
        let mut files: BTreeMap<String, String> =
            FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let mut draft = Draft::default();
        for (path, text) in &files {
            draft.insert(path, document::read(path, text).0);
        }
        let mut applied = load(&draft, LocalFacts::new(at(0)));
        let mut read = applied.clone();
        for edit in &edits {
            // Only what can be made at all is made: an entry or a checkout that is there already is refused.
            let Ok(changes) = texts(&applied, std::slice::from_ref(edit), &mut |path| files.get(path).cloned()) else {
                continue;
            };
            for change in &changes {
                prop_assert_eq!(&change.before, &files.get(&change.path).cloned());
                draft.take(&change.path);
                match &change.after {
                    Some(text) => {
                        let (document, found) = document::read(&change.path, text);
                        let errors: Vec<_> = found.iter().filter(|one| one.severity == crate::diag::Severity::Error).collect();
                        prop_assert!(errors.is_empty(), "{}: {:?}\n{}", change.path, errors, text);
                        draft.insert(&change.path, document);
                        files.insert(change.path.clone(), text.clone());
                    }
                    None => drop(files.remove(&change.path)),
                }
            }
            for change in &changes {
                update(&mut read, &draft, &change.path);
            }
            applied.apply(edit);
            drop((applied.take_touched(), read.take_touched()));
            prop_assert_eq!(&applied, &read, "{:?}", edit);
        }
        let mut anew = load(&draft, LocalFacts::new(at(0)));
        anew.take_touched();
        prop_assert_eq!(anew.tickets().collect::<Vec<_>>(), applied.tickets().collect::<Vec<_>>());
        prop_assert_eq!(anew.approvals(), applied.approvals());
        prop_assert_eq!(&anew.index().lapsing, &applied.index().lapsing);
        prop_assert_eq!(&anew.index().raises, &applied.index().raises);
        prop_assert_eq!(anew.budgets(), applied.budgets());
        prop_assert_eq!(&anew.index().assigned, &applied.index().assigned);
        prop_assert_eq!(&anew.index().named, &applied.index().named);
        prop_assert_eq!(&anew.index().children, &applied.index().children);
        prop_assert_eq!(&anew.index().blocked, &applied.index().blocked);
        for (path, text) in FILES.iter().filter(|(path, _)| files.contains_key(*path)) {
            for comment in text.lines().filter(|line| line.trim_start().starts_with('#')) {
                prop_assert!(files[*path].contains(comment), "{} lost a comment", path);
            }
        }
    }
}
