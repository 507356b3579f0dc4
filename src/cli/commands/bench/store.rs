//! `corp bench store`: durable changes beside `git commit` and beside plain files.

use super::super::Context;
use super::{Where, ms};
use crate::cli::Outcome;
use crate::cli::environment::Stopwatch;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::store::bench::mutations::{self, CHANGES, Row};

/// The sizes that are measured unless one is named.
const SIZES: [usize; 3] = [100, 10_000, 100_000];

/// Measure changes of a company beside `git commit` and beside plain files
///
/// Each is made one after the other and by sixteen callers at once, with a barrier (safe from a power cut when it is
/// answered) and without. CPU is what each change takes of the processor, that of started programs included.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Tickets of the made-up company; 100, 10,000 and 100,000 if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    tickets: Vec<u32>,
    /// Changes of each figure that are made one after the other; sixteen callers make eight times as many
    #[arg(long, value_name = "N", default_value_t = CHANGES, value_parser = parse_changes)]
    changes: usize,
    #[command(flatten)]
    place: Where,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let folder = args.place.folder(context, ui);
    let asked: Vec<usize> = args.tickets.iter().filter_map(|tickets| usize::try_from(*tickets).ok()).collect();
    let sizes = if asked.is_empty() { SIZES.to_vec() } else { asked };
    let clock = Stopwatch::start();
    let mut all = Vec::new();
    if !args.place.json {
        ui.line(format_args!(
            "{:>8}  {:<20} {:>7} {:>8} {:>9} {:>9} {:>9} {:>9}",
            "tickets", "what", "callers", "barrier", "cpu ms", "wait ms", "p95 ms", "per s"
        ));
    }
    for tickets in sizes {
        let mut tell = |row: &Row| {
            if !args.place.json {
                ui.line(line(tickets, row));
            }
        };
        let rows = mutations::measure(folder, tickets, args.changes, &clock, &mut tell)?;
        all.push(serde_json::json!({ "tickets": tickets, "rows": rows }));
    }
    if args.place.json {
        ui.line(serde_json::Value::from(all));
    }
    Ok(Exit::Done)
}

fn parse_changes(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(changes @ 1..=100_000) => Ok(changes),
        _ => Err("a number from 1 to 100000".to_owned()),
    }
}

fn line(tickets: usize, row: &Row) -> String {
    let barrier = if row.durable { "yes" } else { "no" };
    let cost = &row.cost;
    format!(
        "{tickets:>8}  {:<20} {:>7} {barrier:>8} {:>9} {:>9} {:>9} {:>9}",
        row.what,
        row.callers,
        ms(cost.cpu_us),
        ms(cost.wait_us),
        ms(cost.wait_p95_us),
        cost.per_second
    )
}
