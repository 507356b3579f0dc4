//! `corp up`: the daemon.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::{place, place_of};
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::runtime::client;
use crate::runtime::daemon::{self, DaemonError, Mode, Options};
use crate::runtime::place::Place;
use crate::runtime::wire::{Ask, Request};
use crate::store::doctor;
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use tracing::Level;

/// How long a daemon that was sent away may take to answer, in milliseconds.
const ANSWER_MS_MAX: u64 = 30_000;

/// Run the company: wake agents, hand out tickets, supervise runs
///
/// Several folders are served side by side, and know nothing of each other. Ctrl-C ends the daemon; what runs goes on and
/// is found by the next one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp up                             in the foreground; Ctrl-C ends it
  corp up --detach                    in the background; `corp status`, `corp down`
  corp up --until-idle                until nothing runs and nothing comes
  corp up acme other                  several companies at once")]
pub struct Args {
    /// The companies' folders; the one around if none is given
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Run in the background, with a log in the company's folder of state
    #[arg(long, conflicts_with_all = ["until_idle", "once"])]
    detach: bool,
    /// End when nothing runs and nothing comes within half a minute
    #[arg(long, conflicts_with = "once")]
    until_idle: bool,
    /// Start what is due now, wait for it, and end
    #[arg(long)]
    once: bool,
    /// How what happens is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    log_format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A line for people
    Text,
    /// A JSON object a line
    Json,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let places = if args.folders.is_empty() {
        vec![place(context)?]
    } else {
        args.folders.iter().map(|folder| place_of(context, folder)).collect::<Result<_, _>>()?
    };
    if args.detach {
        return detach(args, &places, ui);
    }
    let mode = match (args.until_idle, args.once) {
        (true, _) => Mode::UntilIdle,
        (_, true) => Mode::Once,
        (false, false) => Mode::Stay,
    };
    let level = if context.preferences.verbose.value { Level::DEBUG } else { Level::INFO };
    log(args.log_format, level, context.preferences.colour.value);
    for place in &places {
        around(place, context, ui);
    }
    let user = context.environment.user.clone().unwrap_or_else(|| "owner".to_owned());
    let tallies = daemon::serve(&places, &Options { mode, clock: context.environment.clock, user })?;
    for (place, tally) in places.iter().zip(tallies) {
        let name = place.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        ui.note(format_args!("{name}: {} started, {} settled, {} going on", tally.started, tally.settled, tally.left));
    }
    Ok(Exit::Done)
}

/// What is looked at around a company before it runs: what agents would suffer from, and their person does not see.
const AROUND: [&str; 2] = ["git-version", "account"];

/// Says what is wrong around a company that is about to run.
fn around(place: &Place, context: &Context, ui: &mut Ui) {
    for finding in doctor::look_for(&AROUND, &doctor::Ask::all(&place.root, context.environment.now)) {
        ui.note(format_args!("{}: {}: {}", finding.severity.word(), finding.place, finding.what));
        if let Some(help) = finding.help {
            ui.hint(help);
        }
    }
}

/// Writes what happens to standard error.
pub(super) fn log(format: Format, level: Level, colour: bool) {
    let builder = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_target(false);
    // A second one in the same process would keep the first, which is as good.
    let set = match format {
        Format::Text => builder.with_ansi(colour).compact().try_init(),
        Format::Json => builder.json().try_init(),
    };
    drop(set);
}

/// Starts the daemon apart from this terminal, and waits until it answers.
#[expect(clippy::disallowed_methods, reason = "the daemon is this program, started once more")]
fn detach(args: &Args, places: &[Place], ui: &mut Ui) -> Outcome {
    let Some(first) = places.first() else { return Ok(Exit::Done) };
    for place in places {
        if let Some(holder) = daemon::holder(place) {
            return Err(DaemonError::Runs { root: place.root.clone(), pid: holder.pid }.into());
        }
    }
    let failed = |error: std::io::Error| {
        CommandError::new(Exit::Environment, format!("the daemon could not be started: {error}"))
    };
    std::fs::create_dir_all(&first.state).map_err(failed)?;
    let log = OpenOptions::new().create(true).append(true).open(first.log()).map_err(failed)?;
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.arg("up").args(places.iter().map(|place| &place.root));
    command.args(["--log-format", if args.log_format == Format::Json { "json" } else { "text" }]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::from(log));
    {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
    }
    let mut child = command.spawn().map_err(failed)?;
    let status = Request { id: String::new(), by: None, run: None, token: None, ask: Ask::Status };
    let mut waited = 0;
    while !places.iter().all(|place| client::ask(place, &status).is_ok()) {
        let gone = child.try_wait().map_err(failed)?;
        if gone.is_some() || waited >= ANSWER_MS_MAX {
            let message = "the daemon did not come up";
            return Err(CommandError::new(Exit::Environment, message)
                .hint(format!("what it said is in {}", first.log().display())));
        }
        std::thread::sleep(Duration::from_millis(20));
        waited += 20;
    }
    ui.note(format_args!("the daemon runs as process {}; its log is {}", child.id(), first.log().display()));
    Ok(Exit::Done)
}

impl From<DaemonError> for CommandError {
    fn from(error: DaemonError) -> Self {
        match error {
            DaemonError::Runs { .. } => {
                Self::new(Exit::Held, error.to_string()).hint("`corp status` shows it, `corp down` ends it")
            }
            DaemonError::Company { source, .. } => source.into(),
            DaemonError::System { .. } => Self::new(Exit::Environment, error.to_string()),
        }
    }
}
