//! Who is to be woken, why, and what keeps it from being so: derived from the state, agent by agent.
//!
//! Each source of wakes is a file: [`ticket`] (an agent's own tickets), [`named`] (somebody named or asked it),
//! [`approval`], [`queue`] (somebody asked for it), [`beat`] (its heartbeat), [`stranded`] (others wait for it and it has looked
//! away); [`silent`] tells which runs left no word. They find what there is; [`gate`] holds the
//! rules that may keep it waiting, one function each. The first rule that holds is the answer of [`of_agent`];
//! `engine::explain` goes through all of them.

pub mod approval;
pub mod beat;
pub mod gate;
pub mod named;
pub mod queue;
pub mod silent;
pub mod stranded;
pub mod ticket;

use crate::choice;
use crate::model::run::{Wake, WakeCause};
use crate::model::snapshot::RunNote;
use crate::model::status::Priority;
use crate::model::ticket::Ticket;
use crate::model::{Slug, Snapshot, TicketId};
use jiff::Timestamp;
use std::collections::BTreeSet;

pub use crate::model::agent::Worker;

choice! {
    /// The rules that may keep a run from starting, in the order in which they are asked.
    pub enum Rule {
        /// Only home executes.
        "home" => Home,
        /// The company works.
        "company" => Company,
        /// The machine can carry a run.
        "machine" => Machine,
        /// What holds for everybody can be read.
        "policy" => Policy,
        /// The agent works.
        "agent" => Agent,
        /// The agent's own files can be read.
        "agent-files" => AgentFiles,
        /// A pause after its last run.
        "cooldown" => Cooldown,
        /// The provider of its model takes requests on its account.
        "provider" => Provider,
        /// Runs of this agent at the same time.
        "agent-runs" => AgentRuns,
        /// The ticket is in a state in which it is worked on.
        "ticket" => Ticket,
        /// Nobody else has the ticket.
        "checkout" => Checkout,
        /// What the ticket waits for is done.
        "blockers" => Blockers,
        /// There is something new to do.
        "news" => News,
        /// The agent wants to be woken by this.
        "wake-on" => WakeOn,
        /// The pause after runs that came to nothing.
        "back-off" => BackOff,
        /// Runs on this project at the same time.
        "project-runs" => ProjectRuns,
        /// The secrets it needs can be had.
        "secrets" => Secrets,
        /// Every budget has room.
        "budget" => Budget,
        /// Late beats do not all start at once.
        "late" => Late,
        /// It is the hour for it.
        "active-hours" => ActiveHours,
        /// The heartbeat has something to say.
        "heartbeat" => Heartbeat,
        /// Runs of the company and the machine at the same time.
        "slots" => Slots,
    }
}

/// A rule that keeps something waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The rule.
    pub rule: Rule,
    /// Why, in words: "ACME-3 waits for ACME-2".
    pub words: String,
    /// When asking again may help, if time alone helps.
    pub until: Option<Timestamp>,
    /// Whether the end of another run may help.
    pub room: bool,
    /// Whether the board is to be asked to end it: there is no money left, and it does not know.
    pub unasked: bool,
}

impl Hold {
    /// A rule that holds until something changes.
    pub fn new(rule: Rule, words: impl Into<String>) -> Self {
        Self { rule, words: words.into(), until: None, room: false, unasked: false }
    }

    /// It may be over at `until`.
    #[must_use]
    pub fn until(mut self, until: Option<Timestamp>) -> Self {
        self.until = until;
        self
    }

    /// It may be over when another run ends.
    #[must_use]
    pub fn room(mut self) -> Self {
        self.room = true;
        self
    }
}

/// The order among wakes: the more urgent, then the older.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// How urgent it is.
    pub priority: Priority,
    /// Since when it waits.
    pub since: Option<Timestamp>,
    /// The ticket, so that the order is the same each time.
    pub ticket: Option<TicketId>,
    /// The agent.
    pub agent: Slug,
}

/// A wake, and its place in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its place.
    pub place: Place,
    /// The wake.
    pub wake: Wake,
}

impl Candidate {
    /// A candidate with its place among others.
    pub fn new(wake: Wake, priority: Priority, since: Option<Timestamp>) -> Self {
        let place = Place { priority, since, ticket: wake.ticket.clone(), agent: wake.agent.clone() };
        Self { place, wake }
    }
}

