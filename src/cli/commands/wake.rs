//! `corp wake`: wakes an agent now.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::ask;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::runtime::wire::Ask;

/// Wake an agent now
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp wake engineer
  corp wake engineer --why \"The build is red.\"")]
pub struct Args {
    /// The agent
    agent: String,
    /// About this ticket
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
    /// What it is told
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let wake = Ask::Wake { agent: args.agent.clone(), ticket: args.ticket.clone(), why: args.why.clone() };
    let answer = ask(context, wake)?;
    if let Some(run) = answer["starting"].as_str() {
        ui.line(run);
    } else if let Some(run) = answer["queued"].as_str() {
        ui.line(run);
        ui.note(format_args!("it waits: {}", answer["why"].as_str().unwrap_or_default()));
    } else {
        ui.note("it was asked for already");
    }
    Ok(Exit::Done)
}
