//! `corp ticket edit` and its short forms: one change of a ticket, one commit.

use crate::cli::Outcome;
use crate::cli::ask::ask;
use crate::cli::commands::Context;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::runtime::wire::{Ask, TicketEdit};

/// What becomes of a ticket. What is not given stays; an empty word takes a key away.
#[derive(Debug, clap::Args)]
pub(super) struct Edit {
    /// The ticket, such as `ACME-12`
    ticket: String,
    /// What is wanted, in a few words
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// What is wanted, in full
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,
    /// Where it stands
    #[arg(long, value_name = "WORD")]
    status: Option<String>,
    /// `critical`, `high`, `medium` or `low`
    #[arg(long, value_name = "WORD")]
    priority: Option<String>,
    /// The agent or person who does it
    #[arg(long, value_name = "WHO")]
    assignee: Option<String>,
    /// The project it belongs to
    #[arg(long, value_name = "SLUG")]
    project: Option<String>,
    /// The goal it serves
    #[arg(long, value_name = "SLUG")]
    goal: Option<String>,
    /// The ticket it is a part of
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
    /// A label it gets
    #[arg(long, value_name = "WORD")]
    label: Vec<String>,
    /// A label it loses
    #[arg(long, value_name = "WORD")]
    unlabel: Vec<String>,
    /// A ticket it waits for from now on
    #[arg(long, value_name = "ID")]
    wait_for: Vec<String>,
    /// A ticket it waits for no longer
    #[arg(long, value_name = "ID")]
    not_wait_for: Vec<String>,
    /// Who unblocks it
    #[arg(long, value_name = "WHO")]
    unblock_owner: Option<String>,
    #[command(flatten)]
    stages: super::new::Stages,
    /// Nobody judges it any more: whoever does it says when it is done
    #[arg(long, conflicts_with_all = ["review", "approval"])]
    no_stages: bool,
    /// Why; it stands in the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

impl Edit {
    pub(super) fn run(&self, context: &Context, ui: &mut Ui) -> Outcome {
        let stages = self.stages.tags();
        let edit = TicketEdit {
            title: self.title.clone(),
            body: self.body.clone(),
            status: self.status.clone(),
            reopen: false,
            priority: self.priority.clone(),
            assignee: self.assignee.clone(),
            project: self.project.clone(),
            goal: self.goal.clone(),
            parent: self.parent.clone(),
            unblock_owner: self.unblock_owner.clone(),
            label: self.label.clone(),
            unlabel: self.unlabel.clone(),
            wait_for: self.wait_for.clone(),
            not_wait_for: self.not_wait_for.clone(),
            stages: (self.no_stages || !stages.is_empty()).then_some(stages),
        };
        change(&self.ticket, edit, self.reason.as_deref(), "is changed", context, ui)
    }
}

/// Changes a ticket, and tells what became of it.
pub(super) fn change(
    ticket: &str,
    edit: TicketEdit,
    reason: Option<&str>,
    told: &str,
    context: &Context,
    ui: &mut Ui,
) -> Outcome {
    let ask_for =
        Ask::EditTicket { ticket: ticket.to_owned(), change: Box::new(edit), reason: reason.map(str::to_owned) };
    let answer = ask(context, ask_for)?;
    if answer["already"] == true {
        ui.note(format_args!("{ticket} is so already"));
    } else {
        ui.note(format_args!("{ticket} {told}"));
    }
    Ok(Exit::Done)
}
