//! A run is over: it is settled once, its ticket is let go, and what failed too often is blocked.

use super::making::Making;
use super::wake::out_of_the_queue;
use crate::engine::budget;
use crate::engine::charge::{self, nothing_spent};
use crate::engine::event::{Lost, Report, Work};
use crate::engine::limits::{BEAT_FAILURES_TOLD, FAILURES_MAX, IDLE_RUNS_MAX, LOST_MAX, RUNS_IN_A_ROW_MAX};
use crate::engine::liveness::{self, Path};
use crate::engine::refusal::Refusal;
use crate::engine::wakes::{self, failed, fresh_start, in_a_row};
use crate::model::company::NotifyEvent;
use crate::model::plan::{Answer, Edit, Plan, Reason, TicketChange};
use crate::model::run::{End, Run, RunOutcome, RunState, Spent, WakeCause};
use crate::model::snapshot::RunNote;
use crate::model::status::TicketStatus;
use crate::model::ticket::{EntryKind, Ticket};
use crate::model::{Actor, Choice as _, RunId, Snapshot, TicketId};
use sha2::{Digest as _, Sha256};

/// A run has ended and says how.
pub(super) fn ended(making: Making<'_>, id: &RunId, report: &Report) -> Result<Plan, Refusal> {
    let reserved = making.snapshot.run(id.as_str()).map(|run| run.reserved).unwrap_or_default();
    let end = End {
        outcome: report.outcome,
        at: report.at,
        started: report.started,
        spent: charge::settled(making.snapshot, report, &reserved),
        note: report.note.clone(),
        transcript: report.transcript.clone(),
        talked: report.talked.clone(),
        confinement: report.confinement.clone(),
    };
    settle(making, id, end, report)
}

/// A run is gone without a word. What it may have spent is taken as spent; one that never started spent nothing.
pub(super) fn lost(making: Making<'_>, id: &RunId, why: Lost) -> Result<Plan, Refusal> {
    let (outcome, spent) = match why {
        Lost::NeverStarted => (RunOutcome::Interrupted, nothing_spent()),
        Lost::SupervisorDied | Lost::Rebooted => (RunOutcome::Lost, Spent::default()),
    };
    let note = Some(why.words().to_owned());
    let end =
        End { outcome, at: making.now, started: None, spent, note, transcript: None, talked: None, confinement: None };
    let nothing = Report {
        outcome,
        at: making.now,
        started: None,
        spent: Spent::default(),
        at_least: None,
        over_ceiling: false,
        changed: false,
        note: None,
        transcript: None,
        last_words: None,
        alert: None,
        talked: None,
        confinement: None,
        work: Work::default(),
    };
    settle(making, id, end, &nothing)
}

/// A run's file that is gone or went back in time is written again.
pub(super) fn restore(mut making: Making<'_>, id: &RunId) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let Some(run) = snapshot.run(id.as_str()).filter(|_| snapshot.unwritten().contains(id)) else {
        return Ok(making.nothing(Answer::Already));
    };
    making.edit(Edit::Run(Box::new((**run).clone())));
    let reason = Reason {
        run: Some(id.clone()),
        ..Reason::new(Actor::Corp, format!("the record of run {id} is written again"))
    };
    Ok(making.plan(reason, Answer::Done))
}

