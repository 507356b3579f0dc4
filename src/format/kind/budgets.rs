//! `budgets.yaml`: limits on money, tokens and runs.

use crate::format::record::choice_fields;
use crate::model::budget::{Scope, Window};
use crate::model::money::{Amount, Percent};
use crate::record;

pub use crate::model::budget::AtLimit;

record! {
    /// Limits on money, tokens and runs: `budgets.yaml`.
    pub struct BudgetsFile {
        /// The limits; several may hold for one scope, and the tightest wins.
        "budgets" => budgets: Vec<Budget>, required;
    }
}

record! {
    /// One limit.
    pub struct Budget {
        /// What it holds for: `company`, `agent:cto`, `team:…`, `project:…`, `goal:…`, `routine:…` or `ticket:ACME-1`.
        "scope" => scope: Scope, required;
        /// The time it holds for, in the company's zone, by the start of a run.
        "window" => window: Window, required;
        /// The most that may be spent: `200.00 USD`, `5M tokens` or `100 runs`.
        "limit" => limit: Amount, required;
        /// When to tell the board. Default `80%`.
        "warn_at" => warn_at: Percent;
        /// What happens at the limit. Default `stop`.
        "at_limit" => at_limit: AtLimit;
    }
}

choice_fields!(AtLimit);
