//! `corp sync`: brings this clone and its remote together, once or again and again.

use super::Context;
use crate::cli::Outcome;
use crate::cli::environment::Chance;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::format::difference::words;
use crate::format::document::{self, Document};
use crate::store::home::{self, HomeError};
use crate::store::sync::{self, Chosen, Report, Request, Sent, Side, SyncError};
use std::path::Path;
use std::time::Duration;

/// Seconds between two looks at the remote when none are said.
const WATCH_SECONDS: u64 = 60;

/// Least seconds between two looks: a remote is somebody's machine.
const WATCH_SECONDS_MIN: u64 = 1;

/// Longest pause between two tries while the remote cannot be reached, in seconds.
const OFFLINE_SECONDS_MAX: u64 = 900;

/// Bring what others did in, and send what was done here
///
/// Fetches with your own git and its credentials, looks at what came before it is in force, merges it by what the files
/// say, and pushes; never by force. What cannot be taken in is shown and waits; nothing is lost. Offline it ends with 5.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp sync                       once
  corp sync --watch               every minute, until it is stopped
  corp sync --here corp.yaml      where both sides changed the same in corp.yaml, what is here stays
  corp sync --there .             everywhere, what came is taken
  corp sync --accept 1a2b3c4      take this commit although it adds errors, or the branch was rewritten")]
pub struct Args {
    /// Do it again every so many seconds, until stopped
    #[arg(long, value_name = "SECONDS", num_args = 0..=1)]
    watch: Option<Option<u64>>,
    /// The remote, instead of the branch's own or `origin`
    #[arg(long, value_name = "NAME")]
    remote: Option<String>,
    #[command(flatten)]
    choices: Choices,
}

/// What a person says about what comes.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Choices {
    /// Take this commit as it is: you have looked at it
    #[arg(long, value_name = "COMMIT")]
    accept: Option<String>,
    /// Where both changed the same in this file (`.`: in any), keep what is here
    #[arg(long, value_name = "FILE")]
    here: Vec<String>,
    /// Where both changed the same in this file (`.`: in any), take what came
    #[arg(long, value_name = "FILE")]
    there: Vec<String>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    let mut chance = context.environment.chance.clone();
    let mut request = request(&root, context, &mut chance, args.remote.clone(), &args.choices)?;
    let mut writer = sync::writer(&root, &request.branch)?;
    let Some(watch) = args.watch else {
        let report = sync::sync(&mut writer, &request, &mut || chance.draw()).map_err(|error| told(error, ui))?;
        tell(&report, &request, true, ui);
        return Ok(Exit::Done);
    };
    let every = watch.unwrap_or(WATCH_SECONDS).max(WATCH_SECONDS_MIN);
    let mut last = String::new();
    let mut failed: u32 = 0;
    loop {
        request.at = context.environment.clock.now();
        match sync::sync(&mut writer, &request, &mut || chance.draw()) {
            Ok(report) => {
                if failed > 0 {
                    ui.note(format_args!("`{}` is there again", report.remote));
                }
                (failed, last) = (0, String::new());
                tell(&report, &request, false, ui);
            }
            Err(error) => {
                failed = if matches!(error, SyncError::Unreachable { .. }) { failed.saturating_add(1) } else { 0 };
                // Said once, not every minute.
                let text = error.to_string();
                if text != last {
                    let error = told(error, ui);
                    ui.error(&error.message);
                    error.hints.iter().for_each(|hint| ui.hint(hint));
                    last = text;
                }
            }
        }
        let pause = (every << failed.min(6)).min(OFFLINE_SECONDS_MAX.max(every));
        // A tenth more or less, so that many clones do not come at the same moment.
        let part = pause * 1_000 / 10;
        std::thread::sleep(Duration::from_millis(pause * 1_000 - part / 2 + chance.draw() % part.max(1)));
    }
}

