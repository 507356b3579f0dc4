//! An agent's own tickets: whether one of them is a reason to wake it, and which.

use super::{
    Candidate, Context, Finding, Hold, Rule, came_to_nothing, counted, failed, in_a_row, later, silent, stranded,
};
use crate::engine::limits::{IDLE_RUNS_MAX, OWN_TICKET_MS, backoff_ms};
use crate::model::actor::CORP;
use crate::model::run::{Wake, WakeCause};
use crate::model::snapshot::RunNote;
use crate::model::status::{ApprovalStatus, TicketStatus, WakeReason};
use crate::model::ticket::{Entry, ReviewWord, Ticket, TicketHead};
use crate::model::{Slug, Snapshot, TicketId};
use jiff::Timestamp;

/// What there is to do about an open ticket of the agent.
pub fn find(context: Context<'_>, ticket: &Ticket) -> Finding {
    let Context { snapshot, worker, now } = context;
    let nothing = |rule, words: String| Finding::Nothing(Hold::new(rule, words));
    let id = &ticket.id;
    let last = snapshot.history().on(worker.slug, id).last();
    let last_start = last.map(|note| note.announced);
    let wanted = |cause| wakes_on(cause).is_none_or(|reason| worker.wakes_on(reason));
    let news = News { snapshot, agent: worker.slug, ticket, since: last_start };
    let (cause, said) = match ticket.head.status {
        TicketStatus::Backlog => return nothing(Rule::Ticket, format!("{id} is parked in the backlog")),
        TicketStatus::Done | TicketStatus::Cancelled => {
            return nothing(Rule::Ticket, format!("{id} is {}", ticket.head.status));
        }
        // What it does not want to be woken by does not keep it from its work.
        TicketStatus::Todo | TicketStatus::InProgress => match news.causes().find(|(cause, _)| wanted(*cause)) {
            Some(found) => found,
            None => match (last, waits_for(snapshot, ticket)) {
                (None, _) => (WakeCause::TicketAssigned, None),
                (Some(note), _) if failed(note) => (WakeCause::TicketRetried, None),
                (Some(_), _) if silent::owes_a_word(snapshot, worker.slug, ticket) => (WakeCause::MissingComment, None),
                (Some(_), Some(words)) => return nothing(Rule::News, words),
                (Some(_), None) => (WakeCause::TicketContinued, None),
            },
        },
        TicketStatus::Blocked => match news.cause_when_blocked() {
            Some(found) => found,
            None if stranded::by_nothing(snapshot, ticket) && !stranded::was_woken(context, ticket) => {
                (WakeCause::Stranded, None)
            }
            None => return nothing(Rule::Blockers, why_blocked(snapshot, ticket)),
        },
        TicketStatus::InReview => match news.comment().filter(|entry| !approves(&ticket.head, entry)) {
            Some(entry) => (WakeCause::Commented, Some(entry)),
            None => return nothing(Rule::Ticket, format!("{id} is in review")),
        },
    };
    let mut wake = Wake::new(worker.slug.clone(), Some(id.clone()), cause);
    if let Some(entry) = said {
        wake.by = Some(entry.author.clone());
        wake.note = Some(entry.file.clone());
    }
    let candidate = Candidate::new(wake, ticket.head.priority, ticket.head.created);
    if !wanted(cause) {
        let words = format!("`wake_on` of {} leaves this out", worker.slug);
        return Finding::Held(candidate, Hold::new(Rule::WakeOn, words));
    }
    if let Some(hold) = own_ticket(context, ticket, last) {
        return Finding::Held(candidate, hold);
    }
    if ticket.head.status != TicketStatus::Blocked
        && let Some(blocker) = open_blocker(snapshot, ticket)
    {
        let hold = Hold::new(Rule::Blockers, format!("{id} waits for {blocker}"));
        return Finding::Held(candidate, hold);
    }
    match back_off(context, ticket) {
        Some(hold) if hold.until.is_none_or(|until| until > now) => Finding::Held(candidate, hold),
        Some(_) | None => Finding::Ready(candidate),
    }
}

