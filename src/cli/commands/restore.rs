//! `corp restore`: brings a thing back as it was.

use super::Context;
use super::show::split;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::history::{self, change};
use crate::cli::ui::Ui;
use crate::model::{Scalar as _, Slug};
use crate::store::history::Thing;
use crate::store::history::undo::Refused;
use crate::store::message::{Line, Message};

/// Bring a thing back as it was
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp restore cto@yesterday --dry-run     what would change
  corp restore agents/cto/AGENTS.md@HEAD~3
  corp restore ACME-12@2026-11-20T10:00

Files that the thing did not have then stay. Records (checkouts, the ledger) stay as they are.")]
pub struct Args {
    /// A path, an agent, a ticket or `goal:launch`, and when it was as wanted
    #[arg(value_name = "THING@REV|@TIME")]
    thing: String,
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
    let (name, Some(then)) = split(&opened, &args.thing)? else {
        let message = format!("`{}` does not say when", escape::line(&args.thing));
        return Err(CommandError::new(Exit::Usage, message).hint("add a commit or a time: `THING@yesterday`"));
    };
    let thing = match opened.history.thing(name, then)? {
        Some(thing) => thing,
        None if Slug::parse(name).is_ok() => Thing::agent(name),
        None => return Err(opened.no_thing(name, Some(then))),
    };
    let mut plan = opened.history.plan_restore(head, &thing, then)?;
    let commit = opened.history.commit(then)?;
    if let Some(Refused::Odd { path, .. }) = plan.refused.first() {
        let message = format!("{} is a link, another repository, or too large", escape::line(path));
        return Err(CommandError::new(Exit::Refused, message).hint("name the files one by one, or use `git restore`"));
    }
    let mut there = false;
    for path in &thing.paths {
        there |= opened.history.exists(then, path)?;
    }
    if !there {
        let message = format!("there is no `{}` in {}", escape::line(name), opened.told(&commit));
        return Err(CommandError::new(Exit::Refused, message)
            .hint(format!("`corp log {}` shows when it was", escape::line(name))));
    }
    plan.differences.sort_by(|one, other| one.path.cmp(&other.path));
    let mut message = Message::new(&format!("Restore {name} as of {}", opened.time(commit.time))).with_body(&format!(
        "As it was in {} {}",
        commit.id,
        commit.message.subject()
    ));
    message.trailers.cause = Line::new(&format!("restore from {}", commit.id));
    change::judge(&opened, head, &plan, ui)?;
    let made = match &plan.changes[..] {
        [] => None,
        _ if args.dry_run => None,
        _ => Some(change::commit(context, &opened, &plan, message, ui)?),
    };
    change::tell(&opened, &plan, made.as_ref(), args.dry_run, args.json, ui);
    Ok(Exit::Done)
}