/// What a source of wakes found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A wake that may start as far as its source knows.
    Ready(Candidate),
    /// A wake that a rule keeps waiting.
    Held(Candidate, Hold),
    /// No wake, and why.
    Nothing(Hold),
}

/// What an agent is asked in: the company, the agent, the time.
#[derive(Debug, Clone, Copy)]
pub struct Context<'s> {
    /// The company.
    pub snapshot: &'s Snapshot,
    /// The agent.
    pub worker: Worker<'s>,
    /// Now.
    pub now: Timestamp,
}

/// The wakes of one agent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentWakes {
    /// Those that may start, best first; no more than the agent has room for.
    pub ready: Vec<Candidate>,
    /// When time alone may make more of them ready.
    pub next: Option<Timestamp>,
    /// Whether the end of another run may.
    pub room: bool,
    /// The ticket of a wake that waits for money of which the board is to be asked, if there is such a wake.
    pub unasked: Option<Option<TicketId>>,
}

/// The wakes of one agent: the first that its room allows.
pub fn of_agent(context: Context<'_>) -> AgentWakes {
    let mut wakes = AgentWakes::default();
    let mut free = match gate::agent(context) {
        Ok(free) => free,
        Err(hold) => {
            wakes.note(&hold);
            // A beat that comes while the agent rests is not lost, but somebody has to look again.
            if hold.until.is_none() {
                wakes.next = None;
            }
            return wakes;
        }
    };
    let mut found: Vec<Candidate> = Vec::new();
    let mut take = |wakes: &mut AgentWakes, finding: Finding| match gated(context, finding) {
        Finding::Ready(candidate) => {
            found.push(candidate);
            true
        }
        Finding::Held(candidate, hold) => {
            wakes.note(&hold);
            if hold.unasked {
                wakes.unasked.get_or_insert(candidate.wake.ticket);
            }
            false
        }
        Finding::Nothing(hold) => {
            wakes.note(&hold);
            false
        }
    };
    for finding in others(context) {
        take(&mut wakes, finding);
    }
    // Whatever keeps a beat, the next one takes its place.
    if let Some(settings) = context.worker.beat() {
        wakes.look_at(beat::slots(context, settings).next);
    }
    // Its own tickets are asked in their order, and no further than there is room.
    let mut tickets = free;
    for turn in context.snapshot.index().assigned.get(context.worker.slug).into_iter().flatten() {
        if tickets == 0 {
            break;
        }
        if let Some(ticket) = context.snapshot.ticket(&turn.ticket)
            && take(&mut wakes, ticket::find(context, ticket))
        {
            tickets -= 1;
        }
    }
    found.sort_by(|a, b| a.place.cmp(&b.place).then_with(|| a.wake.cmp(&b.wake)));
    let mut seen = BTreeSet::new();
    for candidate in found {
        // A ticket is worked on once at a time, whatever the reasons are.
        let once = candidate.wake.ticket.clone().is_none_or(|ticket| seen.insert(ticket));
        if free > 0 && once {
            free -= 1;
            wakes.ready.push(candidate);
        }
    }
    wakes
}

/// Every wake there is for an agent besides its own tickets.
pub fn others(context: Context<'_>) -> Vec<Finding> {
    let mut findings = queue::find(context);
    findings.extend(approval::find(context));
    findings.extend(named::find(context));
    findings.extend(stranded::find(context));
    findings.push(beat::find(context));
    findings
}

/// Asks the rules that hold for every wake, after those of its source.
pub fn gated(context: Context<'_>, finding: Finding) -> Finding {
    match finding {
        Finding::Ready(candidate) => match gate::start(context, &candidate.wake) {
            Ok(()) => Finding::Ready(candidate),
            Err(hold) => Finding::Held(candidate, hold),
        },
        Finding::Held(..) | Finding::Nothing(_) => finding,
    }
}

