//! A ticket is made or changed. The table of what may follow what is `model::status`; who may do it, and what else
//! comes of it, is here.

use super::deliver;
use super::making::{Making, author};
use super::review::{self, Comes};
use super::sound;
use super::words::change_words;
use crate::engine::refusal::Refusal;
use crate::engine::{sight, strategy};
use crate::model::company::NotifyEvent;
use crate::model::plan::{Answer, Body, Edit, NewTicket, Plan, Reason, StopReason, TicketChange};
use crate::model::status::TicketStatus;
use crate::model::ticket::{EntryKind, Ticket, TicketHead};
use crate::model::{Actor, Slug, TicketId};

/// Makes a ticket and gives it the next number.
pub(super) fn new(
    mut making: Making<'_>,
    by: &Actor,
    head: &TicketHead,
    with_status: bool,
    body: &Body,
) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    if let Actor::Agent { agent, .. } = by {
        let may = snapshot.worker(agent.as_str()).and_then(|worker| worker.permissions().create_tickets);
        if may == Some(false) {
            return Err(Refusal::NotAllowed {
                who: agent.to_string(),
                what: "create tickets".to_owned(),
                why: "`permissions.create_tickets` is false".to_owned(),
            });
        }
    }
    if let (Actor::Agent { agent, .. }, Some(to)) = (by, &head.assignee)
        && let Some(why) = sight::keeps_from_giving(snapshot, agent, to)
    {
        return Err(Refusal::NotAllowed { who: agent.to_string(), what: format!("give work to {to}"), why });
    }
    let mut head = head.clone();
    let mut with_status = with_status;
    if let Actor::Agent { agent, .. } = by
        && head.assignee.as_ref() != Some(agent)
        && let Some(why) = strategy::keeps_to_drafts(snapshot, agent)
    {
        if with_status && head.status != TicketStatus::Backlog {
            return Err(Refusal::NotAllowed { who: agent.to_string(), what: "give out work".to_owned(), why });
        }
        (head.status, with_status) = (TicketStatus::Backlog, true);
    }
    let head = &head;
    if head.title.trim().is_empty() {
        return Err(Refusal::Invalid("a ticket needs a title".to_owned()));
    }
    one_line(&head.title)?;
    if !head.stages.is_empty() && with_status && matches!(head.status, TicketStatus::InReview | TicketStatus::Done) {
        return Err(Refusal::Invalid("it passes through its stages when somebody says done".to_owned()));
    }
    if snapshot.home.is_some()
        && !snapshot.is_home()
        && let Body::Text(text) = body
    {
        return draft(making, by, head, with_status, text);
    }
    let ticket = numbered(&making, by, head, with_status)?;
    sound::all_there(snapshot, head)?;
    sound::check(snapshot, &ticket)?;
    making.progress(by);
    let id = ticket.id.clone();
    let subject = match &ticket.head.assignee {
        Some(assignee) if assignee.as_str() != by.name() && ticket.head.status == TicketStatus::Backlog => {
            format!("{by} drafts {id} for {assignee}: {}", ticket.head.title)
        }
        Some(assignee) if assignee.as_str() != by.name() => {
            format!("{by} gives {id} to {assignee}: {}", ticket.head.title)
        }
        Some(_) | None => format!("{by} opens {id}: {}", ticket.head.title),
    };
    making.edit(Edit::NewTicket(Box::new(NewTicket { ticket, body: body.clone() })));
    let reason = Reason { tickets: vec![id.clone()], ..Reason::new(by.clone(), subject) };
    Ok(making.plan(reason, Answer::Created { ticket: id }))
}

/// A title stands in subjects of commits, where a second line could pass for the program's own words.
fn one_line(title: &str) -> Result<(), Refusal> {
    if title.chars().any(char::is_control) {
        return Err(Refusal::Invalid("a title is one line of text".to_owned()));
    }
    Ok(())
}

/// The ticket that `head` becomes when it gets a number.
pub(super) fn numbered(
    making: &Making<'_>,
    by: &Actor,
    head: &TicketHead,
    with_status: bool,
) -> Result<Ticket, Refusal> {
    let snapshot = making.snapshot;
    let prefix = snapshot.company.ticket_prefix.as_deref();
    let prefix = prefix.ok_or_else(|| Refusal::Invalid("`corp.yaml` names no `ticket_prefix`".to_owned()))?;
    let id = TicketId::new(prefix, snapshot.next_number(prefix)).map_err(Refusal::Invalid)?;
    let mut head = head.clone();
    if !with_status {
        head.status = if head.assignee.is_some() { TicketStatus::Todo } else { TicketStatus::Backlog };
    }
    head.fence = 0;
    head.created.get_or_insert(making.now);
    head.created_by.get_or_insert_with(|| author(by));
    if head.status.is_closed() {
        head.closed.get_or_insert(making.now);
    }
    Ok(Ticket { path: Ticket::path_of(&id), id, head, lock: None, thread: Vec::new() })
}

