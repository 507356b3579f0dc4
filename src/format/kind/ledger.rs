//! The ledger: `ledger/open/<run>.json` and the sealed `ledger/<month>/<day>-<n>.jsonl`. Written by the program.

use crate::format::record::choice_fields;
use crate::model::money::Count;
use crate::model::time::Instant;
use crate::model::{ApprovalId, CloneId, Money, RunId, Slug, TicketId};
use crate::record;

pub use crate::model::run::{Billing, LineKind, RunOutcome, WakeCause};

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
        /// Why it was started.
        "wake" => wake: WakeLine;
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
        /// Whether the runtime named the cost (`reported`), it was `computed` from prices, or nobody said what was used and it is
        /// `assumed` to be what was reserved.
        "cost_source" => cost_source: String;
        /// How it ended; without it the run is still open.
        "outcome" => outcome: RunOutcome;
        /// When it was queued, if it had to wait for its turn.
        "queued" => queued: Instant;
        /// The clone that announced it.
        "clone" => clone: CloneId;
        /// When it was announced; without it, the run waits for its turn.
        "announced" => announced: Instant;
        /// When its process started.
        "started" => started: Instant;
        /// When it ended.
        "ended" => ended: Instant;
        /// Whether it changed anything but logs and its own comments.
        "progress" => progress: bool;
        /// Why it ended so, in words.
        "note" => note: String;
        /// For a firing: which trigger of the routine, by what it says.
        "trigger" => trigger: String;
        /// For a firing: the instant it was due.
        "slot" => slot: Instant;
        /// The SHA-256 of its transcript.
        "transcript" => transcript: String;
        /// The conversation with the agent's program that it was in.
        "session" => session: SessionLine;
        /// What held it: the level of confinement that was reached, and by what.
        "confinement" => confinement: String;
        /// The line this one corrects.
        "corrects" => corrects: String;
    }
}

record! {
    /// Why an agent was woken.
    pub struct WakeLine {
        /// The reason.
        "cause" => cause: WakeCause;
        /// The ticket it was about.
        "ticket" => ticket: TicketId;
        /// For a heartbeat: the instant it was due. It is known by it, so that it is never run twice.
        "slot" => slot: Instant;
        /// Who asked, if somebody did.
        "by" => by: Slug;
        /// What was said about it.
        "note" => note: String;
        /// The approval that was decided.
        "approval" => approval: ApprovalId;
        /// The tasks of `HEARTBEAT.md` that were due.
        "tasks" => tasks: Vec<String>;
    }
}

record! {
    /// A conversation with an agent's program.
    pub struct SessionLine {
        /// What the program calls it.
        "id" => id: String;
        /// What it had used since its beginning, if the program counts so: what the run used is what came upon the last
        /// figure of the same conversation.
        "usage" => usage: Usage;
        /// What it had cost since its beginning.
        "cost" => cost: Money;
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

choice_fields!(Billing, RunOutcome, LineKind, WakeCause);
