//! `corp unlock`: takes somebody's checkout away. The program never does that by itself to a person or another clone.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::ask;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::runtime::wire::Ask;

/// Take somebody's checkout of a ticket away
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp unlock ACME-12 --reason \"She is away.\"    it is free, and whoever worked on it is stopped")]
pub struct Args {
    /// The ticket, such as `ACME-12`
    ticket: String,
    /// Why; it stands in the history
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    ask(context, Ask::Unlock { ticket: args.ticket.clone(), reason: args.reason.clone() })?;
    ui.note(format_args!("{} can be checked out again", args.ticket));
    Ok(Exit::Done)
}
