//! Telling the board what was put aside for it, beside deciding: one message for each channel at a time.

use super::company::Company;
use super::letters::Letter;
use crate::runtime::notify::deliver::{Sender, deliver};
use crate::runtime::notify::{self, Message};
use crate::runtime::secrets::elsewhere::Signing;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What the board is being told.
#[derive(Debug, Default)]
pub(super) struct Telling {
    /// Channels that speak.
    busy: BTreeSet<String>,
    /// Not to look before: most of the time nothing waits, and a look reads folders.
    not_before: Option<Timestamp>,
    /// Something may have been put aside since the last look.
    stirred: bool,
}

/// Between two looks for what other processes put aside, in milliseconds.
const LOOK_MS: i64 = 5_000;

impl Telling {
    /// Whether something is being told.
    pub(super) fn is_busy(&self) -> bool {
        !self.busy.is_empty()
    }
}

impl Company<'_> {
    /// Begins to tell what is due; returns when to look again. By a clock that stands nothing is told.
    pub(super) fn tell(&mut self) -> Option<Timestamp> {
        if self.office.snapshot().company.notify.is_empty() || !self.office.is_by_the_machine() {
            return None;
        }
        let now = self.office.now();
        let fresh = self.office.take_told();
        if !fresh && !self.telling.stirred && self.telling.not_before.is_some_and(|at| now < at) {
            return self.telling.not_before;
        }
        self.telling.stirred = false;
        let channels = &self.office.snapshot().company.notify;
        let (messages, again) = notify::due(&self.office.place, channels, now);
        let from = Sender {
            company: self.office.snapshot().company.name.clone(),
            seconds: now.as_second(),
            root: self.office.place.root.clone(),
        };
        for message in messages {
            if !self.telling.busy.insert(message.key.clone()) {
                continue;
            }
            let (own, from, key) = (self.own.clone(), from.clone(), message.key.clone());
            let signing = self.office.signing(&message.means);
            let work = move || {
                let outcome = deliver(&message, signing.map(Signing::value), &from);
                // A daemon that has gone tells it again the next time.
                drop(own.send(Letter::Told(Box::new(message), outcome)));
            };
            if let Err(error) = std::thread::Builder::new().name("tell".to_owned()).spawn(work) {
                tracing::error!(%error, "the board cannot be told now");
                self.telling.busy.remove(&key);
            }
        }
        let look = super::company::later(now, LOOK_MS);
        self.telling.not_before = Some(again.map_or(look, |again| again.min(look)));
        self.telling.not_before
    }

    /// Notes what became of a message.
    pub(super) fn told(&mut self, message: &Message, outcome: &Result<(), String>) {
        self.telling.busy.remove(&message.key);
        self.telling.stirred = true;
        let channel = notify::words(&message.means);
        match outcome {
            Ok(()) => tracing::info!(about = message.news.about, "told by {channel}"),
            Err(why) => tracing::warn!(about = message.news.about, "{channel} does not work: {why}"),
        }
        if let Err(error) = notify::came(&self.office.place, message, outcome, self.office.now()) {
            tracing::error!(%error, "that the board was told cannot be noted");
        }
    }
}
