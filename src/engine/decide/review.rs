//! The stages of a ticket when somebody says that it is done: the work is put before those who judge it, who let it pass or
//! send it back. Whoever did it does not judge it. Where a ticket stands in its stages is [`crate::engine::stages`].

use super::authority;
use super::edit;
use super::making::{Making, author};
use crate::engine::refusal::Refusal;
use crate::engine::stages::{self, Standing};
use crate::model::authority::Act;
use crate::model::company::NotifyEvent;
use crate::model::plan::{Plan, TicketChange};
use crate::model::status::TicketStatus;
use crate::model::ticket::{EntryKind, Review, ReviewWord, Stage, StageKind, Ticket, TicketHead};
use crate::model::{Actor, Slug, Snapshot, TicketId};
use jiff::Timestamp;

/// What a change of status comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Comes {
    /// What was asked for: no stage has to do with it.
    Free,
    /// Nothing: it was said before.
    Already,
    /// A step in the stages.
    To(Box<Step>),
}

/// A step in the stages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// Where the ticket stands after it.
    pub(super) status: TicketStatus,
    /// What was said, as the ticket keeps it.
    pub(super) review: Review,
    /// What the commit says.
    pub(super) subject: String,
}

/// Somebody judges work that is in review.
pub(super) fn review(
    making: Making<'_>,
    by: &Actor,
    id: &TicketId,
    approves: bool,
    comment: &str,
) -> Result<Plan, Refusal> {
    let ticket = making.ticket(id)?;
    let Some(standing) = stages::under_way(&ticket.head) else {
        return Err(Refusal::Invalid(format!("{} is {}, and nobody is asked about it", ticket.id, ticket.head.status)));
    };
    is_judge(ticket, &standing, by)?;
    let status = if approves { TicketStatus::Done } else { TicketStatus::InProgress };
    let id = ticket.id.clone();
    edit::edit(making, by, &id, &[TicketChange::Status(status)], false, Some(comment))
}

fn is_judge(ticket: &Ticket, standing: &Standing<'_>, by: &Actor) -> Result<(), Refusal> {
    let who = author(by);
    if standing.is_judge(&who) {
        return Ok(());
    }
    let waits_for: Vec<&str> = standing.waits_for().map(Slug::as_str).collect();
    let why = if standing.executors.contains(&who) {
        format!("whoever did the work does not judge it; it waits for {}", waits_for.join(", "))
    } else {
        format!("it is in {}", standing.words())
    };
    Err(Refusal::NotAllowed { who: who.to_string(), what: format!("say whether {} is done", ticket.id), why })
}

/// What it comes to that `by` sets the status of `ticket` to `to`. What else becomes of it stands in `ticket` already.
pub(super) fn comes_to(
    ticket: &Ticket,
    by: &Actor,
    to: TicketStatus,
    why: Option<&str>,
    now: Timestamp,
) -> Result<Comes, Refusal> {
    let head = &ticket.head;
    let Some(standing) = stages::standing(head) else { return Ok(Comes::Free) };
    let who = author(by);
    let id = &ticket.id;
    let review = |by: Slug, said| Review { stage: standing.number, by, said, at: Some(now) };
    match (head.status, to) {
        (TicketStatus::InReview, TicketStatus::Cancelled) => Ok(Comes::Free),
        (TicketStatus::InReview, TicketStatus::Done) => {
            is_judge(ticket, &standing, by)?;
            if standing.yes.contains(&who) {
                return Ok(Comes::Already);
            }
            needs_words(id, why, "approve")?;
            let review = review(who.clone(), ReviewWord::Approved);
            let mut after = head.clone();
            after.reviews.push(review.clone());
            let (title, of) = (&head.title, head.stages.len());
            let (status, subject) = match stages::standing(&after) {
                None => (TicketStatus::Done, format!("{who} approves {id}, and it is done: {title}")),
                Some(next) if next.number == standing.number => {
                    let needed = standing.stage.needs;
                    let yes = next.yes.len();
                    (TicketStatus::InReview, format!("{who} says yes to {id}, {yes} of {needed} needed: {title}"))
                }
                Some(_) => {
                    (TicketStatus::InReview, format!("{who} approves {id}, stage {} of {of}: {title}", standing.number))
                }
            };
            Ok(Comes::To(Box::new(Step { status, review, subject })))
        }
        // Whoever did it takes it back, and others may send it back: only the word of a judge is one about the work.
        (TicketStatus::InReview, TicketStatus::InReview) => Ok(Comes::Free),
        (TicketStatus::InReview, _) if !standing.is_judge(&who) => Ok(Comes::Free),
        (TicketStatus::InReview, _) => {
            needs_words(id, why, "return")?;
            let whom = head.assignee.as_ref().map_or("whoever does it", Slug::as_str);
            let subject = format!("{who} asks {whom} for changes of {id}: {}", head.title);
            let review = review(who, ReviewWord::ChangesRequested);
            Ok(Comes::To(Box::new(Step { status: TicketStatus::InProgress, review, subject })))
        }
        (_, TicketStatus::Done | TicketStatus::InReview) => {
            let possible = standing.judges().count() as u64;
            if possible < standing.missing() {
                return Err(Refusal::Invalid(format!(
                    "{id} cannot pass {}: whoever did the work does not judge it, and {possible} others could; \
                     change `stages`",
                    standing.words()
                )));
            }
            let executor = head.assignee.clone().unwrap_or_else(|| who.clone());
            let judges: Vec<&str> = standing.judges().map(Slug::as_str).collect();
            let subject = match standing.stage.kind {
                StageKind::Review => format!("{who} asks {} to review {id}: {}", judges.join(", "), head.title),
                StageKind::Approval => format!("{who} asks {} to approve {id}: {}", judges.join(", "), head.title),
            };
            let review = review(executor, ReviewWord::Submitted);
            Ok(Comes::To(Box::new(Step { status: TicketStatus::InReview, review, subject })))
        }
        (_, _) => Ok(Comes::Free),
    }
}