/// Makes a ticket in a clone that gives no numbers. Home gives it one when it hears of it.
fn draft(
    mut making: Making<'_>,
    by: &Actor,
    head: &TicketHead,
    with_status: bool,
    text: &str,
) -> Result<Plan, Refusal> {
    // It is judged as the ticket it would be.
    let ticket = numbered(&making, by, head, with_status)?;
    sound::all_there(making.snapshot, head)?;
    sound::check(making.snapshot, &ticket)?;
    making.progress(by);
    let path = making.draft_path();
    let subject = match &ticket.head.assignee {
        Some(assignee) if assignee.as_str() != by.name() => {
            format!("{by} drafts a ticket for {assignee}: {}", ticket.head.title)
        }
        Some(_) | None => format!("{by} drafts a ticket: {}", ticket.head.title),
    };
    let (head, body) = (Box::new(ticket.head), text.to_owned());
    making.edit(Edit::NewDraft { path: path.clone(), head, body });
    Ok(making.plan(Reason::new(by.clone(), subject), Answer::Drafted { path }))
}

/// Changes a ticket.
pub(super) fn edit(
    mut making: Making<'_>,
    by: &Actor,
    id: &TicketId,
    changes: &[TicketChange],
    reopen: bool,
    why: Option<&str>,
) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let ticket = making.ticket(id)?.clone();
    if let Some(lock) = &ticket.lock
        && let Actor::Agent { run, .. } = by
        && lock.run.as_ref() != Some(run)
    {
        let (holder, since) = (lock.holder.clone(), lock.since);
        return Err(Refusal::Held { ticket: ticket.id.clone(), holder, since });
    }
    if let Actor::Agent { agent, .. } = by
        && let Some(why) = sight::forbids(snapshot, agent, &ticket, changes, reopen)
    {
        return Err(Refusal::NotAllowed { who: agent.to_string(), what: format!("change {}", ticket.id), why });
    }
    if let Actor::Agent { agent, .. } = by
        && let Some(why) = strategy::forbids(snapshot, agent, &ticket.head, changes)
    {
        return Err(Refusal::NotAllowed { who: agent.to_string(), what: "give out work".to_owned(), why });
    }
    let mut after = ticket.head.clone();
    let mut words = Vec::new();
    let mut status = None;
    for change in changes {
        if let TicketChange::Reviews(_)
        | TicketChange::Fence(_)
        | TicketChange::Created(_)
        | TicketChange::CreatedBy(_)
        | TicketChange::Closed(_) = change
        {
            return Err(Refusal::Invalid("the program keeps this key itself".to_owned()));
        }
        if matches!(change, TicketChange::Status(status) if *status == ticket.head.status) {
            continue;
        }
        if let TicketChange::Title(title) = change {
            one_line(title)?;
        }
        sound::is_there(snapshot, change)?;
        if let TicketChange::Stages(_) = change {
            review::may_change_stages(snapshot, by, &ticket.head.stages)?;
        }
        let before = after.clone();
        after.change(change);
        if after == before && !matches!(change, TicketChange::Body(_)) {
            continue;
        }
        words.push(change_words(change));
        match change {
            TicketChange::Status(to) => status = Some(*to),
            other => making.change(&ticket.id, other.clone()),
        }
    }
    let mut next = Ticket { head: after, ..(*ticket).clone() };
    if words.is_empty() {
        return Ok(making.nothing(Answer::Already));
    }
    let closed = ticket.head.status.is_closed();
    if closed && !reopen && status.is_some() {
        return Err(Refusal::Closed { ticket: ticket.id.clone(), status: ticket.head.status });
    }
    // Before anybody is asked to judge it.
    if status == Some(TicketStatus::Done) && ticket.head.status.may_become(TicketStatus::Done) {
        deliver::are_there(snapshot, &next)?;
    }
    let mut step = None;
    if let Some(to) = status.as_mut().filter(|_| !closed) {
        let stands = Ticket { head: TicketHead { status: ticket.head.status, ..next.head.clone() }, ..next.clone() };
        match review::comes_to(&stands, by, *to, why, making.now)? {
            Comes::Free => {}
            Comes::Already => return Ok(making.nothing(Answer::Already)),
            Comes::To(next) => {
                *to = next.status;
                step = Some(next);
            }
        }
        next.head.status = *to;
    }
    if let Some(to) = status {
        sound::transition(&ticket, to)?;
    }
    sound::check(snapshot, &next)?;
    if let Some(step) = &step {
        review::take(&mut making, by, &ticket, step, why);
    }
    if closed && status.is_some() {
        review::reopened(&mut making, by, &ticket);
    }
    if let Some(to) = status {
        if to == TicketStatus::Blocked {
            sound::may_block(snapshot, &next)?;
        }
        making.status(&ticket, to);
        making.progress(by);
        if to == TicketStatus::Blocked
            && let (Actor::Agent { .. }, Some(why)) = (by, why.filter(|why| !why.trim().is_empty()))
        {
            // Whoever is to unblock it looks into the thread, not into the history.
            let entry = making.entry(by, EntryKind::Comment);
            making.say(&ticket, entry, why);
        }
        if to == TicketStatus::Cancelled {
            ask_those_who_wait(&mut making, &ticket.id);
        }
    }
    // Who judges beside others does not end their look at it.
    if step.is_none() || next.head.status != ticket.head.status {
        interrupt(&mut making, by, &ticket, &next);
    }
    let subject = match step {
        Some(step) => step.subject,
        None => format!("{by} changes {}: {}", ticket.id, words.join(", ")),
    };
    let reason = Reason {
        tickets: vec![ticket.id.clone()],
        cause: why.map(str::to_owned),
        fence: Some(ticket.head.fence),
        ..Reason::new(by.clone(), subject)
    };
    Ok(making.plan(reason, Answer::Done))
}

