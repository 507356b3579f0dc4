//! From what was asked, in words, to what the engine knows; and from its answers back to words.

use super::attachments;
use crate::engine::{Refusal, Said, Verb};
use crate::model::approval::{Approval, ApprovalKind, Lasts, Terms, Verdict};
use crate::model::company::CompanyStatus;
use crate::model::plan::{Answer, Body, TicketChange};
use crate::model::price::Price;
use crate::model::run::Usage;
use crate::model::status::{AgentStatus, Priority, TicketStatus};
use crate::model::ticket::{EntryKind, Product, ProductKind, Stage, StageKind, TicketHead};
use crate::model::time::Instant;
use crate::model::{Money, RunId, Scalar, Slug, Snapshot, TicketId};
use crate::runtime::wire::{Ask, PriceTag, Reply, StageTag, TicketEdit};
use serde_json::{Value, json};

/// The word for whoever is asked first on the board.
const BOARD: &str = "board";

/// What is asked for, or what of it makes no sense.
pub(super) fn verb(ask: &Ask, snapshot: &Snapshot) -> Result<Verb, String> {
    Ok(match ask {
        Ask::Checkout { ticket, holder } => {
            Verb::Checkout { ticket: id(ticket)?, holder: holder.as_deref().map(id).transpose()? }
        }
        Ask::Release { ticket, reason } => Verb::Release { ticket: id(ticket)?, reason: reason.clone() },
        Ask::Next { agent } => Verb::Next { agent: agent.as_deref().map(id).transpose()? },
        Ask::Unlock { ticket, reason } => Verb::Unlock { ticket: id(ticket)?, reason: reason.clone() },
        Ask::Wake { agent, ticket, why } => {
            Verb::Wake { agent: id(agent)?, ticket: ticket.as_deref().map(id).transpose()?, why: why.clone() }
        }
        Ask::Agent { agent, status, reason } => Verb::AgentStatus {
            agent: id(agent)?,
            status: word::<AgentStatus>(status, "status of an agent")?,
            reason: reason.clone(),
        },
        Ask::Company { status, reason } => {
            let status = word::<CompanyStatus>(status, "status of a company")?;
            Verb::CompanyStatus { status, reason: reason.clone() }
        }
        Ask::SetPrice(tag) => Verb::SetPrice(Box::new(price(tag)?)),
        Ask::Comment { ticket, text } => Verb::Comment { ticket: id(ticket)?, said: Box::new(Said::comment(text)) },
        Ask::Question { ticket, to, text } => {
            let said = Said { kind: EntryKind::Question, to: Some(id(to)?), ..Said::comment(text) };
            Verb::Comment { ticket: id(ticket)?, said: Box::new(said) }
        }
        Ask::Answer { ticket, question, text } => {
            let ticket = id(ticket)?;
            let question = match question {
                Some(question) => question.clone(),
                None => only_question(snapshot, &ticket)?,
            };
            let said = Said { kind: EntryKind::Answer, answers: Some(question), ..Said::comment(text) };
            Verb::Comment { ticket, said: Box::new(said) }
        }
        Ask::Document { ticket, name, based_on, text } => {
            let said =
                Said { kind: EntryKind::Document, document: Some((id(name)?, *based_on)), ..Said::comment(text) };
            Verb::Comment { ticket: id(ticket)?, said: Box::new(said) }
        }
        Ask::Attach { ticket, name, content, text } => {
            let said = Said {
                kind: EntryKind::Attachment,
                attached: Some(attachments::described(name, content)?),
                ..Said::comment(text)
            };
            Verb::Comment { ticket: id(ticket)?, said: Box::new(said) }
        }
        Ask::Product { ticket, kind, reference, text } => {
            let kind = word::<ProductKind>(kind, "kind of work product")?;
            let product = Some(Product { kind, reference: reference.clone() });
            let said = Said { kind: EntryKind::Product, product, ..Said::comment(text) };
            Verb::Comment { ticket: id(ticket)?, said: Box::new(said) }
        }
        Ask::EditTicket { ticket, change, reason } => {
            let ticket: TicketId = id(ticket)?;
            let changes = changes(snapshot, &ticket, change)?;
            Verb::EditTicket { ticket, changes, reopen: change.reopen, reason: reason.clone() }
        }
        Ask::Done { ticket } => change(ticket, vec![TicketChange::Status(TicketStatus::Done)], None)?,
        Ask::Review { ticket, approves, comment } => {
            Verb::Review { ticket: id(ticket)?, approves: *approves, comment: comment.clone() }
        }
        Ask::Block { ticket, why, owner } => {
            let owner = owner.as_deref().map(|owner| unblocks(snapshot, owner)).transpose()?;
            let owner = owner.map(TicketChange::UnblockOwner);
            let changes = owner.into_iter().chain([TicketChange::Status(TicketStatus::Blocked)]);
            change(ticket, changes.collect(), Some(why.clone()))?
        }
        Ask::NewTicket { title, body, assignee, priority, status, project, goal, parent, stages } => {
            let mut head = TicketHead::new(title);
            head.assignee = assignee.as_deref().map(id).transpose()?;
            head.project = project.as_deref().map(id).transpose()?;
            head.goal = goal.as_deref().map(id).transpose()?;
            head.parent = parent.as_deref().map(id).transpose()?;
            head.stages = stages.iter().map(stage).collect::<Result<_, _>>()?;
            if let Some(priority) = priority {
                head.priority = word::<Priority>(priority, "priority")?;
            }
            if let Some(status) = status {
                head.status = word::<TicketStatus>(status, "status of a ticket")?;
            }
            Verb::NewTicket { head: Box::new(head), with_status: status.is_some(), body: Body::Text(body.clone()) }
        }
        Ask::StopRun { run, reason } => Verb::StopRun { run: id::<RunId>(run)?, reason: reason.clone() },
        Ask::CorrectRun { run, cost, tokens, reason } => Verb::CorrectRun {
            run: id::<RunId>(run)?,
            cost: Money::parse(cost).map_err(|why| format!("`{cost}` is no amount of money: {why}"))?,
            usage: tokens.map(|(input, output)| Usage { input, output, ..Usage::default() }),
            reason: reason.clone(),
        },
        Ask::AskBoard(question) => {
            let mut approval =
                Approval::new(word::<ApprovalKind>(&question.kind, "question to the board")?, &question.title);
            approval.ticket = question.ticket.as_deref().map(id).transpose()?;
            approval.agent = question.agent.as_deref().map(id).transpose()?;
            approval.proposal.clone_from(&question.proposal);
            approval.deciders = question.deciders.iter().map(|who| id(who)).collect::<Result<_, _>>()?;
            approval.needs = question.needs.unwrap_or(1);
            approval.expires = question.expires.as_deref().map(instant).transpose()?;
            Verb::AskBoard { approval: Box::new(approval), body: question.body.clone() }
        }
        Ask::Decide { approval, verdict, raise_to, lasts, on_behalf_of, comment } => Verb::Decide {
            approval: id(approval)?,
            verdict: word::<Verdict>(verdict, "decision")?,
            terms: Terms {
                to: raise_to.as_deref().map(id).transpose()?,
                lasts: lasts.as_deref().map(|lasts| word::<Lasts>(lasts, "time")).transpose()?,
            },
            on_behalf_of: on_behalf_of.as_deref().map(id).transpose()?,
            comment: comment.clone(),
            signed: false,
        },
        Ask::Resubmit { approval, body, comment } => {
            Verb::Resubmit { approval: id(approval)?, body: body.clone(), comment: comment.clone() }
        }
        Ask::CallOff { approval, reason } => Verb::CallOff { approval: id(approval)?, reason: reason.clone() },
        Ask::Propose
        | Ask::ProposeBranch { .. }
        | Ask::RefreshDesk { .. }
        | Ask::ClearHold { .. }
        | Ask::Look(_)
        | Ask::Status
        | Ask::Down => {
            return Err("that is not asked of the company".to_owned());
        }
    })
}

