//! What was spent, by scope and time: a fold over the ledger that answers any window without going through the runs.

use crate::model::budget::Scope;
use crate::model::run::{Ceiling, Run, Spent};
use crate::model::{Currency, Money};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The grain of time in which spending is added up, in seconds. Every zone's days begin on such a quarter of an hour; a
/// rolling window is rounded outwards to it.
pub const GRAIN_SECONDS: i64 = 900;

/// Money, tokens and runs, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Money by currency, in millionths.
    pub money: BTreeMap<Currency, i128>,
    /// Tokens.
    pub tokens: i128,
    /// Runs.
    pub runs: i128,
    /// Those of them whose cost is not known, and which count with what was reserved for them.
    pub unpriced: i128,
}

impl Sum {
    /// What `currency` comes to, in millionths.
    pub fn micro(&self, currency: Currency) -> i128 {
        self.money.get(&currency).copied().unwrap_or(0)
    }

    /// Adds `other`, `times` over; -1 takes it away.
    pub fn add(&mut self, other: &Self, times: i128) {
        for (currency, micro) in &other.money {
            let sum = self.money.entry(*currency).or_default();
            *sum += micro * times;
            if *sum == 0 {
                self.money.remove(currency);
            }
        }
        self.tokens += other.tokens * times;
        self.runs += other.runs * times;
        self.unpriced += other.unpriced * times;
    }

    fn is_nothing(&self) -> bool {
        self.money.is_empty() && self.tokens == 0 && self.runs == 0 && self.unpriced == 0
    }

    /// What one run with this ceiling may come to.
    pub fn of_ceiling(ceiling: &Ceiling) -> Self {
        let mut sum = Self { runs: 1, tokens: i128::from(ceiling.tokens.unwrap_or(0)), ..Self::default() };
        sum.put(ceiling.money);
        sum
    }

    /// What a settled run came to. What is not known counts as it was reserved.
    pub fn of_spent(spent: &Spent, reserved: &Ceiling) -> Self {
        let tokens = spent.usage.map_or(reserved.tokens.unwrap_or(0), |usage| usage.total());
        let unpriced = i128::from(spent.cost.is_none());
        let mut sum = Self { runs: 1, tokens: i128::from(tokens), unpriced, ..Self::default() };
        sum.put(spent.cost.or(reserved.money));
        sum
    }

    fn put(&mut self, money: Option<Money>) {
        if let Some(money) = money.filter(|money| money.micro() != 0) {
            self.money.insert(money.currency(), i128::from(money.micro()));
        }
    }
}

/// What was spent in one quarter of an hour. There are very many of them, so it is kept small: nearly always there is one currency,
/// and the figures are no larger than a number of eight bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    Small { currency: Option<Currency>, micro: i64, tokens: i64, runs: i32, unpriced: i32 },
    Large(Box<Sum>),
}

impl Part {
    fn of(sum: Sum) -> Self {
        let small = || {
            let mut money = sum.money.iter();
            let (currency, micro) = match (money.next(), money.next()) {
                (None, _) => (None, 0),
                (Some((currency, micro)), None) => (Some(*currency), i64::try_from(*micro).ok()?),
                (Some(_), Some(_)) => return None,
            };
            let (runs, unpriced) = (i32::try_from(sum.runs).ok()?, i32::try_from(sum.unpriced).ok()?);
            Some(Self::Small { currency, micro, tokens: i64::try_from(sum.tokens).ok()?, runs, unpriced })
        };
        small().unwrap_or_else(|| Self::Large(Box::new(sum)))
    }

    fn sum(&self) -> Sum {
        match self {
            Self::Small { currency, micro, tokens, runs, unpriced } => Sum {
                money: currency.map(|currency| (currency, i128::from(*micro))).into_iter().collect(),
                tokens: i128::from(*tokens),
                runs: i128::from(*runs),
                unpriced: i128::from(*unpriced),
            },
            Self::Large(sum) => (**sum).clone(),
        }
    }

    /// Adds it to a sum.
    fn add_to(&self, sum: &mut Sum) {
        match self {
            Self::Small { currency, micro, tokens, runs, unpriced } => {
                if let Some(currency) = currency {
                    let money = sum.money.entry(*currency).or_default();
                    *money += i128::from(*micro);
                    if *money == 0 {
                        sum.money.remove(currency);
                    }
                }
                sum.tokens += i128::from(*tokens);
                sum.runs += i128::from(*runs);
                sum.unpriced += i128::from(*unpriced);
            }
            Self::Large(other) => sum.add(other, 1),
        }
    }
}

