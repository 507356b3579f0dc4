//! `corp bench money`: what looking at money costs, and what the model gateway adds.

use super::super::Context;
use super::{Where, runs};
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::runtime::bench::{self, Finding, MoneyAsked};

/// Measure `corp budget status` and `corp cost` with a long ledger, and the first byte through the model gateway
///
/// A daemon of this very program serves a company made for it, whose ledger has so many lines; each command is called as people
/// call it. The gateway stands before a provider on this machine, and each request goes beside it and through it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Lines of the ledger; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(0..=2_000_000))]
    lines: u32,
    /// How often each command is called
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    looks: u32,
    /// Requests through the gateway, and beside it; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 300, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    requests: u32,
    #[command(flatten)]
    place: Where,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let folder = args.place.folder(context, ui);
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let asked = MoneyAsked { lines: number(args.lines), looks: number(args.looks), requests: number(args.requests) };
    if !args.place.json {
        ui.line(runs::head());
    }
    let mut tell = |finding: &Finding| {
        if !args.place.json {
            ui.line(runs::line(finding));
        }
    };
    let found = bench::money(folder, &asked, &mut tell)?;
    if args.place.json {
        ui.line(serde_json::json!(found));
    }
    Ok(Exit::Done)
}
