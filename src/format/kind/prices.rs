//! `prices.yaml`: what this company pays for a model, where it is not the list price.

use crate::model::Money;
use crate::model::time::Instant;
use crate::record;

record! {
    /// Own prices: `prices.yaml`.
    pub struct PricesFile {
        /// The prices; for a model the newest `from` that has begun counts.
        "prices" => prices: Vec<Price>, required;
    }
}

record! {
    /// The price of one model, per million tokens.
    pub struct Price {
        /// The model's name as the runtime reports it.
        "model" => model: String, required;
        /// Who provides it.
        "provider" => provider: String;
        /// From when on. Without it: always.
        "from" => from: Instant;
        /// A million input tokens.
        "input" => input: Money, required;
        /// A million input tokens read from the cache. Default: as `input`.
        "cached_input" => cached_input: Money;
        /// A million tokens written to the cache. Default: as `input`.
        "cache_write" => cache_write: Money;
        /// A million output tokens.
        "output" => output: Money, required;
    }
}
