//! `corp cost`: what was spent.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::looking::{another_answer, look};
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::view::look::{CostRow, Look, Report, Seen};
use crate::view::report;
use serde_json::json;
use std::path::PathBuf;

/// Show what was spent, from the ledger
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp cost
  corp cost --by model --since 2026-11-01
  corp cost --by day --since 30d --csv
  corp cost report --html costs.html --since 90d

A cost that nobody named and that could not be computed from a price counts as it was reserved, and is told as unpriced.")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// By what: agent, project, goal, routine, model, ticket or day
    #[arg(long, value_name = "WHAT", default_value = "agent")]
    by: String,
    /// Since when: day, week, month, all, a date, or a length of time such as 7d
    #[arg(long, value_name = "WHEN", default_value = "month")]
    since: String,
    /// As JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// As comma-separated values
    #[arg(long)]
    csv: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Draw it: over time, by agent, project and model, beside the budgets
    Report(ReportArgs),
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true, args = ["html", "svg"])]
struct ReportArgs {
    /// Write a page for a browser here
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a picture here
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Since when: day, week, month, all, a date, or a length of time such as 30d
    #[arg(long, value_name = "WHEN", default_value = "month")]
    since: String,
}

fn report(args: &ReportArgs, context: &Context, ui: &mut Ui) -> Outcome {
    let asked = Look::CostReport { since: Some(args.since.clone()) };
    let Seen::CostReport(found) = look(context, asked)? else { return Err(another_answer("what was spent")) };
    let made = [(&args.html, report::page as fn(&Report) -> String), (&args.svg, report::picture)];
    for (file, make) in made.into_iter().filter_map(|(file, make)| Some((file.as_ref()?, make))) {
        std::fs::write(file, make(&found)).map_err(|error| {
            CommandError::new(Exit::Environment, format!("could not write {}: {error}", file.display()))
        })?;
        ui.note(format_args!("{} is written", file.display()));
    }
    Ok(Exit::Done)
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    if let Some(Verb::Report(args)) = &args.verb {
        return report(args, context, ui);
    }
    let asked = Look::Cost { by: args.by.clone(), since: Some(args.since.clone()) };
    let Seen::Cost(cost) = look(context, asked)? else { return Err(another_answer("what was spent")) };
    if args.json {
        ui.line(format_args!("{:#}", json!(cost)));
        return Ok(Exit::Done);
    }
    if args.csv {
        ui.line(format_args!("{},cost,tokens,runs,unpriced", args.by));
        for row in &cost.rows {
            ui.line(comma_separated(row));
        }
        return Ok(Exit::Done);
    }
    if cost.rows.is_empty() {
        ui.note("nothing was spent");
    } else {
        let mut table = Table::new(0);
        table.row([args.by.as_str(), "cost", "tokens", "runs", ""]);
        for row in cost.rows.iter().chain([&cost.total]) {
            let name = if row.name.is_empty() { "-" } else { &row.name };
            let unpriced = match row.unpriced {
                0 => String::new(),
                1 => "1 unpriced".to_owned(),
                runs => format!("{runs} unpriced"),
            };
            let money = if row.cost.is_empty() { "0".to_owned() } else { row.cost.join(" + ") };
            table.row([name, &money, &row.tokens.to_string(), &row.runs.to_string(), &unpriced]);
        }
        table.show(context.environment.width, ui);
    }
    if cost.open.runs > 0 {
        let runs = if cost.open.runs == 1 {
            "a run that goes on".to_owned()
        } else {
            format!("{} runs that go on", cost.open.runs)
        };
        ui.note(format_args!("{} and {} tokens are reserved for {runs}", cost.open.cost.join(" + "), cost.open.tokens));
    }
    if cost.total.unpriced > 0 {
        ui.hint("`corp price check` names the models without a price");
    }
    Ok(Exit::Done)
}

/// One row; a name from a file may hold whatever it wants, and is no formula of a spreadsheet.
fn comma_separated(row: &CostRow) -> String {
    let quoted = |text: &str| {
        let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let text = if formula { format!("'{text}") } else { text.to_owned() };
        let plain = !text.contains(['"', ',', '\n', '\r']);
        if plain { text } else { format!("\"{}\"", text.replace('"', "\"\"")) }
    };
    format!("{},{},{},{},{}", quoted(&row.name), quoted(&row.cost.join(" + ")), row.tokens, row.runs, row.unpriced)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name_in_a_spreadsheet() {
        for (name, expected) in [
            ("dev", "dev,1.00 USD,2,3,0"),
            ("a,\"b\"", "\"a,\"\"b\"\"\",1.00 USD,2,3,0"),
            ("=cmd()", "'=cmd(),1.00 USD,2,3,0"),
        ] {
            let row =
                CostRow { name: name.to_owned(), runs: 3, tokens: 2, cost: vec!["1.00 USD".to_owned()], unpriced: 0 };
            assert_eq!(comma_separated(&row), expected);
        }
    }
}
