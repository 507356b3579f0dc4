//! `corp price`: what models cost.

use super::Context;
use crate::cli::ask::ask;
use crate::cli::error::{CommandError, Exit};
use crate::cli::looking::{another_answer, look};
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::cli::{Outcome, escape};
use crate::runtime::wire::{Ask, PriceTag};
use crate::view::look::{Look, Prices, Seen};
use serde_json::json;

/// What models cost
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp price list                     what a million tokens of each model cost here")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// The prices: the company's own, and the list prices that come with this program, with their date
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a price into prices.yaml; runs that were unpriced are corrected by it
    Set(Set),
    /// Models that are used here and have no price; exit code 1 if there are any
    Check {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Set {
    /// The model, as its program calls it
    model: String,
    /// A million input tokens, such as `3.00 USD`
    #[arg(long, value_name = "MONEY")]
    input: String,
    /// A million output tokens
    #[arg(long, value_name = "MONEY")]
    output: String,
    /// A million input tokens read from the cache; as `--input`, if it is left out
    #[arg(long, value_name = "MONEY")]
    cached_input: Option<String>,
    /// A million tokens written to the cache; as `--input`, if it is left out
    #[arg(long, value_name = "MONEY")]
    cache_write: Option<String>,
    /// Only where this provider provides it
    #[arg(long)]
    provider: Option<String>,
    /// From when on, such as `2026-11-01T00:00:00Z`
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    match &args.verb {
        Verb::List { json } => list(*json, context, ui),
        Verb::Check { json } => check(*json, context, ui),
        Verb::Set(price) => set(price, context, ui),
    }
}

fn seen(context: &Context) -> Result<Prices, CommandError> {
    if let Seen::Prices(prices) = look(context, Look::Prices)? { Ok(prices) } else { Err(another_answer("prices")) }
}

fn list(as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let prices = seen(context)?;
    if as_json {
        ui.line(format_args!("{:#}", json!(prices.prices)));
        return Ok(Exit::Done);
    }
    let mut table = Table::new(0);
    table.row(["a million tokens of", "input", "cached", "written", "output", ""]);
    for row in &prices.prices {
        let from = row.from.map(|from| format!(", from {}", from.strftime("%Y-%m-%d"))).unwrap_or_default();
        let not = if row.in_force { "" } else { ", not in force" };
        let source = format!("{}{from}{not}", row.source);
        table.row([&row.model, &row.input, &row.cached_input, &row.cache_write, &row.output, &source]);
    }
    table.show(context.environment.width, ui);
    Ok(Exit::Done)
}

fn check(as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let prices = seen(context)?;
    let exit = if prices.unpriced.is_empty() { Exit::Done } else { Exit::Refused };
    if as_json {
        ui.line(format_args!("{:#}", json!(prices.unpriced)));
        return Ok(exit);
    }
    for model in &prices.unpriced {
        let name = if model.model.is_empty() { "a model that its program did not name" } else { &model.model };
        let runs = match model.runs {
            0 => String::new(),
            1 => "; 1 run without a cost".to_owned(),
            runs => format!("; {runs} runs without a cost"),
        };
        let agents = if model.agents.is_empty() { String::new() } else { format!("; of {}", model.agents.join(", ")) };
        ui.line(escape::line(&format!("{name} has no price{runs}{agents}")));
    }
    if prices.unpriced.is_empty() {
        ui.note("every model that is used here has a price, or its program names the cost");
    } else {
        ui.hint("`corp price set MODEL --input '3.00 USD' --output '15.00 USD'`; what is unpriced counts as it was reserved");
    }
    Ok(exit)
}

fn set(price: &Set, context: &Context, ui: &mut Ui) -> Outcome {
    let answer = ask(
        context,
        Ask::SetPrice(Box::new(PriceTag {
            model: price.model.clone(),
            provider: price.provider.clone(),
            from: price.from.clone(),
            input: price.input.clone(),
            cached_input: price.cached_input.clone(),
            cache_write: price.cache_write.clone(),
            output: price.output.clone(),
        })),
    )?;
    if answer["already"] == true {
        ui.note(format_args!("{} has that price already", escape::line(&price.model)));
    }
    Ok(Exit::Done)
}
