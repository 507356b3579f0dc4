//! `corp why`: from a ticket up to what the company is for.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::looking::{another_answer, look};
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::view::look::{Look, Seen};
use serde_json::json;

/// Show why a ticket is there: parents, project, goals, mission
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp why ACME-12")]
pub struct Args {
    /// The ticket, such as `ACME-12`
    ticket: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let Seen::Why(steps) = look(context, Look::Why { ticket: args.ticket.clone() })? else {
        return Err(another_answer("a ticket's reasons"));
    };
    if args.json {
        ui.line(format_args!("{:#}", json!(steps)));
        return Ok(Exit::Done);
    }
    let mut table = Table::new(2);
    for step in &steps {
        table.row([&step.what, &step.id, &step.name]);
    }
    table.show(context.environment.width, ui);
    Ok(Exit::Done)
}
