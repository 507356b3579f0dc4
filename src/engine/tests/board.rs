//! What the board is asked and decides, as tables.

use super::super::testing::{ada, at, company, happen, id, slug, ticket};
use crate::engine::event::{Due, What};
use crate::engine::{Refusal, Verb, pending};
use crate::model::approval::{Approval, ApprovalChange, ApprovalKind, Terms, Verdict};
use crate::model::company::{Company, Person};
use crate::model::plan::Edit;
use crate::model::status::{AgentStatus, ApprovalStatus, BoardRole, TicketStatus};
use crate::model::{Actor, ApprovalId, Scalar as _, Snapshot};

fn person(name: &str, role: BoardRole) -> Person {
    Person { id: slug(name), name: None, email: None, role, delegate: None, away_until: None, signing_keys: Vec::new() }
}

/// `ada` and `bob` decide, `eve` looks after things, `vic` looks.
pub(super) fn board() -> Snapshot {
    let mut snapshot = company();
    let company = Company {
        board: vec![
            person("ada", BoardRole::Owner),
            person("bob", BoardRole::Admin),
            person("eve", BoardRole::Operator),
            person("vic", BoardRole::Viewer),
        ],
        ..(*snapshot.company).clone()
    };
    snapshot.put_company(company);
    snapshot
}

pub(super) fn by(name: &str) -> Actor {
    Actor::Person(slug(name))
}

pub(super) fn ap(number: u32) -> ApprovalId {
    ApprovalId::parse(&format!("AP-{number}")).unwrap()
}

pub(super) fn ask(snapshot: &mut Snapshot, approval: Approval) -> Result<String, Refusal> {
    let verb = Verb::AskBoard { approval: Box::new(approval), body: "why".to_owned() };
    happen(snapshot, What::Request { by: by("eve"), verb }, 0).map(|plan| plan.reason.subject)
}

pub(super) fn says(snapshot: &mut Snapshot, who: &str, verdict: Verdict, minutes: i64) -> Result<String, Refusal> {
    let comment = (verdict == Verdict::RevisionRequested).then(|| "smaller".to_owned());
    let verb =
        Verb::Decide { approval: ap(1), verdict, terms: Terms::default(), on_behalf_of: None, comment, signed: false };
    let plan = happen(snapshot, What::Request { by: by(who), verb }, minutes)?;
    Ok(if plan.edits.is_empty() { "nothing".to_owned() } else { plan.reason.subject })
}

pub(super) fn request(needs: u64) -> Approval {
    Approval { needs, ..Approval::new(ApprovalKind::Request, "A bigger room") }
}

fn status(snapshot: &Snapshot) -> ApprovalStatus {
    snapshot.approvals()[&ap(1)].status
}

#[test]
fn who_says_what_and_what_comes_of_it() {
    use Verdict::{Approved as Yes, Rejected as No, RevisionRequested as Again};
    type Round<'a> = (&'a str, u64, &'a [(&'a str, Verdict)], ApprovalStatus, &'a str);
    let table: &[Round<'_>] = &[
        ("one yes", 1, &[("ada", Yes)], ApprovalStatus::Approved, "ada approves AP-1: A bigger room"),
        ("one no", 1, &[("bob", No)], ApprovalStatus::Rejected, "bob rejects AP-1: A bigger room"),
        (
            "one of two",
            2,
            &[("ada", Yes)],
            ApprovalStatus::Pending,
            "ada says yes to AP-1, 1 of 2 needed: A bigger room",
        ),
        ("two of two", 2, &[("ada", Yes), ("bob", Yes)], ApprovalStatus::Approved, "bob approves AP-1: A bigger room"),
        ("the same twice counts once", 2, &[("ada", Yes), ("ada", Yes)], ApprovalStatus::Pending, "nothing"),
        (
            "two cannot be reached any more",
            2,
            &[("bob", No)],
            ApprovalStatus::Rejected,
            "bob rejects AP-1: A bigger room",
        ),
        ("another mind", 2, &[("ada", Yes), ("ada", No)], ApprovalStatus::Rejected, "ada rejects AP-1: A bigger room"),
        (
            "again",
            1,
            &[("ada", Again)],
            ApprovalStatus::RevisionRequested,
            "ada asks eve to revise AP-1: A bigger room",
        ),
        (
            "a yes before a revision does not count",
            2,
            &[("ada", Yes), ("bob", Again), ("bob", Yes)],
            ApprovalStatus::Pending,
            "bob says yes to AP-1, 1 of 2 needed: A bigger room",
        ),
        (
            "what is to be revised can be decided",
            1,
            &[("bob", Again), ("ada", Yes)],
            ApprovalStatus::Approved,
            "ada approves AP-1: A bigger room",
        ),
    ];
    for (name, needs, said, comes_to, subject) in table {
        let mut snapshot = board();
        assert_eq!(ask(&mut snapshot, request(*needs)).unwrap(), "eve asks the board (AP-1): A bigger room");
        let mut last = String::new();
        for (place, (who, verdict)) in said.iter().enumerate() {
            last = says(&mut snapshot, who, *verdict, i64::try_from(place).unwrap() + 1).unwrap();
        }
        assert_eq!((status(&snapshot), last.as_str()), (*comes_to, *subject), "{name}");
    }
}