/// The question of a ticket that nobody has answered, if there is one and no other.
fn only_question(snapshot: &Snapshot, id: &TicketId) -> Result<String, String> {
    let ticket = snapshot.ticket(id).ok_or_else(|| Refusal::NoTicket(id.clone()).to_string())?;
    let open: Vec<_> = ticket.open_questions().collect();
    match &open[..] {
        [only] => Ok(only.file.clone()),
        [] => Err(format!("nobody waits for an answer in {id}")),
        several => {
            let named: Vec<String> =
                several.iter().map(|question| format!("{} (by {})", question.file, question.author)).collect();
            Err(format!("{id} has several open questions; name one with its file: {}", named.join(", ")))
        }
    }
}

/// What becomes of a ticket, key by key. Lists are changed from what they are now.
fn changes(snapshot: &Snapshot, id: &TicketId, edit: &TicketEdit) -> Result<Vec<TicketChange>, String> {
    let ticket = snapshot.ticket(id).ok_or_else(|| Refusal::NoTicket(id.clone()).to_string())?;
    let head = &ticket.head;
    let mut changes = Vec::new();
    if let Some(title) = &edit.title {
        changes.push(TicketChange::Title(title.clone()));
    }
    if let Some(body) = &edit.body {
        changes.push(TicketChange::Body(body.clone()));
    }
    if let Some(priority) = &edit.priority {
        changes.push(TicketChange::Priority(word::<Priority>(priority, "priority")?));
    }
    if let Some(assignee) = &edit.assignee {
        changes.push(TicketChange::Assignee(or_none(assignee)?));
    }
    if let Some(project) = &edit.project {
        changes.push(TicketChange::Project(or_none(project)?));
    }
    if let Some(goal) = &edit.goal {
        changes.push(TicketChange::Goal(or_none(goal)?));
    }
    if let Some(parent) = &edit.parent {
        changes.push(TicketChange::Parent(or_none(parent)?));
    }
    if let Some(owner) = &edit.unblock_owner {
        changes.push(TicketChange::UnblockOwner(unblocks(snapshot, owner)?));
    }
    let mut labels = head.labels.clone();
    labels.retain(|label| !edit.unlabel.contains(label));
    for label in &edit.label {
        if !labels.contains(label) {
            labels.push(label.clone());
        }
    }
    if labels != head.labels {
        changes.push(TicketChange::Labels(labels));
    }
    let mut blockers = head.blocked_by.clone();
    for blocker in &edit.not_wait_for {
        let blocker: TicketId = self::id(blocker)?;
        blockers.retain(|known| *known != blocker);
    }
    for blocker in &edit.wait_for {
        let blocker: TicketId = self::id(blocker)?;
        if !blockers.contains(&blocker) {
            blockers.push(blocker);
        }
    }
    if blockers != head.blocked_by {
        changes.push(TicketChange::BlockedBy(blockers));
    }
    if let Some(stages) = &edit.stages {
        changes.push(TicketChange::Stages(stages.iter().map(stage).collect::<Result<_, _>>()?));
    }
    // Last: whether it may be blocked, or done, is judged with everything else as it becomes.
    if let Some(status) = &edit.status {
        changes.push(TicketChange::Status(word::<TicketStatus>(status, "status of a ticket")?));
    }
    Ok(changes)
}