/// What a change of a ticket means for whoever works on it: done, cancelled, blocked, in review or reassigned, it is let
/// go, and a run that others took it from is stopped.
pub(super) fn interrupt(making: &mut Making<'_>, by: &Actor, before: &Ticket, after: &Ticket) {
    let over = match after.head.status {
        TicketStatus::InProgress => before.head.assignee != after.head.assignee,
        TicketStatus::Backlog
        | TicketStatus::Todo
        | TicketStatus::InReview
        | TicketStatus::Blocked
        | TicketStatus::Done
        | TicketStatus::Cancelled => true,
    };
    if !over {
        return;
    }
    making.unlock(before);
    let reassigned = before.head.assignee != after.head.assignee;
    let words = if reassigned {
        let whom = after.head.assignee.as_ref().map_or("nobody", Slug::as_str);
        format!("{by} gave {} to {whom}", before.id)
    } else {
        format!("{by} set {} to {}", before.id, after.head.status)
    };
    if reassigned && after.head.status == TicketStatus::InProgress {
        making.status(after, TicketStatus::Todo);
    }
    let working = making.snapshot.index().working.get(&before.id).into_iter().flatten();
    let others: Vec<_> = working.filter(|run| by.run() != Some(*run)).cloned().collect();
    for run in others {
        making.stop(&run, StopReason::Interrupted, words.clone());
    }
}

/// What waited for a ticket that is cancelled would wait for ever: somebody of the board is asked what becomes of it.
pub(super) fn ask_those_who_wait(making: &mut Making<'_>, cancelled: &TicketId) {
    let snapshot = making.snapshot;
    let waiting = snapshot.index().blocked.get(cancelled).into_iter().flatten();
    let waiting = waiting.filter_map(|id| snapshot.ticket(id)).filter(|ticket| !ticket.head.status.is_closed());
    for ticket in waiting.cloned().collect::<Vec<_>>() {
        let id = &ticket.id;
        let creator = ticket.head.created_by.as_ref().filter(|who| snapshot.company.person(who).is_some());
        let whom = creator.or_else(|| snapshot.company.first_in_charge().map(|person| &person.id)).cloned();
        let text = format!(
            "{cancelled}, which {id} waits for, was cancelled. Is {id} to go on without it (`corp ticket edit {id} \
             --not-wait-for {cancelled}`), or to be cancelled too (`corp ticket close {id} --cancelled`)?"
        );
        // No question in the thread: whoever takes the blocker away has answered, and need not say so again.
        let named = whom.map(|whom| format!("@{whom} ")).unwrap_or_default();
        making.notice(&ticket, &format!("{named}{text}"));
        making.tell(
            NotifyEvent::Question,
            format!("cancelled:{cancelled}:{id}"),
            format!("{id} waits for {cancelled}, which was cancelled"),
            text,
        );
    }
}
