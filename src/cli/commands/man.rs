//! `corp man`: the manual, made from the same text as `--help`.

use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::cli::{Cli, Outcome};
use clap::CommandFactory as _;
use std::fs;
use std::path::PathBuf;

/// Print the manual page, or write the pages of all commands into a folder
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp man | man -l -                          read it
  corp man ~/.local/share/man/man1             then `man corp-ticket-new`")]
pub struct Args {
    /// The folder that gets a page for each command
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let Some(folder) = &args.folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command())
            .render(&mut page)
            .map_err(|error| CommandError::bug(format!("the page cannot be written: {error}")))?;
        ui.raw(&String::from_utf8_lossy(&page));
        return Ok(Exit::Done);
    };
    let failed = |error| CommandError::new(Exit::Environment, format!("cannot write to {}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).map_err(failed)?;
    Ok(Exit::Done)
}
