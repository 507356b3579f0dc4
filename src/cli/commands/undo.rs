//! `corp undo`: takes commits back, key by key, so that what came later stays.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::history::{self, Opened, change};
use crate::cli::ui::Ui;
use crate::store::history::undo::{Plan, Refused};
use crate::store::history::{Commit, Id};
use crate::store::message::{Line, Message};

/// Take commits back, and keep what came later
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp undo a80c55d --dry-run    what would change
  corp undo a80c55d              take it back, as a commit of yours
  corp undo HEAD HEAD~1          several, in one commit

A key that was changed again later is not touched: the answer says by whom, and nothing is done.")]
pub struct Args {
    /// The commits: beginnings of ids, `HEAD~2`, branches or tags
    #[arg(value_name = "REV", required = true)]
    revisions: Vec<String>,
    /// Only say what would change
    #[arg(long)]
    dry_run: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let opened = history::open(context)?;
    let head = opened.history.head()?;
    let wanted: Vec<Id> = args.revisions.iter().map(|text| opened.history.revision(text)).collect::<Result<_, _>>()?;
    let plan = opened.history.plan_undo(head, &wanted)?;
    if !plan.refused.is_empty() {
        return Err(refused(&opened, &plan));
    }
    change::judge(&opened, head, &plan, ui)?;
    let commit = match &plan.changes[..] {
        [] => None,
        _ if args.dry_run => None,
        _ => Some(change::commit(context, &opened, &plan, message(&plan), ui)?),
    };
    change::tell(&opened, &plan, commit.as_ref(), args.dry_run, args.json, ui);
    Ok(Exit::Done)
}

fn message(plan: &Plan) -> Message {
    let subject = match &plan.commits[..] {
        [one] => format!("Undo: {}", one.message.subject()),
        many => format!("Undo {} changes", many.len()),
    };
    let body: Vec<String> =
        plan.commits.iter().map(|commit| format!("Takes back {} {}", commit.id, commit.message.subject())).collect();
    let mut message = Message::new(&subject).with_body(&body.join("\n"));
    message.trailers.cause = plan.commits.first().and_then(|commit| Line::new(&format!("undo of {}", commit.id)));
    message
}

fn refused(opened: &Opened, plan: &Plan) -> CommandError {
    let told = |commit: &Commit| {
        format!("{} {}", opened.told(commit), escape::line(&format!("“{}”", commit.message.subject())))
    };
    let reason = |refused: &Refused| match refused {
        Refused::File { refusal, later, .. } => {
            let by = later.as_ref().map(|later| format!(": by {} in {}", escape::line(later.who.name()), told(later)));
            format!(
                "{}: {}{}",
                escape::line(&refusal.path),
                escape::line(&refusal.why.to_string()),
                by.unwrap_or_default()
            )
        }
        Refused::Odd { path, .. } => {
            format!("{}: it is a link, another repository, too large, or changed its type", escape::line(path))
        }
        Refused::Unknown { commit } => format!("{}: what it changed is not in this history", told(commit)),
    };
    let first = plan.refused.first().map(|refused| match refused {
        Refused::File { commit, .. } | Refused::Odd { commit, .. } | Refused::Unknown { commit } => told(commit),
    });
    let message = format!("{} cannot be taken back; nothing was changed", first.unwrap_or_default());
    let mut error = CommandError::new(Exit::Refused, message);
    error.hints = plan.refused.iter().map(reason).collect();
    error
}
