//! `corp down`: has the company's daemon go. What runs goes on, and is found again.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::{place, who};
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::runtime::client::{self, AskError};
use crate::runtime::daemon;
use crate::runtime::wire::{Ask, Request};
use std::time::Duration;

/// Longest wait for the daemon to have gone, in milliseconds.
const GONE_MS_MAX: u64 = 10_000;

/// Stop the daemon; runs that are under way go on and are found by the next one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp down
  corp down && corp up --detach       a new daemon finds what runs")]
pub struct Args {}

pub(super) fn run(_args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let place = place(context)?;
    let request = Request { id: String::new(), by: Some(who(context)), run: None, token: None, ask: Ask::Down };
    match client::ask(&place, &request) {
        Ok(_) | Err(AskError::Broken(_)) => {}
        Err(AskError::Nobody | AskError::Over) => {
            ui.note("no daemon runs for this company");
            return Ok(Exit::Done);
        }
    }
    let mut waited = 0;
    while daemon::holder(&place).is_some() && waited < GONE_MS_MAX {
        std::thread::sleep(Duration::from_millis(20));
        waited += 20;
    }
    ui.note("the daemon is gone");
    Ok(Exit::Done)
}
