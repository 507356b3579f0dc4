//! Before the first strategy is approved, the head of the company only drafts: what it is going to have done stands in the
//! backlog, where nobody is woken by it, until the board has said where the company goes.

use super::stages;
use crate::model::approval::ApprovalKind;
use crate::model::company::StrategyPolicy;
use crate::model::plan::TicketChange;
use crate::model::status::{ApprovalStatus, Role, TicketStatus};
use crate::model::ticket::TicketHead;
use crate::model::{Slug, Snapshot};

/// Why an agent only drafts tickets; `None`: it gives out work.
pub fn keeps_to_drafts(snapshot: &Snapshot, agent: &Slug) -> Option<String> {
    match snapshot.company.strategy {
        StrategyPolicy::Free => return None,
        StrategyPolicy::Board => {}
    }
    // Where nobody is on the board nobody could approve it.
    if snapshot.company.board.is_empty() || snapshot.worker(agent.as_str())?.role() != Role::Ceo {
        return None;
    }
    let strategies = || snapshot.approvals().iter().filter(|(_, one)| one.kind == ApprovalKind::Strategy);
    if strategies().any(|(_, one)| one.status == ApprovalStatus::Approved) {
        return None;
    }
    let next = match strategies().find(|(_, one)| one.is_open()) {
        Some((id, _)) => format!("it waits for {id}"),
        None => "it asks for it with `corp approval new --kind strategy`".to_owned(),
    };
    Some(format!("until the board has approved a strategy it drafts tickets, which stay in the backlog; {next}"))
}

/// Why an agent may not make these changes of a ticket yet. Its own work it does; what others are to do it writes down.
pub(super) fn forbids(
    snapshot: &Snapshot,
    agent: &Slug,
    head: &TicketHead,
    changes: &[TicketChange],
) -> Option<String> {
    let mut after = head.clone();
    changes.iter().for_each(|change| after.change(change));
    // Whoever is asked what they think of others' work says it.
    let judges = stages::under_way(head).is_some_and(|standing| standing.is_judge(agent));
    if judges && after.assignee == head.assignee {
        return None;
    }
    let is_own = |head: &TicketHead| head.assignee.as_ref() == Some(agent);
    let is_draft = matches!(after.status, TicketStatus::Backlog | TicketStatus::Cancelled);
    if is_draft || (is_own(head) && is_own(&after)) || (after.status == head.status && after.assignee == head.assignee)
    {
        return None;
    }
    keeps_to_drafts(snapshot, agent)
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::{ada, at, company, happen, hire, id, slug, ticket};
    use crate::engine::{Verb, What, explain};
    use crate::model::agent::Settings;
    use crate::model::approval::{Approval, ApprovalKind, Verdict};
    use crate::model::plan::{Body, TicketChange};
    use crate::model::status::{Role, TicketStatus};
    use crate::model::ticket::{Stage, StageKind, TicketHead};
    use crate::model::{Actor, ApprovalId, Scalar as _, Snapshot};

    /// `cto` heads the company, `dev` reports to it; `cto` works on ticket 1.
    fn headed() -> (Snapshot, Actor) {
        let mut snapshot = company();
        hire(&mut snapshot, "cto", Settings { role: Some(Role::Ceo), ..Settings::default() });
        snapshot.change_agent(&slug("dev"), |agent| agent.reports_to = Some(slug("cto")));
        ticket(&mut snapshot, 1, TicketStatus::Todo, |head| head.assignee = Some(slug("cto")));
        let due = crate::engine::pending(&snapshot, at(0)).due;
        happen(&mut snapshot, What::Due(due[0].clone()), 0).unwrap();
        let run = snapshot.open_runs().next().unwrap().id.clone();
        (snapshot, Actor::Agent { agent: slug("cto"), run })
    }

    fn new(snapshot: &mut Snapshot, by: &Actor, who: &str, status: Option<TicketStatus>) -> String {
        let head = TicketHead { assignee: Some(slug(who)), ..TicketHead::new("Work") };
        let head = TicketHead { status: status.unwrap_or(head.status), ..head };
        let verb =
            Verb::NewTicket { head: Box::new(head), with_status: status.is_some(), body: Body::Text(String::new()) };
        match happen(snapshot, What::Request { by: by.clone(), verb }, 1) {
            Ok(plan) => plan.reason.subject,
            Err(refusal) => refusal.to_string(),
        }
    }

    fn change(snapshot: &mut Snapshot, by: &Actor, number: u32, changes: Vec<TicketChange>) -> String {
        let verb = Verb::EditTicket { ticket: id(number), changes, reopen: false, reason: None };
        match happen(snapshot, What::Request { by: by.clone(), verb }, 2) {
            Ok(plan) => plan.reason.subject,
            Err(refusal) => refusal.to_string(),
        }
    }

    #[test]
    fn until_a_strategy_is_approved_the_head_of_the_company_drafts() {
        let (mut snapshot, cto) = headed();
        let why = "cto may not give out work: until the board has approved a strategy it drafts tickets, which stay in \
                   the backlog; it asks for it with `corp approval new --kind strategy`";
        let todo = || vec![TicketChange::Status(TicketStatus::Todo)];
        assert_eq!(new(&mut snapshot, &cto, "dev", Some(TicketStatus::Todo)), why);
        assert_eq!(new(&mut snapshot, &cto, "dev", None), "cto drafts ACME-2 for dev: Work");
        assert_eq!(snapshot.ticket(&id(2)).unwrap().head.status, TicketStatus::Backlog);
        assert_eq!(change(&mut snapshot, &cto, 2, todo()), why);
        // What it does itself it does, and what it has drafted it goes on writing.
        assert_eq!(new(&mut snapshot, &cto, "cto", None), "cto opens ACME-3: Work");
        let title = vec![TicketChange::Title("Other work".to_owned())];
        assert!(change(&mut snapshot, &cto, 2, title).starts_with("cto changes ACME-2"));
        assert_eq!(change(&mut snapshot, &cto, 3, vec![TicketChange::Assignee(Some(slug("dev")))]), why);
        let explained = explain::agent(&snapshot, "cto", at(3)).unwrap();
        assert!(explained.facts.iter().any(|fact| fact.starts_with("until the board has approved")), "{explained:?}");

        // Asked about others' work, it says what it thinks of it.
        ticket(&mut snapshot, 4, TicketStatus::InReview, |head| {
            head.assignee = Some(slug("dev"));
            head.stages = vec![Stage { kind: StageKind::Review, participants: vec![slug("cto")], needs: 1 }];
        });
        assert!(!change(&mut snapshot, &cto, 4, vec![TicketChange::Status(TicketStatus::Done)]).contains("may not"));

        let asked = Box::new(Approval::new(ApprovalKind::Strategy, "Where we go"));
        let verb = Verb::AskBoard { approval: asked, body: "There.".to_owned() };
        happen(&mut snapshot, What::Request { by: cto.clone(), verb }, 3).unwrap();
        assert!(change(&mut snapshot, &cto, 2, todo()).ends_with("it waits for AP-1"));
        let verb = Verb::Decide {
            approval: ApprovalId::parse("AP-1").unwrap(),
            verdict: Verdict::Approved,
            terms: crate::model::approval::Terms::default(),
            on_behalf_of: None,
            comment: None,
            signed: false,
        };
        happen(&mut snapshot, What::Request { by: ada(), verb }, 4).unwrap();
        assert_eq!(change(&mut snapshot, &cto, 2, todo()), "cto changes ACME-2: todo");
        assert_eq!(new(&mut snapshot, &cto, "dev", None), "cto gives ACME-5 to dev: Work");
    }
}
