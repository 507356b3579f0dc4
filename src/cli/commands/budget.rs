//! `corp budget`: what may be spent, and how far it is.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::looking::{another_answer, look};
use crate::cli::ui::Ui;
use crate::view::look::{BudgetRow, Look, Seen};
use serde_json::json;

/// Widest bar, in characters, and the narrowest that still says something.
const BAR: (usize, usize) = (40, 10);

/// Look at budgets
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp budget status                  what may be spent, what was, what is reserved")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// What was spent of every budget, what is reserved for runs that go on, what is left, and where it will end
    Status {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let Verb::Status { json: as_json } = args.verb;
    let Seen::Budgets(rows) = look(context, Look::Budgets)? else { return Err(another_answer("budgets")) };
    if as_json {
        ui.line(format_args!("{:#}", json!(rows)));
        return Ok(Exit::Done);
    }
    if rows.is_empty() {
        ui.note("there are no budgets: only the ceiling of each run holds");
        ui.hint("write `budgets: [{scope: company, window: month, limit: 200.00 USD}]` into budgets.yaml");
        return Ok(Exit::Done);
    }
    let width = context.environment.width.map_or(BAR.0, |width| (width / 2).clamp(BAR.1, BAR.0));
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            ui.line("");
        }
        let warns = if row.at_limit == "warn" { ", warns only" } else { "" };
        let raised = row.raised_from.as_ref();
        let raised = raised.map(|from| format!(" (raised once from {})", from.shown)).unwrap_or_default();
        let head = format!("{}, {}: {}{raised}{warns}", row.scope, row.window, row.limit.shown);
        ui.line(escape::line(&head));
        ui.line(format!("  {} {:>3}%  {}", bar(row, width), row.percent, state(row)).trim_end());
        ui.line(format_args!("  {}", figures(row)));
    }
    Ok(Exit::Done)
}

/// What is spent is dark, what is reserved is grey, what is left is light.
fn bar(row: &BudgetRow, width: usize) -> String {
    let cells = |amount: i64| {
        let part = i128::from(amount.max(0)) * width as i128;
        // The least that was spent is seen.
        let limit = i128::from(row.limit.amount.max(1));
        usize::try_from(part / limit + i128::from(part % limit > 0)).unwrap_or(width).min(width)
    };
    let spent = cells(row.spent.amount);
    let taken = cells(row.spent.amount.saturating_add(row.reserved.amount)).max(spent);
    format!("{}{}{}", "█".repeat(spent), "▒".repeat(taken - spent), "░".repeat(width - taken))
}

fn state(row: &BudgetRow) -> &'static str {
    match (row.state.as_str(), row.at_limit.as_str()) {
        ("full", "stop") => "full: nothing more starts",
        ("full", _) => "full",
        ("warn", _) => "nearly full",
        _ => "",
    }
}

fn figures(row: &BudgetRow) -> String {
    let mut parts = vec![format!("{} spent", row.spent.shown)];
    if row.reserved.amount > 0 {
        parts.push(format!("{} reserved", row.reserved.shown));
    }
    parts.push(format!("{} left", row.left.shown));
    let mut parts = vec![parts.join(", ")];
    if let Some(until) = row.until {
        parts.push(format!("begins anew {}", until.strftime("%Y-%m-%d %H:%MZ")));
    }
    if let Some(forecast) = &row.forecast {
        let over = if forecast.amount > row.limit.amount { ", more than the limit" } else { "" };
        parts.push(format!("{} by then if it goes on like this{over}", forecast.shown));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::look::money::budgets::Figure;

    fn row(spent: i64, reserved: i64, limit: i64) -> BudgetRow {
        let figure = |amount: i64| Figure { shown: format!("{amount} runs"), amount };
        BudgetRow {
            scope: "company".to_owned(),
            window: "day".to_owned(),
            unit: "runs".to_owned(),
            at_limit: "stop".to_owned(),
            state: "ok".to_owned(),
            limit: figure(limit),
            raised_from: None,
            spent: figure(spent),
            reserved: figure(reserved),
            left: figure((limit - spent - reserved).max(0)),
            percent: 0,
            since: None,
            until: None,
            forecast: None,
        }
    }

    #[test]
    fn a_bar_is_as_long_as_it_is_wide() {
        for (spent, reserved, limit, expected) in [
            (0, 0, 100, "░░░░░░░░░░"),
            (1, 0, 100, "█░░░░░░░░░"),
            (50, 20, 100, "█████▒▒░░░"),
            (100, 0, 100, "██████████"),
            (500, 100, 100, "██████████"),
            (0, 7, 0, "▒▒▒▒▒▒▒▒▒▒"),
            (i64::MAX, i64::MAX, i64::MAX, "██████████"),
        ] {
            assert_eq!(bar(&row(spent, reserved, limit), 10), expected, "{spent} {reserved} {limit}");
        }
    }

    #[test]
    fn figures_are_told_in_one_line() {
        assert_eq!(figures(&row(5, 2, 10)), "5 runs spent, 2 runs reserved, 3 runs left");
        let later = BudgetRow {
            until: Some("2026-12-01T00:00:00Z".parse().unwrap()),
            forecast: Some(Figure { shown: "12 runs".to_owned(), amount: 12 }),
            ..row(6, 0, 10)
        };
        assert_eq!(
            figures(&later),
            "6 runs spent, 4 runs left; begins anew 2026-12-01 00:00Z; 12 runs by then if it goes on like this, more than the limit"
        );
    }
}