/// The finding for one wake, found again: by agent, cause and ticket.
pub fn again(context: Context<'_>, wake: &Wake) -> Finding {
    let same = |finding: &Finding| match finding {
        Finding::Ready(candidate) | Finding::Held(candidate, _) => {
            let found = &candidate.wake;
            (found.cause, &found.ticket, &found.queued, &found.approval, found.slot)
                == (wake.cause, &wake.ticket, &wake.queued, &wake.approval, wake.slot)
        }
        Finding::Nothing(_) => false,
    };
    let own = wake.ticket.as_ref().and_then(|id| context.snapshot.ticket(id)).filter(|ticket| is_own(context, ticket));
    let own = own.map(|ticket| ticket::find(context, ticket)).filter(same);
    own.or_else(|| others(context).into_iter().find(same))
        .unwrap_or_else(|| Finding::Nothing(Hold::new(Rule::News, "it is not due any more")))
}

/// Whether a ticket is assigned to the agent.
pub fn is_own(context: Context<'_>, ticket: &Ticket) -> bool {
    ticket.head.assignee.as_ref() == Some(context.worker.slug)
}

impl AgentWakes {
    fn note(&mut self, hold: &Hold) {
        self.look_at(hold.until);
        self.room |= hold.room;
    }

    fn look_at(&mut self, at: Option<Timestamp>) {
        self.next = self.next.into_iter().chain(at).min();
    }
}

/// The runs of a pair that count for the breaker: those after the last word of a person and the last notice of the
/// program, which both give a fresh start.
pub fn counted<'s>(snapshot: &'s Snapshot, agent: &Slug, ticket: &Ticket) -> &'s [RunNote] {
    let notes = snapshot.history().on(agent, &ticket.id);
    &notes[fresh_start(snapshot, ticket, notes)..]
}

/// The place of the first note that counts.
pub fn fresh_start(snapshot: &Snapshot, ticket: &Ticket, notes: &[RunNote]) -> usize {
    // A notice that names somebody is work that comes again, and one about a run comes with every run that is like it:
    // neither is a fresh start.
    let word = ticket.thread.iter().rev().find(|entry| {
        let notice = entry.author.as_str() == crate::model::actor::CORP;
        if notice {
            entry.mentions.is_empty() && entry.run.is_none()
        } else {
            snapshot.worker(entry.author.as_str()).is_none()
        }
    });
    let over = |note: &RunNote, at| note.ended.map_or(note.announced, |(end, _)| end) <= at;
    word.map_or(0, |word| notes.iter().rposition(|note| over(note, word.at)).map_or(0, |last| last + 1))
}

/// How many runs at the end of `notes` come one after the other for which `holds` is true. Runs that somebody stopped
/// neither count nor interrupt.
pub fn in_a_row(notes: &[RunNote], holds: impl Fn(&RunNote) -> bool) -> usize {
    let ended = notes.iter().rev().filter(|note| {
        note.ended.is_some_and(|(_, outcome)| {
            use crate::model::run::RunOutcome::{Cancelled, Failed, Interrupted, Lost, Succeeded, TimedOut};
            match outcome {
                Cancelled | Interrupted => false,
                Failed | Lost | Succeeded | TimedOut => true,
            }
        })
    });
    ended.take_while(|note| holds(note)).count()
}

/// An instant as people read it: to the second.
pub fn seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// Whether a note is of a run that failed.
pub fn failed(note: &RunNote) -> bool {
    note.ended.is_some_and(|(_, outcome)| outcome.is_failure())
}

/// Whether a note is of a run that came to nothing: it failed, or changed nothing.
pub fn came_to_nothing(note: &RunNote) -> bool {
    failed(note) || (note.ended.is_some() && !note.progress)
}

/// Whether a run for this cause checks its ticket out: it is to work on it, and not only to answer.
pub fn checks_out(cause: WakeCause) -> bool {
    match cause {
        WakeCause::TicketAssigned
        | WakeCause::TicketContinued
        | WakeCause::TicketRetried
        | WakeCause::Commented
        | WakeCause::BlockersResolved
        | WakeCause::ChildrenDone
        | WakeCause::ApprovalResolved
        | WakeCause::MissingComment
        | WakeCause::Stranded
        | WakeCause::Requested => true,
        WakeCause::Mentioned | WakeCause::Asked | WakeCause::ReviewRequested | WakeCause::Scheduled => false,
    }
}

/// `at` and some milliseconds; the end of the calendar if there is no such instant.
pub fn later(at: Timestamp, ms: u64) -> Timestamp {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    at.checked_add(jiff::SignedDuration::from_millis(ms)).unwrap_or(Timestamp::MAX)
}
