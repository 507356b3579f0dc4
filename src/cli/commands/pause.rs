//! `corp pause` and `corp resume`: the whole company stops, and goes on.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::ask;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::runtime::wire::Ask;

/// Stop the whole company: what runs is interrupted, nothing new starts
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp pause --reason \"We look at the bill first.\"
  corp resume")]
pub struct Pause {
    /// Why; it stands in the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Let the whole company go on
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp resume")]
pub struct Resume {
    /// Why; it stands in the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub(super) fn pause(args: &Pause, context: &Context, ui: &mut Ui) -> Outcome {
    set("paused", args.reason.as_ref(), context, ui)
}

pub(super) fn resume(args: &Resume, context: &Context, ui: &mut Ui) -> Outcome {
    set("active", args.reason.as_ref(), context, ui)
}

fn set(status: &str, reason: Option<&String>, context: &Context, ui: &mut Ui) -> Outcome {
    let answer = ask(context, Ask::Company { status: status.to_owned(), reason: reason.cloned() })?;
    if answer["already"] == true {
        ui.note(format_args!("the company is {status} already"));
    } else {
        ui.note(format_args!("the company is {status}"));
    }
    Ok(Exit::Done)
}