/// Whether an entry is what somebody said when they let the work pass: whoever did it has nothing to do about that.
fn approves(head: &TicketHead, entry: &Entry) -> bool {
    head.reviews.iter().any(|review| {
        let then = review.at.is_some_and(|at| at.as_second() == entry.at.as_second());
        review.said == ReviewWord::Approved && review.by == entry.author && then
    })
}

/// What happened around a ticket since the agent last looked.
struct News<'s> {
    snapshot: &'s Snapshot,
    agent: &'s Slug,
    ticket: &'s Ticket,
    since: Option<Timestamp>,
}

impl<'s> News<'s> {
    /// What happened since its last run, what says most first. Before its first run, nothing is news.
    fn causes(&self) -> impl Iterator<Item = (WakeCause, Option<&'s Entry>)> {
        let comment = self.comment().map(|entry| (WakeCause::Commented, Some(entry)));
        let children = self.children_done().then_some((WakeCause::ChildrenDone, None));
        let blockers = self.blockers_done().then_some((WakeCause::BlockersResolved, None));
        [comment, children, blockers].into_iter().flatten()
    }

    /// The same of a blocked ticket: only what it waited for, or a word to it.
    fn cause_when_blocked(&self) -> Option<(WakeCause, Option<&'s Entry>)> {
        let owned = self.ticket.head.unblock_owner.is_some();
        // Who was named to unblock it is a person's word away; what other agents say would start the circle again.
        let by_person = |entry: &Entry| self.snapshot.worker(entry.author.as_str()).is_none();
        if let Some(entry) = self.comment().filter(|entry| !owned || by_person(entry)) {
            return Some((WakeCause::Commented, Some(entry)));
        }
        if owned {
            return None;
        }
        if self.children_done() {
            return Some((WakeCause::ChildrenDone, None));
        }
        let head = &self.ticket.head;
        let resolved = !head.blocked_by.is_empty() && open_blocker(self.snapshot, self.ticket).is_none();
        resolved.then_some((WakeCause::BlockersResolved, None))
    }

    /// The newest word of somebody else that it has not seen. Its own words, and notices that a ticket was blocked, are
    /// none.
    fn comment(&self) -> Option<&'s Entry> {
        let since = self.since?;
        let newest = self.ticket.thread.iter().rev().find(|entry| speaks_to(entry, self.agent));
        newest.map(AsRef::as_ref).filter(|entry| entry.at > since)
    }

    fn children_done(&self) -> bool {
        let children = self.snapshot.index().children.get(&self.ticket.id).into_iter().flatten();
        let mut newest = None;
        for child in children.filter_map(|id| self.snapshot.ticket(id)) {
            if !child.head.status.is_closed() {
                return false;
            }
            newest = newest.max(child.head.closed);
        }
        newest.is_some_and(|closed| self.since.is_some_and(|since| closed > since))
    }

    fn blockers_done(&self) -> bool {
        let blockers = self.ticket.head.blocked_by.iter().filter_map(|id| self.snapshot.ticket(id));
        let newest = blockers.filter_map(|blocker| blocker.head.closed).max();
        newest.is_some_and(|closed| self.since.is_some_and(|since| closed > since))
    }
}

/// Whether an entry is said to the agent by somebody else. A notice of the program is said to whom it names.
pub(crate) fn speaks_to(entry: &Entry, agent: &Slug) -> bool {
    entry.author != *agent && (entry.author.as_str() != CORP || entry.mentions.contains(agent))
}

/// The kind of event a cause stands for in `wake_on`; `None`: it cannot be switched off.
pub(crate) fn wakes_on(cause: WakeCause) -> Option<WakeReason> {
    match cause {
        WakeCause::TicketAssigned | WakeCause::TicketContinued | WakeCause::TicketRetried => {
            Some(WakeReason::Assignment)
        }
        WakeCause::Commented => Some(WakeReason::Comment),
        WakeCause::Mentioned | WakeCause::Asked => Some(WakeReason::Mention),
        WakeCause::BlockersResolved => Some(WakeReason::BlockersResolved),
        WakeCause::ChildrenDone => Some(WakeReason::ChildrenDone),
        WakeCause::ApprovalResolved => Some(WakeReason::Approval),
        // What it is asked to judge waits for nobody else.
        WakeCause::ReviewRequested
        | WakeCause::MissingComment
        | WakeCause::Stranded
        | WakeCause::Scheduled
        | WakeCause::Requested => None,
    }
}

