//! [`History`]: what the ledger tells about the past, folded so that no question needs all of it.
//!
//! Every run is counted once, by its id, in whatever order lines arrive; a line that goes takes nothing back.

use super::tally::Tally;
use crate::model::heartbeat::HeartbeatState;
use crate::model::run::{Correction, Firing, Run, RunOutcome, RunState, Spent, WakeCause};
use crate::model::session::{SoFar, Talked};
use crate::model::{ApprovalId, RunId, Slug, TicketId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most runs of one agent on one ticket (and without any) that are remembered one by one: more than any rule counts.
pub const NOTES_MAX: usize = 32;

/// What is remembered of one run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunNote {
    /// When it was announced.
    pub announced: Timestamp,
    /// Its id.
    pub id: RunId,
    /// Why it was started.
    pub cause: WakeCause,
    /// When it ended, and how; `None`: it has not.
    pub ended: Option<(Timestamp, RunOutcome)>,
    /// Whether it changed anything but logs and its own comments.
    pub progress: bool,
}

impl RunNote {
    /// What is remembered of a run that was announced.
    pub fn of(run: &Run, announced: Timestamp) -> Self {
        let ended = run.end().map(|end| (end.at, end.outcome));
        Self { announced, id: run.id.clone(), cause: run.wake.cause, ended, progress: run.progress }
    }
}

/// What is remembered of an agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentHistory {
    /// When its last run ended.
    pub last_end: Option<Timestamp>,
    /// When its last run was announced.
    pub last_start: Option<Timestamp>,
    /// The last beat that was run, by the instant it was due.
    pub last_slot: Option<Timestamp>,
    /// When tasks of its `HEARTBEAT.md` last ran and ended well.
    pub tasks: HeartbeatState,
    /// The last runs without a ticket, oldest first.
    pub without_ticket: Vec<RunNote>,
    /// When it was last woken about an approval.
    pub approvals: BTreeMap<ApprovalId, Timestamp>,
    /// What each of its conversations had used since its beginning, by what the program calls it, and when that was said.
    pub talked: BTreeMap<String, (Timestamp, SoFar)>,
}

/// What is remembered of a routine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutineHistory {
    /// The last firing of each trigger, by the instant it was due.
    pub last_slots: BTreeMap<String, Timestamp>,
    /// Firings whose message waits for the assignee's next heartbeat, by the instant they fired.
    pub messages: BTreeMap<Timestamp, Slug>,
}

/// What the ledger tells about the past.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// By agent.
    pub agents: BTreeMap<Slug, AgentHistory>,
    /// The last runs of an agent on a ticket, oldest first.
    pub pairs: BTreeMap<(Slug, TicketId), Arc<Vec<RunNote>>>,
    /// By routine.
    pub routines: BTreeMap<Slug, RoutineHistory>,
    /// What was spent.
    pub tally: Tally,
    /// Beats and firings that came late, by when they were made up for: so that not all are at once.
    pub late: BTreeSet<(Timestamp, RunId)>,
    /// What stands in the place of what a run said it spent.
    corrections: BTreeMap<RunId, Correction>,
    /// Ids that have been counted, each by the beginning of its SHA-256: there are very many, and none is ever asked for.
    counted: BTreeSet<u128>,
}

/// From when on a beat or a firing counts as late, in milliseconds: no daemon that runs is that slow.
pub const LATE_MS: i64 = 120_000;

impl History {
    /// Takes in what a run says now; `before` is what it said, if it was known.
    pub(super) fn run(&mut self, before: Option<&Run>, now: &Run) {
        if let Some(before) = before.filter(|run| run.end().is_some()) {
            self.settle(before, -1);
        }
        self.settle(now, 1);
        self.count(&now.id);
        let Some(announced) = now.announced() else { return };
        let end = now.end();
        let agent = self.agents.entry(now.agent().clone()).or_default();
        agent.last_start = agent.last_start.max(Some(announced));
        agent.last_end = agent.last_end.max(end.map(|end| end.at));
        agent.last_slot = agent.last_slot.max(now.wake.slot);
        if let Some(approval) = &now.wake.approval {
            let seen = agent.approvals.entry(approval.clone()).or_insert(announced);
            *seen = announced.max(*seen);
        }
        if end.is_some_and(|end| end.outcome == RunOutcome::Succeeded) {
            // The beat's own instant and not the start: a start that came some milliseconds after the beat would let the
            // task miss every second one.
            let at = now.wake.slot.unwrap_or(announced).as_millisecond();
            for task in &now.wake.tasks {
                let last = agent.tasks.0.entry(task.clone()).or_insert(at);
                *last = at.max(*last);
            }
        }
        if let Some(end) = end
            && let Some(Talked { id, so_far: Some(so_far) }) = &end.talked
        {
            let last = agent.talked.entry(id.clone()).or_insert((end.at, *so_far));
            if last.0 <= end.at {
                *last = (end.at, *so_far);
            }
        }
        if let Some(slot) = now.wake.slot
            && announced.as_millisecond().saturating_sub(slot.as_millisecond()) >= LATE_MS
        {
            self.late.insert((announced, now.id.clone()));
        }
        let note = RunNote::of(now, announced);
        // A run that took another ticket later counts for the one it was woken for as well: it saw what was said there.
        let tickets: BTreeSet<&TicketId> = now.wake.ticket.iter().chain(&now.ticket).collect();
        for ticket in &tickets {
            let notes = self.pairs.entry((now.agent().clone(), (*ticket).clone())).or_default();
            remember(Arc::make_mut(notes), note.clone());
        }
        let agent = self.agents.entry(now.agent().clone()).or_default();
        if now.wake.ticket.is_none() {
            remember(&mut agent.without_ticket, note);
        }
    }

