//! A plan to change what is committed: made a commit of the person at this machine, and told.

use super::Opened;
use crate::cli::commands::Context;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::ui::Ui;
use crate::format::layout::{self, Kind};
use crate::model::{Scalar as _, Slug, TicketId};
use crate::store::force::{self, Force};
use crate::store::found::{self, Author};
use crate::store::history::undo::Plan;
use crate::store::history::{History, Id};
use crate::store::message::Message;
use crate::store::writer::{Committed, Mutation, Options, Writer};
use serde_json::json;

/// Commits a plan in the name of the person at this machine.
///
/// # Errors
/// What the writer says.
pub fn commit(
    context: &Context,
    opened: &Opened,
    plan: &Plan,
    mut message: Message,
    ui: &Ui,
) -> Result<Committed, CommandError> {
    let history = &opened.history;
    let author = author(context, opened);
    let id = history.board_member(&author.email).and_then(|id| Slug::parse(id).ok());
    message.trailers.actor = id.or_else(|| Slug::from_name(&author.name));
    for change in &plan.changes {
        let located = layout::locate(&change.path);
        if located.kind == Kind::Ticket
            && let Ok(id) = TicketId::parse(located.name)
            && !message.trailers.tickets.contains(&id)
        {
            message.trailers.tickets.push(id);
        }
    }
    let mutation = Mutation { author, at: context.environment.now, message, changes: plan.changes.clone() };
    let mut writer = Writer::open(Options::of(history.root()))?;
    writer.on_wait(ui.waiter());
    let answer = writer.commit(std::slice::from_ref(&mutation)).pop();
    answer.unwrap_or_else(|| unreachable!("the writer answers each mutation")).map_err(CommandError::from)
}

/// The person at this machine, as a commit names them.
pub fn author(context: &Context, opened: &Opened) -> Author {
    let user = context.environment.user.clone().unwrap_or_else(|| "nobody".to_owned());
    let author = opened.history.identity().or_else(found::identity);
    author.unwrap_or_else(|| Author { email: format!("{user}@localhost"), name: user })
}

/// Refuses a plan that would break what is not broken, and shows what.
///
/// # Errors
/// It would, or the committed files cannot be read.
pub fn judge(opened: &Opened, head: Id, plan: &Plan, ui: &mut Ui) -> Result<(), CommandError> {
    if plan.changes.is_empty() {
        return Ok(());
    }
    let branch = force::branch(&opened.history)?;
    let mut force = Force::at(History::open(opened.history.root())?, &branch, Some(head))?;
    let broken = force.breaks(&plan.changes)?;
    let Some(first) = broken.diagnostics.first() else { return Ok(()) };
    broken.diagnostics.iter().for_each(|diagnostic| ui.note_diagnostic(diagnostic, &|file| broken.source(file)));
    let message = format!("this would break the company ({}); nothing was changed", first.code);
    Err(CommandError::new(Exit::Refused, message)
        .hint("take back what depends on it in the same step, or change it first; `corp explain CODE` tells more"))
}

/// Tells what a plan changes, or changed.
pub fn tell(opened: &Opened, plan: &Plan, made: Option<&Committed>, dry_run: bool, json: bool, ui: &mut Ui) {
    if json {
        let value = json!({
            "undone": plan.commits.iter().map(|commit| commit.id.to_string()).collect::<Vec<_>>(),
            "commit": made.map(|made| &made.commit),
            "dry_run": dry_run,
            "changes": super::json(&plan.differences),
            "terminated": plan.terminated,
            "records_kept": plan.kept,
            "released": plan.released,
            "unsaved_kept": made.map(|made| &made.kept),
        });
        ui.line(format_args!("{value:#}"));
        return;
    }
    for line in super::told(&plan.differences) {
        ui.line(line);
    }
    for agent in &plan.terminated {
        ui.note(format_args!("{} stays and is terminated, since its work stays", escape::line(agent)));
    }
    for path in &plan.kept {
        ui.note(format_args!("{} is a record and stays as it is", escape::line(path)));
    }
    for path in &plan.released {
        ui.note(format_args!("{} becomes `todo`, since nobody has it checked out", escape::line(path)));
    }
    match made {
        Some(made) => {
            let id = opened.history.short_of(&made.commit);
            ui.note(format_args!("committed as {id}; `corp undo {id}` takes it back"));
            for path in &made.kept {
                ui.note(format_args!("{}: what you had not committed is still there", escape::line(path)));
            }
        }
        None if plan.changes.is_empty() => ui.note("nothing to do: it is as wanted already"),
        None => ui.note("nothing was changed; leave `--dry-run` out to do it"),
    }
}
