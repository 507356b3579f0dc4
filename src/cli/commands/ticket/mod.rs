//! `corp ticket`: the work, by command. Everything here can also be done by editing a file.

mod list;

pub(super) use list::Which;

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::ask;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::runtime::wire::Ask;

/// List, find and make tickets, check them out and give them back
#[derive(Debug, clap::Args)]
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
    /// Make a ticket; with an assignee it is to do, without one it waits in the backlog
    New(New),
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
    /// Say that a ticket is done
    Done {
        /// The ticket, such as `ACME-12`
        ticket: String,
    },
}

#[derive(Debug, clap::Args)]
struct New {
    /// What is wanted, in a few words
    #[arg(long, value_name = "TEXT")]
    title: String,
    /// What is wanted, in full
    #[arg(long, value_name = "TEXT", default_value = "")]
    body: String,
    /// The agent or person who does it
    #[arg(long, value_name = "WHO")]
    assignee: Option<String>,
    /// `critical`, `high`, `medium` or `low`
    #[arg(long, value_name = "WORD")]
    priority: Option<String>,
    /// Where it stands
    #[arg(long, value_name = "WORD")]
    status: Option<String>,
    /// The project it belongs to
    #[arg(long, value_name = "SLUG")]
    project: Option<String>,
    /// The goal it serves
    #[arg(long, value_name = "SLUG")]
    goal: Option<String>,
    /// The ticket it is a part of
    #[arg(long, value_name = "ID")]
    parent: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    match &args.verb {
        Verb::List { which, json } => return list::list(which, *json, context, ui),
        Verb::Tree { ticket, closed, json } => return list::tree(ticket.clone(), *closed, *json, context, ui),
        Verb::Search { words, json } => return list::search(words, *json, context, ui),
        Verb::New(new) => {
            let answer = ask(
                context,
                Ask::NewTicket {
                    title: new.title.clone(),
                    body: new.body.clone(),
                    assignee: new.assignee.clone(),
                    priority: new.priority.clone(),
                    status: new.status.clone(),
                    project: new.project.clone(),
                    goal: new.goal.clone(),
                    parent: new.parent.clone(),
                },
            )?;
            ui.line(answer["created"].as_str().unwrap_or_default());
        }
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
        Verb::Done { ticket } => {
            ask(context, Ask::Done { ticket: ticket.clone() })?;
            ui.note(format_args!("{ticket} is said to be done"));
        }
    }
    Ok(Exit::Done)
}