/// What every command that syncs asks for.
pub(super) fn request(
    root: &Path,
    context: &Context,
    chance: &mut Chance,
    remote: Option<String>,
    choices: &Choices,
) -> Result<Request, CommandError> {
    let identity = home::identity(root, &mut || chance.draw())?;
    let accept = choices.accept.clone();
    if accept.as_ref().is_some_and(|id| id.len() < 7 || !id.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        return Err(CommandError::new(
            Exit::Usage,
            "`--accept` takes the id of a commit, at least its first seven digits",
        ));
    }
    Ok(Request {
        root: root.to_owned(),
        branch: branch(root),
        remote,
        author: context.person(),
        clone: identity.clone,
        accept,
        chosen: chosen(&choices.here, &choices.there)?,
        ask: context.environment.interactive,
        at: context.environment.now,
    })
}

/// The branch the company lives on.
pub(super) fn branch(root: &Path) -> String {
    let text = std::fs::read_to_string(root.join("corp.yaml")).unwrap_or_default();
    match document::read("corp.yaml", &text).0 {
        Document::Corp(corp) => corp.branch,
        _ => None,
    }
    .unwrap_or_else(|| "main".to_owned())
}

fn chosen(here: &[String], there: &[String]) -> Result<Chosen, CommandError> {
    let mut chosen = Chosen::new();
    let sides = here.iter().map(|path| (path, Side::Here)).chain(there.iter().map(|path| (path, Side::There)));
    for (path, side) in sides {
        let path = if path == "." { "" } else { path.trim_start_matches("./") };
        if chosen.insert(path.to_owned(), side).is_some_and(|before| before != side) {
            let what = if path.is_empty() { "everything" } else { path };
            return Err(CommandError::new(Exit::Usage, format!("{what} cannot be both `--here` and `--there`")));
        }
    }
    Ok(chosen)
}

/// Shows what was done. `always`: also that there was nothing to do.
pub(super) fn tell(report: &Report, request: &Request, always: bool, ui: &mut Ui) {
    for difference in &report.came {
        ui.line(words::line(difference));
    }
    if let Some(brought) = &report.brought {
        let from = if report.remote.is_empty() { String::new() } else { format!(" from `{}`", report.remote) };
        ui.note(format_args!("brought in {}{from}: {}", commits(report.commits), &brought.commit[..10]));
        for path in &brought.kept {
            ui.note(format_args!("{path}: what you have not committed there is kept beside what came"));
        }
    }
    for (old, new) in &report.renumbered {
        ui.note(format_args!("two tickets were called {old}; the newer one is {new} now"));
    }
    match &report.sent {
        Sent::Nothing if always && report.brought.is_none() => ui.note("nothing to bring in, nothing to send"),
        Sent::Nothing => {}
        Sent::Commits(number) => ui.note(format_args!("sent {} to `{}`", commits(*number), report.remote)),
        Sent::Waits { branch, commits: number, reason } => {
            ui.note(format_args!("`{}` does not take `{}` from here ({reason})", report.remote, request.branch));
            ui.note(format_args!("{} there on `{branch}` until home merges it", wait(*number)));
            ui.hint(format_args!("at home: corp sync && corp merge {branch} && corp sync"));
        }
    }
    if always && !report.waiting.is_empty() {
        ui.note(format_args!("waiting to be merged by home: {}", report.waiting.join(", ")));
        ui.hint(format_args!("at home: corp merge {}", report.waiting[0]));
    }
}

fn commits(number: usize) -> String {
    if number == 1 { "1 commit".to_owned() } else { format!("{number} commits") }
}

fn wait(number: usize) -> String {
    format!("{} {}", commits(number), if number == 1 { "waits" } else { "wait" })
}

/// An error with everything there is to say about it.
pub(super) fn told(error: SyncError, ui: &mut Ui) -> CommandError {
    match &error {
        SyncError::Objections { objections, .. } => {
            for diagnostic in &objections.diagnostics {
                ui.diagnostic(diagnostic, &|file| objections.source(file));
            }
        }
        SyncError::Conflicts { conflicts, .. } => {
            for (path, conflict) in conflicts {
                let found = conflict.diagnostic(path);
                ui.line(format_args!("{path}: {}", found.message));
            }
        }
        _ => {}
    }
    error.into()
}

