//! The command line: one command per file in [`commands`], arguments in, outcome shown, exit code out.
//!
//! No rule about companies is stated here. Output goes through [`ui`], exit codes through [`error`].

pub mod ask;
pub mod bring;
pub mod commands;
pub mod complete;
pub mod conversation;
pub mod editor;
pub mod environment;
pub mod error;
pub mod escape;
pub mod history;
pub mod looking;
pub mod markdown;
pub mod meant;
pub mod pager;
pub mod preferences;
pub mod progress;
mod signed;
pub mod table;
pub mod ui;

use crate::runtime::client::Door;
use clap::{CommandFactory as _, FromArgMatches as _, Parser};
use environment::Environment;
use error::CommandError;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use ui::Ui;

/// Run a company of AI agents from a git repository.
#[derive(Debug, Parser)]
#[command(name = "corp", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: commands::Command,
}

/// What can be said with every command.
#[derive(Debug, Default, clap::Args)]
pub struct Flags {
    /// The company's folder, instead of the current one
    #[arg(short = 'C', long = "company", global = true, value_name = "DIR")]
    company: Option<PathBuf>,
    /// Only data and errors: no notes, no hints
    #[arg(short, long, global = true, help_heading = "For every command")]
    quiet: bool,
    /// Also tell what the program does
    #[arg(short, long, global = true, conflicts_with = "quiet", help_heading = "For every command")]
    verbose: bool,
    /// Write long output to the terminal, not into a pager
    #[arg(long, global = true, help_heading = "For every command")]
    no_pager: bool,
}

/// The other edges, which commands open: edges do not know each other.
#[derive(Debug, Clone, Copy)]
pub struct Edges {
    /// Serves the tools of the run whose door this is, until standard input ends.
    pub mcp: fn(Door) -> std::io::Result<()>,
}

impl Edges {
    /// For looking at a company where no command is given that could open one.
    pub const CLOSED: Self = Self { mcp: |_| Err(std::io::ErrorKind::Unsupported.into()) };
}

/// Runs the program with `args` (the first is its name) and returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>, edges: Edges) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    // Every run begins with this one. It looks at nothing around it but the clock, and waits for no table of commands.
    if let [_, verb, folder] = args.as_slice()
        && verb == "supervise"
    {
        return commands::supervise::at_once(Path::new(folder), environment::clock()).into();
    }
    // And goes on with this one, which looks at nothing but what it is given.
    if let [_, verb, policy, program, arguments @ ..] = args.as_slice()
        && verb == crate::sandbox::launch::VERB
    {
        return commands::confine::become_confined(Path::new(policy), program, arguments).into();
    }
    match complete::answer(&args) {
        Ok(true) => return error::Exit::Done.into(),
        Ok(false) => {}
        Err(error) => return error::usage(error),
    }
    let parsed = Cli::command().try_get_matches_from(args).and_then(|matches| {
        let cli = Cli::from_arg_matches(&matches)?;
        Ok((matches, cli))
    });
    let (matches, cli) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return error::usage(error),
    };
    let context = commands::Context::new(Environment::read(), &cli.flags, edges);
    let mut ui = Ui::new(&context.preferences);
    for wrong in &context.preferences.wrong {
        ui.note_diagnostic(wrong, &|_| Some(context.preferences.source()));
    }
    if context.preferences.verbose.value {
        cli.command.tell(context.preferences.colour.value);
    }
    let is_read = cli.command.is_read() && !is_for_programs(&matches);
    let read = is_read.then_some(context.preferences.pager.value.as_str());
    let pager = read.and_then(|command| pager::Pager::start(command, &context.environment));
    let outcome = cli.command.run(&context, &mut ui);
    // What is wrong is said after what was read.
    drop(pager);
    match outcome {
        Ok(code) => code.into(),
        Err(error) => error::show(&meant::explained(error, &matches, cli.flags.company.as_ref()), &mut ui),
    }
}

/// Whether JSON is asked for, which nobody reads page by page.
fn is_for_programs(matches: &clap::ArgMatches) -> bool {
    let mut verb = matches;
    while let Some((_, below)) = verb.subcommand() {
        verb = below;
    }
    matches!(verb.try_get_one::<bool>("json"), Ok(Some(true)))
}

/// What a command returns.
pub type Outcome = Result<error::Exit, CommandError>;
