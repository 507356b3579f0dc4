//! Looking at a company: the daemon is asked, which has everything at hand; without one the files are read.

use super::ask;
use super::commands::Context;
use super::error::{CommandError, Exit};
use crate::runtime::client::{self, AskError};
use crate::runtime::daemon;
use crate::runtime::wire::{Ask, Reply, Request};
use crate::view::look::{Look, Seen};
use jiff::Timestamp;

/// The answer to a question about the company.
///
/// # Errors
/// It cannot be read, or what is asked for does not exist.
pub fn look(context: &Context, look: Look) -> Result<Seen, CommandError> {
    let place = ask::place(context)?;
    let request = Request { id: String::new(), by: None, run: None, token: None, ask: Ask::Look(look.clone()) };
    match client::ask(&place, &request) {
        Ok(Reply::Ok(seen)) => serde_json::from_value(seen)
            .map_err(|error| CommandError::new(Exit::Bug, format!("the daemon's answer makes no sense: {error}"))),
        Ok(Reply::Refused(why) | Reply::Held(why)) => Err(CommandError::new(Exit::Refused, why)),
        Ok(Reply::Failed(why)) => Err(CommandError::new(Exit::Environment, why)),
        Err(AskError::Broken(error)) if daemon::holder(&place).is_some() => Err(AskError::Broken(error).into()),
        // A daemon that is starting has not read more than the files say.
        Err(AskError::Nobody | AskError::Broken(_)) => {
            let office = ask::office(context)?;
            office.look(&look).map_err(|why| CommandError::new(Exit::Refused, why))
        }
    }
}

/// The member of the board at this machine, as git knows them.
///
/// # Errors
/// The company cannot be read, or nobody on the board has the address.
pub fn person(context: &Context) -> Result<String, CommandError> {
    let who = ask::who(context);
    let office = ask::office(context)?;
    let board = &office.snapshot().company.board;
    let found = board.iter().find(|person| person.email.as_deref().is_some_and(|email| same(email, &who.email)));
    found.map(|person| person.id.to_string()).ok_or_else(|| {
        let known: Vec<&str> = board.iter().map(|person| person.id.as_str()).collect();
        CommandError::new(Exit::Refused, format!("nobody on the board has the address {}", who.email))
            .hint(format!("name an agent or a person ({}), or set `email` in corp.yaml", known.join(", ")))
    })
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// How long ago something was, in the largest unit that says something: `3d`.
pub fn ago(then: Option<Timestamp>, now: Timestamp) -> String {
    let Some(then) = then else { return String::new() };
    let seconds = now.duration_since(then).as_secs().max(0);
    let (number, unit) = match seconds {
        0..60 => (seconds, "s"),
        60..3_600 => (seconds / 60, "m"),
        3_600..86_400 => (seconds / 3_600, "h"),
        _ => (seconds / 86_400, "d"),
    };
    format!("{number}{unit}")
}
