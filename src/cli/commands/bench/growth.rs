//! `corp bench growth`: what a change takes of the disk.

use super::super::Context;
use super::{Where, ms};
use crate::cli::Outcome;
use crate::cli::environment::Stopwatch;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::store::bench::growth;

/// Measure what a change takes of the disk, before and after its objects are packed
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Tickets of the made-up company
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    tickets: u32,
    /// Changes that are made, by sixteen callers at once
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    changes: u32,
    #[command(flatten)]
    place: Where,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let folder = args.place.folder(context, ui);
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let grown = growth::measure(folder, number(args.tickets), number(args.changes), &Stopwatch::start())?;
    if args.place.json {
        ui.line(serde_json::json!(grown));
        return Ok(Exit::Done);
    }
    let kib = |bytes: u64| format!("{:.2} KiB", bytes as f64 / 1024.0);
    for (what, value) in [
        ("tickets", grown.tickets.to_string()),
        ("changes", grown.changes.to_string()),
        ("a change, loose", kib(grown.loose_bytes_each)),
        ("a change, packed", kib(grown.packed_bytes_each)),
        ("most that was loose", format!("{:.1} MiB", grown.loose_bytes_max as f64 / f64::from(1 << 20))),
        ("changes per second", grown.per_second.to_string()),
        ("cpu ms of a change", ms(grown.cpu_us)),
        ("last packing, ms", ms(grown.last_pack_us)),
        ("last packing, cpu ms", ms(grown.last_pack_cpu_us)),
    ] {
        ui.line(format_args!("{what:<24} {value:>12}"));
    }
    Ok(Exit::Done)
}
