//! `corp hold`: accounts with providers of models that were told to come back later.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask;
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::ui::Ui;
use crate::runtime::holds;
use crate::runtime::wire::Ask;
use serde_json::json;

/// Look at accounts whose provider takes no requests for a while, or let them try again
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp hold list                      accounts that may not ask for a while, and until when")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// The accounts on which nothing starts, and until when
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Let an account try again now
    Clear {
        /// The account, as `corp hold list` names it
        account: String,
    },
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let place = ask::place(context)?;
    let mut known = holds::read(&place);
    known.retain(|_, hold| hold.until > context.environment.now);
    match &args.verb {
        Verb::List { json: true } => {
            let list: Vec<_> = known
                .iter()
                .map(|(account, hold)| json!({"account": account, "until": hold.until, "run": hold.run}))
                .collect();
            ui.line(format_args!("{:#}", json!(list)));
        }
        Verb::List { json: false } => {
            for (account, hold) in &known {
                ui.line(escape::line(&format!("{account}  until {}, as {} was told", hold.until, hold.run)));
            }
            if known.is_empty() {
                ui.note("no account was told to come back later");
            }
        }
        Verb::Clear { account } => {
            ask::ask(context, Ask::ClearHold { account: account.clone() })?;
            ui.note(format_args!("{} may try again", escape::line(account)));
        }
    }
    Ok(Exit::Done)
}