fn needs_words(id: &TicketId, why: Option<&str>, verb: &str) -> Result<(), Refusal> {
    if why.is_some_and(|why| !why.trim().is_empty()) {
        return Ok(());
    }
    Err(Refusal::Invalid(format!("say what you found: `corp ticket {verb} {id} --comment TEXT`")))
}

/// Writes a step down: in the ticket, in its thread, to those who come next. The status is the caller's to set.
pub(super) fn take(making: &mut Making<'_>, by: &Actor, ticket: &Ticket, step: &Step, why: Option<&str>) {
    let mut after = ticket.head.clone();
    after.reviews.push(step.review.clone());
    making.change(&ticket.id, TicketChange::Reviews(after.reviews.clone()));
    if step.review.said != ReviewWord::Submitted {
        let entry = making.entry(by, EntryKind::Decision);
        making.say(ticket, entry, why.unwrap_or(&step.subject));
    } else if let Some(why) = why {
        let entry = making.entry(by, EntryKind::Comment);
        making.say(ticket, entry, why);
    }
    let before = stages::standing(&ticket.head).map(|standing| standing.number);
    let begins = step.review.said == ReviewWord::Submitted;
    if step.status == TicketStatus::InReview
        && let Some(standing) = stages::standing(&after)
        && (begins || before != Some(standing.number))
    {
        ask(making, ticket, &standing);
    }
}

/// Asks those who judge a stage: agents are woken by it, people find it in their inbox.
fn ask(making: &mut Making<'_>, ticket: &Ticket, standing: &Standing<'_>) {
    let id = &ticket.id;
    let named: Vec<String> = standing.waits_for().map(|who| format!("@{who}")).collect();
    let text = format!(
        "{}, {id} is in {}. Look at it, then say `corp ticket approve {id} --comment TEXT` or \
         `corp ticket return {id} --comment TEXT`.",
        named.join(" "),
        standing.words()
    );
    making.notice(ticket, &text);
    let people = standing.waits_for().filter(|who| making.snapshot.company.person(who).is_some());
    let people: Vec<&str> = people.map(Slug::as_str).collect();
    if !people.is_empty() {
        let about = format!("review:{id}:{}:{}", standing.number, ticket.head.reviews.len());
        let title = format!("{id} waits for {}: {}", people.join(", "), ticket.head.title);
        making.tell(NotifyEvent::Approval, about, title, format!("{text}\n\ncorp show {id}"));
    }
}

/// A closed ticket that is opened again passes through its stages from the first.
pub(super) fn reopened(making: &mut Making<'_>, by: &Actor, ticket: &Ticket) {
    if ticket.head.reviews.is_empty() {
        return;
    }
    let mut reviews = ticket.head.reviews.clone();
    reviews.push(Review { stage: 1, by: author(by), said: ReviewWord::Reopened, at: Some(making.now) });
    making.change(&ticket.id, TicketChange::Reviews(reviews));
}

