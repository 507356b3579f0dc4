//! `approvals/AP-<n>.md`: a decision asked of the board.

use crate::format::record::choice_fields;
use crate::model::approval::Lasts;
use crate::model::budget::{Scope, Window};
use crate::model::money::Amount;
use crate::model::status::ApprovalStatus;
use crate::model::time::Instant;
use crate::model::{ApprovalId, RunId, Slug, TicketId};
use crate::record;

pub use crate::model::approval::{ApprovalKind, Verdict};

record! {
    /// The front matter of an approval. The body says what is asked and why.
    pub struct ApprovalFile {
        /// Its id.
        "id" => id: ApprovalId;
        /// What is asked, in a few words.
        "title" => title: String;
        /// What kind of decision it is.
        "kind" => kind: ApprovalKind;
        /// Where it stands. Default `pending`.
        "status" => status: ApprovalStatus;
        /// Who asks.
        "requested_by" => requested_by: Slug;
        /// The run that asks.
        "run" => run: RunId;
        /// The ticket it is about.
        "ticket" => ticket: TicketId;
        /// The agent it is about.
        "agent" => agent: Slug;
        /// The branch or commit that is put before the board.
        "proposal" => proposal: String;
        /// For a budget: what it holds for.
        "budget" => budget: Scope;
        /// For a budget: the time it holds for.
        "window" => window: Window;
        /// For a budget: its limit when it was asked.
        "limit" => limit: Amount;
        /// For a budget: what the limit is raised to. May be changed together with the decision.
        "raise_to" => raise_to: Amount;
        /// For a budget: whether it is raised for its window or for good. Default `once`.
        "lasts" => lasts: Lasts;
        /// Who may decide. Default: everyone on the board whose role allows it.
        "deciders" => deciders: Vec<Slug>;
        /// How many of them are needed. Default 1.
        "needs" => needs: u64;
        /// What a member of the board decides; setting it decides.
        "decision" => decision: Verdict;
        /// The decisions so far.
        "decisions" => decisions: Vec<Decision>;
        /// When it lapses.
        "expires" => expires: Instant;
        /// When it was asked.
        "created" => created: Instant;
        /// When it was decided, lapsed, or was called off by the board.
        "closed" => closed: Instant;
    }
}

record! {
    /// What one member of the board decided.
    pub struct Decision {
        /// Who.
        "by" => by: Slug, required;
        /// For whom, if delegated.
        "for" => on_behalf_of: Slug;
        /// What.
        "decision" => decision: Verdict, required;
        /// When.
        "at" => at: Instant;
        /// In words.
        "comment" => comment: String;
        /// Why it does not count, if it does not. The program writes it.
        "void" => void: String;
    }
}

choice_fields!(ApprovalKind, Lasts, Verdict);