fn settle(mut making: Making<'_>, id: &RunId, end: End, report: &Report) -> Result<Plan, Refusal> {
    let snapshot = making.snapshot;
    let Some(run) = snapshot.run(id.as_str()) else {
        return Err(Refusal::NoRun(id.clone()));
    };
    let announced = match run.state {
        RunState::Open { announced } => announced,
        // Told twice, it is settled once.
        RunState::Ended { .. } => return Ok(making.nothing(Answer::Already)),
        RunState::Queued => {
            let why = end.note.as_deref().unwrap_or("it was stopped while it waited");
            making.edit(Edit::Run(Box::new(out_of_the_queue(run, making.now, why))));
            let reason = Reason::new(Actor::Corp, format!("{} is not woken: {why}", run.agent()));
            return Ok(making.plan(reason, Answer::Done));
        }
    };
    let progress = run.progress || report.changed || left_its_ticket(snapshot, run);
    let settled = Run {
        progress,
        state: RunState::Ended { announced: Some(announced), end: Box::new(end.clone()) },
        ..(**run).clone()
    };
    making.edit(Edit::Run(Box::new(settled.clone())));
    for news in budget::news(snapshot, run, &end.spent, making.now) {
        making.tell(news.event, news.about, news.title, news.text);
    }
    let settled = RunNote::of(&settled, announced);
    let agent = run.agent().clone();
    for ticket in held(snapshot, id) {
        making.unlock(ticket);
        if let Some(trouble) = &report.work.trouble {
            if !ticket.head.status.is_closed() {
                stuck(&mut making, ticket, trouble);
            }
            continue;
        }
        match breaker(snapshot, &settled, ticket) {
            Some(why) => block(&mut making, ticket, agent.as_str(), &why),
            None if ticket.head.status == TicketStatus::InProgress => making.status(ticket, TicketStatus::Todo),
            None => {}
        }
    }
    if let Some(ticket) = run.ticket.as_ref().and_then(|id| snapshot.ticket(id)) {
        without_a_word(&mut making, run, &settled, ticket, report);
        let branch = &report.work.branch;
        if branch.is_some() && ticket.head.branch != *branch {
            making.change(&ticket.id, TicketChange::Branch(branch.clone()));
        }
        let goes_on = matches!(ticket.head.status, TicketStatus::Todo | TicketStatus::InProgress);
        let uncommitted = report.work.uncommitted.iter().filter(|_| !goes_on);
        for notice in report.work.notices.iter().chain(uncommitted) {
            making.notice_of(id, ticket, notice);
        }
        if report.over_ceiling {
            making.notice_of(id, ticket, &over_ceiling(run, &end));
        }
    }
    if let Some(text) = report.alert.as_deref().filter(|text| !text.trim().is_empty()) {
        let title = format!("{agent} has something to say");
        // The same words again are the same thing; other words are news.
        let digest = Sha256::digest(text.as_bytes());
        let words: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        making.tell(NotifyEvent::Alert, format!("alert:{agent}:{words}"), title, text.to_owned());
    }
    if run.wake.ticket.is_none() {
        let notes = snapshot.history().of(&agent).map_or(&[][..], |history| &history.without_ticket);
        let row = in_a_row(&with(notes, &settled), failed);
        if row >= BEAT_FAILURES_TOLD && end.outcome.is_failure() {
            let title = format!("{agent} failed {row} times in a row");
            let text = end.note.clone().unwrap_or_else(|| format!("the last run {}", end.outcome.word()));
            making.tell(NotifyEvent::Incident, format!("failing:{agent}"), title, text);
        }
    }
    let reason = Reason {
        run: Some(id.clone()),
        tickets: run.ticket.iter().cloned().collect(),
        cause: end.note.clone(),
        cost: end.spent.cost,
        confinement: end.confinement.clone(),
        ..Reason::new(Actor::Corp, subject(run, &end))
    };
    Ok(making.plan(reason, Answer::Done))
}

