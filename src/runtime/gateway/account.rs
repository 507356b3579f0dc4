//! What the requests of a run have come to, and whether there is room for another.

use super::super::run::{Ceiling, Meter};
use crate::adapters::Usage;
use jiff::Timestamp;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What the requests of a run have come to.
#[derive(Debug)]
pub(in crate::runtime) struct Account {
    ceiling: Ceiling,
    meter: Meter,
    state: Mutex<State>,
    /// Told when something has changed that the supervisor should look at.
    pub(in crate::runtime) changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Answers that said what they used, by their place.
    answers: u64,
    used: Usage,
    /// Whether all of it has a price.
    unpriced: bool,
    model: Option<String>,
    limited: Option<Option<Timestamp>>,
    refused: Option<String>,
}

/// What the requests of a run have come to at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::runtime) struct Tally {
    /// Answers that were counted.
    pub answers: u64,
    /// What they used; the cost only if all of it has a price.
    pub used: Usage,
    /// The last model that was named.
    pub model: Option<String>,
    /// That it was told to come back later, and when.
    pub limited: Option<Option<Timestamp>>,
    /// Why a request was refused, if one was.
    pub refused: Option<String>,
}

impl Account {
    pub(super) fn new(ceiling: Ceiling, meter: Meter) -> Self {
        Self { ceiling, meter, state: Mutex::default(), changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another request may go out.
    ///
    /// # Errors
    /// Why not, in words.
    pub(super) fn admits(&self) -> Result<(), String> {
        let mut state = self.state();
        let Some(why) = self.ceiling.reached(&state.used) else { return Ok(()) };
        state.refused.get_or_insert_with(|| why.clone());
        drop(state);
        self.changed.notify_one();
        Err(why)
    }

    /// An answer used this much more than was counted of it before.
    pub(super) fn add(&self, more: &Usage, model: Option<&str>, first: bool) {
        let priced = self.meter.priced(*more, model);
        let mut state = self.state();
        state.answers += u64::from(first);
        state.unpriced |= priced.cost.is_none() && priced.total() > 0;
        state.used.add(&priced);
        if let Some(model) = model {
            state.model = Some(model.to_owned());
        }
        drop(state);
        self.changed.notify_one();
    }

    /// It was told to come back later.
    pub(super) fn limited(&self, until: Option<Timestamp>) {
        let mut state = self.state();
        // The latest word counts.
        state.limited = Some(until.max(state.limited.flatten()));
        drop(state);
        self.changed.notify_one();
    }

    /// What it has come to.
    pub(in crate::runtime) fn tally(&self) -> Tally {
        let state = self.state();
        let mut used = state.used;
        if state.unpriced {
            used.cost = None;
        }
        Tally {
            answers: state.answers,
            used,
            model: state.model.clone(),
            limited: state.limited,
            refused: state.refused.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_after_the_ceiling_is_refused() {
        let ceiling = Ceiling { money: Some("0.50 USD".to_owned()), tokens: None };
        let meter = Meter { provider: Some("openai".to_owned()), ..Meter::default() };
        let account = Account::new(ceiling, meter);
        let request = Usage { input: 100_000, output: 1_000, ..Usage::default() };
        let mut admitted = 0;
        while account.admits().is_ok() {
            account.add(&request, Some("gpt-5"), true);
            admitted += 1;
        }
        // 0.135 each: the fourth goes over.
        let tally = account.tally();
        assert_eq!((admitted, tally.answers), (4, 4));
        assert_eq!(tally.used.cost.unwrap().to_string(), "0.54 USD");
        assert_eq!(tally.refused.unwrap(), "it spent 0.54 USD, and its ceiling is 0.50 USD");
    }

    #[test]
    fn what_has_no_price_is_held_by_tokens() {
        let ceiling = Ceiling { money: Some("0.50 USD".to_owned()), tokens: Some(250) };
        let account = Account::new(ceiling, Meter::default());
        for _ in 0..3 {
            account.admits().unwrap();
            account.add(&Usage { input: 100, ..Usage::default() }, Some("nobody-knows"), true);
        }
        let tally = account.tally();
        assert_eq!(tally.used.cost, None);
        assert_eq!(account.admits().unwrap_err(), "it used 300 tokens, and its ceiling is 250");
    }

    #[test]
    fn of_two_times_to_come_back_the_later_counts() {
        let account = Account::new(Ceiling::default(), Meter::default());
        let at = |second| Timestamp::from_second(second).ok();
        assert_eq!(account.tally().limited, None);
        for (told, expected) in [(None, None), (at(50), at(50)), (at(40), at(50)), (None, at(50))] {
            account.limited(told);
            assert_eq!(account.tally().limited, Some(expected));
        }
    }
}
