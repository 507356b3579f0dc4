//! What the shell offers for a word of the command line: the words of the commands themselves, and what there is in the
//! company, such as the ids of its tickets.
//!
//! The shell calls the program for it, with `COMPLETE` set (`corp completions` prints what makes it do so). Which argument means
//! what is told by its name, in one table for all commands.

use super::commands::Context;
use super::environment::Environment;
use super::looking;
use super::{Cli, Edges, Flags};
use crate::adapters;
use crate::model::Choice as _;
use crate::model::status::TicketStatus;
pub use crate::view::look::Named;
use crate::view::look::{Look, Seen};
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::CompleteEnv;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// What is offered for an argument.
#[derive(Debug, Clone, Copy)]
pub enum Offer {
    /// What there is of these kinds in the company.
    Names(&'static [Named]),
    /// Where a ticket can stand.
    Statuses,
    /// The agent programs.
    Adapters,
}

impl Offer {
    /// Whether names of this kind are among what is offered.
    pub fn is_of(self, kind: Named) -> bool {
        matches!(self, Self::Names(kinds) if kinds.contains(&kind))
    }
}

/// By the name of the argument. In `corp adapter`, `name` is a program.
pub fn offer(command: &str, argument: &str) -> Option<Offer> {
    use Named::{Agents, Goals, Labels, People, Projects, Routines, Runs, Secrets, Tickets};
    Some(match (command, argument) {
        (_, "ticket" | "tickets" | "parent" | "on") => Offer::Names(&[Tickets]),
        (_, "agent") => Offer::Names(&[Agents]),
        (_, "who" | "assignee" | "unblock_owner" | "owner") => Offer::Names(&[Agents, People]),
        (_, "person") => Offer::Names(&[People]),
        (_, "project") => Offer::Names(&[Projects]),
        (_, "goal") => Offer::Names(&[Goals]),
        (_, "label") => Offer::Names(&[Labels]),
        (_, "secret") => Offer::Names(&[Secrets]),
        (_, "routine") => Offer::Names(&[Routines]),
        (_, "run") => Offer::Names(&[Runs]),
        ("explain", "code") => Offer::Names(&[Tickets, Agents, Runs]),
        ("show" | "log" | "restore", "thing" | "what") => Offer::Names(&[Tickets, Agents]),
        (_, "status") => Offer::Statuses,
        ("test" | "login", "name") => Offer::Adapters,
        _ => return None,
    })
}

/// Answers the shell, if it is the shell that asks: whether it was.
pub fn answer(args: &[OsString]) -> Result<bool, clap::Error> {
    let words = args.to_vec();
    let factory = move || with_offers(Cli::command(), company(&words).as_ref());
    CompleteEnv::with_factory(factory).try_complete(args.to_vec(), std::env::current_dir().ok().as_deref())
}

/// The company named in the words that were typed so far.
fn company(words: &[OsString]) -> Option<PathBuf> {
    let mut words = words.iter().skip_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if word == "-C" || word == "--company" {
            return words.next().map(PathBuf::from);
        }
        if let Some(folder) = word.to_str().and_then(|word| word.strip_prefix("--company=")) {
            return Some(PathBuf::from(folder));
        }
    }
    None
}

/// The commands, with what can be offered for their arguments.
fn with_offers(command: Command, company: Option<&PathBuf>) -> Command {
    let name = command.get_name().to_owned();
    let command = command.mut_args(|argument| with_offer(argument, &name, company));
    command.mut_subcommands(|command| with_offers(command, company))
}

fn with_offer(argument: Arg, command: &str, company: Option<&PathBuf>) -> Arg {
    let takes_word = argument.is_positional() || argument.get_action().takes_values();
    let Some(offer) = offer(command, argument.get_id().as_str()).filter(|_| takes_word) else {
        return argument;
    };
    let company = company.cloned();
    argument.add(ArgValueCompleter::new(move |begun: &OsStr| offered(offer, company.as_ref(), begun)))
}

/// The words that go on as `begun` does. Where the company cannot be read, none: a shell has no place for an error.
fn offered(offer: Offer, company: Option<&PathBuf>, begun: &OsStr) -> Vec<CompletionCandidate> {
    let begun = begun.to_string_lossy().to_lowercase();
    let mut seen = BTreeSet::new();
    let going_on = words(offer, company).into_iter().filter(|(word, _)| word.to_lowercase().starts_with(&begun));
    going_on
        .filter(|(word, _)| seen.insert(word.clone()))
        .map(|(word, about)| CompletionCandidate::new(word).help(about.map(Into::into)))
        .collect()
}

/// Every word there is, with what it is. Where the company cannot be read, none.
pub fn words(offer: Offer, company: Option<&PathBuf>) -> Vec<(String, Option<String>)> {
    match offer {
        Offer::Statuses => TicketStatus::ALL.iter().map(|(word, _)| ((*word).to_owned(), None)).collect(),
        Offer::Adapters => adapters::ALL.iter().map(|adapter| (adapter.name().to_owned(), None)).collect(),
        Offer::Names(kinds) => {
            let flags = Flags { company: company.cloned(), ..Flags::default() };
            let context = Context::new(Environment::read(), &flags, Edges::CLOSED);
            let names = kinds.iter().filter_map(|of| match looking::look(&context, Look::Names { of: *of }) {
                Ok(Seen::Names(names)) => Some(names),
                Ok(_) | Err(_) => None,
            });
            names.flatten().map(|name| (name.name, name.about)).collect()
        }
    }
}
