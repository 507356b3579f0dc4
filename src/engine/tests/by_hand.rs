//! What people write into the file of an approval by hand, and what was decided elsewhere, as tables.

use super::super::testing::{ada, at, happen, slug};
use super::board::{ap, applicant, ask, board, by, request, says};
use crate::engine::{Change, Step, What, Worth};
use crate::model::approval::{Approval, Decision, Verdict};
use crate::model::plan::Effect;
use crate::model::status::{AgentStatus, ApprovalStatus};
use crate::model::{Actor, Snapshot};

/// A commit that counts as what it says.
fn step(by: Actor, approval: Approval) -> Step {
    Step { by, worth: Worth::Counts, at: at(5), approval }
}

/// What `who` wrote into the file by hand.
fn by_hand(snapshot: &mut Snapshot, who: &str, write: impl FnOnce(&mut Approval)) -> String {
    let before = snapshot.approvals().get(&ap(1)).cloned();
    let mut after = before.as_deref().cloned().unwrap_or_else(|| request(1));
    write(&mut after);
    snapshot.put_approval(&ap(1), Some(after.clone()));
    let steps = vec![step(by(who), after)];
    let change = Change::Approval { id: ap(1), before, steps };
    let plan = happen(snapshot, What::TreeChanged { by: by(who), changes: vec![change] }, 5).unwrap();
    let told = plan.effects.iter().any(|effect| matches!(effect, Effect::Tell(_)));
    format!("{}{}", plan.reason.subject, if told { " (told)" } else { "" })
}

#[test]
fn the_key_by_hand_is_that_persons_decision() {
    let mut snapshot = board();
    applicant(&mut snapshot);
    let said = by_hand(&mut snapshot, "bob", |approval| approval.decision = Some(Verdict::Approved));
    assert_eq!(said, "bob approves AP-1: Hire dev");
    let approval = &snapshot.approvals()[&ap(1)];
    assert_eq!((approval.status, approval.decision), (ApprovalStatus::Approved, None));
    assert_eq!(
        approval.decisions.iter().map(|one| (one.by.as_str(), one.at)).collect::<Vec<_>>(),
        [("bob", Some(at(5)))]
    );
    assert_eq!(snapshot.worker("dev").unwrap().status(), AgentStatus::Active);
}

#[test]
fn what_only_the_program_keeps_is_brought_back_when_somebody_without_the_right_writes_it() {
    type Write = fn(&mut Approval);
    let forged: &[(&str, Write)] = &[
        ("decision", |approval| approval.decision = Some(Verdict::Approved)),
        ("status", |approval| approval.status = ApprovalStatus::Approved),
        ("cancelled", |approval| approval.status = ApprovalStatus::Cancelled),
        ("in another's name", |approval| {
            approval.status = ApprovalStatus::Approved;
            approval.decisions = vec![Decision {
                by: slug("ada"),
                on_behalf_of: None,
                verdict: Verdict::Approved,
                at: Some(at(1)),
                comment: None,
                void: None,
            }];
        }),
    ];
    for (name, write) in forged {
        let mut snapshot = board();
        applicant(&mut snapshot);
        let before = snapshot.approvals()[&ap(1)].clone();
        by_hand(&mut snapshot, "eve", write);
        assert_eq!(snapshot.approvals()[&ap(1)], before, "{name}");
        assert_eq!(snapshot.worker("dev").unwrap().status(), AgentStatus::PendingApproval, "{name}");
    }
}

#[test]
fn a_word_that_is_worth_nothing_stays_and_decides_nothing() {
    let unsigned = || Worth::Nothing("commit 1234567 is not signed".to_owned());
    let entry = || Decision {
        by: slug("ada"),
        on_behalf_of: None,
        verdict: Verdict::Approved,
        at: Some(at(3)),
        comment: None,
        void: None,
    };
    type Write = Box<dyn Fn(&mut Approval)>;
    let written: [(&str, Write); 4] = [
        ("decision", Box::new(|approval| approval.decision = Some(Verdict::Approved))),
        ("status", Box::new(|approval| approval.status = ApprovalStatus::Approved)),
        ("decisions", Box::new(move |approval| approval.decisions.push(entry()))),
        (
            "all",
            Box::new(move |approval| {
                approval.decisions.push(entry());
                approval.status = ApprovalStatus::Approved;
                approval.closed = Some(at(3));
            }),
        ),
    ];
    for (name, write) in written {
        let mut snapshot = board();
        applicant(&mut snapshot);
        let before = snapshot.approvals()[&ap(1)].clone();
        let mut after = (*before).clone();
        write(&mut after);
        snapshot.put_approval(&ap(1), Some(after.clone()));
        let steps = vec![Step { worth: unsigned(), ..step(ada(), after) }];
        let change = Change::Approval { id: ap(1), before: Some(before), steps };
        let plan = happen(&mut snapshot, What::TreeChanged { by: ada(), changes: vec![change] }, 5).unwrap();
        assert_eq!(plan.reason.subject, "ada's yes to AP-1 does not count: commit 1234567 is not signed", "{name}");
        assert!(plan.effects.iter().any(|effect| matches!(effect, Effect::Tell(_))), "{name}");
        let approval = &snapshot.approvals()[&ap(1)];
        assert_eq!(
            (approval.status, approval.decision, approval.closed),
            (ApprovalStatus::Pending, None, None),
            "{name}"
        );
        assert_eq!(approval.voided().count(), 1, "{name}");
        assert_eq!(snapshot.worker("dev").unwrap().status(), AgentStatus::PendingApproval, "{name}");
        // Said again so that it counts, it counts.
        assert_eq!(says(&mut snapshot, "ada", Verdict::Approved, 6).unwrap(), "ada approves AP-1: Hire dev", "{name}");
        assert_eq!(snapshot.approvals()[&ap(1)].voided().count(), 0, "{name}");
    }
}