impl From<SyncError> for CommandError {
    fn from(error: SyncError) -> Self {
        let message = error.to_string();
        match error {
            SyncError::NoRemote(_) => Self::new(Exit::Environment, message),
            SyncError::NoBranch(_) => Self::new(Exit::Usage, message).hint("`corp merge` lists what waits"),
            SyncError::Busy => Self::new(Exit::Held, message).hint("it will bring everything along; wait for it"),
            SyncError::Unreachable { waiting, .. } => {
                let waits = if waiting == 0 {
                    "nothing waits to be sent".to_owned()
                } else {
                    format!("{} here to be sent", wait(waiting))
                };
                Self::new(Exit::Environment, message)
                    .hint(format!("{waits}; nothing is lost, and everything here goes on without it"))
                    .hint("again: corp sync; by itself as soon as it can: corp sync --watch")
            }
            SyncError::Rewritten { had, has, branch, .. } => Self::new(Exit::Refused, message)
                .hint(format!("nothing here was changed; what came is kept as {}", incoming(&has.to_string())))
                .hint(format!("see what differs: git diff {} {}", short(&had.to_string()), short(&has.to_string())))
                .hint(format!("to merge it with what is here: corp sync --accept {}", short(&has.to_string())))
                .hint(format!(
                    "to put `{branch}` there back, somebody who may pushes {} to it",
                    short(&had.to_string())
                )),
            SyncError::Gone { had, .. } => Self::new(Exit::Refused, message)
                .hint("nothing here was changed")
                .hint(format!("to push it there again: corp sync --accept {}", short(&had.to_string()))),
            SyncError::Unrelated { .. } => Self::new(Exit::Refused, message)
                .hint("look at the remote: git remote -v; two companies are never merged"),
            SyncError::Objections { commit, name, .. } => {
                let id = short(&commit.to_string());
                Self::new(Exit::Invalid, message)
                    .hint(format!("nothing here was changed; what came is kept as {}", incoming(&commit.to_string())))
                    .hint(format!(
                        "let it be put right where it was made, then: corp sync; see it: git log -p HEAD..{id}"
                    ))
                    .hint(if name.contains('/') {
                        format!("to take it as it is: corp sync --accept {id}")
                    } else {
                        format!("to take it as it is: corp merge {name} --accept {id}")
                    })
            }
            SyncError::Conflicts { commit, conflicts, .. } => {
                let path = conflicts.first().map(|(path, _)| path.clone()).unwrap_or_default();
                Self::new(Exit::Refused, message)
                    .hint(format!("nothing here was changed; what came is kept as {}", incoming(&commit.to_string())))
                    .hint(format!("choose: --here {path} or --there {path} (`.` for every file)"))
                    .hint(format!(
                        "or settle it by hand: git merge {}, which marks both; then corp sync",
                        short(&commit.to_string())
                    ))
            }
            SyncError::Contended { .. } => Self::new(Exit::Held, message),
            SyncError::Refused { .. } => Self::new(Exit::Refused, message),
            SyncError::Write(error) => error.into(),
            SyncError::Git(_) => Self::new(Exit::Environment, message),
        }
    }
}

fn short(id: &str) -> String {
    id.chars().take(10).collect()
}

fn incoming(id: &str) -> String {
    format!("{} under refs/corp/incoming/", short(id))
}

impl From<HomeError> for CommandError {
    fn from(error: HomeError) -> Self {
        match error {
            HomeError::Write(error) => error.into(),
            HomeError::Unreadable => Self::new(Exit::Invalid, error.to_string()),
            HomeError::NoRepository { .. } | HomeError::Io { .. } => Self::new(Exit::Environment, error.to_string()),
        }
    }
}
