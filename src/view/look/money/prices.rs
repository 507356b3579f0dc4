//! What models cost here, and which have no price.

use crate::model::Snapshot;
use crate::model::price::{self, CARD, CARD_DATE, Price, PriceSource};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What models cost here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// The prices, the company's own first.
    pub prices: Vec<PriceRow>,
    /// Models that agents are told to use or have used without their cost being known, and that have no price.
    pub unpriced: Vec<Unpriced>,
}

/// The price of a model, per million tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceRow {
    /// The model.
    pub model: String,
    /// Who provides it.
    pub provider: Option<String>,
    /// From when on.
    pub from: Option<Timestamp>,
    /// Input.
    pub input: String,
    /// Input read from the cache.
    pub cached_input: String,
    /// Written to the cache.
    pub cache_write: String,
    /// Output.
    pub output: String,
    /// `prices.yaml`, or the card with its date.
    pub source: String,
    /// Whether it is the one that counts now.
    pub in_force: bool,
}

/// A model without a price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpriced {
    /// The model; empty: its program did not say which it used, and none is set.
    pub model: String,
    /// Runs on it whose cost is not known.
    pub runs: i64,
    /// Agents that are told to use it.
    pub agents: Vec<String>,
}

/// What models cost here now.
pub fn prices(snapshot: &Snapshot, now: Timestamp) -> Prices {
    let own = snapshot.prices();
    let counts = |price: &Price| {
        let found = price::find(own, price.provider.as_deref(), &price.model, now);
        found.is_some_and(|(found, source)| source == PriceSource::Company && *found == *price)
    };
    let mut prices: Vec<PriceRow> =
        own.iter().map(|price| row(price, "prices.yaml".to_owned(), counts(price))).collect();
    prices.extend(CARD.iter().map(|line| {
        let found = price::find(own, Some(line.provider), line.model, now);
        let counts = found.is_some_and(|(_, source)| source == PriceSource::Card);
        row(&line.price(), format!("card of {CARD_DATE}"), counts)
    }));
    let mut models: BTreeSet<String> = BTreeSet::new();
    let unknown: Vec<(&str, i64)> = snapshot
        .history()
        .tally
        .models(None)
        .filter(|(_, sum)| sum.unpriced > 0)
        .map(|(model, sum)| (model, i64::try_from(sum.unpriced).unwrap_or(i64::MAX)))
        .collect();
    models.extend(unknown.iter().map(|(model, _)| (*model).to_owned()));
    let told = |model: &str| -> Vec<String> {
        let uses = snapshot.workers().filter(|worker| worker.adapter().model.as_deref() == Some(model));
        uses.map(|worker| worker.slug.to_string()).collect()
    };
    models.extend(snapshot.workers().filter_map(|worker| worker.adapter().model));
    let unpriced = models
        .into_iter()
        .filter(|model| price::find(own, None, model, now).is_none())
        .map(|model| Unpriced {
            runs: unknown.iter().find(|(name, _)| *name == model).map_or(0, |(_, runs)| *runs),
            agents: if model.is_empty() { Vec::new() } else { told(&model) },
            model,
        })
        .collect();
    Prices { prices, unpriced }
}

fn row(price: &Price, source: String, in_force: bool) -> PriceRow {
    PriceRow {
        model: price.model.clone(),
        provider: price.provider.clone(),
        from: price.from,
        input: price.input.to_string(),
        cached_input: price.cached_input.to_string(),
        cache_write: price.cache_write.to_string(),
        output: price.output.to_string(),
        source,
        in_force,
    }
}