    /// Takes in a firing.
    pub(super) fn firing(&mut self, firing: &Firing) {
        let routine = self.routines.entry(firing.routine.clone()).or_default();
        let last = routine.last_slots.entry(firing.trigger.clone()).or_insert(firing.slot);
        *last = firing.slot.max(*last);
        if firing.ticket.is_none() {
            routine.messages.insert(firing.at, firing.agent.clone());
        }
        if firing.at.as_millisecond().saturating_sub(firing.slot.as_millisecond()) >= LATE_MS {
            self.late.insert((firing.at, firing.id.clone()));
        }
    }

    /// Takes in a correction of `run`, if that is known.
    pub(super) fn correction(&mut self, correction: &Correction, run: Option<&Arc<Run>>) {
        if let Some(run) = run.filter(|run| run.end().is_some()) {
            self.settle(run, -1);
        }
        self.corrections.insert(correction.run.clone(), correction.clone());
        if let Some(run) = run.filter(|run| run.end().is_some()) {
            self.settle(run, 1);
        }
    }

    /// Whether a line with this id has been counted.
    pub fn has_counted(&self, id: &RunId) -> bool {
        self.counted.contains(&mark(id))
    }

    /// Notes that a line has been counted.
    pub(super) fn count(&mut self, id: &RunId) {
        self.counted.insert(mark(id));
    }

    /// What a settled run came to, as it was last corrected.
    pub fn spent_by<'s>(&'s self, run: &'s Run) -> Option<&'s Spent> {
        let end = run.end()?;
        Some(self.corrections.get(&run.id).map_or(&end.spent, |correction| &correction.spent))
    }

    /// What was last said in the place of what a run said it spent.
    pub fn corrected(&self, run: &RunId) -> Option<&Correction> {
        self.corrections.get(run)
    }

    /// The last runs of `agent` on `ticket`, oldest first.
    pub fn on(&self, agent: &Slug, ticket: &TicketId) -> &[RunNote] {
        self.pairs.get(&(agent.clone(), ticket.clone())).map_or(&[], |notes| notes.as_slice())
    }

    /// What is remembered of an agent.
    pub fn of(&self, agent: &Slug) -> Option<&AgentHistory> {
        self.agents.get(agent)
    }

    /// What a conversation of `agent` had used, as its last run said; `None`: nothing was said of it yet.
    pub fn talked(&self, agent: &Slug, id: &str) -> Option<SoFar> {
        self.of(agent)?.talked.get(id).map(|(_, so_far)| *so_far)
    }

    fn settle(&mut self, run: &Run, times: i128) {
        let RunState::Ended { end, .. } = &run.state else { return };
        let spent = self.corrections.get(&run.id).map_or(&end.spent, |correction| &correction.spent);
        self.tally.add(run, spent, times);
    }
}

/// What an id is known by once it was counted.
fn mark(id: &RunId) -> u128 {
    let hash: [u8; 32] = Sha256::digest(id.as_str()).into();
    hash[..16].iter().fold(0, |mark, byte| mark << 8 | u128::from(*byte))
}

/// Puts a note in its place, or in that of an older one about the same run; the oldest goes when there are too many.
fn remember(notes: &mut Vec<RunNote>, note: RunNote) {
    notes.retain(|other| other.id != note.id);
    let at = notes.partition_point(|other| (other.announced, &other.id) < (note.announced, &note.id));
    notes.insert(at, note);
    if notes.len() > NOTES_MAX {
        notes.remove(0);
    }
}
