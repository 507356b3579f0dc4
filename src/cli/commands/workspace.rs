//! `corp workspace`: the folders tickets are worked on in.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::office;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::ui::Ui;
use crate::model::{Scalar as _, TicketId};
use crate::runtime::workspace::tidy::{self, Found, Gone};

/// List the folders tickets are worked on in, and remove those nobody needs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp workspace list                 the folders of tickets, and how large they are
  corp workspace clean                remove those nobody needs")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List them, with their branches
    List,
    /// Remove the folders of closed tickets; one that holds what is nowhere else stays
    Clean {
        /// Only that of this ticket
        ticket: Option<String>,
    },
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let office = office(context)?;
    let all = tidy::list(&office.place);
    let ticket_of = |found: &Found| TicketId::parse(&found.name).ok().and_then(|id| office.snapshot().ticket(&id));
    let status = |found: &Found| ticket_of(found).map(|ticket| ticket.head.status);
    let cleanup = |found: &Found| ticket_of(found).and_then(|ticket| office.cleanup(ticket));
    match &args.verb {
        Verb::List => {
            for found in &all {
                let status = status(found).map_or_else(String::new, |status| format!("  {status}"));
                let branch = found.record.as_ref().map_or("a plain folder", |record| record.branch.as_str());
                let name = escape::line(&found.name);
                ui.line(format_args!("{name}  {}  {}{status}", escape::line(branch), found.folder.display()));
            }
            Ok(Exit::Done)
        }
        Verb::Clean { ticket } => {
            let busy = |found: &Found| {
                let mut open = office.snapshot().open_runs();
                open.any(|run| office.folder(&run.id).job().is_ok_and(|job| job.workspace == found.folder))
            };
            let mut stays = false;
            let mut met = false;
            for found in all.iter().filter(|found| ticket.as_ref().is_none_or(|ticket| *ticket == found.name)) {
                met = true;
                let name = escape::line(&found.name);
                match status(found) {
                    Some(status) if status.is_closed() && !busy(found) => {
                        match tidy::remove(found, cleanup(found).as_ref()) {
                            Gone::Removed(said) => {
                                for line in said.lines() {
                                    ui.note(format_args!("{name}: {}", escape::line(line)));
                                }
                                ui.line(format_args!("{name} is gone"));
                            }
                            Gone::Stays(why) => {
                                stays = true;
                                ui.note(format_args!("{name} stays: {why}"));
                            }
                        }
                    }
                    Some(status) if ticket.is_some() => {
                        let why = if busy(found) {
                            "a run works in it".to_owned()
                        } else {
                            format!("its ticket is {status}")
                        };
                        return Err(CommandError::new(Exit::Refused, format!("{name} stays: {why}")));
                    }
                    _ => {}
                }
            }
            if let Some(ticket) = ticket.as_ref().filter(|_| !met) {
                return Err(CommandError::new(
                    Exit::Refused,
                    format!("there is no workspace of {}", escape::line(ticket)),
                ));
            }
            Ok(if stays { Exit::Refused } else { Exit::Done })
        }
    }
}