/// Who is named to unblock something; `board` is whoever is asked first there.
fn unblocks(snapshot: &Snapshot, owner: &str) -> Result<Option<Slug>, String> {
    if owner != BOARD {
        return or_none(owner);
    }
    let person = snapshot.company.first_in_charge().map(|person| person.id.clone());
    person.map(Some).ok_or_else(|| "nobody is on the board; name an agent or a ticket".to_owned())
}

/// What a word names; an empty one names nothing.
fn or_none<T: Scalar>(text: &str) -> Result<Option<T>, String> {
    if text.is_empty() { Ok(None) } else { id(text).map(Some) }
}

fn change(ticket: &str, changes: Vec<TicketChange>, reason: Option<String>) -> Result<Verb, String> {
    Ok(Verb::EditTicket { ticket: id(ticket)?, changes, reopen: false, reason })
}

fn id<T: Scalar>(text: &str) -> Result<T, String> {
    T::parse(text).map_err(|why| format!("`{text}` is not {}: {why}", T::EXPECTED))
}

fn stage(tag: &StageTag) -> Result<Stage, String> {
    Ok(Stage {
        kind: if tag.approval { StageKind::Approval } else { StageKind::Review },
        participants: tag.who.iter().map(|who| id(who)).collect::<Result<_, _>>()?,
        needs: tag.needs.unwrap_or(1),
    })
}