/// A run worked on a ticket and said nothing in its thread. What it said last is put there if it has handed the ticket on;
/// otherwise its agent is woken once more for a word ([`wakes::silent`]), and when that came to nothing the board is told.
fn without_a_word(making: &mut Making<'_>, run: &Run, settled: &RunNote, ticket: &Ticket, report: &Report) {
    if !wakes::silent::should_speak(settled) || wakes::silent::spoke(run.agent(), settled, ticket) {
        return;
    }
    let goes_on = matches!(ticket.head.status, TicketStatus::Backlog | TicketStatus::Todo | TicketStatus::InProgress);
    if let Some(words) = report.last_words.as_deref().filter(|words| !goes_on && !words.trim().is_empty()) {
        let by = Actor::Agent { agent: run.agent().clone(), run: run.id.clone() };
        let entry = making.entry(&by, EntryKind::Comment);
        making.say(ticket, entry, words);
        return;
    }
    if run.wake.cause != WakeCause::MissingComment {
        return;
    }
    let (agent, id) = (run.agent(), &ticket.id);
    let text = format!(
        "{agent} worked on {id}, was woken again to say what was done, and left no word a second time; `corp run show {}` \
         shows what it did. It is not woken for that again.",
        run.id
    );
    // A notice that names nobody would give it a fresh start with the breaker.
    if let Some(person) = making.snapshot.company.first_in_charge().map(|person| person.id.clone()) {
        making.notice(ticket, &format!("@{person}: {text}"));
    }
    making.tell(NotifyEvent::Incident, format!("silent:{id}:{agent}"), format!("{agent} left no word on {id}"), text);
}

/// Nothing brings a ticket on any more: it is blocked, with the reason, until somebody of the board sees to it.
pub(super) fn strand(mut making: Making<'_>, id: &TicketId) -> Result<Plan, Refusal> {
    let ticket = making.ticket(id)?;
    let Path::Stranded(why) = liveness::path(making.snapshot, ticket, making.now) else {
        return Err(Refusal::NotDue("something brings the ticket on"));
    };
    if !liveness::can_be_handed(making.snapshot, ticket) {
        return Err(Refusal::NotDue("the board has the ticket"));
    }
    let text = format!(
        "Nothing brings {id} on any more: {why}. Give it to somebody (`corp ticket assign {id} WHO`), answer it, or set \
         `status: todo` once that is put right."
    );
    blocked(&mut making, ticket, &why, text);
    let subject = format!("{id} is blocked: {why}");
    let reason = Reason { tickets: vec![id.clone()], ..Reason::new(Actor::Corp, subject) };
    Ok(making.plan(reason, Answer::Done))
}

/// What whoever reads the ticket should know of a run that reached what it may spend.
fn over_ceiling(run: &Run, end: &End) -> String {
    let agent = run.agent();
    let why = end.note.as_deref().unwrap_or("it reached its ceiling");
    format!(
        "The run of {agent} was stopped: {why}. What it had done stays; the next run goes on from there. Who wants more done in one run raises `run_ceiling` in `agents/{agent}/agent.yaml`."
    )
}

/// Tickets a run has checked out. It may have taken more than it was woken for.
fn held<'s>(snapshot: &'s Snapshot, id: &RunId) -> Vec<&'s Ticket> {
    let locked =
        |ticket: &&std::sync::Arc<Ticket>| ticket.lock.as_ref().is_some_and(|lock| lock.run.as_ref() == Some(id));
    let run = snapshot.run(id.as_str());
    let agent = run.map(|run| run.agent().clone());
    let assigned = agent.iter().filter_map(|agent| snapshot.index().assigned.get(agent)).flatten();
    let own = run.and_then(|run| run.ticket.clone());
    let candidates = own.into_iter().chain(assigned.map(|turn| turn.ticket.clone()));
    let mut held: Vec<&Ticket> =
        candidates.filter_map(|id| snapshot.ticket(&id)).filter(locked).map(AsRef::as_ref).collect();
    held.sort_by(|a, b| a.id.cmp(&b.id));
    held.dedup_by(|a, b| a.id == b.id);
    held
}

/// Whether the ticket a run worked on has moved on: it is done, in review, blocked, or somebody else's.
fn left_its_ticket(snapshot: &Snapshot, run: &Run) -> bool {
    let ticket = run.ticket.as_ref().and_then(|id| snapshot.ticket(id));
    let woken_to_work = run.wake.ticket.is_some() && wakes::checks_out(run.wake.cause);
    ticket.is_some_and(|ticket| {
        let own = ticket.head.assignee.as_ref() == Some(run.agent());
        let holds = ticket.lock.as_ref().is_some_and(|lock| lock.run.as_ref() == Some(&run.id));
        woken_to_work && own && !holds
    })
}

