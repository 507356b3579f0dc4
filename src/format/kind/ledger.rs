//! The ledger: `ledger/open/<run>.json` and the sealed `ledger/<month>/<day>-<n>.jsonl`. Written by the program.

use crate::format::record::choice_fields;
use crate::model::money::Count;
use crate::model::time::Instant;
use crate::model::{Money, RunId, Slug, TicketId};
use crate::{choice, record};

record! {
    /// One line of the ledger: what a run reserved and spent. An open run is a file of its own with the same keys.
    pub struct LedgerLine {
        /// The line's id; a line with a known id is never counted twice.
        "id" => id: String, required;
        /// What the line says. Default `run`.
        "kind" => kind: LineKind;
        /// The run.
        "run" => run: RunId, required;
        /// The agent.
        "agent" => agent: Slug, required;
        /// The ticket it worked on.
        "ticket" => ticket: TicketId;
        /// The ticket's project at the time.
        "project" => project: Slug;
        /// The ticket's goal at the time.
        "goal" => goal: Slug;
        /// The routine that started it.
        "routine" => routine: Slug;
        /// Whose model it used.
        "provider" => provider: String;
        /// The model.
        "model" => model: String;
        /// How it is paid for.
        "billing" => billing: Billing;
        /// What was reserved when it was announced.
        "reserved" => reserved: Reservation;
        /// What it used.
        "usage" => usage: Usage;
        /// What it cost; without it the price is unknown and the reservation stays spent.
        "cost" => cost: Money;
        /// Whether the runtime named the cost or it was computed from prices.
        "cost_source" => cost_source: String;
        /// How it ended; without it the run is still open.
        "outcome" => outcome: RunOutcome;
        /// When it was announced.
        "announced" => announced: Instant;
        /// When its process started.
        "started" => started: Instant;
        /// When it ended.
        "ended" => ended: Instant;
        /// The SHA-256 of its transcript.
        "transcript" => transcript: String;
        /// The line this one corrects.
        "corrects" => corrects: String;
    }
}

choice! {
    /// What a line of the ledger says.
    pub enum LineKind {
        /// What a run cost.
        "run" => Run,
        /// A correction of an earlier line.
        "correction" => Correction,
    }
}

record! {
    /// What was reserved for a run.
    pub struct Reservation {
        /// Money.
        "money" => money: Money;
        /// Tokens.
        "tokens" => tokens: Count;
    }
}

record! {
    /// What a run used, in tokens.
    pub struct Usage {
        /// Input tokens that were not in the cache.
        "input" => input: Count;
        /// Input tokens read from the cache.
        "cached_input" => cached_input: Count;
        /// Tokens written to the cache.
        "cache_write" => cache_write: Count;
        /// Output tokens.
        "output" => output: Count;
    }
}

choice! {
    /// How a run is paid for.
    pub enum Billing {
        "metered" => Metered, "subscription" => Subscription, "credits" => Credits, "fixed" => Fixed, "unknown" => Unknown,
    }
}

choice! {
    /// How a run ended.
    pub enum RunOutcome {
        "succeeded" => Succeeded, "failed" => Failed, "cancelled" => Cancelled, "timed_out" => TimedOut,
        "interrupted" => Interrupted, "lost" => Lost,
    }
}

choice_fields!(Billing, RunOutcome, LineKind);
