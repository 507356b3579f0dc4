//! The road: decide, commit, perform. Many at a time, one decided upon what the one before comes to, each a commit of its
//! own, all durable together; nothing is performed and nobody is answered before that.

use super::deliver::ToLook;
use super::{FOR_PEOPLE, Office, OfficeError, Own, asks, message, system, texts};
use crate::engine::{Event, Refusal, Verb, What, decide};
use crate::model::plan::{Answer, Plan};
use crate::model::{Actor, RunId, Slug};
use crate::runtime::holds;
use crate::runtime::wire::{Ask, Reply, Request};
use crate::store::history::Id;
use crate::store::writer::{Committed, How, Mutation, WriteError};
use std::fs::File;
use std::sync::Arc;

/// How often a group is decided again when others commit between.
const TRIES_MAX: usize = 20;

/// Most that is decided and committed together: what one barrier carries without keeping the first waiting.
const GROUP_MAX: usize = 64;

/// Most rounds of "what is due now" in a row: each round starts what the one before made possible.
const ROUNDS_MAX: usize = 1_000;

/// Something to walk the road.
#[derive(Debug, Clone)]
pub enum Asked {
    /// Somebody asks.
    Request(Request),
    /// Something happened.
    Happened(What),
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// It was decided, and what there was to commit is durable.
    Done(Reply),
    /// It was not done.
    Not(Reply),
    /// It cannot be decided before this was looked at. Look, put what was found before whoever decides
    /// ([`Office::put_looked`]), and walk again.
    Look(Box<ToLook>),
    /// It could not be written. Later it may.
    Failed(OfficeError),
}

impl Outcome {
    /// The answer for whoever asked.
    pub fn reply(self) -> Reply {
        match self {
            Self::Done(reply) | Self::Not(reply) => reply,
            Self::Look(look) => Reply::Failed(format!("what {} has to come with was not looked at", look.ticket)),
            Self::Failed(error) => Reply::Failed(error.to_string()),
        }
    }

    /// Whether the road was walked to its end, whatever the answer.
    pub fn is_settled(&self) -> bool {
        !matches!(self, Self::Failed(_) | Self::Look(_))
    }
}

/// One that is decided and waits for its commit.
struct Decided {
    /// Its place among those that were asked.
    at: usize,
    plan: Plan,
    mutation: Mutation,
}

