//! `corp demo`: a company of scripted agents that works through its tickets before one's eyes.

use super::{Command, Context, board, init};
use crate::cli::Outcome;
use crate::cli::ask::place;
use crate::cli::error::{CommandError, Exit};
use crate::cli::looking::look;
use crate::cli::ui::Ui;
use crate::runtime::daemon::{self, Mode, Options};
use crate::view::look::{Filter, Look, Seen};
use clap::Parser;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Between two looks at the board, in milliseconds.
const LOOK_MS: u64 = 100;

/// See a company work: three scripted agents, their tickets, a review and a budget; no account, no network
///
/// The folder stays, with everything that happened as its history.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp demo
  corp demo /tmp/acme && cd /tmp/acme && git log")]
pub struct Args {
    /// A folder that is not there yet
    #[arg(value_name = "DIR", default_value = "corp-demo")]
    folder: PathBuf,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let folder = &args.folder;
    if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(CommandError::new(Exit::Refused, format!("{} is there already", folder.display()))
            .hint(format!("name another folder, or look at what is there: cd {} && corp log", folder.display())));
    }
    let founder =
        init::Args { template: Some("studio".to_owned()), name: Some("Acme".to_owned()), ..init::Args::default() };
    let founded = init::found(&founder, folder, context)?;
    ui.note(format_args!(
        "{} is founded in {}: a CEO, an engineer and a reviewer, who play scripts",
        founded.answers.name,
        folder.display()
    ));
    let inside = context.at(folder.clone());
    live(&inside, ui)?;
    for line in [&["log", "-n", "40"][..], &["board"], &["cost"], &["inbox"]] {
        ui.note(format_args!("\n$ corp {}", line.join(" ")));
        type_in(line, &inside, ui)?;
    }
    next(folder, ui);
    Ok(Exit::Done)
}

/// Lets the company live until there is nothing to do. On a terminal the board is drawn meanwhile, and drawn over.
fn live(context: &Context, ui: &mut Ui) -> Result<(), CommandError> {
    let places = [place(context)?];
    let user = context.environment.user.clone().unwrap_or_else(|| "owner".to_owned());
    let options = Options { mode: Mode::UntilIdle, clock: context.environment.clock, user };
    let mut drawn = 0;
    let tallies = std::thread::scope(|scope| {
        let daemon = scope.spawn(|| daemon::serve(&places, &options));
        while !daemon.is_finished() {
            if context.environment.terminal {
                drawn = draw(context, drawn, ui);
            }
            std::thread::sleep(Duration::from_millis(LOOK_MS));
        }
        daemon.join()
    });
    if context.environment.terminal {
        draw(context, drawn, ui);
    }
    match tallies {
        Ok(tallies) => {
            let runs: usize = tallies?.iter().map(|tally| tally.settled).sum();
            ui.note(format_args!("{runs} runs, each of them in the history below"));
            Ok(())
        }
        Err(_) => Err(CommandError::bug("the daemon ended in the middle")),
    }
}

/// Draws the board over the one before, and says how many lines it has.
fn draw(context: &Context, before: usize, ui: &mut Ui) -> usize {
    // What cannot be seen in this moment is seen in the next.
    let which = Filter { all: true, ..Filter::default() };
    let Ok(Seen::Board(columns)) = look(context, Look::Board { which, most: Some(board::SHOWN_MAX) }) else {
        return before;
    };
    let lines = board::lines(&columns, context.environment.width);
    if before > 0 {
        ui.raw(&format!("\u{1b}[{before}A\u{1b}[J"));
    }
    for line in &lines {
        ui.line(line);
    }
    lines.len()
}

/// A command as somebody types it.
#[derive(Debug, Parser)]
struct Typed {
    #[command(subcommand)]
    command: Command,
}

fn type_in(line: &[&str], context: &Context, ui: &mut Ui) -> Outcome {
    let words = std::iter::once("corp").chain(line.iter().copied());
    let typed = Typed::try_parse_from(words).map_err(|error| CommandError::bug(error.to_string()))?;
    typed.command.run(context, ui)
}

fn next(folder: &Path, ui: &mut Ui) {
    let shown = folder.display();
    ui.note("\nnext, type:");
    ui.line(format_args!("  cd {shown} && corp log -v            # what every commit changed"));
    ui.line("  corp explain ACME-2                # why something runs, or waits");
    ui.line("  corp ticket new                    # give them work, then `corp up`");
}
