//! `corp secret`: keys and passwords of the company, sealed in its files. Values come by a prompt, standard input or a
//! file, never as an argument, which everybody on the machine can read.

mod change;
mod doctor;
mod import;
mod init;
mod input;
mod people;
mod scan;
mod show;

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::{place, who};
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::runtime::secrets::{Made, Safe, SafeError};
use crate::runtime::wire::Who;
use crate::store::found;
use crate::store::history::History;
use serde_json::json;
use std::path::PathBuf;

/// Keep keys and passwords sealed in the company, and say who may use them
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp secret init                         a key for this account, and a copy of it
  corp secret set GH_TOKEN                 asks for the value
  op read op://team/gh | corp secret set GH_TOKEN
  corp secret bind GH_TOKEN cto            the agent's runs find it at $GH_TOKEN_FILE
  corp secret bind GH_TOKEN cto --as env   or in $GH_TOKEN, which whatever they start inherits
  corp secret recipients remove grace      seals all anew, and marks what grace could read

A value is never an argument: everybody on the machine can read those.")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a key for this account, and have the company's secrets sealed for it
    Init(init::Init),
    /// Give a secret its value, or a new one
    Set(change::Set),
    /// Print the value of a secret
    Get(show::Get),
    /// List the secrets and who may use them
    List(show::List),
    /// Let an agent's runs, those on a project or those of a routine have a secret
    Bind(change::Bind),
    /// Take a secret from an agent, a project or a routine
    Unbind(change::Unbind),
    /// Replace the value of a secret
    Rotate(change::Rotate),
    /// Have no run be given a secret
    Disable(change::Able),
    /// Have a disabled secret be given again
    Enable(change::Able),
    /// Delete a secret nobody uses
    Delete(change::Delete),
    /// Show the versions of a secret
    History(show::History),
    /// Seal anew what is not sealed for exactly those who are to open it
    Rekey(people::Rekey),
    /// List, add and remove who can open the secrets
    Recipients(people::Recipients),
    /// Look for values of secrets, and for what looks like one, in the company's files
    Scan(scan::Scan),
    /// Take secrets from a file of `NAME=value` lines
    ImportEnv(import::ImportEnv),
    /// Check this account's key, and whether what should be readable is
    Doctor(doctor::Doctor),
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    if context.environment.run.door().is_some() {
        return Err(CommandError::new(
            Exit::Refused,
            "secrets are people's to keep; a run is given what it is bound to",
        ));
    }
    match &args.verb {
        Verb::Init(init) => init::run(init, context, ui),
        Verb::Set(set) => change::set(set, context, ui),
        Verb::Get(get) => show::get(get, context, ui),
        Verb::List(list) => show::list(list, context, ui),
        Verb::Bind(bind) => change::bind(bind, context, ui),
        Verb::Unbind(unbind) => change::unbind(unbind, context, ui),
        Verb::Rotate(rotate) => change::rotate(rotate, context, ui),
        Verb::Disable(able) => change::able(able, false, context, ui),
        Verb::Enable(able) => change::able(able, true, context, ui),
        Verb::Delete(delete) => change::delete(delete, context, ui),
        Verb::History(history) => show::history(history, context, ui),
        Verb::Rekey(rekey) => people::rekey(rekey, context, ui),
        Verb::Recipients(recipients) => people::run(recipients, context, ui),
        Verb::Scan(scan) => scan::run(scan, context, ui),
        Verb::Doctor(doctor) => doctor::run(doctor, context, ui),
        Verb::ImportEnv(import) => import::run(import, context, ui),
    }
}

/// The company's secrets, for the person at this machine.
fn safe(context: &Context) -> Result<Safe, CommandError> {
    let place = place(context)?;
    // Who is nobody for git at large may be somebody in this repository.
    let own = || History::open(&place.root).ok()?.identity();
    let who = match found::identity().or_else(own) {
        Some(author) => Who { name: author.name, email: author.email },
        None => who(context),
    };
    Ok(Safe::open(place, who, context.environment.now)?)
}

impl From<SafeError> for CommandError {
    fn from(error: SafeError) -> Self {
        let exit = match &error {
            SafeError::Identity(_) | SafeError::Nameless | SafeError::Force(_) => Exit::Environment,
            SafeError::Name { .. } => Exit::Usage,
            SafeError::NotAllowed(_)
            | SafeError::None { .. }
            | SafeError::Refused { .. }
            | SafeError::NoRecipients
            | SafeError::Recipient { .. }
            | SafeError::Provider { .. }
            | SafeError::Patch { .. }
            | SafeError::Seal { .. }
            | SafeError::Write(_) => Exit::Refused,
        };
        if let SafeError::Write(error) = error {
            return error.into();
        }
        let hint = error.hint();
        let told = Self::new(exit, error.to_string());
        match hint {
            Some(hint) => told.hint(hint),
            None => told,
        }
    }
}

/// Tells what was committed.
fn tell(made: &Made, as_json: bool, more: serde_json::Value, ui: &mut Ui) {
    if as_json {
        let mut value = json!({ "commit": made.commit, "did": made.commit.as_ref().map(|_| &made.subject) });
        if let (Some(value), serde_json::Value::Object(more)) = (value.as_object_mut(), more) {
            value.extend(more);
        }
        ui.line(format_args!("{value:#}"));
        return;
    }
    match &made.commit {
        Some(commit) => ui.note(format_args!("{} ({})", made.subject, &commit[..10.min(commit.len())])),
        None => ui.note("nothing to do: it is as wanted already"),
    }
}

/// A file named on the command line.
fn told(path: &std::path::Path) -> String {
    crate::cli::escape::line(&path.display().to_string())
}

/// Where a value comes from.
#[derive(Debug, Clone, clap::Args)]
struct From_ {
    /// Read the value from this file
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// A value, where none belongs. Taken here, so that it is refused without being shown once more
    #[arg(hide = true, value_name = "VALUE")]
    given: Vec<std::ffi::OsString>,
}
