//! What the requests of a run have come to, and whether there is room for another.

use super::super::run::{Ceiling, Meter};
use crate::adapters::Usage;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What the requests of a run have come to.
///
/// Of several requests at a time only the last one may pass the ceiling: another goes out beside those that are under way only if
/// there is room even if they come to the most they can ([`super::bound`]). Otherwise it waits until they are answered, and is
/// not refused: helpers of a program that ask at the same time ask one after another near the ceiling.
#[derive(Debug)]
pub(in crate::runtime) struct Account {
    meter: Meter,
    state: Mutex<State>,
    /// Told when a request that waits may have room.
    room: Notify,
    /// Told when something has changed that the supervisor should look at.
    pub(in crate::runtime) changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    ceiling: Ceiling,
    /// Requests that are under way, and the most they can come to.
    flying: BTreeMap<u64, Usage>,
    /// How many went out so far.
    sent: u64,
    /// Answers that said what they used, by their place.
    answers: u64,
    used: Usage,
    /// Whether all of it has a price.
    unpriced: bool,
    model: Option<String>,
    limited: Option<Option<Timestamp>>,
    refused: Option<String>,
}

/// A request that is under way.
#[derive(Debug)]
pub(super) struct Flight<'a> {
    account: &'a Account,
    number: u64,
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.account.state().flying.remove(&self.number);
        self.account.room.notify_waiters();
    }
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
        let state = State { ceiling, ..State::default() };
        Self { meter, state: Mutex::new(state), room: Notify::new(), changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It may spend this much from now on.
    pub(in crate::runtime) fn limit(&self, ceiling: Ceiling) {
        self.state().ceiling = ceiling;
        self.room.notify_waiters();
    }

    /// Lets a request out that can come to at most `bound`, once there is room for it beside those that are under way. It is under
    /// way until what comes back is dropped.
    ///
    /// # Errors
    /// The ceiling is reached; why, in words.
    pub(super) async fn admit(&self, model: Option<&str>, bound: Usage) -> Result<Flight<'_>, String> {
        let bound = self.meter.priced(bound, model);
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            // Before it is looked at whether there is room, so that none that becomes free meanwhile is missed.
            room.as_mut().enable();
            if let Some(flight) = self.fly(bound)? {
                return Ok(flight);
            }
            room.await;
        }
    }

    /// Notes that a request is under way, if there is room for it now.
    fn fly(&self, bound: Usage) -> Result<Option<Flight<'_>>, String> {
        let mut state = self.state();
        if let Some(why) = state.ceiling.reached(&state.used) {
            state.refused.get_or_insert_with(|| why.clone());
            drop(state);
            self.changed.notify_one();
            return Err(why);
        }
        let mut most = state.used;
        for flying in state.flying.values() {
            most.add(flying);
        }
        if !state.flying.is_empty() && state.ceiling.reached(&most).is_some() {
            return Ok(None);
        }
        state.sent += 1;
        let number = state.sent;
        state.flying.insert(number, bound);
        Ok(Some(Flight { account: self, number }))
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
    use proptest::prelude::*;

    #[test]
    fn the_request_after_the_ceiling_is_refused() {
        let ceiling = Ceiling { money: Some("0.50 USD".to_owned()), tokens: None };
        let meter = Meter { provider: Some("openai".to_owned()), ..Meter::default() };
        let account = Account::new(ceiling, meter);
        let request = Usage { input: 100_000, output: 1_000, ..Usage::default() };
        let mut admitted = 0;
        while account.fly(request).is_ok() {
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
            account.fly(Usage::default()).unwrap();
            account.add(&Usage { input: 100, ..Usage::default() }, Some("nobody-knows"), true);
        }
        let tally = account.tally();
        assert_eq!(tally.used.cost, None);
        assert_eq!(account.fly(Usage::default()).unwrap_err(), "it used 300 tokens, and its ceiling is 250");
    }

    /// What one of several runs does next.
    #[derive(Debug, Clone)]
    enum Step {
        /// It asks for a request that comes to this much, in thousandths of a dollar, and can come to so much more.
        Ask(usize, u16, u16),
        /// One of its requests is answered.
        Answer(usize, prop::sample::Index),
        /// One of them is cut before it said anything, and charged by what it can come to.
        Cut(usize, prop::sample::Index),
        /// The board changes what it may spend.
        Limit(usize, u16),
    }

    fn step() -> impl Strategy<Value = Step> {
        let run = || 0..3_usize;
        prop_oneof![
            5 => (run(), 0..400_u16, 0..400_u16).prop_map(|(run, cost, more)| Step::Ask(run, cost, more)),
            4 => (run(), any::<prop::sample::Index>()).prop_map(|(run, which)| Step::Answer(run, which)),
            1 => (run(), any::<prop::sample::Index>()).prop_map(|(run, which)| Step::Cut(run, which)),
            1 => (run(), 0..900_u16).prop_map(|(run, ceiling)| Step::Limit(run, ceiling)),
        ]
    }

    fn cost(thousandths: u16) -> Usage {
        let money = crate::model::Money::from_micro(i64::from(thousandths) * 1_000, crate::model::Currency::USD);
        Usage { input: u64::from(thousandths), cost: Some(money), ..Usage::default() }
    }

    fn ceiling(thousandths: u16) -> Ceiling {
        Ceiling { money: cost(thousandths).cost.map(|money| money.to_string()), tokens: None }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever runs ask for, at the same time or one after another: what they spend together is no more than what they may,
        /// and one request of each of them. (Ask whether there is room for those under way as if they came to nothing, and this
        /// fails.)
        #[test]
        fn no_run_passes_its_ceiling_by_more_than_one_request(
            may in prop::collection::vec(1..900_u16, 3),
            steps in prop::collection::vec(step(), 1..80),
        ) {
            let accounts: Vec<Account> = may.iter().map(|may| Account::new(ceiling(*may), Meter::default())).collect();
            let mut flying: Vec<Vec<(Flight<'_>, u16, u16)>> = vec![Vec::new(), Vec::new(), Vec::new()];
            let (mut spent, mut most, mut dearest) = ([0_u32; 3], [0_u32; 3], [0_u32; 3]);
            for (run, may) in may.iter().enumerate() {
                most[run] = u32::from(*may);
            }
            for step in steps {
                match step {
                    Step::Ask(run, costs, more) => {
                        if let Ok(Some(flight)) = accounts[run].fly(cost(costs + more)) {
                            flying[run].push((flight, costs, costs + more));
                        }
                    }
                    Step::Limit(run, may) => {
                        accounts[run].limit(ceiling(may));
                        // What was spent and let out before stays.
                        let out: u32 = flying[run].iter().map(|(_, _, bound)| u32::from(*bound)).sum();
                        most[run] = most[run].min(spent[run] + out).max(u32::from(may));
                    }
                    Step::Answer(run, _) | Step::Cut(run, _) if flying[run].is_empty() => {}
                    Step::Answer(run, which) | Step::Cut(run, which) => {
                        let at = which.index(flying[run].len());
                        let (flight, costs, bound) = flying[run].remove(at);
                        let costs = if matches!(step, Step::Cut(..)) { bound } else { costs };
                        accounts[run].add(&cost(costs), None, true);
                        drop(flight);
                        spent[run] += u32::from(costs);
                        dearest[run] = dearest[run].max(u32::from(bound));
                    }
                }
            }
            for run in 0..3 {
                prop_assert!(spent[run] <= most[run] + dearest[run], "{} of {}", spent[run], most[run]);
                let counted = accounts[run].tally().used.cost.map_or(0, |cost| cost.micro());
                prop_assert_eq!(counted, i64::from(spent[run]) * 1_000);
            }
        }
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
