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
        let Some(decided) = approval.decided() else { continue };
        if seen.and_then(|seen| seen.get(id)).is_some_and(|last| *last >= decided) {
            continue;
        }
        let mut wake = Wake::new(worker.slug.clone(), approval.ticket.clone(), WakeCause::ApprovalResolved);
        wake.approval = Some(id.clone());
        let last = approval.decisions.last();
        wake.by = last.map(|decision| decision.by.clone());
        let lapsed = approval.expires.is_some_and(|at| approval.closed.is_some_and(|closed| at <= closed));
        let is = match approval.status {
            ApprovalStatus::RevisionRequested => "to be revised".to_owned(),
            ApprovalStatus::Cancelled if lapsed => "lapsed: nobody decided in time".to_owned(),
            ApprovalStatus::Cancelled => "called off".to_owned(),
            status @ (ApprovalStatus::Pending | ApprovalStatus::Approved | ApprovalStatus::Rejected) => {
                status.to_string()
            }
        };
        let comment = last.and_then(|decision| decision.comment.as_deref());
        let comment = comment.filter(|_| approval.status != ApprovalStatus::Cancelled);
        let comment = comment.map(|comment| format!(" ({comment})")).unwrap_or_default();
        wake.note = Some(format!("{id} \"{}\" is {is}{comment}", approval.title));
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
