//! Looking at what tickets have to come with, beside deciding: commands may take minutes, and nobody else waits for them.

use super::company::Company;
use super::letters::Letter;
use crate::model::local::Looked;
use crate::model::{Actor, RunId, TicketId};
use crate::runtime::office::{Asked, Outcome, ToLook};
use crate::runtime::run::Alive;
use crate::runtime::wire::{Reply, Request};
use std::collections::BTreeMap;
use tokio::sync::oneshot;

/// What is being looked at, and who waits for it.
#[derive(Debug, Default)]
pub(super) struct Looking {
    /// By ticket. Whoever says done meanwhile waits for the same look.
    waiting: BTreeMap<TicketId, Vec<Waiting>>,
    /// Runs that are over, whose tickets are being looked at.
    after: usize,
    /// What was found for runs that are over.
    pub(super) known: BTreeMap<RunId, Vec<(TicketId, Looked)>>,
}

#[derive(Debug)]
enum Waiting {
    /// Somebody who asked.
    Caller(Box<Request>, oneshot::Sender<Reply>),
    /// Somebody set it to done by hand.
    Hand(Actor),
}

impl Looking {
    /// Whether nothing is being looked at.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.after == 0
    }
}

impl Company<'_> {
    /// Answers requests, at once or once what they need was looked at.
    pub(super) fn asked(&mut self, requests: Vec<Asked>, callers: Vec<oneshot::Sender<Reply>>) {
        let outcomes = self.office.walk(&requests);
        for ((outcome, caller), asked) in outcomes.into_iter().zip(callers).zip(requests) {
            match (outcome, asked) {
                (Outcome::Look(look), Asked::Request(request)) => {
                    self.begin_look(*look, Waiting::Caller(Box::new(request), caller));
                }
                // Whoever asked and is gone needs no answer.
                (outcome, _) => drop(caller.send(outcome.reply())),
            }
        }
    }

    /// Begins to look at what was set to done by hand.
    pub(super) fn look_by_hand(&mut self) {
        for (by, look) in self.office.take_looks() {
            self.begin_look(look, Waiting::Hand(by));
        }
    }

    fn begin_look(&mut self, look: ToLook, waiting: Waiting) {
        let ToLook { ticket, what } = look;
        let known = self.looking.waiting.entry(ticket.clone()).or_default();
        known.push(waiting);
        if known.len() > 1 {
            return;
        }
        let (own, about) = (self.own.clone(), ticket.clone());
        // A daemon that goes leaves whoever asked to ask again.
        let work = move || drop(own.send(Letter::Looked(about, what.look())));
        if let Err(error) = std::thread::Builder::new().name(format!("look {ticket}")).spawn(work) {
            tracing::warn!(%error, "what {ticket} has to come with cannot be looked at");
            for waiting in self.looking.waiting.remove(&ticket).into_iter().flatten() {
                if let Waiting::Caller(_, caller) = waiting {
                    drop(
                        caller.send(Reply::Failed(format!(
                            "what {ticket} has to come with cannot be looked at: {error}"
                        ))),
                    );
                }
            }
        }
    }

    /// It was looked at: whoever waits for it is decided upon.
    pub(super) fn looked(&mut self, ticket: TicketId, found: &Looked) {
        let (mut requests, mut callers) = (Vec::new(), Vec::new());
        for waiting in self.looking.waiting.remove(&ticket).unwrap_or_default() {
            match waiting {
                Waiting::Caller(request, caller) => {
                    requests.push(Asked::Request(*request));
                    callers.push(caller);
                }
                Waiting::Hand(by) => {
                    self.office.put_looked(ticket.clone(), found.clone());
                    self.happened(vec![Asked::Happened(crate::engine::What::Looked { ticket: ticket.clone(), by })]);
                }
            }
        }
        self.office.put_looked(ticket, found.clone());
        self.asked(requests, callers);
    }

    /// Looks at what a run that is over had asked to be done, before the run is settled.
    pub(super) fn look_after(&mut self, run: RunId, proof: Alive, unseen: Vec<ToLook>) {
        self.looking.after += 1;
        let own = self.own.clone();
        let name = format!("look after {run}");
        let work = move || {
            let found = unseen.into_iter().map(|look| (look.ticket, look.what.look())).collect();
            drop(own.send(Letter::LookedAfter(run, proof, found)));
        };
        if let Err(error) = std::thread::Builder::new().name(name).spawn(work) {
            self.looking.after -= 1;
            tracing::error!(%error, "a run that is over is found again at the next start");
        }
    }

    /// A run that is over can be settled.
    pub(super) fn looked_after(&mut self, run: RunId, found: Vec<(TicketId, Looked)>) {
        self.looking.after = self.looking.after.saturating_sub(1);
        self.looking.known.insert(run, found);
    }
}
