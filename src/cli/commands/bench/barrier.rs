//! `corp bench barrier`: what makes bytes durable on this disk.

use super::super::Context;
use super::{Where, ms};
use crate::cli::Outcome;
use crate::cli::environment::Stopwatch;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::store::bench::barrier::{self, Row, Way};

/// Measure what it costs to make changes durable on this disk, quiet and busy
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    place: Where,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let folder = args.place.folder(context, ui);
    if !args.place.json {
        ui.line(format_args!(
            "{:<6} {:>6}  {:<34} {:>9} {:>9} {:>9}",
            "disk", "group", "barrier", "wait ms", "p95 ms", "cpu ms"
        ));
    }
    let mut tell = |row: &Row| {
        if !args.place.json {
            ui.line(line(row));
        }
    };
    let rows = barrier::measure(folder, &Stopwatch::start(), &mut tell)?;
    if args.place.json {
        ui.line(serde_json::json!(rows));
    }
    Ok(Exit::Done)
}

fn line(row: &Row) -> String {
    let way = match row.way {
        Way::None => "none",
        Way::Journal => "journal, one fdatasync",
        Way::FileSystem => "syncfs before and after the branch",
        Way::EachFile => "fsync of each file and folder",
    };
    let disk = if row.busy { "busy" } else { "quiet" };
    let cost = &row.cost;
    let (wait, p95, cpu) = (ms(cost.wait_us), ms(cost.wait_p95_us), ms(cost.cpu_us));
    format!("{disk:<6} {:>6}  {way:<34} {wait:>9} {p95:>9} {cpu:>9}", row.group)
}
