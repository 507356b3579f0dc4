//! By what a run is metered: whose model it uses, what that costs, and the way its requests go.

use crate::adapters::{Usage, Way};
use crate::model::price::{self, Price};
use crate::model::{Money, Scalar as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// By what a run is metered where its program does not name a cost itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// Whose model it uses.
    #[serde(default)]
    pub provider: Option<String>,
    /// How it is paid for.
    #[serde(default)]
    pub billing: Option<String>,
    /// The model it was told to use, for a program that does not say which it uses.
    #[serde(default)]
    pub model: Option<String>,
    /// The company's own prices that were in force when it was announced.
    #[serde(default)]
    pub prices: Vec<Rate>,
    /// Where it is noted that its account was told to come back later.
    #[serde(default)]
    pub hold: Option<PathBuf>,
    /// How what it asks of models goes through the gateway. None: it goes its own ways.
    #[serde(default)]
    pub passage: Option<Passage>,
}

/// How what a run asks of models goes through the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// What its requests show.
    pub token: String,
    /// The APIs, and where they are.
    pub ways: Vec<Way>,
}

/// A price, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// The model.
    pub model: String,
    /// Who provides it.
    pub provider: Option<String>,
    /// A million input tokens.
    pub input: String,
    /// A million input tokens read from the cache.
    pub cached_input: String,
    /// A million tokens written to the cache.
    pub cache_write: String,
    /// A million output tokens.
    pub output: String,
}

impl Meter {
    /// The company's prices as they are at a time: later ones are not written down.
    pub fn rates(prices: &[Price], at: Timestamp) -> Vec<Rate> {
        let begun = |price: &&Price| price.from.is_none_or(|from| from <= at);
        // Of several for one model the newest counts, so that it stands last.
        let mut begun: Vec<&Price> = prices.iter().filter(begun).collect();
        begun.sort_by_key(|price| price.from);
        begun.into_iter().map(Rate::from).collect()
    }

    /// What was used, with what it costs, if it is not said and can be known.
    pub fn priced(&self, mut usage: Usage, model: Option<&str>) -> Usage {
        let Some(model) = model.or(self.model.as_deref()) else { return usage };
        if usage.cost.is_some() || usage.total() == 0 {
            return usage;
        }
        let own: Vec<Price> = self.prices.iter().filter_map(Rate::price).collect();
        let found = price::find(&own, self.provider.as_deref(), model, Timestamp::MAX);
        usage.cost = found.and_then(|(price, _)| price.cost(&usage.tokens()));
        usage
    }
}

impl From<&Price> for Rate {
    fn from(price: &Price) -> Self {
        Self {
            model: price.model.clone(),
            provider: price.provider.clone(),
            input: price.input.to_string(),
            cached_input: price.cached_input.to_string(),
            cache_write: price.cache_write.to_string(),
            output: price.output.to_string(),
        }
    }
}

impl Rate {
    fn price(&self) -> Option<Price> {
        let money = |text: &str| Money::parse(text).ok();
        Some(Price {
            model: self.model.clone(),
            provider: self.provider.clone(),
            from: None,
            input: money(&self.input)?,
            cached_input: money(&self.cached_input)?,
            cache_write: money(&self.cache_write)?,
            output: money(&self.output)?,
        })
    }
}
