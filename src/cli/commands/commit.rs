//! `corp commit`: makes what a person changed by hand one commit in their name.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::{live, value_in};
use crate::cli::error::{CommandError, Exit, no_repository};
use crate::cli::ui::Ui;
use crate::diag::Severity;
use crate::format::difference::words;

use crate::store::force::{Advanced, Force};
use crate::store::found;
use crate::store::hand::{self, Edits, HandError, Keeper};
use crate::store::watch::{SCAN_WITHOUT_WATCH_MS, Watch};
use crate::store::writer::{Options, WriteError, Writer};
use std::path::Path;
use std::time::Duration;

/// Commit what you changed by hand; files with errors stay as they are
///
/// What is staged stays staged. Without `-m` the commit says what changed: "cto: heartbeat every 30m → 1h".
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp commit                                   all you saved, in one commit that says what changed
  corp commit agents/ceo -m \"Slow the CEO down\"
  corp commit --watch                           whatever you save from now on")]
pub struct Args {
    /// Only this file or folder of the company
    path: Option<String>,
    /// What the commit says
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Go on: commit what is saved from now on, until it is stopped with Ctrl-C
    #[arg(long, conflicts_with_all = ["path", "message", "dry_run"])]
    watch: bool,
    /// Show what would be committed, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    if !found::has_repository(&root) && found::repository_around(&root).is_none() {
        return Err(no_repository(&root));
    }
    if args.watch {
        return watch(&root, context, ui);
    }
    let mut edits = match &args.path {
        Some(path) => edits_of(path, &root)?,
        None => hand::edits(&root, "")?,
    };
    let live = live(context, &root)?;
    let mut values = false;
    edits.taken.retain(|file| match file.after.as_deref().and_then(|bytes| value_in(&live, bytes)) {
        Some((line, name)) => {
            values = true;
            edits.left.push((file.path.clone(), format!("line {line} holds the value of the secret {name}")));
            false
        }
        None => true,
    });
    for difference in hand::differences(&edits) {
        ui.line(words::line(&difference));
    }
    for (path, why) in &edits.left {
        ui.note(format_args!("left alone: {path}: {why}"));
    }
    let exit = if edits.diagnostics.iter().any(|found| found.severity == Severity::Error) {
        ui.hint("`corp check` shows the errors, with place and help");
        Exit::Invalid
    } else if values {
        ui.hint("take the value out: history is for ever");
        Exit::Invalid
    } else {
        Exit::Done
    };
    if edits.taken.is_empty() {
        ui.note("nothing to commit");
        return Ok(exit);
    }
    if args.dry_run {
        ui.note(format_args!("{} files would be committed", edits.taken.len()));
        return Ok(exit);
    }
    let author = context.person();
    let mut writer = Writer::open(Options::of(&root))?;
    writer.on_wait(ui.waiter());
    if let Some(done) = hand::commit(&mut writer, &edits, &author, context.environment.now, args.message.as_deref())? {
        ui.note(format_args!("committed {} as {}", count(edits.taken.len()), &done.commit[..10]));
    }
    Ok(exit)
}

/// What changed at `path`: a path of the company, or one as seen from the current folder.
fn edits_of(path: &str, root: &Path) -> Result<Edits, CommandError> {
    let from_here = || {
        let here = std::env::current_dir().ok()?.join(path);
        let (folder, name) = (here.parent()?.canonicalize().ok()?, here.file_name()?);
        let below = folder.join(name).strip_prefix(root.canonicalize().ok()?).ok()?.to_str()?.to_owned();
        Some(below)
    };
    for part in [Some(path.trim_matches('/').to_owned()), from_here()].into_iter().flatten() {
        let edits = hand::edits(root, &part)?;
        // What was removed is not there, and is a change.
        let is_there = !path.starts_with('/') && root.join(&part).symlink_metadata().is_ok();
        if is_there || !edits.taken.is_empty() || !edits.left.is_empty() {
            return Ok(edits);
        }
    }
    Err(CommandError::new(Exit::Usage, format!("there is no {path} in this company, and none was removed"))
        .hint("name a file or folder of the company, such as `agents/ceo`; `corp commit --dry-run` shows what changed"))
}

/// Longest wait between two looks, in milliseconds: somebody may set the clock.
const WAIT_MS: i64 = 5_000;

fn watch(root: &Path, context: &Context, ui: &mut Ui) -> Outcome {
    let user = context.environment.user.clone().unwrap_or_else(|| "owner".to_owned());
    let branch = crate::store::load(root)?.draft.corp.and_then(|corp| corp.branch).unwrap_or_else(|| "main".to_owned());
    let mut keeper = Keeper::open(root, hand::Options { branch: branch.clone(), user })?;
    keeper.knows(live(context, root)?);
    let mut writer = Writer::open(Options { branch: branch.clone(), ..Options::new(root) })?;
    let mut force = Force::load(root, &branch).map_err(HandError::from)?;
    let mut watch = match Watch::start(root, &branch, || {}, |_| false) {
        Ok(watch) => Some(watch),
        Err(error) => {
            ui.note(format_args!("{error}; all files are looked at every few seconds"));
            keeper.scan_every(SCAN_WITHOUT_WATCH_MS);
            None
        }
    };
    ui.note(format_args!("watching {}; Ctrl-C ends it", root.display()));
    let mut paused = None;
    loop {
        let looked =
            match keeper.look(&mut force, &mut writer, &mut Advanced::default(), context.environment.clock.now()) {
                Ok(looked) => looked,
                // Somebody else is busy; what was saved waits.
                Err(HandError::Write(error @ (WriteError::Busy { .. } | WriteError::GitLock { .. }))) => {
                    ui.note(error);
                    hand::Looked::default()
                }
                Err(error) => return Err(error.into()),
            };
        if looked.paused != paused {
            ui.note(looked.paused.as_ref().map_or_else(|| "going on".to_owned(), ToString::to_string));
            paused = looked.paused;
        }
        for done in looked.committed {
            ui.line(format_args!("{} {}", &done.commit[..10], done.subject));
        }
        for told in looked.told {
            ui.note(format_args!("{}: {}", told.path, told.words));
        }
        let wait = keeper.next_look().duration_since(context.environment.clock.now()).as_millis();
        let wait = i64::try_from(wait).unwrap_or(WAIT_MS).clamp(20, WAIT_MS);
        let wait = Duration::from_millis(wait.unsigned_abs());
        let Some(watch) = &mut watch else {
            std::thread::sleep(wait);
            continue;
        };
        watch.wait(wait);
        let hints = watch.hints();
        keeper.heed(&hints);
        if let Some(told) = hints.told {
            ui.note(told);
        }
    }
}

fn count(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

impl From<WriteError> for CommandError {
    fn from(error: WriteError) -> Self {
        let exit = match &error {
            WriteError::Moved { .. } | WriteError::Busy { .. } | WriteError::GitLock { .. } => Exit::Held,
            WriteError::Contended { .. } | WriteError::Paused(_) | WriteError::Stopped => Exit::Held,
            WriteError::Path { .. } => Exit::Refused,
            WriteError::Unsuitable { .. } | WriteError::Io { .. } | WriteError::Git { .. } => Exit::Environment,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<HandError> for CommandError {
    fn from(error: HandError) -> Self {
        match error {
            HandError::Load(error) => error.into(),
            HandError::Write(error) => error.into(),
            HandError::Force(_) | HandError::Git(_) => Self::new(Exit::Environment, error.to_string()),
        }
    }
}
