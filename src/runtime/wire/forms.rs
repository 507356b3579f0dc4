//! What is filled in for a request: a question to the board, what becomes of a ticket, its stages, a price. Words as people and
//! agents write them; what they mean is read where they are decided upon.

use serde::{Deserialize, Serialize};

/// What the board is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Question {
    /// `hire`, `strategy`, `budget_override`, `agent_edit` or `request`.
    pub kind: String,
    /// What is asked, in a few words.
    pub title: String,
    /// What is asked and why, in full.
    pub body: String,
    /// The ticket it is about.
    pub ticket: Option<String>,
    /// The agent it is about.
    pub agent: Option<String>,
    /// The branch or commit that is put before the board.
    pub proposal: Option<String>,
    /// Who may decide; empty: everyone on the board whose role allows it.
    pub deciders: Vec<String>,
    /// How many of them are needed.
    pub needs: Option<u64>,
    /// When it lapses.
    pub expires: Option<String>,
}

/// What becomes of a ticket; what is left out stays. An empty word takes the key away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TicketEdit {
    /// What is wanted, in a few words.
    pub title: Option<String>,
    /// What is wanted, in full.
    pub body: Option<String>,
    /// Where it stands.
    pub status: Option<String>,
    /// Whether a closed ticket may be opened again.
    pub reopen: bool,
    /// How urgent it is.
    pub priority: Option<String>,
    /// Who does it.
    pub assignee: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// The goal.
    pub goal: Option<String>,
    /// The ticket it is a part of.
    pub parent: Option<String>,
    /// Who unblocks it.
    pub unblock_owner: Option<String>,
    /// Labels it gets.
    pub label: Vec<String>,
    /// Labels it loses.
    pub unlabel: Vec<String>,
    /// Tickets it waits for from now on.
    pub wait_for: Vec<String>,
    /// Tickets it waits for no longer.
    pub not_wait_for: Vec<String>,
    /// Who judges it when somebody says done, stage by stage; an empty list: nobody.
    pub stages: Option<Vec<StageTag>>,
}

/// A stage that a ticket passes through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StageTag {
    /// Whether it is an approval; otherwise a review.
    pub approval: bool,
    /// Who takes part.
    pub who: Vec<String>,
    /// How many of them are needed; one, if it is left out.
    pub needs: Option<u64>,
}

impl StageTag {
    /// A review and then an approval, each if somebody is named for it.
    pub fn list(review: Vec<String>, approval: Vec<String>, needs: Option<u64>) -> Vec<Self> {
        let stages =
            [Self { approval: false, who: review, needs: None }, Self { approval: true, who: approval, needs }];
        stages.into_iter().filter(|stage| !stage.who.is_empty()).collect()
    }
}

/// What a million tokens of a model cost, each amount as in `3.00 USD`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PriceTag {
    /// The model, as its program names it.
    pub model: String,
    /// Who provides it; whoever does, if it is left out.
    pub provider: Option<String>,
    /// From when on; always, if it is left out.
    pub from: Option<String>,
    /// What is read.
    pub input: String,
    /// What is read from the cache; as `input`, if it is left out.
    pub cached_input: Option<String>,
    /// What is written to the cache; as `input`, if it is left out.
    pub cache_write: Option<String>,
    /// What is written.
    pub output: String,
}
