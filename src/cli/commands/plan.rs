//! `corp plan`: what would happen next, and why.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::office;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::view::explain;

/// Show what would happen next, and why, and change nothing
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) fn run(_args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let office = office(context)?;
    for line in explain::plan(office.snapshot(), office.now()) {
        ui.line(line);
    }
    Ok(Exit::Done)
}
