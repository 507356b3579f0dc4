//! `corp bench`: what things cost on this machine.

mod barrier;
mod growth;
mod lists;
mod money;
mod runs;
mod store;

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::store::bench::{self, BenchError};
use std::path::{Path, PathBuf};

/// Measure what things cost on this machine, in a folder made for it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp bench store                    durable changes, beside git commit and plain writes
  corp bench runs                     agents that are woken, by the real daemon")]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Barrier(barrier::Args),
    Growth(growth::Args),
    Lists(lists::Args),
    Money(money::Args),
    Runs(runs::Args),
    Store(store::Args),
}

/// What every bench is asked.
#[derive(Debug, clap::Args)]
struct Where {
    /// Make the folder on the disk that holds DIR, instead of the one for temporary files
    #[arg(long = "in", value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

impl Where {
    fn folder<'a>(&'a self, context: &'a Context, ui: &mut Ui) -> &'a Path {
        let folder = self.folder.as_deref().unwrap_or(&context.environment.scratch);
        if bench::is_memory(folder) {
            ui.note(format_args!("{} lies in memory, where nothing has to be waited for", folder.display()));
            ui.hint("`--in DIR` measures the disk that holds DIR");
        }
        folder
    }
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    match &args.command {
        Command::Barrier(args) => barrier::run(args, context, ui),
        Command::Growth(args) => growth::run(args, context, ui),
        Command::Lists(args) => lists::run(args, context, ui),
        Command::Money(args) => money::run(args, context, ui),
        Command::Runs(args) => runs::run(args, context, ui),
        Command::Store(args) => store::run(args, context, ui),
    }
}

impl From<BenchError> for CommandError {
    fn from(error: BenchError) -> Self {
        match error {
            BenchError::Write(error) => error.into(),
            other => Self::new(Exit::Environment, other.to_string()),
        }
    }
}

/// A time as a person reads it: milliseconds, two digits after the point.
fn ms(micros: u64) -> String {
    format!("{:.2}", micros as f64 / 1e3)
}