#[test]
fn who_may_not_decide_is_told_who_may() {
    let mut snapshot = board();
    ask(&mut snapshot, request(1)).unwrap();
    for (who, why) in [
        ("eve", "eve may not decide for the board: eve is operator on the board; ask ada, bob"),
        ("vic", "vic may not change tickets: vic is viewer on the board; ask ada, bob, eve"),
        ("zoe", "zoe may not decide for the board: zoe is not on the board; ask ada, bob"),
    ] {
        assert_eq!(says(&mut snapshot, who, Verdict::Approved, 1).unwrap_err().to_string(), why);
    }
    let (verdict, terms) = (Verdict::Approved, Terms::default());
    let verb = Verb::Decide { approval: ap(1), verdict, terms, on_behalf_of: None, comment: None, signed: false };
    let agent = What::Request { by: Actor::Agent { agent: slug("cto"), run: RunOf::open(&mut snapshot) }, verb };
    assert_eq!(
        happen(&mut snapshot, agent, 1).unwrap_err().to_string(),
        "cto may not decide AP-1: that is for the board"
    );
    assert_eq!(status(&snapshot), ApprovalStatus::Pending);
}

/// A run of `cto` that is open.
struct RunOf;

impl RunOf {
    fn open(snapshot: &mut Snapshot) -> crate::model::RunId {
        ticket(snapshot, 9, TicketStatus::Todo, |head| head.assignee = Some(slug("cto")));
        let wake = crate::model::run::Wake::new(slug("cto"), Some(id(9)), crate::model::run::WakeCause::TicketAssigned);
        happen(snapshot, What::Due(Due::Wake(wake)), 0).unwrap();
        snapshot.open_runs().next().unwrap().id.clone()
    }
}

#[test]
fn whoever_is_named_decides_whatever_the_role_and_nobody_else() {
    let mut snapshot = board();
    ask(&mut snapshot, Approval { deciders: vec![slug("eve")], ..request(1) }).unwrap();
    let refused = says(&mut snapshot, "ada", Verdict::Approved, 1).unwrap_err().to_string();
    assert_eq!(refused, "ada may not decide this: it is for eve");
    assert_eq!(says(&mut snapshot, "eve", Verdict::Approved, 1).unwrap(), "eve approves AP-1: A bigger room");
}

#[test]
fn somebody_decides_for_whoever_is_away() {
    let mut snapshot = board();
    let mut company = (*snapshot.company).clone();
    company.board[0].delegate = Some(slug("eve"));
    company.board[0].away_until = Some(at(10));
    snapshot.put_company(company);
    ask(&mut snapshot, request(2)).unwrap();
    assert_eq!(
        says(&mut snapshot, "eve", Verdict::Approved, 1).unwrap(),
        "eve, for ada, says yes to AP-1, 1 of 2 needed: A bigger room"
    );
    // It is ada's voice, and she has no second one.
    assert_eq!(says(&mut snapshot, "ada", Verdict::Approved, 2).unwrap(), "nothing");
    let late = says(&mut snapshot, "eve", Verdict::Rejected, 11).unwrap_err().to_string();
    assert!(late.starts_with("eve may not decide for the board"), "{late}");
}

