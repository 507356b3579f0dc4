//! Where every budget stands.

use crate::engine::budget::{self, Level, Scopes, limit_of as figure_of, shown};
use crate::model::Snapshot;
use crate::model::budget::{Budget, Window};
use crate::model::money::Amount;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A budget at this moment. Amounts are in the words of its limit, and as whole numbers in millionths of a currency's
/// unit, tokens or runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetRow {
    /// What it holds for.
    pub scope: String,
    /// The time it holds for.
    pub window: String,
    /// `money`, `tokens` or `runs`.
    pub unit: String,
    /// What happens at the limit.
    pub at_limit: String,
    /// `ok`; `warn` from the share on at which the board is told; `full` where nothing more fits.
    pub state: String,
    /// The limit, what was spent, what is reserved, what is left.
    pub limit: Figure,
    /// What the limit is in `budgets.yaml`, where the board raised it for this window.
    pub raised_from: Option<Figure>,
    /// What was spent.
    pub spent: Figure,
    /// What is reserved for runs that are going on.
    pub reserved: Figure,
    /// What is left.
    pub left: Figure,
    /// The share that is spent or reserved, in percent.
    pub percent: u64,
    /// When its window began.
    pub since: Option<Timestamp>,
    /// When its window ends.
    pub until: Option<Timestamp>,
    /// What will have been spent when the window ends, if it goes on like this.
    pub forecast: Option<Figure>,
}

/// What a run may still spend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLeft {
    /// The run.
    pub run: String,
    /// The most money this run may spend, which is reserved for it; what it has spent so far is known when it ends.
    pub money: Option<String>,
    /// The same in tokens.
    pub tokens: Option<u64>,
    /// The budgets it counts in, the tightest first. What is reserved in them is for this run as well.
    pub budgets: Vec<BudgetRow>,
}

/// An amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// In words.
    pub shown: String,
    /// As a whole number.
    pub amount: i64,
}

/// The least part of a window that must be over before it says something about the rest, in thousandths: what was spent
/// in the first minutes of a month tells nothing.
const FORECAST_AFTER: i128 = 20;

/// Every budget, the tightest first.
pub fn rows(snapshot: &Snapshot, now: Timestamp) -> Vec<BudgetRow> {
    of(snapshot, |_| true, now)
}

/// What is left for a run.
///
/// # Errors
/// There is no such run.
pub fn left(snapshot: &Snapshot, run: &str, now: Timestamp) -> Result<BudgetLeft, String> {
    let run = snapshot.run(run).ok_or_else(|| format!("there is no run `{run}`"))?;
    let scopes = Scopes::of_run(run);
    Ok(BudgetLeft {
        run: run.id.to_string(),
        money: run.reserved.money.map(|money| money.to_string()),
        tokens: run.reserved.tokens,
        budgets: of(snapshot, |budget| scopes.within(snapshot, &budget.scope), now),
    })
}

fn of(snapshot: &Snapshot, which: impl Fn(&Budget) -> bool, now: Timestamp) -> Vec<BudgetRow> {
    let budgets = snapshot.budgets().iter().filter(|budget| which(budget));
    let mut rows: Vec<BudgetRow> = budgets.map(|budget| row(snapshot, budget, now)).collect();
    rows.sort_by(|one, other| other.percent.cmp(&one.percent).then_with(|| one.scope.cmp(&other.scope)));
    rows
}

fn row(snapshot: &Snapshot, budget: &Budget, now: Timestamp) -> BudgetRow {
    let level = budget::level(snapshot, budget, now);
    let figure = |amount: i128| Figure {
        shown: shown(&budget.limit, amount),
        amount: i64::try_from(amount).unwrap_or(if amount < 0 { i64::MIN } else { i64::MAX }),
    };
    let taken = level.spent + level.reserved;
    let percent = match level.limit {
        0 if taken == 0 => 100,
        0 => 999,
        limit => u64::try_from(taken * 100 / limit).unwrap_or(0),
    };
    let warn = percent >= u64::from(budget.warn_at.0);
    BudgetRow {
        scope: budget.scope.to_string(),
        window: budget.window.to_string(),
        unit: match budget.limit {
            Amount::Money(_) => "money",
            Amount::Tokens(_) => "tokens",
            Amount::Runs(_) => "runs",
        }
        .to_owned(),
        at_limit: budget.at_limit.to_string(),
        state: if taken >= level.limit {
            "full"
        } else if warn {
            "warn"
        } else {
            "ok"
        }
        .to_owned(),
        limit: figure(level.limit),
        raised_from: (figure_of(&budget.limit) != level.limit).then(|| figure(figure_of(&budget.limit))),
        spent: figure(level.spent),
        reserved: figure(level.reserved),
        left: figure((level.limit - taken).max(0)),
        percent,
        since: level.since,
        until: level.until,
        forecast: forecast(budget, &level, now).map(|amount| figure(rounded(&budget.limit, amount))),
    }
}