/// Whether stages may be changed by whoever asks for it. Those that stand were asked for by somebody who counts on them.
pub(super) fn may_change_stages(snapshot: &Snapshot, by: &Actor, before: &[Stage]) -> Result<(), Refusal> {
    match by {
        Actor::Person(_) if before.is_empty() => Ok(()),
        Actor::Person(who) => authority::may(snapshot, who, Act::Decide),
        Actor::Agent { agent, .. } => Err(Refusal::NotAllowed {
            who: agent.to_string(),
            what: "change who judges a ticket".to_owned(),
            why: "that is said when it is made, and by people".to_owned(),
        }),
        Actor::Corp => Ok(()),
    }
}

/// What somebody wrote into a ticket's file by hand, as far as its stages are concerned: a status is what they mean by it,
/// and `reviews` is the program's, but for a word in their own name. Returns the ticket's head as it is to be, and what
/// there is to say.
pub(super) fn by_hand(
    making: &mut Making<'_>,
    by: &Actor,
    before: &Ticket,
    after: &Ticket,
) -> (TicketHead, Option<String>) {
    let id = &after.id;
    let mut head = after.head.clone();
    // What the program itself wrote, in another process or clone, it has judged.
    let Actor::Person(who) = by else { return (head, None) };
    let mut said = None;
    if head.stages != before.head.stages
        && let Err(refusal) = may_change_stages(making.snapshot, by, &before.head.stages)
    {
        head.stages.clone_from(&before.head.stages);
        said = Some(refused(making, id, who, &refusal));
    }
    let kept = before.head.reviews.len();
    let own: Option<ReviewWord> = head
        .reviews
        .strip_prefix(&before.head.reviews[..])
        .and_then(|more| more.last())
        .filter(|last| last.by == *who)
        .map(|last| last.said);
    let is_shorter = head.reviews.len() < kept && before.head.reviews.starts_with(&head.reviews);
    if is_shorter && authority::role(making.snapshot, who).may(Act::Decide) {
        // What an undo comes to: the word is taken back.
        return (head, said);
    }
    let written = std::mem::replace(&mut head.reviews, before.head.reviews.clone());
    let wanted = match own {
        Some(ReviewWord::Approved) => TicketStatus::Done,
        Some(ReviewWord::ChangesRequested) => TicketStatus::InProgress,
        Some(ReviewWord::Submitted | ReviewWord::Reopened) | None => head.status,
    };
    if before.head.status == TicketStatus::InReview
        && head.status == TicketStatus::InReview
        && head.stages.is_empty()
        && !before.head.stages.is_empty()
    {
        // Nobody judges it any more: whoever does it says when it is done.
        head.status = TicketStatus::InProgress;
        return (head, said);
    }
    if before.head.status.is_closed() && !head.status.is_closed() && !head.reviews.is_empty() {
        head.reviews.push(Review { stage: 1, by: who.clone(), said: ReviewWord::Reopened, at: Some(making.now) });
        return (keep_times(head, &written), said);
    }
    if wanted == before.head.status && own.is_none() {
        return (head, said);
    }
    let stands = Ticket { head: TicketHead { status: before.head.status, ..head.clone() }, ..before.clone() };
    match comes_to(&stands, by, wanted, Some("see what was written by hand"), making.now) {
        Ok(Comes::Free) => {}
        Ok(Comes::Already) => head.status = before.head.status,
        Ok(Comes::To(step)) => {
            head.status = step.status;
            head.reviews.push(step.review.clone());
            head = keep_times(head, &written);
            // Another process of the program wrote it all, and told whom it concerns.
            if head.reviews != written || head.status != after.head.status {
                let begins = stages::standing(&head).map(|standing| standing.number);
                let before = stages::standing(&stands.head).map(|standing| standing.number);
                if head.status == TicketStatus::InReview
                    && (step.review.said == ReviewWord::Submitted || begins != before)
                    && let Some(standing) = stages::standing(&head)
                {
                    ask(making, after, &standing);
                }
            }
            said = Some(step.subject);
        }
        Err(refusal) => {
            head.status = before.head.status;
            said = Some(refused(making, id, who, &refusal));
        }
    }
    (head, said)
}

/// When it was said is known better by whoever wrote it down.
fn keep_times(mut head: TicketHead, written: &[Review]) -> TicketHead {
    let same = head.reviews.len() == written.len()
        && written.last().is_some_and(|last| last.at.is_some())
        && head.reviews.iter().zip(written).all(|(one, other)| Review { at: other.at, ..one.clone() } == *other);
    if same {
        head.reviews = written.to_vec();
    }
    head
}

fn refused(making: &mut Making<'_>, id: &TicketId, who: &Slug, refusal: &Refusal) -> String {
    let title = format!("{id} stays as it was");
    making.tell(NotifyEvent::Incident, format!("refused:{id}:{who}"), title, refusal.to_string());
    format!("what {who} wrote into {id} is taken back: {refusal}")
}
