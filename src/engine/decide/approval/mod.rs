//! What the board is asked, and what it decides: asked, decided by one or by several, revised, called off, lapsed.
//!
//! Whoever asked is woken by what comes of it ([`crate::engine::wakes::approval`]).

mod asking;
mod by_hand;
mod raise;

use asking::tell;
pub(in crate::engine::decide) use asking::{ask, open};
pub(in crate::engine::decide) use by_hand::taken_in;
pub(in crate::engine::decide) use raise::{ask as ask_for_more, overtaken};

use super::authority::{self, may};
use super::making::{Making, author};
use super::roster::stop_agent;
use crate::engine::refusal::Refusal;
use crate::model::approval::{Approval, ApprovalChange, ApprovalKind, Decision, Terms, Verdict};
use crate::model::authority::Act;
use crate::model::company::{NotifyEvent, Person};
use crate::model::plan::{Answer, Edit, Plan, Reason};
use crate::model::status::{AgentStatus, ApprovalStatus, BoardRole};
use crate::model::{Actor, ApprovalId, Slug, Snapshot};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Whose yes counts: those who are named, or else everybody whose role allows it.
fn voices(snapshot: &Snapshot, approval: &Approval) -> BTreeSet<Slug> {
    let counts = |person: &&Person| {
        if approval.deciders.is_empty() {
            person.role.may(Act::Decide)
        } else {
            approval.deciders.contains(&person.id) && person.role != BoardRole::Viewer
        }
    };
    snapshot.company.board.iter().filter(counts).map(|person| person.id.clone()).collect()
}

/// For whom a person decides: for themselves, or for somebody who is away and left it to them.
fn voice(
    snapshot: &Snapshot,
    who: &Slug,
    approval: &Approval,
    on_behalf_of: Option<&Slug>,
    now: Timestamp,
) -> Result<Option<Slug>, Refusal> {
    let voices = voices(snapshot, approval);
    let left_to = |person: &&Person| {
        voices.contains(&person.id)
            && person.delegate.as_ref() == Some(who)
            && person.away_until.is_none_or(|until| now < until)
            && authority::role(snapshot, who) != BoardRole::Viewer
    };
    let mut left = snapshot.company.board.iter().filter(left_to).map(|person| &person.id);
    match on_behalf_of {
        Some(whom) if left.any(|person| person == whom) => Ok(Some(whom.clone())),
        Some(whom) => Err(Refusal::NotAllowed {
            who: who.to_string(),
            what: format!("decide for {whom}"),
            why: format!("{whom} has to name them as `delegate` in `board` of corp.yaml"),
        }),
        None if voices.contains(who) || snapshot.company.board.is_empty() => Ok(None),
        None => match left.next() {
            Some(whom) => Ok(Some(whom.clone())),
            None if approval.deciders.is_empty() => may(snapshot, who, Act::Decide).map(|()| None),
            None => Err(Refusal::NotAllowed {
                who: who.to_string(),
                what: "decide this".to_owned(),
                why: format!("it is for {}", join(&approval.deciders)),
            }),
        },
    }
}

fn join(names: &[Slug]) -> String {
    names.iter().map(Slug::as_str).collect::<Vec<_>>().join(", ")
}

