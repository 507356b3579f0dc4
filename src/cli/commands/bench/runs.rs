//! `corp bench runs`: what it costs to start agents, with the real daemon.

use super::super::Context;
use super::Where;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::runtime::bench::{self, Asked, Finding, RunsError};
use std::time::Duration;

/// Measure what it costs to start agents, beside bare starts and bare changes
///
/// A daemon of this very program serves a company made for it, whose agents run `true`. With `--timers` its agents are
/// also on timers for so long, and with `--assigned` so many tickets are given to fifty agents at once.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Tickets of the made-up company
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    tickets: u32,
    /// Its agents
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    agents: u32,
    /// Runs of each figure that are started one after the other; ten times as many at once
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    runs: u32,
    /// How long the idle daemon is watched
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    idle: u32,
    /// How long all agents are on timers of 60 seconds; 0 leaves it out
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    timers: u32,
    /// Tickets that are assigned at once to fifty agents; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 0)]
    assigned: u32,
    #[command(flatten)]
    place: Where,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let folder = args.place.folder(context, ui);
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let asked = Asked {
        tickets: number(args.tickets),
        agents: number(args.agents),
        runs: number(args.runs),
        idle: Duration::from_secs(args.idle.into()),
        timers: Duration::from_secs(args.timers.into()),
        assigned: number(args.assigned),
    };
    if !args.place.json {
        ui.line(head());
    }
    let mut tell = |finding: &Finding| {
        if !args.place.json {
            ui.line(line(finding));
        }
    };
    let found = bench::measure(folder, &asked, &mut tell)?;
    if args.place.json {
        ui.line(serde_json::json!(found));
    }
    Ok(Exit::Done)
}

/// What stands above the lines.
pub(super) fn head() -> String {
    format!("{:<52} {:>6} {:>9} {:>9} {:>9} {:>9}  {}", "what", "of", "floor", "median", "p99", "wanted", "unit")
}

pub(super) fn line(finding: &Finding) -> String {
    let number = |number: Option<f64>| number.map_or_else(String::new, |number| format!("{number:.2}"));
    let wanted = match (finding.floor, finding.wanted) {
        (Some(_), Some(wanted)) => format!("+{wanted:.0}"),
        (None, Some(wanted)) => format!("{wanted}"),
        (_, None) => String::new(),
    };
    format!(
        "{:<52} {:>6} {:>9} {:>9.2} {:>9} {wanted:>9}  {}",
        finding.what,
        finding.count,
        number(finding.floor),
        finding.value,
        number(finding.p99),
        finding.unit
    )
}

impl From<RunsError> for CommandError {
    fn from(error: RunsError) -> Self {
        match error {
            RunsError::Bench(error) => error.into(),
            RunsError::Write(error) => error.into(),
            other => Self::new(Exit::Environment, other.to_string()),
        }
    }
}