#[test]
fn what_cannot_be_decided_is_not_asked() {
    let hire = Approval::new(ApprovalKind::Hire, "A designer");
    for (asked, why) in [
        (Approval { title: " ".to_owned(), ..request(1) }, "say in a few words what the board is to decide"),
        (request(3), "3 would have to say yes, and 2 could"),
        (request(0), "0 would have to say yes, and 2 could"),
        (hire.clone(), "a hire names the agent: `--agent SLUG`"),
        (Approval { agent: Some(slug("dev")), ..hire.clone() }, "dev is active and needs no hiring"),
        (Approval { agent: Some(slug("nobody")), ..hire }, "there is no agent `nobody`"),
        (Approval { deciders: vec![slug("zoe")], ..request(1) }, "`zoe` is not on the board, and decides nothing"),
        (Approval { ticket: Some(id(77)), ..request(1) }, "there is no ticket ACME-77"),
        (Approval::new(ApprovalKind::AgentEdit, "Words"), "a change of an agent names what is proposed"),
    ] {
        let mut snapshot = board();
        assert_eq!(ask(&mut snapshot, asked).unwrap_err().to_string(), why);
    }
}

pub(super) fn applicant(snapshot: &mut Snapshot) {
    snapshot.apply(&Edit::AgentStatus { agent: slug("dev"), status: AgentStatus::PendingApproval });
    ask(snapshot, Approval { agent: Some(slug("dev")), ..Approval::new(ApprovalKind::Hire, "Hire dev") }).unwrap();
}

#[test]
fn a_hire_that_is_decided_is_one() {
    for (verdict, becomes) in [(Verdict::Approved, AgentStatus::Active), (Verdict::Rejected, AgentStatus::Terminated)] {
        let mut snapshot = board();
        applicant(&mut snapshot);
        says(&mut snapshot, "ada", verdict, 1).unwrap();
        assert_eq!(snapshot.worker("dev").unwrap().status(), becomes);
    }
}

#[test]
fn who_lists_keys_decides_with_a_signature_only() {
    let mut snapshot = board();
    ask(&mut snapshot, request(1)).unwrap();
    let mut company = (*snapshot.company).clone();
    company.board[0].signing_keys = vec!["ssh-ed25519 AAAA".to_owned()];
    snapshot.put_company(company);
    let refused = says(&mut snapshot, "ada", Verdict::Approved, 1).unwrap_err().to_string();
    assert!(refused.starts_with("ada may not decide without a signature"), "{refused}");
    says(&mut snapshot, "bob", Verdict::Approved, 1).unwrap();
    assert_eq!(snapshot.approvals()[&ap(1)].status, ApprovalStatus::Approved);
}

#[test]
fn what_nobody_decides_lapses_and_whoever_asked_is_woken() {
    let mut snapshot = board();
    let run = RunOf::open(&mut snapshot);
    let asked = Approval { expires: Some(at(30)), ..request(1) };
    let verb = Verb::AskBoard { approval: Box::new(asked), body: String::new() };
    let what = What::Request { by: Actor::Agent { agent: slug("cto"), run: run.clone() }, verb };
    happen(&mut snapshot, what, 1).unwrap();
    let lapse = Due::Lapse { approval: ap(1) };
    assert!(!pending(&snapshot, at(29)).due.contains(&lapse));
    assert!(pending(&snapshot, at(30)).due.contains(&lapse));
    let late = says(&mut snapshot, "ada", Verdict::Approved, 30).unwrap_err().to_string();
    assert_eq!(late, "AP-1 has lapsed; it has to be asked again");
    let plan = happen(&mut snapshot, What::Due(lapse), 30).unwrap();
    assert_eq!(plan.reason.subject, "AP-1 lapses, nobody decided in time: A bigger room");
    assert_eq!(status(&snapshot), ApprovalStatus::Cancelled);
    let lost = What::RunLost { run, why: crate::engine::Lost::Rebooted };
    happen(&mut snapshot, lost, 31).unwrap();
    let wakes = pending(&snapshot, at(40)).due;
    let note = wakes.iter().find_map(|due| match due {
        Due::Wake(wake) if wake.approval.is_some() => wake.note.clone(),
        _ => None,
    });
    assert_eq!(note.as_deref(), Some("AP-1 \"A bigger room\" is lapsed: nobody decided in time"));
}