impl Office {
    /// Walks the road with all of `asked`, in order, and answers each.
    pub fn walk(&mut self, asked: &[Asked]) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(asked.len());
        for group in asked.chunks(GROUP_MAX) {
            outcomes.extend(self.group(group));
        }
        self.snapshot.local.looked.clear();
        outcomes
    }

    /// Starts whatever the time has come for, and says when to ask again.
    ///
    /// # Errors
    /// [`OfficeError`].
    pub fn due(&mut self) -> Result<Option<jiff::Timestamp>, OfficeError> {
        for _ in 0..ROUNDS_MAX {
            self.snapshot.put_holds(holds::read(&self.place));
            self.snapshot.put_unopened(self.unopened());
            let touched = self.snapshot.take_touched();
            let pending = self.agenda.look(&self.snapshot, touched, self.clock.now());
            let mut events: Vec<Asked> = pending.due.iter().cloned().map(What::Due).map(Asked::Happened).collect();
            let own: Vec<(RunId, String)> = std::mem::take(&mut self.failed);
            events.extend(own.into_iter().map(|(run, why)| Asked::Happened(self.not_started(run, why))));
            if events.is_empty() {
                return Ok(pending.next);
            }
            let outcomes = self.walk(&events);
            for (asked, outcome) in events.iter().zip(outcomes) {
                match (asked, outcome) {
                    (_, Outcome::Failed(error)) => return Err(error),
                    (Asked::Happened(What::Due(due)), Outcome::Not(reply)) => {
                        tracing::debug!(?due, ?reply, "not now");
                        self.agenda.refused(due);
                    }
                    (_, Outcome::Done(_) | Outcome::Not(_) | Outcome::Look(_)) => {}
                }
            }
        }
        Ok(Some(self.clock.now()))
    }

    fn group(&mut self, asked: &[Asked]) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = asked.iter().map(|_| None).collect();
        for _ in 0..TRIES_MAX {
            match self.attempt(asked, &mut outcomes) {
                Ok(()) => {}
                Err(error) => {
                    let words = error.to_string();
                    let mut first = Some(error);
                    for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_none()) {
                        let again = || OfficeError::System {
                            doing: "write".to_owned(),
                            source: std::io::Error::other(words.clone()),
                        };
                        *outcome = Some(Outcome::Failed(first.take().unwrap_or_else(again)));
                    }
                }
            }
            if outcomes.iter().all(Option::is_some) {
                break;
            }
        }
        let contended = || Outcome::Failed(OfficeError::Write(WriteError::Contended { times: TRIES_MAX }));
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(contended)).collect()
    }

    /// Decides and commits what has no outcome yet. What was decided on something that moved meanwhile stays without.
    fn attempt(&mut self, asked: &[Asked], outcomes: &mut [Option<Outcome>]) -> Result<(), OfficeError> {
        // Others who decide, in other processes, take turns: two who decide at once would both be right, and one of them
        // would have to do it again.
        let _turn = Turn::take(&self.deciding)?;
        self.catch_up()?;
        let mut decided: Vec<Decided> = Vec::new();
        let mut texts = texts::Texts::default();
        for (at, (asked, outcome)) in asked.iter().zip(outcomes.iter_mut()).enumerate() {
            if outcome.is_some() {
                continue;
            }
            self.look_at_proposals(asked);
            match self.decide(asked) {
                Ok((plan, mutation, author)) if plan.edits.is_empty() => {
                    drop((mutation, author));
                    decided.push(Decided { at, plan, mutation: texts::empty(self.clock.now()) });
                }
                Ok((plan, mutation, author)) => {
                    let changes = match texts.changes(&self.force, &self.snapshot, &plan.edits) {
                        Ok(changes) => changes,
                        Err(why) => {
                            *outcome = Some(Outcome::Not(Reply::Refused(why)));
                            continue;
                        }
                    };
                    self.snapshot.apply_all(&plan.edits);
                    let message = message::message(&plan.reason, &mutation);
                    let mutation = Mutation { author, at: self.clock.now(), message, changes };
                    decided.push(Decided { at, plan, mutation });
                }
                Err(no) => *outcome = Some(no),
            }
        }
        let mutations: Vec<Mutation> = decided
            .iter()
            .filter(|decided| !decided.plan.edits.is_empty())
            .map(|decided| decided.mutation.clone())
            .collect();
        let mut own = Own::default();
        let mut answers = if mutations.is_empty() { Vec::new() } else { self.writer.commit(&mutations) }.into_iter();
        let mut tip = None;
        let mut lost = false;
        let mut failed = None;
        let mut effects = Vec::new();
        for decided in decided {
            let Decided { at, plan, mutation } = decided;
            if plan.edits.is_empty() {
                effects.extend(plan.effects);
                outcomes[at] = Some(Outcome::Done(Reply::Ok(asks::answer(&plan.answer))));
                continue;
            }
            match answers.next() {
                Some(Ok(Committed { commit, how: How::Now | How::Nothing, .. })) => {
                    tracing::info!(commit = &commit[..10.min(commit.len())], "{}", plan.reason.subject);
                    effects.extend(plan.effects);
                    outcomes[at] = Some(Outcome::Done(Reply::Ok(asks::answer(&plan.answer))));
                    own.paths.extend(mutation.changes.into_iter().map(|change| change.path));
                    own.commits.extend(Id::from_hex(commit.as_bytes()));
                    tip = Some(commit);
                }
                Some(Ok(Committed { commit, how: How::Before, .. })) => {
                    lost = true;
                    outcomes[at] = Some(Outcome::Done(Reply::Ok(self.answered_before(&commit, &asked[at]))));
                }
                Some(Err(WriteError::Moved { path })) => {
                    tracing::debug!(path, "decided again");
                    lost = true;
                }
                Some(Err(error)) => {
                    lost = true;
                    failed.get_or_insert(error);
                }
                None => lost = true,
            }
        }
        if lost {
            // What was decided upon what did not come to be is forgotten, and what somebody else did instead is theirs.
            self.read_anew();
            let advanced = self.force.advance()?;
            self.take_in(&advanced, &own);
        } else if tip.is_some() {
            let advanced = self.force.advance()?;
            self.take_in(&advanced, &own);
        }
        for effect in effects {
            self.perform(effect);
        }
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }

    /// Decides one.
    fn decide(&self, asked: &Asked) -> Result<(Plan, String, crate::store::found::Author), Outcome> {
        let failed = |error: OfficeError| Outcome::Not(Reply::Failed(error.to_string()));
        let refused = |why: String| Outcome::Not(Reply::Refused(why));
        let nonce = Self::nonce().map_err(failed)?;
        let snapshot = &self.snapshot;
        let (what, mutation, who) = match asked {
            Asked::Happened(what) => (what.clone(), String::new(), None),
            Asked::Request(request) => {
                let by = self.actor(request).map_err(refused)?;
                let hidden = request.run.as_ref().and_then(|_| self.without_values(&request.ask));
                let ask = hidden.as_ref().unwrap_or(&request.ask);
                let verb = asks::verb(ask, snapshot).map_err(refused)?;
                if let (Ask::Attach { content, .. }, Verb::Comment { said, .. }) = (ask, &verb)
                    && let Some((attached, _)) = &said.attached
                    && attached.bytes <= snapshot.company.attachment_bytes
                {
                    self.keep_attachment(content, &attached.sha256).map_err(refused)?;
                }
                (What::Request { by, verb }, request.id.clone(), request.by.as_ref())
            }
        };
        let plan = decide(snapshot, &Event { nonce, what }, self.clock.now()).map_err(|no| self.not(&no))?;
        let author = message::author(&plan.reason.actor, who, snapshot, &self.domain());
        Ok((plan, mutation, author))
    }

    fn not(&self, no: &Refusal) -> Outcome {
        let unseen = match no {
            Refusal::NotLooked(id) => self.snapshot.ticket(id),
            _ => None,
        };
        unseen.map_or_else(|| Outcome::Not(asks::refusal(no)), |ticket| Outcome::Look(Box::new(self.to_look(ticket))))
    }

    /// Who asks.
    pub(super) fn actor(&self, request: &Request) -> Result<Actor, String> {
        match (&request.run, &request.by) {
            (Some(run), _) => {
                let run = self.snapshot.run(run).filter(|run| run.is_open()).ok_or("the run is over")?;
                if !request.ask.is_for_runs() {
                    return Err(FOR_PEOPLE.to_owned());
                }
                Ok(Actor::Agent { agent: run.agent().clone(), run: run.id.clone() })
            }
            (None, Some(who)) => {
                let id =
                    message::person(who, &self.snapshot).ok_or("git has no name for you: `git config user.name`")?;
                Ok(Actor::Person(id))
            }
            (None, None) => Err("it is not said who asks".to_owned()),
        }
    }

    /// What was answered to a request that was done before.
    fn answered_before(&self, commit: &str, asked: &Asked) -> serde_json::Value {
        let Asked::Request(request) = asked else { return asks::answer(&Answer::Already) };
        let found = texts::message_of(self.force.history(), commit);
        let tickets = found.map(|message| message.trailers.tickets).unwrap_or_default();
        asks::from_history(&tickets, &request.ask)
    }

    /// The last part of an agent's address.
    pub(super) fn domain(&self) -> String {
        Slug::from_name(&self.snapshot.company.name).map_or_else(|| "company".to_owned(), |slug| slug.to_string())
    }
}

/// A turn at deciding.
pub(super) struct Turn {
    file: Arc<File>,
}

impl Turn {
    pub(super) fn take(file: &Arc<File>) -> Result<Self, OfficeError> {
        file.lock().map_err(system("wait for others who decide"))?;
        Ok(Self { file: Arc::clone(file) })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // It goes with the file at the latest.
        drop(self.file.unlock());
    }
}
