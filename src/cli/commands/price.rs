//! `corp price`: what models cost.

use super::{Context, commit};
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::looking::look;
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::diag::KeyPath;
use crate::format::patch::{Edit, Value, patch};
use crate::model::time::Instant;
use crate::model::{Money, Scalar as _};
use crate::view::look::{Look, Prices, Seen};
use serde_json::json;

/// Where a company's own prices stand.
const FILE: &str = "prices.yaml";

/// What models cost
#[derive(Debug, clap::Args)]
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

fn seen(context: &Context) -> Result<Option<Prices>, CommandError> {
    Ok(if let Seen::Prices(prices) = look(context, Look::Prices)? { Some(prices) } else { None })
}

fn list(as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let Some(prices) = seen(context)? else { return Ok(Exit::Bug) };
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
    let Some(prices) = seen(context)? else { return Ok(Exit::Bug) };
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
        ui.line(crate::cli::escape::line(&format!("{name} has no price{runs}{agents}")));
    }
    if prices.unpriced.is_empty() {
        ui.note("every model that is used here has a price, or its program names the cost");
    } else {
        ui.hint("`corp price set MODEL --input '3.00 USD' --output '15.00 USD'`; what is unpriced counts as it was reserved");
    }
    Ok(exit)
}

fn set(price: &Set, context: &Context, ui: &mut Ui) -> Outcome {
    let wrong = |text: &str, why: String| CommandError::new(Exit::Usage, format!("`{text}`: {why}"));
    let mut keys: Vec<(String, Value)> = Vec::new();
    let mut put = |key: &str, text: &str| keys.push((key.to_owned(), Value::text(text)));
    put("model", &price.model);
    if let Some(provider) = &price.provider {
        put("provider", provider);
    }
    if let Some(from) = &price.from {
        Instant::parse(from).map_err(|why| wrong(from, why))?;
        put("from", from);
    }
    let amounts = [
        ("input", Some(&price.input)),
        ("cached_input", price.cached_input.as_ref()),
        ("cache_write", price.cache_write.as_ref()),
        ("output", Some(&price.output)),
    ];
    for (key, text) in amounts {
        let Some(text) = text else { continue };
        let money = Money::parse(text).map_err(|why| wrong(text, why))?;
        put(key, &money.to_string());
    }
    let root = context.company_root()?;
    let path = root.join(FILE);
    let unreadable = |error| CommandError::new(Exit::Environment, format!("{}: {error}", path.display()));
    let before = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(unreadable(error)),
    };
    let edit = Edit::Append(KeyPath::from("prices"), Value::Map(keys));
    let after = patch(FILE, &before, &[edit])
        .map_err(|error| CommandError::new(Exit::Invalid, format!("{FILE} cannot be changed: {error}")))?;
    std::fs::write(&path, after).map_err(unreadable)?;
    let message = format!("{} has a price", price.model);
    commit::of(FILE, &message, context, ui)
}