/// Refuses a decision without a signature of somebody who lists keys.
pub(super) fn may_unsigned(snapshot: &Snapshot, by: &Actor, signed: bool) -> Result<(), Refusal> {
    let Actor::Person(who) = by else { return Ok(()) };
    match snapshot.company.person(who) {
        Some(person) if !signed && !person.signing_keys.is_empty() => Err(Refusal::NotAllowed {
            who: who.to_string(),
            what: "decide without a signature".to_owned(),
            why: "`signing_keys` of corp.yaml lists keys of theirs; `corp approval` signs what is decided".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// A member of the board decides.
pub(super) fn decide(
    making: Making<'_>,
    by: &Actor,
    id: &ApprovalId,
    verdict: Verdict,
    terms: Terms,
    on_behalf_of: Option<&Slug>,
    comment: Option<&str>,
) -> Result<Plan, Refusal> {
    let Actor::Person(who) = by else {
        return Err(Refusal::NotAllowed {
            who: by.to_string(),
            what: format!("decide {id}"),
            why: "that is for the board".to_owned(),
        });
    };
    let before = known(&making, id)?;
    let put = raise::on(terms, &before, id)?;
    let after = decided(making.snapshot, &put, who, verdict, on_behalf_of, comment, making.now, id)?;
    let Some(after) = after else { return Ok(making.nothing(Answer::Already)) };
    Ok(settled(making, by, id, &before, &after, verdict, comment))
}

/// The approval with one more decision; `None`: it was said already.
#[expect(clippy::too_many_arguments, reason = "a decision is all of this, and nothing else is made of it")]
fn decided(
    snapshot: &Snapshot,
    before: &Approval,
    who: &Slug,
    verdict: Verdict,
    on_behalf_of: Option<&Slug>,
    comment: Option<&str>,
    now: Timestamp,
    id: &ApprovalId,
) -> Result<Option<Approval>, Refusal> {
    if !before.is_open() {
        return match (before.status, verdict) {
            (ApprovalStatus::Approved, Verdict::Approved) | (ApprovalStatus::Rejected, Verdict::Rejected) => Ok(None),
            (status, _) => Err(Refusal::Decided { approval: id.clone(), status }),
        };
    }
    if before.expires.is_some_and(|at| at <= now) {
        return Err(Refusal::Invalid(format!("{id} has lapsed; it has to be asked again")));
    }
    let comment = comment.map(str::trim).filter(|comment| !comment.is_empty());
    if verdict == Verdict::RevisionRequested && comment.is_none() {
        return Err(Refusal::Invalid(format!(
            "say what is to be different: `corp approval revise {id} --comment TEXT`"
        )));
    }
    let on_behalf_of = voice(snapshot, who, before, on_behalf_of, now)?;
    if verdict == Verdict::Approved {
        raise::possible(snapshot, before, id, now)?;
    }
    let decision = Decision {
        by: who.clone(),
        on_behalf_of,
        verdict,
        at: Some(now),
        comment: comment.map(str::to_owned),
        void: None,
    };
    let same = |other: &&Decision| other.voice() == decision.voice() && other.verdict == verdict;
    if before.round().iter().any(same) {
        return Ok(None);
    }
    let mut after = before.clone();
    after.decision = None;
    after.decisions.push(decision);
    let round = after.round();
    let count = |verdict| round.iter().filter(|decision| decision.verdict == verdict).count() as u64;
    let possible = voices(snapshot, before).len().max(1) as u64;
    let needs = before.needs.max(1);
    after.status = if verdict == Verdict::RevisionRequested {
        ApprovalStatus::RevisionRequested
    } else if count(Verdict::Approved) >= needs {
        ApprovalStatus::Approved
    } else if count(Verdict::Rejected) >= needs || possible.saturating_sub(count(Verdict::Rejected)) < needs {
        ApprovalStatus::Rejected
    } else {
        ApprovalStatus::Pending
    };
    after.closed = match after.status {
        ApprovalStatus::Approved | ApprovalStatus::Rejected | ApprovalStatus::Cancelled => Some(now),
        ApprovalStatus::Pending | ApprovalStatus::RevisionRequested => None,
    };
    if after.status == ApprovalStatus::Approved
        && let Some((path, why)) = snapshot.local.proposed.get(id).and_then(|proposed| proposed.wrong.first())
    {
        return Err(Refusal::Invalid(format!(
            "what {id} proposes cannot be taken over as it is: {path}: {why}; `corp approval revise {id} --comment TEXT` \
             asks for it again"
        )));
    }
    Ok(Some(after))
}

/// The plan of a decision.
fn settled(
    mut making: Making<'_>,
    by: &Actor,
    id: &ApprovalId,
    before: &Approval,
    after: &Approval,
    verdict: Verdict,
    comment: Option<&str>,
) -> Plan {
    write(&mut making, id, before, after);
    carry_out(&mut making, by, id, before, after);
    let missing = missing(after);
    let asked_by = before.requested_by.as_ref().map_or("whoever asked", Slug::as_str);
    let for_whom = after.decisions.last().and_then(|decision| decision.on_behalf_of.as_ref());
    let who = for_whom.map_or_else(|| by.to_string(), |whom| format!("{by}, for {whom},"));
    let title = &before.title;
    let subject = match (verdict, after.status) {
        (Verdict::Approved, ApprovalStatus::Pending) => {
            format!("{who} says yes to {id}, {} of {} needed: {title}", before.needs - missing, before.needs)
        }
        (Verdict::Approved, _) => format!("{who} approves {id}: {title}{}", raise::words(after)),
        (Verdict::Rejected, ApprovalStatus::Pending) => format!("{who} says no to {id}: {title}"),
        (Verdict::Rejected, _) => format!("{who} rejects {id}: {title}"),
        (Verdict::RevisionRequested, _) => format!("{who} asks {asked_by} to revise {id}: {title}"),
    };
    let reason = Reason {
        body: comment.map(str::to_owned),
        tickets: before.ticket.iter().cloned().collect(),
        ..Reason::new(by.clone(), subject)
    };
    making.plan(reason, Answer::Decided { approval: id.clone(), status: after.status, missing })
}

/// How many more have to say yes.
fn missing(approval: &Approval) -> u64 {
    let yes = approval.round().iter().filter(|decision| decision.verdict == Verdict::Approved).count() as u64;
    if approval.status == ApprovalStatus::Approved { 0 } else { approval.needs.saturating_sub(yes) }
}

/// What of an approval became different.
fn write(making: &mut Making<'_>, id: &ApprovalId, before: &Approval, after: &Approval) {
    let changes = [
        (before.status != after.status).then_some(ApprovalChange::Status(after.status)),
        (before.decision != after.decision).then_some(ApprovalChange::Decision(after.decision)),
        (before.decisions != after.decisions).then(|| ApprovalChange::Decisions(after.decisions.clone())),
        (before.closed != after.closed).then_some(ApprovalChange::Closed(after.closed)),
        after.created.filter(|created| before.created != Some(*created)).map(ApprovalChange::Created),
    ];
    for change in changes.into_iter().chain(raise::changes(before, after)).flatten() {
        making.edit(Edit::Approval { id: id.clone(), change });
    }
}

/// What a decision means beyond being known: each kind of question has its own consequence.
fn carry_out(making: &mut Making<'_>, by: &Actor, id: &ApprovalId, before: &Approval, after: &Approval) {
    if before.status == after.status {
        return;
    }
    match (after.kind, after.status) {
        (ApprovalKind::Hire, ApprovalStatus::Approved | ApprovalStatus::Rejected) => {
            let status =
                if after.status == ApprovalStatus::Approved { AgentStatus::Active } else { AgentStatus::Terminated };
            let waits = |agent: &&Slug| {
                let worker = making.snapshot.worker(agent.as_str());
                worker.is_some_and(|worker| worker.status() == AgentStatus::PendingApproval)
            };
            if let Some(agent) = after.agent.as_ref().filter(waits).cloned() {
                making.edit(Edit::AgentStatus { agent: agent.clone(), status });
                stop_agent(making, &agent, status, &format!("{by} decided about the hire of {agent}"));
            }
        }
        (ApprovalKind::Hire, _) => {}
        (ApprovalKind::AgentEdit, ApprovalStatus::Approved) => {
            let papers = making.snapshot.local.proposed.get(id).map(|proposed| proposed.papers.clone());
            for paper in papers.into_iter().flatten().filter(|paper| paper.before != paper.after) {
                making.edit(Edit::Paper(Box::new(paper)));
            }
        }
        (ApprovalKind::BudgetOverride, ApprovalStatus::Approved) => raise::carry_out(making, after),
        // The first of them that is approved lets the head of the company give out work; that is read from the file.
        (
            ApprovalKind::Strategy | ApprovalKind::BudgetOverride | ApprovalKind::AgentEdit | ApprovalKind::Request,
            _,
        ) => {}
    }
}

/// What was to be revised is put before the board again.
pub(super) fn resubmit(
    mut making: Making<'_>,
    by: &Actor,
    id: &ApprovalId,
    body: Option<&str>,
    comment: Option<&str>,
) -> Result<Plan, Refusal> {
    let before = known(&making, id)?;
    own(by, &before, &format!("put {id} before the board again"))?;
    match before.status {
        ApprovalStatus::RevisionRequested => {}
        ApprovalStatus::Pending => return Ok(making.nothing(Answer::Already)),
        status @ (ApprovalStatus::Approved | ApprovalStatus::Rejected | ApprovalStatus::Cancelled) => {
            return Err(Refusal::Decided { approval: id.clone(), status });
        }
    }
    making.progress(by);
    if let Some(body) = body {
        making.edit(Edit::Approval { id: id.clone(), change: ApprovalChange::Body(body.to_owned()) });
    }
    let after = Approval { status: ApprovalStatus::Pending, ..before.clone() };
    write(&mut making, id, &before, &after);
    let text = comment.or(body).unwrap_or_default().to_owned();
    // It is another question now, and the board is told again.
    let about = format!("approval:{id}:{}", after.decisions.len());
    making.tell(NotifyEvent::Approval, about, format!("{id}, revised: {}", before.title), text);
    let reason = Reason {
        body: comment.map(str::to_owned),
        tickets: before.ticket.iter().cloned().collect(),
        ..Reason::new(by.clone(), format!("{by} puts {id} before the board again: {}", before.title))
    };
    Ok(making.plan(reason, Answer::Asking { approval: id.clone() }))
}

/// A question to the board is taken back.
pub(super) fn call_off(
    mut making: Making<'_>,
    by: &Actor,
    id: &ApprovalId,
    why: Option<&str>,
) -> Result<Plan, Refusal> {
    let before = known(&making, id)?;
    own(by, &before, &format!("call {id} off"))?;
    if before.status == ApprovalStatus::Cancelled {
        return Ok(making.nothing(Answer::Already));
    }
    if !before.is_open() {
        return Err(Refusal::Decided { approval: id.clone(), status: before.status });
    }
    // Whoever takes the own question back need not be told of it.
    let closed = (before.requested_by != Some(author(by))).then_some(making.now);
    let after = Approval { status: ApprovalStatus::Cancelled, closed, ..before.clone() };
    write(&mut making, id, &before, &after);
    let reason = Reason {
        cause: why.map(str::to_owned),
        tickets: before.ticket.iter().cloned().collect(),
        ..Reason::new(by.clone(), format!("{by} calls {id} off: {}", before.title))
    };
    Ok(making.plan(reason, Answer::Done))
}

/// Nobody decided in time.
pub(super) fn lapse(mut making: Making<'_>, id: &ApprovalId) -> Result<Plan, Refusal> {
    let before = known(&making, id)?;
    if !before.is_open() || before.expires.is_none_or(|at| at > making.now) {
        return Ok(making.nothing(Answer::Already));
    }
    let after = Approval { status: ApprovalStatus::Cancelled, closed: Some(making.now), ..before.clone() };
    write(&mut making, id, &before, &after);
    let text = "nobody decided in time, and whoever asked is told so".to_owned();
    making.tell(NotifyEvent::Approval, format!("lapsed:{id}"), format!("{id} has lapsed: {}", before.title), text);
    let reason = Reason {
        tickets: before.ticket.iter().cloned().collect(),
        ..Reason::new(Actor::Corp, format!("{id} lapses, nobody decided in time: {}", before.title))
    };
    Ok(making.plan(reason, Answer::Done))
}

fn known(making: &Making<'_>, id: &ApprovalId) -> Result<Approval, Refusal> {
    let found = making.snapshot.approvals().get(id);
    found.map(|approval| (**approval).clone()).ok_or_else(|| Refusal::NoApproval(id.clone()))
}

/// Whether it is the question of whoever acts; people of the board may act for those who asked.
fn own(by: &Actor, approval: &Approval, what: &str) -> Result<(), Refusal> {
    match by {
        Actor::Person(_) | Actor::Corp => Ok(()),
        Actor::Agent { agent, .. } if approval.requested_by.as_ref() == Some(agent) => Ok(()),
        Actor::Agent { agent, .. } => {
            let asked_by = approval.requested_by.as_ref().map_or("somebody else", Slug::as_str);
            Err(Refusal::NotAllowed {
                who: agent.to_string(),
                what: what.to_owned(),
                why: format!("{asked_by} asked it"),
            })
        }
    }
}
