//! What a run may still spend: its own ceiling, and what is left in every budget it counts in.

use crate::engine::budget::{self, Scopes};
use crate::model::Snapshot;
use crate::model::budget::AtLimit;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a run may still spend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLeft {
    /// The run.
    pub run: String,
    /// The most money this run may spend, which is reserved for it; what it has spent so far is known when it ends.
    pub money: Option<String>,
    /// The same in tokens.
    pub tokens: Option<u64>,
    /// The budgets it counts in.
    pub budgets: Vec<Room>,
}

/// What is left in a budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Whose it is, such as `company` or `agent:cto`.
    pub scope: String,
    /// Over which time.
    pub window: String,
    /// The limit.
    pub limit: String,
    /// What was spent.
    pub spent: String,
    /// What is reserved for runs that go on, this one among them.
    pub reserved: String,
    /// What is neither spent nor reserved.
    pub left: String,
    /// Whether work stops at the limit.
    pub stops: bool,
    /// When its window ends, if it ends at once.
    pub until: Option<Timestamp>,
}

/// What is left for a run.
///
/// # Errors
/// There is no such run.
pub fn left(snapshot: &Snapshot, run: &str, now: Timestamp) -> Result<BudgetLeft, String> {
    let run = snapshot.run(run).ok_or_else(|| format!("there is no run `{run}`"))?;
    let scopes = Scopes::of_run(run);
    let within = snapshot.budgets().iter().filter(|budget| scopes.within(snapshot, &budget.scope));
    let rooms = within.map(|budget| {
        let level = budget::level(snapshot, budget, now);
        let shown = |figure| budget::shown(&budget.limit, figure);
        Room {
            scope: budget.scope.to_string(),
            window: budget.window.to_string(),
            limit: shown(level.limit),
            spent: shown(level.spent),
            reserved: shown(level.reserved),
            left: shown((level.limit - level.spent - level.reserved).max(0)),
            stops: budget.at_limit == AtLimit::Stop,
            until: level.until,
        }
    });
    Ok(BudgetLeft {
        run: run.id.as_str().to_owned(),
        money: run.reserved.money.map(|money| money.to_string()),
        tokens: run.reserved.tokens,
        budgets: rooms.collect(),
    })
}
