//! `corp ticket`: the work, by command. Everything here can also be done by editing a file.

mod change;
mod list;
mod new;
mod show;

pub(super) use list::Which;

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::ask;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::runtime::wire::{Ask, TicketEdit, attaching};
use std::path::PathBuf;

/// List, find and make tickets, check them out and give them back
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp ticket new --title \"A page for the harbour\" --assignee engineer
  corp ticket list --status in_review
  corp ticket show ACME-12
  corp ticket block ACME-12 --on ACME-9
  corp ticket approve ACME-12 --comment \"Reads well.\"")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Tickets on a line each: the open ones, or those that are described
    List {
        #[command(flatten)]
        which: Which,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Tickets with their parts
    Tree {
        /// Only this ticket, such as `ACME-12`
        ticket: Option<String>,
        /// Closed ones too
        #[arg(long)]
        closed: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Tickets whose title, body or thread holds the words, open or closed
    Search {
        /// The words; all of them have to be there
        #[arg(required = true)]
        words: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// One ticket, with its text, its parts and its thread
    Show {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Change a ticket: any of its keys, in one commit
    Edit(change::Edit),
    /// Give a ticket to somebody
    Assign {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// The agent or person; `nobody` takes it from whoever has it
        who: String,
    },
    /// Move a ticket to where it stands now
    Move {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// `backlog`, `todo`, `in_progress`, `in_review`, `blocked`, `done` or `cancelled`
        status: String,
        /// Why; it stands in the history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Ask somebody something in a ticket's thread
    Ask {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// Who should answer
        #[arg(long, value_name = "WHO")]
        to: String,
        /// The question
        text: String,
    },
    /// Answer a question in a ticket's thread
    Answer {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// The file of the question, if several are open
        #[arg(long, value_name = "FILE")]
        question: Option<String>,
        /// The answer
        text: String,
    },
    /// Say that a ticket cannot go on, and what would let it: a ticket, or somebody
    #[command(group(clap::ArgGroup::new("way-out").required(true).multiple(true).args(["on", "owner", "reason"])))]
    Block {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// A ticket it waits for
        #[arg(long, value_name = "ID")]
        on: Vec<String>,
        /// Who unblocks it; `board`: whoever is asked first there
        #[arg(long, value_name = "WHO")]
        owner: Option<String>,
        /// Why; it stands in the history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Let a blocked ticket go on
    Unblock {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// A ticket it waits for no longer
        #[arg(long, value_name = "ID")]
        from: Vec<String>,
        /// Why; it stands in the history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Make a ticket part of another, or have it wait for others
    #[command(group(clap::ArgGroup::new("to-what").required(true).multiple(true).args(["parent", "wait_for"])))]
    Link {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// The ticket it becomes a part of
        #[arg(long, value_name = "ID")]
        parent: Option<String>,
        /// A ticket it waits for
        #[arg(long, value_name = "ID")]
        wait_for: Vec<String>,
    },
    /// Give a ticket labels, or take some away
    Label {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// Labels it gets
        labels: Vec<String>,
        /// A label it loses
        #[arg(long, value_name = "WORD")]
        remove: Vec<String>,
    },
    /// Close a ticket: it is done, or not wanted any more
    Close {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// It is not wanted any more
        #[arg(long)]
        cancelled: bool,
        /// Why; it stands in the history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Open a closed ticket again
    Reopen {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// Why; it stands in the history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Make a ticket; with an assignee it is to do, without one it waits in the backlog. Without a title, your editor opens
    New(new::New),
    /// Check a ticket out: nobody else works on it until it is given back
    Checkout {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// For this agent or person
        #[arg(long = "as", value_name = "WHO")]
        holder: Option<String>,
    },
    /// Give a ticket back; it is to do again
    Release {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Say something in a ticket's thread
    Comment {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// What is said; `@slug` names somebody
        text: String,
    },
    /// Attach a file to a ticket
    Attach {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// The file
        file: PathBuf,
        /// What it is called there; its own name if it is left out
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// What is said about it
        #[arg(long, value_name = "TEXT", default_value = "")]
        text: String,
    },
    /// Record what was made for a ticket, and where it is found
    Product {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// `branch`, `commit`, `pull_request` or `preview`
        kind: String,
        /// Its name, id or address
        reference: String,
        /// What is said about it
        #[arg(long, value_name = "TEXT", default_value = "")]
        text: String,
    },
    /// Write a document into a ticket's thread, or a new revision of it
    Document {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// Its short name, such as `plan`
        name: String,
        /// What it says now, in full
        #[arg(required_unless_present = "file")]
        text: Option<String>,
        /// Take the text from a file
        #[arg(long, value_name = "FILE", conflicts_with = "text")]
        file: Option<PathBuf>,
        /// The revision it was made from; the first is made from none
        #[arg(long, value_name = "N")]
        based_on: Option<u64>,
    },
    /// Say that work you are asked to judge is good
    Approve {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// What you found
        #[arg(long, value_name = "TEXT")]
        comment: String,
    },
    /// Send work you are asked to judge back to whoever did it
    Return {
        /// The ticket, such as `ACME-12`
        ticket: String,
        /// What is to be different
        #[arg(long, value_name = "TEXT")]
        comment: String,
    },
    /// Say that a ticket is done
    Done {
        /// The ticket, such as `ACME-12`
        ticket: String,
    },
}

impl Args {
    /// Whether it shows something to be read, which may be long.
    pub(super) fn is_read(&self) -> bool {
        matches!(self.verb, Verb::List { .. } | Verb::Tree { .. } | Verb::Search { .. } | Verb::Show { .. })
    }
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    match &args.verb {
        Verb::List { which, json } => return list::list(which, *json, context, ui),
        Verb::Tree { ticket, closed, json } => return list::tree(ticket.clone(), *closed, *json, context, ui),
        Verb::Show { ticket, json } => return show::show(ticket, *json, context, ui),
        Verb::Edit(edit) => return edit.run(context, ui),
        Verb::Assign { ticket, who } => {
            let assignee = if who == "nobody" { "" } else { who };
            let edit = TicketEdit { assignee: Some(assignee.to_owned()), ..TicketEdit::default() };
            return change::change(ticket, edit, None, &format!("is given to {who}"), context, ui);
        }
        Verb::Move { ticket, status, reason } => {
            return moved(ticket, status, false, reason.as_deref(), context, ui);
        }
        Verb::Ask { ticket, to, text } => {
            let answer = ask(context, Ask::Question { ticket: ticket.clone(), to: to.clone(), text: text.clone() })?;
            ui.line(answer["added"].as_str().unwrap_or_default());
        }
        Verb::Answer { ticket, question, text } => {
            let said = Ask::Answer { ticket: ticket.clone(), question: question.clone(), text: text.clone() };
            ui.line(ask(context, said)?["added"].as_str().unwrap_or_default());
        }
        // Whoever says only why, an agent in its run say, leaves the way out to the board.
        Verb::Block { ticket, on, owner: None, reason: Some(why) } if on.is_empty() => {
            ask(context, Ask::Block { ticket: ticket.clone(), why: why.clone(), owner: None })?;
            ui.note(format_args!("{ticket} is blocked"));
        }
        Verb::Block { ticket, on, owner, reason } => {
            let edit = TicketEdit {
                status: Some("blocked".to_owned()),
                wait_for: on.clone(),
                unblock_owner: owner.clone(),
                ..TicketEdit::default()
            };
            return change::change(ticket, edit, reason.as_deref(), "is blocked", context, ui);
        }
        Verb::Unblock { ticket, from, reason } => {
            let edit = TicketEdit {
                status: Some("todo".to_owned()),
                not_wait_for: from.clone(),
                unblock_owner: Some(String::new()),
                ..TicketEdit::default()
            };
            return change::change(ticket, edit, reason.as_deref(), "goes on", context, ui);
        }
        Verb::Link { ticket, parent, wait_for } => {
            let edit = TicketEdit { parent: parent.clone(), wait_for: wait_for.clone(), ..TicketEdit::default() };
            return change::change(ticket, edit, None, "is linked", context, ui);
        }
        Verb::Label { ticket, labels, remove } => {
            let edit = TicketEdit { label: labels.clone(), unlabel: remove.clone(), ..TicketEdit::default() };
            return change::change(ticket, edit, None, "has its labels", context, ui);
        }
        Verb::Close { ticket, cancelled, reason } => {
            let status = if *cancelled { "cancelled" } else { "done" };
            return moved(ticket, status, false, reason.as_deref(), context, ui);
        }
        Verb::Reopen { ticket, reason } => return moved(ticket, "todo", true, reason.as_deref(), context, ui),
        Verb::Search { words, json } => return list::search(words, *json, context, ui),
        Verb::New(made) => return new::run(made, context, ui),
        Verb::Checkout { ticket, holder } => {
            let answer = ask(context, Ask::Checkout { ticket: ticket.clone(), holder: holder.clone() })?;
            super::next::show(&answer, ui);
        }
        Verb::Release { ticket, reason } => {
            ask(context, Ask::Release { ticket: ticket.clone(), reason: reason.clone() })?;
            ui.note(format_args!("{ticket} is given back"));
        }
        Verb::Comment { ticket, text } => {
            let answer = ask(context, Ask::Comment { ticket: ticket.clone(), text: text.clone() })?;
            ui.line(answer["added"].as_str().unwrap_or_default());
        }
        Verb::Attach { ticket, file, name, text } => {
            let said = attaching(ticket, file, name.as_deref(), text)
                .map_err(|why| CommandError::new(Exit::Environment, why))?;
            ui.line(ask(context, said)?["added"].as_str().unwrap_or_default());
        }
        Verb::Product { ticket, kind, reference, text } => {
            let (ticket, kind, reference) = (ticket.clone(), kind.clone(), reference.clone());
            let said = Ask::Product { ticket, kind, reference, text: text.clone() };
            ui.line(ask(context, said)?["added"].as_str().unwrap_or_default());
        }
        Verb::Document { ticket, name, text, file, based_on } => {
            let text = match (text, file) {
                (_, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
                    CommandError::new(Exit::Environment, format!("{} cannot be read: {error}", file.display()))
                })?,
                (text, None) => text.clone().unwrap_or_default(),
            };
            let said = Ask::Document { ticket: ticket.clone(), name: name.clone(), based_on: *based_on, text };
            ui.line(ask(context, said)?["added"].as_str().unwrap_or_default());
        }
        Verb::Approve { ticket, comment } => {
            let asked = Ask::Review { ticket: ticket.clone(), approves: true, comment: comment.clone() };
            let answer = ask(context, asked)?;
            ui.note(if answer["already"] == true {
                format!("you approved {ticket} already")
            } else {
                format!("{ticket} is approved by you")
            });
        }
        Verb::Return { ticket, comment } => {
            ask(context, Ask::Review { ticket: ticket.clone(), approves: false, comment: comment.clone() })?;
            ui.note(format_args!("{ticket} goes back to whoever did it"));
        }
        Verb::Done { ticket } => {
            ask(context, Ask::Done { ticket: ticket.clone() })?;
            ui.note(format_args!("{ticket} is said to be done"));
        }
    }
    Ok(Exit::Done)
}

fn moved(ticket: &str, status: &str, reopen: bool, reason: Option<&str>, context: &Context, ui: &mut Ui) -> Outcome {
    let edit = TicketEdit { status: Some(status.to_owned()), reopen, ..TicketEdit::default() };
    change::change(ticket, edit, reason, &format!("is {}", status.replace('_', " ")), context, ui)
}
