//! `corp play-script`: the program behind the adapter `script`. Started by the supervisor, never by people.

use crate::cli::Outcome;
use crate::cli::environment::Environment;
use crate::cli::error::{CommandError, Exit};
use crate::model::Choice as _;
use crate::model::run::WakeCause;
use crate::runtime::play::{self, PlayError, Surroundings};
use std::path::PathBuf;
use std::time::Duration;

/// Play a script
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub struct Args {
    /// The script
    #[arg(required_unless_present = "linger")]
    file: Option<PathBuf>,
    /// Play none, and stay for so many milliseconds
    #[arg(long, value_name = "MS")]
    linger: Option<u64>,
}

pub(super) fn run(args: &Args, environment: &Environment) -> Outcome {
    let played = match (&args.file, args.linger) {
        (Some(file), None) => {
            let around = Surroundings {
                door: environment.run.door.clone(),
                token: environment.run.token.clone(),
                ticket: environment.run.ticket.clone(),
                judges: environment.run.reason == WakeCause::ReviewRequested.word(),
            };
            play::play(file, &around)
        }
        (_, time) => play::linger_apart(Duration::from_millis(time.unwrap_or_default())),
    };
    played.map(|()| Exit::Done).map_err(|error| match error {
        PlayError::Failed(_) => CommandError::new(Exit::Refused, error.to_string()),
        PlayError::System { .. } => CommandError::new(Exit::Environment, error.to_string()),
    })
}
