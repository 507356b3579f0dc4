//! `corp supervise`: owns one run. Started by the daemon, never by people.

use crate::cli::Outcome;
use crate::cli::environment::Environment;
use crate::cli::error::{CommandError, Exit};
use crate::runtime::run::Folder;
use crate::runtime::supervise::{SuperviseError, supervise};
use std::path::PathBuf;

/// Own one run, from its start to its end
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub struct Args {
    /// The run's folder
    folder: PathBuf,
}

pub(super) fn run(args: &Args, environment: &Environment) -> Outcome {
    match supervise(&Folder::at(&args.folder), environment.clock) {
        Ok(()) => Ok(Exit::Done),
        Err(error @ SuperviseError::Taken) => Err(CommandError::new(Exit::Held, error.to_string())),
        Err(error) => Err(CommandError::new(Exit::Environment, error.to_string())),
    }
}
