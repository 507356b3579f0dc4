//! `corp commit`: makes what a person changed by hand one commit in their name.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::diag::Severity;
use crate::format::difference::words;

use crate::store::found::{self, Author};
use crate::store::hand::{self, HandError};
use crate::store::writer::{Options, WriteError, Writer};

/// Commit what you changed by hand; files with errors stay as they are
///
/// What is staged stays staged. Without `-m` the commit says what changed: "cto: heartbeat every 30m → 1h".
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only this file or folder of the company
    path: Option<String>,
    /// What the commit says
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Show what would be committed, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    let part = args.path.as_deref().unwrap_or_default().trim_matches('/');
    let edits = hand::edits(&root, part)?;
    for difference in hand::differences(&edits) {
        ui.line(words::line(&difference));
    }
    for (path, why) in &edits.left {
        ui.note(format_args!("left alone: {path}: {why}"));
    }
    let exit = if edits.diagnostics.iter().any(|found| found.severity == Severity::Error) {
        ui.hint("`corp check` shows the errors, with place and help");
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
    let user = context.environment.user.clone().unwrap_or_else(|| "owner".to_owned());
    let author = found::identity().unwrap_or_else(|| Author { email: format!("{user}@localhost"), name: user });
    let mut writer = Writer::open(Options::of(&root))?;
    if let Some(done) = hand::commit(&mut writer, &edits, &author, context.environment.now, args.message.as_deref())? {
        ui.note(format_args!("committed {} as {}", count(edits.taken.len()), &done.commit[..10]));
    }
    Ok(exit)
}

fn count(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}

impl From<WriteError> for CommandError {
    fn from(error: WriteError) -> Self {
        let exit = match &error {
            WriteError::Moved { .. } | WriteError::Busy { .. } | WriteError::GitLock { .. } => Exit::Held,
            WriteError::Contended { .. } | WriteError::Paused(_) => Exit::Held,
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
