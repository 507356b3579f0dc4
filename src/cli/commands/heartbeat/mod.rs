//! `corp heartbeat`: what an agent's HEARTBEAT.md does.

mod explain;

use super::Context;
use crate::cli::Outcome;
use crate::cli::ui::Ui;

/// Say what an agent's HEARTBEAT.md would do
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp heartbeat explain engineer     what the next beat asks, and why it might not")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Explain(explain::Args),
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    match &args.command {
        Command::Explain(args) => explain::run(args, context, ui),
    }
}
