//! Asking a company for something: its daemon, if one is there; a run's own door inside a run; and otherwise by walking
//! the road itself.

use super::commands::Context;
use super::error::{CommandError, Exit, no_repository};
use crate::redact::live::Live;
use crate::runtime::chance;
use crate::runtime::client::{self, AskError};
use crate::runtime::daemon;
use crate::runtime::office::{Asked, Office, OfficeError, Outcome};
use crate::runtime::place::Place;
use crate::runtime::secrets::{self, Shelf};
use crate::runtime::wire::{Ask, Reply, Request, Who};
use crate::store::force::Force;
use crate::store::found;
use crate::store::writer::Options;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// How long a daemon that has the company and does not answer yet is waited for, in milliseconds: it is starting or
/// going.
const PATIENCE_MS: u64 = 10_000;

/// Between two tries, in milliseconds.
const AGAIN_MS: u64 = 25;

/// Where the company's state lies on this machine.
///
/// # Errors
/// There is no company, or its folder cannot be found.
pub fn place(context: &Context) -> Result<Place, CommandError> {
    let root = context.company_root()?;
    place_of(context, &root)
}

/// The same of the company in `root`.
///
/// # Errors
/// There is no such folder, or it is no company.
pub fn place_of(context: &Context, root: &Path) -> Result<Place, CommandError> {
    let found = root.canonicalize().map_err(|error| {
        CommandError::new(Exit::Environment, format!("{} cannot be found: {error}", root.display()))
    })?;
    if !found.join("corp.yaml").is_file() && !found.join("COMPANY.md").is_file() {
        let message = format!("{} is no company: it has neither COMPANY.md nor corp.yaml", root.display());
        return Err(CommandError::new(Exit::Environment, message).hint("make one with `corp init DIR`"));
    }
    if !found::has_repository(&found) {
        return Err(no_repository(root));
    }
    Ok(Place::new(&context.environment.roots, &found))
}

/// What hides the values of the company's secrets, as far as this account can open them: of one that has no key, nothing.
///
/// # Errors
/// It cannot be told which they are; whoever lets something out goes no further then.
pub fn live(context: &Context, root: &Path) -> Result<Live, CommandError> {
    let company = root.join("corp.yaml").is_file() || root.join("COMPANY.md").is_file();
    // Without a repository nothing was ever sealed here.
    if !company || !found::has_repository(root) {
        return Ok(Live::default());
    }
    let place = place_of(context, root)?;
    let force = Force::load_without_records(&place.root, &Options::of(&place.root).branch)
        .map_err(|error| CommandError::new(Exit::Environment, format!("the company could not be read: {error}")))?;
    Ok(secrets::live(&Shelf { force: &force, place: &place }.open_every()?))
}

/// The line in which the value of a secret stands first in `bytes`, and its name.
pub fn value_in(live: &Live, bytes: &[u8]) -> Option<(usize, String)> {
    let seen = live.find(bytes).into_iter().next()?;
    let line = 1 + bytes[..seen.span.start].iter().filter(|byte| **byte == b'\n').count();
    Some((line, seen.name.to_string()))
}

/// The company at work, for looking without a daemon.
///
/// # Errors
/// It cannot be read.
pub fn office(context: &Context) -> Result<Office, CommandError> {
    let mut office = Office::open(place(context)?, context.environment.clock)?;
    office.foresee();
    Ok(office)
}

/// Lets go of a company that was looked at, beside whatever comes next: nobody waits until ten thousand tickets are taken apart.
pub fn leave(office: Office) {
    drop(std::thread::spawn(move || drop(office)));
}

/// Asks, and returns the answer once it is durable.
///
/// # Errors
/// The refusal, or why it could not be done.
pub fn ask(context: &Context, ask: Ask) -> Result<Value, CommandError> {
    let id = mutation_id()?;
    if let Some(door) = context.environment.run.door() {
        return answer(door.ask(id, ask)?);
    }
    let place = place(context)?;
    let request = Request { id, by: Some(who(context)), run: None, token: None, ask };
    let mut waited = 0;
    loop {
        match client::ask(&place, &request) {
            Ok(reply) => return answer(reply),
            Err(error) => {
                // Looked at once: others who look at the same time are taken for a daemon that is just beginning or going.
                let is_held = daemon::holder(&place).is_some();
                if is_held && waited < PATIENCE_MS {
                    // It went in the middle; asked again with the same id, what was done is not done twice.
                    std::thread::sleep(Duration::from_millis(AGAIN_MS));
                    waited += AGAIN_MS;
                } else if !is_held && matches!(error, AskError::Nobody | AskError::Broken(_)) {
                    break;
                } else {
                    return Err(error.into());
                }
            }
        }
    }
    let mut office = Office::open(place, context.environment.clock)?;
    office.settle_in();
    office.take_in_others();
    if let Some(answered) = office.admit(&request).map_err(|why| CommandError::new(Exit::Refused, why))? {
        return answer(answered);
    }
    let asked = [Asked::Request(request)];
    loop {
        match office.walk(&asked).pop() {
            Some(Outcome::Look(look)) => office.put_looked(look.ticket, look.what.look()),
            Some(outcome) => {
                office.note_taken();
                return answer(outcome.reply());
            }
            None => return Err(CommandError::bug("nothing came of it")),
        }
    }
}

/// The person at this machine, as git knows them.
pub fn who(context: &Context) -> Who {
    let author = context.person();
    Who { name: author.name, email: author.email }
}

/// What an answer holds, or why there is none.
pub(super) fn answer(reply: Reply) -> Result<Value, CommandError> {
    match reply {
        Reply::Ok(value) => Ok(value),
        Reply::Seen(_) => Err(CommandError::bug("what was asked for is done, and something is shown")),
        Reply::Refused(why) => Err(CommandError::new(Exit::Refused, why)),
        Reply::Held(why) => Err(CommandError::new(Exit::Held, why)),
        Reply::Failed(why) => Err(CommandError::new(Exit::Environment, why)),
    }
}

pub(super) fn mutation_id() -> Result<String, CommandError> {
    let bytes: [u8; 12] = chance::bytes()
        .map_err(|error| CommandError::new(Exit::Environment, format!("/dev/urandom cannot be read: {error}")))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

impl From<OfficeError> for CommandError {
    fn from(error: OfficeError) -> Self {
        match error {
            OfficeError::Write(error) => error.into(),
            OfficeError::Home(error) => (*error).into(),
            OfficeError::Force(_) | OfficeError::System { .. } => Self::new(Exit::Environment, error.to_string()),
        }
    }
}

impl From<AskError> for CommandError {
    fn from(error: AskError) -> Self {
        Self::new(Exit::Environment, error.to_string())
    }
}