#[test]
fn what_was_made_here_is_believed_when_it_is_found_again() {
    let mut snapshot = board();
    ask(&mut snapshot, request(1)).unwrap();
    let before = snapshot.approvals()[&ap(1)].clone();
    let lapsed = Approval { status: ApprovalStatus::Cancelled, closed: Some(at(2)), ..(*before).clone() };
    snapshot.put_approval(&ap(1), Some(lapsed.clone()));
    let steps = vec![Step { worth: Worth::Ours, ..step(Actor::Corp, lapsed.clone()) }];
    let change = Change::Approval { id: ap(1), before: Some(before), steps };
    let plan = happen(&mut snapshot, What::TreeChanged { by: Actor::Corp, changes: vec![change] }, 5).unwrap();
    assert!(plan.edits.is_empty(), "{:?}", plan.edits);
    assert_eq!(*snapshot.approvals()[&ap(1)], lapsed);
}

#[test]
fn a_decision_made_in_another_clone_is_taken_as_it_was_made() {
    let mut snapshot = board();
    ask(&mut snapshot, request(2)).unwrap();
    let before = snapshot.approvals()[&ap(1)].clone();
    let mut steps = Vec::new();
    let mut approval = (*before).clone();
    for (minute, name) in [(1, "ada"), (2, "bob")] {
        approval.decisions.push(Decision {
            by: slug(name),
            on_behalf_of: None,
            verdict: Verdict::Approved,
            at: Some(at(minute)),
            comment: Some("fine".to_owned()),
            void: None,
        });
        if name == "bob" {
            approval.status = ApprovalStatus::Approved;
            approval.closed = Some(at(minute));
        }
        steps.push(Step { at: at(minute), ..step(by(name), approval.clone()) });
    }
    snapshot.put_approval(&ap(1), Some(approval.clone()));
    let change = Change::Approval { id: ap(1), before: Some(before), steps };
    let plan = happen(&mut snapshot, What::TreeChanged { by: by("bob"), changes: vec![change] }, 5).unwrap();
    assert!(plan.edits.is_empty(), "{:?}", plan.edits);
    assert_eq!(*snapshot.approvals()[&ap(1)], approval);
}

#[test]
fn an_undo_takes_a_decision_back() {
    let mut snapshot = board();
    ask(&mut snapshot, request(1)).unwrap();
    says(&mut snapshot, "ada", Verdict::Approved, 1).unwrap();
    let undo = |approval: &mut Approval| {
        approval.status = ApprovalStatus::Pending;
        approval.decisions.clear();
        approval.closed = None;
    };
    by_hand(&mut snapshot, "ada", undo);
    let approval = &snapshot.approvals()[&ap(1)];
    assert_eq!((approval.status, approval.decisions.len(), approval.closed), (ApprovalStatus::Pending, 0, None));
    // Also where the key stood there that was decided by: it is no new decision.
    says(&mut snapshot, "ada", Verdict::Approved, 2).unwrap();
    by_hand(&mut snapshot, "ada", |approval| {
        undo(approval);
        approval.decision = Some(Verdict::Approved);
    });
    let approval = &snapshot.approvals()[&ap(1)];
    assert_eq!((approval.status, approval.decisions.len(), approval.decision), (ApprovalStatus::Pending, 0, None));
}

#[test]
fn a_file_dropped_in_is_asked_and_the_board_is_told() {
    let mut snapshot = board();
    let said = by_hand(&mut snapshot, "eve", |approval| approval.status = ApprovalStatus::Approved);
    assert!(said.ends_with("(told)"), "{said}");
    let approval = &snapshot.approvals()[&ap(1)];
    assert_eq!((approval.status, approval.created), (ApprovalStatus::Pending, Some(at(5))));
}
