//! Letters: what happens around a company, read by its thread in batches.

use super::company::Company;
use super::upkeep::{Came, Job};
use crate::model::local::Looked;
use crate::model::{RunId, TicketId};
use crate::runtime::notify::Message;
use crate::runtime::office::Asked;
use crate::runtime::run::Alive;
use crate::runtime::secrets::elsewhere::Fetched;
use crate::runtime::wire::{Ask, Reply, Request};
use tokio::sync::oneshot;

/// Something that happened.
#[derive(Debug)]
pub(super) enum Letter {
    /// Somebody asks.
    Ask(Box<Request>, oneshot::Sender<Reply>),
    /// A run's supervisor is gone; its lock proves it.
    Over(RunId, Alive),
    /// What a ticket has to come with was looked at.
    Looked(TicketId, Looked),
    /// The same of tickets that a run which is over had asked to be done.
    LookedAfter(RunId, Alive, Vec<(TicketId, Looked)>),
    /// What a run needs of what is elsewhere came, or did not.
    Fetched(RunId, Fetched),
    /// The board was told something, or not.
    Told(Box<Message>, Result<(), String>),
    /// What is done beside deciding is done.
    Kept(Job, Came),
    /// Something may have happened in the work tree, or to the branch.
    Hint,
    /// It is time to go.
    Quit,
}

impl Company<'_> {
    /// Does what a batch of letters says. False: it is time to go.
    pub(super) fn read(&mut self, batch: Vec<Letter>) -> bool {
        let mut stay = true;
        let mut callers = Vec::new();
        let mut requests = Vec::new();
        let mut looked = Vec::new();
        for letter in batch {
            match letter {
                Letter::Ask(request, reply) => match self.office.admit(&request) {
                    Ok(None) => {
                        callers.push(reply);
                        requests.push(Asked::Request(*request));
                    }
                    // Whoever asked and is gone needs no answer; so it is below.
                    Ok(Some(mut answer)) => {
                        if let (Ask::Status, Some(upkeep), Reply::Ok(serde_json::Value::Object(said))) =
                            (&request.ask, &self.upkeep, &mut answer)
                        {
                            said.insert("upkeep".to_owned(), upkeep.status());
                        }
                        drop(reply.send(answer));
                    }
                    Err(why) => drop(reply.send(Reply::Refused(why))),
                },
                // Waking is all it is for: the next look takes what was hinted at.
                Letter::Hint => {}
                Letter::Over(run, proof) => drop(self.over.insert(run, proof)),
                Letter::Fetched(run, fetched) => {
                    let failed = self.office.fetched(run, &fetched);
                    self.happened(failed);
                }
                Letter::Told(message, outcome) => self.told(&message, &outcome),
                Letter::Looked(ticket, found) => looked.push((ticket, found)),
                Letter::LookedAfter(run, proof, found) => {
                    self.over.insert(run.clone(), proof);
                    self.looked_after(run, found);
                }
                Letter::Kept(job, came) => self.came(job, came),
                Letter::Quit => stay = false,
            }
        }
        self.asked(requests, callers);
        for (ticket, found) in looked {
            self.looked(ticket, &found);
        }
        let again = std::mem::take(&mut self.again);
        self.happened(again);
        self.settle();
        stay
    }

    /// Settles the runs that are over: all that ended in the same moment share one barrier.
    fn settle(&mut self) {
        let mut ended = Vec::new();
        let mut facts = Vec::new();
        for (run, proof) in std::mem::take(&mut self.over) {
            let found = self.looking.known.remove(&run);
            let unseen = if found.is_none() { self.office.kept_looks(&run) } else { Vec::new() };
            if !unseen.is_empty() {
                self.look_after(run, proof, unseen);
                continue;
            }
            facts.extend(found.unwrap_or_default());
            match self.office.over(&run, &proof) {
                Ok(asked) => {
                    self.tally.settled += 1;
                    self.unsealed += 1;
                    ended.extend(asked);
                    self.leftovers.settled();
                }
                Err(error) => {
                    tracing::error!(run = run.as_str(), %error, "a run cannot be settled yet");
                    self.over.insert(run, proof);
                }
            }
        }
        for (ticket, found) in facts {
            self.office.put_looked(ticket, found);
        }
        self.happened(ended);
    }
}
