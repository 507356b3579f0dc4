//! `corp send-task`: the program behind the adapter `http`. Started by the supervisor, never by people.

use crate::adapters::http::Letter;
use crate::cli::Outcome;
use crate::cli::environment::Environment;
use crate::cli::error::{CommandError, Exit};
use crate::runtime::play::{PlayError, Surroundings};
use crate::runtime::send::{Sealed, send};
use std::path::PathBuf;

/// Send a task
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub struct Args {
    /// What is to be sent
    file: PathBuf,
}

pub(super) fn run(args: &Args, environment: &Environment) -> Outcome {
    let around = Surroundings {
        door: environment.run.door.clone(),
        token: environment.run.token.clone(),
        ticket: environment.run.ticket.clone(),
        judges: false,
    };
    let sealed = |letter: &Letter| {
        Ok(Sealed {
            signing_key: letter.signing_key.as_deref().map(key).transpose()?,
            token: letter.token.as_deref().map(key).transpose()?,
            seconds: environment.now.as_second(),
        })
    };
    send(&args.file, &around, sealed).map(|()| Exit::Done).map_err(|error| match error {
        PlayError::Failed(_) => CommandError::new(Exit::Refused, error.to_string()),
        PlayError::System { .. } => CommandError::new(Exit::Environment, error.to_string()),
    })
}

/// The value of a variable that the settings name.
fn key(name: &str) -> Result<String, String> {
    Environment::variable(name).ok_or_else(|| format!("there is no variable {name} around `corp up`"))
}
