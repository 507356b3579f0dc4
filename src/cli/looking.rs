//! Looking at a company: the daemon is asked, which has everything at hand; without one the files are read.

use super::ask;
use super::commands::Context;
use super::error::CommandError;
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
    let ask = Ask::Look(look.clone());
    if let Some(door) = context.environment.run.door() {
        return seen(door.ask(String::new(), ask)?);
    }
    let place = ask::place(context)?;
    let request = Request { id: String::new(), by: Some(ask::who(context)), run: None, token: None, ask };
    match client::ask(&place, &request) {
        Ok(reply) => seen(reply),
        Err(error @ AskError::Over) => Err(error.into()),
        Err(AskError::Broken(error)) if daemon::holder(&place).is_some() => Err(AskError::Broken(error).into()),
        // A daemon that is starting has not read more than the files say.
        Err(AskError::Nobody | AskError::Broken(_)) => {
            let office = ask::office(context)?;
            let answer = office.look(&request, &look);
            ask::leave(office);
            answer.or_else(|why| seen(Reply::Refused(why)))
        }
    }
}

fn seen(reply: Reply) -> Result<Seen, CommandError> {
    match reply {
        Reply::Seen(seen) => Ok(*seen),
        other => Err(ask::answer(other).err().unwrap_or_else(|| another_answer("something to look at"))),
    }
}

/// What helps if a daemon and a command do not understand each other.
const ANOTHER: &str = "if the daemon is of another version, `corp down` and `corp up` start this one";

/// An answer that is none to what was asked.
pub fn another_answer(what: &str) -> CommandError {
    CommandError::bug(format!("it was asked for {what}, and the answer is about something else")).hint(ANOTHER)
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
