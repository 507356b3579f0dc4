//! `corp plan`: what would happen next, and why.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::office;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::engine::explain::outlook;
use crate::view::explain::{self, Told};

/// Show what would happen next, and why, and change nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp plan                           what would start now, what waits, and for what")]
pub struct Args {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let office = office(context)?;
    let (snapshot, now) = (office.snapshot(), office.now());
    let found = outlook(snapshot, now);
    if args.json {
        ui.line(serde_json::to_string_pretty(&found).unwrap_or_default());
        return Ok(Exit::Done);
    }
    for line in explain::outlook(&found, Told { zone: &snapshot.company.timezone, now }) {
        ui.line(line);
    }
    Ok(Exit::Done)
}
