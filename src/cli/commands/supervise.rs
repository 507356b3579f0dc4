//! `corp supervise`: owns one run. Started by the daemon, never by people.

use crate::cli::Outcome;
use crate::cli::environment::Environment;
use crate::cli::error::{CommandError, Exit};
use crate::runtime::clock::Clock;
use crate::runtime::run::Folder;
use crate::runtime::supervise::{SuperviseError, supervise};
use std::path::{Path, PathBuf};

/// Own one run, from its start to its end
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub struct Args {
    /// The run's folder
    folder: PathBuf,
}

pub(super) fn run(args: &Args, environment: &Environment) -> Outcome {
    own(&args.folder, environment.clock)
}

/// The same, for whoever has not read the whole command line. What went wrong is told by the exit code and by what does
/// not stand in the folder; nobody reads what is written.
pub(in crate::cli) fn at_once(folder: &Path, clock: Clock) -> Exit {
    own(folder, clock).unwrap_or_else(|error| error.exit)
}

fn own(folder: &Path, clock: Clock) -> Outcome {
    match supervise(&Folder::at(folder), clock) {
        Ok(()) => Ok(Exit::Done),
        Err(error @ SuperviseError::Taken) => Err(CommandError::new(Exit::Held, error.to_string())),
        Err(error) => Err(CommandError::new(Exit::Environment, error.to_string())),
    }
}
