//! Deciding where the company wants a signature: the word is signed here, by the key of the person who types, and taken in
//! by the daemon, or by this process if there is none.

use super::ask::{self, mutation_id};
use super::commands::Context;
use super::error::CommandError;
use super::looking::look;
use crate::runtime::daemon;
use crate::runtime::office::{Office, signing_keys};
use crate::runtime::signer::Signer;
use crate::runtime::wire::{Ask, Request};
use crate::store::found;
use crate::view::look::{Look, Seen};
use serde_json::Value;
use std::time::Duration;

/// How long it is waited for the daemon to take in what was decided, in milliseconds: it looks as soon as the branch moves.
/// What was decided stands by then, and counts when it has.
const PATIENCE_MS: u64 = 10_000;

/// Between two looks, in milliseconds.
const AGAIN_MS: u64 = 50;

/// Whether the person at this machine lists keys, so that a decision of theirs is signed. Inside a run nobody decides.
///
/// # Errors
/// The company cannot be read.
pub(super) fn is_asked(context: &Context) -> Result<bool, CommandError> {
    let in_run = context.environment.run.door().is_some();
    Ok(!in_run && !signing_keys(&ask::place(context)?.root, &ask::who(context)).is_empty())
}

/// Decides, with a signature.
///
/// # Errors
/// The refusal, or why it could not be signed.
pub(super) fn decide(context: &Context, wanted: Ask) -> Result<Value, CommandError> {
    let place = ask::place(context)?;
    let who = ask::who(context);
    let mut office = Office::open(place.clone(), context.environment.clock)?;
    let is_there = daemon::holder(&place).is_some();
    if !is_there {
        office.settle_in();
        office.take_in_others();
    }
    let roots = &context.environment.roots;
    let signer = Signer {
        home: roots.home.clone(),
        programs: roots.programs.clone(),
        configured: found::signing_key(),
        scratch: context.environment.scratch.clone(),
    };
    let keys = signer.keys(&signing_keys(&place.root, &who), &office.snapshot().company.timezone);
    let Ask::Decide { approval, .. } = &wanted else { return ask::ask(context, wanted) };
    let approval = approval.clone();
    let request = Request { id: mutation_id()?, by: Some(who), run: None, token: None, ask: wanted };
    let answer = match office.decide_signed(&request, &mut |what| signer.sign(&keys, what)) {
        Ok(answer) => answer,
        Err(reply) => return ask::answer(reply),
    };
    if !is_there {
        office.take_in_others();
        return Ok(answer);
    }
    let mut waited = 0;
    while waited < PATIENCE_MS {
        match look(context, Look::Approval { approval: approval.clone() })? {
            Seen::Approval(asked) if Some(asked.row.status.as_str()) == answer["status"].as_str() => break,
            _ => {}
        }
        std::thread::sleep(Duration::from_millis(AGAIN_MS));
        waited += AGAIN_MS;
    }
    Ok(answer)
}
