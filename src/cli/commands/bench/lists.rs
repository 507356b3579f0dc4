//! `corp bench lists`: what looking at many tickets costs.

use super::super::Context;
use super::{Where, runs};
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::runtime::bench::{self, Finding, ListsAsked};

/// Measure `corp ticket list`, `board`, `inbox`, `search` and `status` over many tickets, with a daemon and without
///
/// Each command is called as people call it, in a company made for it; its time is that of the whole process.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Tickets
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    tickets: u32,
    /// Agents
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    agents: u32,
    /// How often each command is called
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    looks: u32,
    #[command(flatten)]
    place: Where,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let folder = args.place.folder(context, ui);
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let asked = ListsAsked { tickets: number(args.tickets), agents: number(args.agents), looks: number(args.looks) };
    if !args.place.json {
        ui.line(runs::head());
    }
    let mut tell = |finding: &Finding| {
        if !args.place.json {
            ui.line(runs::line(finding));
        }
    };
    let found = bench::lists(folder, &asked, &mut tell)?;
    if args.place.json {
        ui.line(serde_json::json!(found));
    }
    Ok(Exit::Done)
}