fn price(tag: &PriceTag) -> Result<Price, String> {
    let input: Money = id(&tag.input)?;
    let part = |text: &Option<String>| text.as_deref().map_or(Ok(input), id);
    Ok(Price {
        model: tag.model.clone(),
        provider: tag.provider.clone(),
        from: tag.from.as_deref().map(id::<Instant>).transpose()?.map(|from| from.0),
        input,
        cached_input: part(&tag.cached_input)?,
        cache_write: part(&tag.cache_write)?,
        output: id(&tag.output)?,
    })
}

fn instant(text: &str) -> Result<jiff::Timestamp, String> {
    text.parse().map_err(|_| format!("`{text}` is no instant such as 2026-12-01T09:00:00Z"))
}

fn word<T: crate::model::Choice + Copy + 'static>(text: &str, what: &str) -> Result<T, String> {
    let words = T::ALL.iter().map(|(word, _)| *word).collect::<Vec<_>>();
    let found = T::ALL.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    found.ok_or_else(|| format!("`{text}` is no {what}: {}", words.join(", ")))
}

/// An answer in words and as data.
pub(super) fn answer(answer: &Answer) -> Value {
    match answer {
        Answer::Done => json!({ "done": true }),
        Answer::Already => json!({ "already": true }),
        Answer::Created { ticket } => json!({ "created": ticket.to_string() }),
        Answer::Drafted { path } => json!({ "drafted": path }),
        Answer::CheckedOut { ticket, fence, again } => {
            json!({ "checked_out": ticket.to_string(), "fence": fence, "again": again })
        }
        Answer::Nothing => json!({ "nothing": true }),
        Answer::Starting { run } => json!({ "starting": run.as_str() }),
        Answer::Queued { run, why } => json!({ "queued": run.as_str(), "why": why }),
        Answer::Added { ticket, file } => json!({ "added": file, "ticket": ticket.to_string() }),
        Answer::Asking { approval } => json!({ "approval": approval.as_str() }),
        Answer::Decided { approval, status, missing } => {
            json!({ "approval": approval.as_str(), "status": status.to_string(), "missing": missing })
        }
        Answer::Stopping { runs } => json!({ "stopping": runs.iter().map(RunId::as_str).collect::<Vec<_>>() }),
    }
}

/// A refusal as an answer: one because somebody else has it is told apart.
pub(super) fn refusal(refusal: &Refusal) -> Reply {
    match refusal {
        Refusal::Held { .. } | Refusal::Busy { .. } => Reply::Held(refusal.to_string()),
        other => Reply::Refused(other.to_string()),
    }
}

/// The tickets an answer that is only known from history is about.
pub(super) fn from_history(tickets: &[TicketId], ask: &Ask) -> Value {
    match (ask, tickets.first()) {
        (Ask::NewTicket { .. }, Some(ticket)) => json!({ "created": ticket.to_string() }),
        (Ask::Checkout { .. } | Ask::Next { .. }, Some(ticket)) => {
            json!({ "checked_out": ticket.to_string(), "again": true })
        }
        _ => json!({ "already": true }),
    }
}