/// The first ticket it waits for that is not done. One that has left the work tree is known like the others, with how it
/// ended; one that never was, or that somebody removed, is reported by `corp check`, and is waited for: that is no end.
pub fn open_blocker<'t>(snapshot: &Snapshot, ticket: &'t Ticket) -> Option<&'t TicketId> {
    let is_done = |id: &TicketId| snapshot.ticket(id).is_some_and(|blocker| blocker.head.status == TicketStatus::Done);
    ticket.head.blocked_by.iter().find(|id| !is_done(id))
}

/// What an open ticket that was worked on waits for, so that going on makes no sense yet.
fn waits_for(snapshot: &Snapshot, ticket: &Ticket) -> Option<String> {
    let id = &ticket.id;
    if let Some(question) = ticket.open_questions().next() {
        let whom = question.to.as_ref().map_or("somebody", Slug::as_str);
        return Some(format!("{id} waits for an answer of {whom}"));
    }
    let children = snapshot.index().children.get(id).into_iter().flatten();
    let mut open = children.filter_map(|id| snapshot.ticket(id)).filter(|child| !child.head.status.is_closed());
    if let Some(child) = open.next() {
        return Some(format!("{id} waits for its part {}", child.id));
    }
    let pending = |status| matches!(status, ApprovalStatus::Pending);
    let asked = snapshot.approvals_about(id);
    let mut asked = asked.filter(|(_, approval)| pending(approval.status));
    asked.next().map(|(approval, _)| format!("{id} waits for the decision {approval}"))
}

fn why_blocked(snapshot: &Snapshot, ticket: &Ticket) -> String {
    let id = &ticket.id;
    match (&ticket.head.unblock_owner, open_blocker(snapshot, ticket), ticket.open_questions().next()) {
        (Some(owner), _, _) => format!("{id} is blocked until {owner} sees to it"),
        (None, Some(blocker), _) => format!("{id} is blocked by {blocker}"),
        (None, None, Some(question)) => {
            let whom = question.to.as_ref().map_or("somebody", Slug::as_str);
            format!("{id} is blocked until {whom} answers")
        }
        (None, None, None) => format!("{id} is blocked, and nothing says by what"),
    }
}

/// A ticket that the agent gave to itself does not wake it, but waits for a time of its own.
fn own_ticket(context: Context<'_>, ticket: &Ticket, last: Option<&RunNote>) -> Option<Hold> {
    let head = &ticket.head;
    if last.is_some() || head.created_by.as_ref() != Some(context.worker.slug) {
        return None;
    }
    let until = later(head.created?, OWN_TICKET_MS.unsigned_abs());
    let words = format!("{} gave {} to itself, and does not wake itself", context.worker.slug, ticket.id);
    (until > context.now).then(|| Hold::new(Rule::News, words).until(Some(until)))
}

/// The pause after runs that came to nothing. `until` is `None` if it ends only with a word of a person.
pub fn back_off(context: Context<'_>, ticket: &Ticket) -> Option<Hold> {
    let notes = counted(context.snapshot, context.worker.slug, ticket);
    let row = in_a_row(notes, came_to_nothing);
    let ends = notes.iter().filter_map(|note| note.ended).map(|(at, _)| at);
    // An end in the future is a clock that went back: nobody waits for it.
    let last = ends.filter(|at| *at <= context.now).max()?;
    if row == 0 {
        return None;
    }
    let what = format!("{row} run{} in a row on {} came to nothing", if row == 1 { "" } else { "s" }, ticket.id);
    // The assignee's ticket is blocked when there were too many; whoever was only named in it is not woken again.
    let idle = in_a_row(notes, |note| !failed(note) && !note.progress);
    if idle >= IDLE_RUNS_MAX && !super::is_own(context, ticket) {
        return Some(Hold::new(Rule::BackOff, what));
    }
    let until = later(last, backoff_ms(row));
    Some(Hold::new(Rule::BackOff, what).until(Some(until)))
}