/// A guess in hundredths of a currency's unit: more would look like knowledge.
fn rounded(limit: &Amount, amount: i128) -> i128 {
    match limit {
        Amount::Money(_) => amount / 10_000 * 10_000,
        Amount::Tokens(_) | Amount::Runs(_) => amount,
    }
}

/// What will have been spent at the end of a calendar window if the rest of it goes like what is over.
fn forecast(budget: &Budget, level: &Level, now: Timestamp) -> Option<i128> {
    match budget.window {
        Window::Day | Window::Week | Window::Month => {}
        Window::Lifetime | Window::Rolling(_) => return None,
    }
    let (since, until) = (level.since?, level.until?);
    let over = i128::from(now.as_second() - since.as_second());
    let whole = i128::from(until.as_second() - since.as_second());
    (over > 0 && over * 1_000 >= whole * FORECAST_AFTER).then(|| level.spent * whole / over)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::{at, company, happen, ticket};
    use crate::engine::{What, pending};
    use crate::model::Scalar as _;
    use crate::model::budget::{AtLimit, Scope};
    use crate::model::money::Percent;
    use crate::model::status::TicketStatus;

    #[test]
    fn the_tightest_is_first_and_says_what_is_left() {
        let mut snapshot = company();
        let limit = |scope: &str, window: &str, limit: &str| Budget {
            scope: Scope::parse(scope).unwrap(),
            window: Window::parse(window).unwrap(),
            limit: Amount::parse(limit).unwrap(),
            warn_at: Percent(80),
            at_limit: AtLimit::Stop,
        };
        snapshot.put_budgets(vec![
            limit("company", "month", "200.00 USD"),
            limit("agent:dev", "day", "2.40 USD"),
            limit("agent:cto", "lifetime", "10 runs"),
            limit("company", "rolling 5h", "4M tokens"),
        ]);
        ticket(&mut snapshot, 1, TicketStatus::Todo, |_| {});
        for due in pending(&snapshot, at(0)).due {
            happen(&mut snapshot, What::Due(due), 0).unwrap();
        }
        let rows = rows(&snapshot, at(10));
        let told: Vec<_> = rows
            .iter()
            .map(|row| {
                (row.scope.as_str(), row.percent, row.state.as_str(), row.reserved.shown.as_str(), row.left.amount)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("company", 100, "full", "4000000 tokens", 0),
                ("agent:dev", 83, "warn", "2.00 USD", 400_000),
                ("company", 1, "ok", "2.00 USD", 198_000_000),
                ("agent:cto", 0, "ok", "0 runs", 10),
            ]
        );
    }

    #[test]
    fn a_window_that_is_half_over_comes_to_twice_as_much() {
        let budget = |window: &str| Budget {
            scope: Scope::Company,
            window: Window::parse(window).unwrap(),
            limit: Amount::parse("10 runs").unwrap(),
            warn_at: Percent(80),
            at_limit: AtLimit::Stop,
        };
        let level = |since, until| Level { since, until, spent: 7, reserved: 1, limit: 10 };
        let day = level(Some(at(0)), Some(at(1_440)));
        for (window, level, now, expected) in [
            ("day", &day, 720, Some(14)),
            ("day", &day, 360, Some(28)),
            ("day", &day, 10, None),
            ("day", &day, 0, None),
            ("rolling 5h", &level(Some(at(0)), None), 300, None),
            ("lifetime", &level(None, None), 300, None),
        ] {
            assert_eq!(forecast(&budget(window), level, at(now)), expected, "{window} {now}");
        }
    }
}
