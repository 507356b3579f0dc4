//! `corp next`: finds the next ticket of an agent and checks it out in one step.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::ask;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::runtime::wire::Ask;
use serde_json::Value;

/// Find the next ticket of an agent and check it out
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp next engineer                  the ticket they take next, checked out for them")]
pub struct Args {
    /// The agent or person; yourself if it is left out
    agent: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let answer = ask(context, Ask::Next { agent: args.agent.clone() })?;
    show(&answer, ui);
    Ok(Exit::Done)
}

/// Shows a checkout: the ticket as data, the rest beside it.
pub(super) fn show(answer: &Value, ui: &mut Ui) {
    match answer["checked_out"].as_str() {
        Some(ticket) => {
            ui.line(ticket);
            if answer["again"] == true {
                ui.note("it was checked out to the same holder already");
            }
        }
        None => ui.note("there is nothing to take"),
    }
}