#[test]
fn the_question_is_revised_and_called_off_by_whoever_asked() {
    let mut snapshot = board();
    ask(&mut snapshot, request(1)).unwrap();
    says(&mut snapshot, "ada", Verdict::RevisionRequested, 1).unwrap();
    let again = Verb::Resubmit { approval: ap(1), body: Some("A smaller room".to_owned()), comment: None };
    let plan = happen(&mut snapshot, What::Request { by: by("eve"), verb: again }, 2).unwrap();
    assert_eq!(plan.reason.subject, "eve puts AP-1 before the board again: A bigger room");
    let text = Edit::Approval { id: ap(1), change: ApprovalChange::Body("A smaller room".to_owned()) };
    assert!(plan.edits.contains(&text), "{:?}", plan.edits);
    let run = RunOf::open(&mut snapshot);
    let off = |by| What::Request { by, verb: Verb::CallOff { approval: ap(1), reason: None } };
    let other = happen(&mut snapshot, off(Actor::Agent { agent: slug("cto"), run }), 3).unwrap_err().to_string();
    assert_eq!(other, "cto may not call AP-1 off: eve asked it");
    happen(&mut snapshot, off(by("eve")), 3).unwrap();
    // Whoever takes the own question back is not told of it.
    assert_eq!((status(&snapshot), snapshot.approvals()[&ap(1)].decided()), (ApprovalStatus::Cancelled, None));
}

#[test]
fn every_verb_is_an_act_and_a_viewer_may_none_of_them() {
    let mut snapshot = board();
    ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
    let a = |text: &str| crate::model::Money::parse(text).unwrap();
    let price = crate::model::price::Price {
        model: "m".to_owned(),
        provider: None,
        from: None,
        input: a("1.00 USD"),
        cached_input: a("0.10 USD"),
        cache_write: a("1.00 USD"),
        output: a("2.00 USD"),
    };
    let verbs = [
        (Verb::Checkout { ticket: id(1), holder: None }, "eve"),
        (Verb::Next { agent: None }, "eve"),
        (Verb::Wake { agent: slug("dev"), ticket: None, why: None }, "eve"),
        (Verb::AgentStatus { agent: slug("dev"), status: AgentStatus::Paused, reason: None }, "eve"),
        (Verb::AgentStatus { agent: slug("dev"), status: AgentStatus::Terminated, reason: None }, "bob"),
        (Verb::Comment { ticket: id(1), said: Box::new(crate::engine::Said::comment("hi")) }, "eve"),
        (Verb::AskBoard { approval: Box::new(request(1)), body: String::new() }, "eve"),
        (Verb::SetPrice(Box::new(price)), "bob"),
        (
            Verb::CorrectRun {
                run: crate::model::RunId::parse("r-1").unwrap(),
                cost: crate::model::Money::parse("1.00 USD").unwrap(),
                usage: None,
                reason: "seen".to_owned(),
            },
            "bob",
        ),
    ];
    for (verb, least) in verbs {
        let refused = |snapshot: &Snapshot, who: &str| {
            let mut tried = snapshot.clone();
            let what = What::Request { by: by(who), verb: verb.clone() };
            matches!(happen(&mut tried, what, 1), Err(Refusal::NotAllowed { .. }))
        };
        assert!(refused(&snapshot, "vic"), "{verb:?}");
        assert!(!refused(&snapshot, least), "{verb:?}");
        assert_eq!(least == "bob", refused(&snapshot, "eve"), "{verb:?}");
    }
    // Where nobody is on a board yet, whoever is there is its owner.
    snapshot.put_company(Company { board: Vec::new(), ..(*snapshot.company).clone() });
    let verb = Verb::AgentStatus { agent: slug("dev"), status: AgentStatus::Terminated, reason: None };
    assert!(happen(&mut snapshot, What::Request { by: ada(), verb }, 1).is_ok());
}
