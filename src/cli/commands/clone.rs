//! `corp clone`: a clone of a company, ready to be edited and synced.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::runtime::office::Office;
use crate::store::home::{self, Standing};
use crate::store::sync::{self, CloneRequest};
use std::path::PathBuf;

/// Clone a company, set up so that git merges its files by what they say
///
/// A clone reads, edits and syncs. Agents run where home is: `corp home show`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp clone git@example.com:acme.git acme
  cd acme && corp sync --watch")]
pub struct Args {
    /// An https or ssh address, or a path
    #[arg(value_name = "URL")]
    address: String,
    /// The folder to make; without it, one with the company's name
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let here = std::env::current_dir()
        .map_err(|error| CommandError::new(Exit::Environment, format!("the current folder cannot be read: {error}")))?;
    let folder = args.folder.clone().unwrap_or_else(|| PathBuf::from(name_of(&args.address)));
    let request = CloneRequest {
        address: args.address.clone(),
        folder: here.join(&folder),
        here,
        ask: context.environment.interactive,
        at: context.environment.now,
    };
    let cloned = sync::clone(&request)?;
    let mut chance = context.environment.chance.clone();
    let identity = home::identity(&request.folder, &mut || chance.draw())?;
    // What comes from now on is judged by who is on the board now, once this clone is home.
    let noted = ask::place_of(context, &request.folder)
        .and_then(|place| Office::open(place, context.environment.clock).map_err(Into::into));
    if let Err(error) = noted {
        ui.note(error.message);
    }
    ui.line(folder.display());
    ui.note(format_args!("cloned to {} at {}, as {}", folder.display(), &cloned.commit[..10], identity.clone));
    match home::standing(&request.folder, &cloned.branch, &identity) {
        Ok(Standing::Home) => ui.note("this clone is home"),
        Ok(Standing::Away(home)) => {
            let host = home.host.as_deref().unwrap_or("another machine");
            ui.note(format_args!("home is {host}; this clone reads, edits and syncs, and runs no agents"));
        }
        Ok(Standing::Nobody) => {
            ui.note("no clone is home yet; `corp home take` makes this one the one that runs agents");
        }
        Err(error) => ui.note(error),
    }
    ui.hint(format_args!("next: cd {} && corp check", folder.display()));
    Ok(Exit::Done)
}

/// The last part of an address, without `.git`.
fn name_of(address: &str) -> String {
    let last = address.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
    let name = last.strip_suffix(".git").unwrap_or(last);
    if name.is_empty() || name == "." || name == ".." { "company".to_owned() } else { name.to_owned() }
}