/// Notes as they will be when this run is settled.
fn with(notes: &[RunNote], settled: &RunNote) -> Vec<RunNote> {
    let others = notes.iter().filter(|note| note.id != settled.id).cloned();
    let mut notes: Vec<RunNote> = others.chain([settled.clone()]).collect();
    notes.sort();
    notes
}

/// Why a ticket is to be blocked after its run, if it is.
fn breaker(snapshot: &Snapshot, settled: &RunNote, ticket: &Ticket) -> Option<String> {
    match ticket.head.status {
        TicketStatus::Todo | TicketStatus::InProgress => {}
        TicketStatus::Backlog
        | TicketStatus::InReview
        | TicketStatus::Blocked
        | TicketStatus::Done
        | TicketStatus::Cancelled => return None,
    }
    let agent = ticket.head.assignee.as_ref()?;
    let notes = with(snapshot.history().on(agent, &ticket.id), settled);
    let notes = &notes[fresh_start(snapshot, ticket, &notes)..];
    let is = |outcome| move |note: &RunNote| note.ended.is_some_and(|(_, other)| other == outcome);
    let lost = in_a_row(notes, is(RunOutcome::Lost));
    if lost >= LOST_MAX {
        return Some(format!("{lost} runs in a row were lost"));
    }
    let failures = in_a_row(notes, failed);
    if failures >= FAILURES_MAX {
        return Some(format!("{failures} runs in a row failed"));
    }
    let idle = in_a_row(notes, |note| !failed(note) && !note.progress);
    if idle >= IDLE_RUNS_MAX {
        return Some(format!("{idle} runs in a row changed nothing"));
    }
    let row = in_a_row(notes, |_| true);
    (row >= RUNS_IN_A_ROW_MAX).then(|| format!("{row} runs in a row did not finish it"))
}

fn block(making: &mut Making<'_>, ticket: &Ticket, agent: &str, why: &str) {
    let text = format!(
        "{why}, so {agent} does not go on by itself. Say in this thread what should be different, or set `status: todo` to let it try again."
    );
    blocked(making, ticket, why, text);
}

/// Blocks a ticket that nobody can work on until somebody does something about its folder.
fn stuck(making: &mut Making<'_>, ticket: &Ticket, trouble: &str) {
    let text = format!("{trouble} Then set `status: todo`. Nothing of the work is lost.");
    let why = trouble.split(['.', ';']).next().unwrap_or(trouble).to_owned();
    blocked(making, ticket, &why, text);
}

fn blocked(making: &mut Making<'_>, ticket: &Ticket, why: &str, text: String) {
    let told = making.told_before(ticket);
    making.status(ticket, TicketStatus::Blocked);
    let person = making.snapshot.company.first_in_charge().map(|person| person.id.clone());
    if person.is_some() && ticket.head.unblock_owner != person {
        making.change(&ticket.id, TicketChange::UnblockOwner(person));
    }
    let id = &ticket.id;
    making.notice(ticket, &text);
    if !told {
        let title = format!("{id} is blocked: {why}");
        making.tell(NotifyEvent::Blocked, format!("blocked:{id}"), title, text);
    }
}

/// What the commit says: "cto finishes a run on ACME-12", "the run of cto on ACME-12 is lost".
fn subject(run: &Run, end: &End) -> String {
    let agent = run.agent();
    let on = run.ticket.as_ref().map(|ticket| format!(" on {ticket}")).unwrap_or_default();
    match end.outcome {
        RunOutcome::Succeeded => format!("{agent} finishes a run{on}"),
        RunOutcome::Failed => format!("a run of {agent}{on} fails"),
        RunOutcome::Cancelled => format!("a run of {agent}{on} was stopped"),
        RunOutcome::TimedOut => format!("a run of {agent}{on} took too long"),
        RunOutcome::Interrupted => format!("a run of {agent}{on} was interrupted"),
        RunOutcome::Lost => format!("a run of {agent}{on} is lost"),
    }
}
