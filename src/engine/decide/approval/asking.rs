//! The board is asked: whether a question can be decided at all, its number, and who is told.

use super::voices;
use crate::engine::decide::making::{Making, author};
use crate::engine::refusal::Refusal;
use crate::model::approval::{Approval, ApprovalKind};
use crate::model::company::NotifyEvent;
use crate::model::plan::{Answer, Edit, Plan, Reason};
use crate::model::status::{AgentStatus, ApprovalStatus};
use crate::model::{Actor, ApprovalId, Scalar as _, Snapshot};

/// The board is asked.
pub(in crate::engine::decide) fn ask(
    mut making: Making<'_>,
    by: &Actor,
    asked: &Approval,
    body: &str,
) -> Result<Plan, Refusal> {
    making.progress(by);
    let id = open(&mut making, by, asked, body)?;
    let subject = format!("{by} asks the board ({id}): {}", asked.title);
    let reason = Reason { tickets: asked.ticket.iter().cloned().collect(), ..Reason::new(by.clone(), subject) };
    Ok(making.plan(reason, Answer::Asking { approval: id }))
}

/// Puts a question before the board within a plan, for whoever has to ask before going on.
pub(in crate::engine::decide) fn open(
    making: &mut Making<'_>,
    by: &Actor,
    asked: &Approval,
    body: &str,
) -> Result<ApprovalId, Refusal> {
    let snapshot = making.snapshot;
    if snapshot.home.is_some() && !snapshot.is_home() {
        return Err(Refusal::Invalid("the board is asked at home, which gives the number; ask there".to_owned()));
    }
    if asked.title.trim().is_empty() {
        return Err(Refusal::Invalid("say in a few words what the board is to decide".to_owned()));
    }
    check(snapshot, asked)?;
    let id = next_id(snapshot);
    let approval = Approval {
        status: ApprovalStatus::Pending,
        requested_by: Some(author(by)),
        run: by.run().cloned(),
        decision: None,
        decisions: Vec::new(),
        created: Some(making.now),
        closed: None,
        ..asked.clone()
    };
    making.edit(Edit::NewApproval { id: id.clone(), approval: Box::new(approval), body: body.to_owned() });
    tell(making, &id, &asked.title, by.name(), body);
    Ok(id)
}

pub(super) fn tell(making: &mut Making<'_>, id: &ApprovalId, title: &str, by: &str, body: &str) {
    let text = format!("{by} asks: {title}\n\n{}\n\ncorp approval show {id}", body.trim());
    making.tell(NotifyEvent::Approval, format!("approval:{id}"), format!("{id}: {title}"), text);
}

/// Whether a question can be decided at all.
fn check(snapshot: &Snapshot, asked: &Approval) -> Result<(), Refusal> {
    let invalid = |words: String| Err(Refusal::Invalid(words));
    match (asked.kind, &asked.agent, &asked.proposal) {
        (ApprovalKind::Hire, None, None) => return invalid("a hire names the agent: `--agent SLUG`".to_owned()),
        (ApprovalKind::Hire, Some(agent), None) => match snapshot.worker(agent.as_str()) {
            None => return Err(Refusal::NoAgent(agent.clone())),
            Some(worker) if worker.status() != AgentStatus::PendingApproval => {
                return invalid(format!("{agent} is {} and needs no hiring", worker.status()));
            }
            Some(_) => {}
        },
        (ApprovalKind::AgentEdit, _, None) => {
            return invalid("a change of an agent names what is proposed".to_owned());
        }
        (ApprovalKind::Hire | ApprovalKind::AgentEdit, _, Some(_))
        | (ApprovalKind::Strategy | ApprovalKind::BudgetOverride | ApprovalKind::Request, _, _) => {}
    }
    if let Some(ticket) = &asked.ticket
        && snapshot.ticket(ticket).is_none()
    {
        return Err(Refusal::NoTicket(ticket.clone()));
    }
    if let Some(stranger) = asked.deciders.iter().find(|who| snapshot.company.person(who).is_none()) {
        return invalid(format!("`{stranger}` is not on the board, and decides nothing"));
    }
    let possible = voices(snapshot, asked).len() as u64;
    if asked.needs == 0 || asked.needs > possible.max(1) {
        return invalid(format!("{} would have to say yes, and {possible} could", asked.needs));
    }
    Ok(())
}

/// The number after the highest.
fn next_id(snapshot: &Snapshot) -> ApprovalId {
    let number = |id: &ApprovalId| id.as_str().strip_prefix("AP-")?.parse::<u64>().ok();
    let highest = snapshot.approvals().keys().filter_map(number).max().unwrap_or(0);
    ApprovalId::parse(&format!("AP-{}", highest + 1)).expect("a number after `AP-`")
}