/// What was spent in one scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Account {
    ever: Sum,
    /// By quarters of an hour, oldest first.
    grains: Vec<(i64, Part)>,
}

impl Account {
    /// Adds a part, `times` over. Whether nothing is left then.
    fn add(&mut self, grain: i64, sum: &Sum, times: i128) -> bool {
        self.ever.add(sum, times);
        match self.grains.binary_search_by_key(&grain, |(grain, _)| *grain) {
            Ok(at) => {
                let mut part = self.grains[at].1.sum();
                part.add(sum, times);
                if part.is_nothing() {
                    self.grains.remove(at);
                } else {
                    self.grains[at].1 = Part::of(part);
                }
            }
            Err(at) => {
                let mut part = Sum::default();
                part.add(sum, times);
                if !part.is_nothing() {
                    self.grains.insert(at, (grain, Part::of(part)));
                }
            }
        }
        self.grains.is_empty() && self.ever.is_nothing()
    }

    fn since(&self, since: Timestamp) -> &[(i64, Part)] {
        let first = grain(since);
        &self.grains[self.grains.partition_point(|(grain, _)| *grain < first)..]
    }

    fn spent(&self, since: Option<Timestamp>) -> Sum {
        let Some(since) = since else { return self.ever.clone() };
        let mut sum = Sum::default();
        self.since(since).iter().for_each(|(_, part)| part.add_to(&mut sum));
        sum
    }
}

/// What was spent, by scope and time of announcement. Teams have no account: they are the sum of their members.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Shared with other snapshots of the company as long as nothing is added.
    accounts: BTreeMap<Scope, Arc<Account>>,
    /// The same by model; runs that named none have an empty name.
    models: BTreeMap<String, Arc<Account>>,
}

impl Tally {
    /// Adds what a run came to, or takes it away again (`times` -1).
    pub(super) fn add(&mut self, run: &Run, spent: &Spent, times: i128) {
        let Some(announced) = run.announced() else { return };
        let sum = Sum::of_spent(spent, &run.reserved);
        let grain = grain(announced);
        for scope in scopes(run) {
            if Arc::make_mut(self.accounts.entry(scope.clone()).or_default()).add(grain, &sum, times) {
                self.accounts.remove(&scope);
            }
        }
        let model = spent.model.clone().unwrap_or_default();
        if Arc::make_mut(self.models.entry(model.clone()).or_default()).add(grain, &sum, times) {
            self.models.remove(&model);
        }
    }

    /// What was spent in `scope` by runs announced at or after `since`; `None`: ever.
    pub fn spent(&self, scope: &Scope, since: Option<Timestamp>) -> Sum {
        self.accounts.get(scope).map(|account| account.spent(since)).unwrap_or_default()
    }

    /// What was spent in each scope, in the order of scopes, by runs announced at or after `since`.
    pub fn scopes(&self, since: Option<Timestamp>) -> impl Iterator<Item = (&Scope, Sum)> {
        self.accounts.iter().map(move |(scope, account)| (scope, account.spent(since)))
    }

    /// What was spent on each model; runs that named none stand under an empty name.
    pub fn models(&self, since: Option<Timestamp>) -> impl Iterator<Item = (&str, Sum)> {
        self.models.iter().map(move |(model, account)| (model.as_str(), account.spent(since)))
    }

    /// The grains of `scope` at or after `since`, by the instant they begin: what a rolling window will let go of first.
    pub fn parts(&self, scope: &Scope, since: Timestamp) -> impl Iterator<Item = (Timestamp, Sum)> {
        let grains = self.accounts.get(scope).map(|account| account.since(since));
        grains.into_iter().flatten().filter_map(|(grain, part)| {
            Timestamp::from_second(grain.saturating_mul(GRAIN_SECONDS)).ok().map(|at| (at, part.sum()))
        })
    }
}

fn grain(at: Timestamp) -> i64 {
    at.as_second().div_euclid(GRAIN_SECONDS)
}

/// The scopes a run has an account in.
fn scopes(run: &Run) -> impl Iterator<Item = Scope> {
    [
        Some(Scope::Company),
        Some(Scope::Agent(run.agent().clone())),
        run.project.clone().map(Scope::Project),
        run.goal.clone().map(Scope::Goal),
        run.routine.clone().map(Scope::Routine),
        run.ticket.clone().map(Scope::Ticket),
    ]
    .into_iter()
    .flatten()
}
