//! Decisions of the board that an agent asked for.

use super::{Candidate, Context, Finding, Hold, Rule};
use crate::model::run::{Wake, WakeCause};
use crate::model::status::{ApprovalStatus, Priority, WakeReason};

/// What was decided and not looked at yet.
pub fn find(context: Context<'_>) -> Vec<Finding> {
    let Context { snapshot, worker, .. } = context;
    let seen = snapshot.history().of(worker.slug).map(|history| &history.approvals);
    let mut found = Vec::new();
    for (id, approval) in snapshot.approvals_of(worker.slug) {
        let decided = match approval.status {
            ApprovalStatus::Approved | ApprovalStatus::Rejected | ApprovalStatus::RevisionRequested => {
                approval.decided()
            }
            ApprovalStatus::Pending | ApprovalStatus::Cancelled => None,
        };
        let Some(decided) = decided else { continue };
        if seen.and_then(|seen| seen.get(id)).is_some_and(|last| *last >= decided) {
            continue;
        }
        let mut wake = Wake::new(worker.slug.clone(), approval.ticket.clone(), WakeCause::ApprovalResolved);
        wake.approval = Some(id.clone());
        wake.by = approval.decisions.last().map(|decision| decision.by.clone());
        wake.note = Some(format!("{id} is {}", approval.status));
        let candidate = Candidate::new(wake, Priority::High, Some(decided));
        found.push(if worker.wakes_on(WakeReason::Approval) {
            Finding::Ready(candidate)
        } else {
            let words = format!("`wake_on` of {} leaves this out", worker.slug);
            Finding::Held(candidate, Hold::new(Rule::WakeOn, words))
        });
    }
    found
}
