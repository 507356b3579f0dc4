//! `corp prompt`: what an agent would be told, and how long that is.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::office;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::model::run::{Wake, WakeCause};
use crate::model::{Choice as _, Scalar as _, Slug, TicketId};
use crate::view::prompt::tokens;
use serde_json::json;

/// Show what an agent would be told in a fresh conversation
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp prompt cto ACME-12              what a run on a ticket begins with
  corp prompt cto --cause scheduled    what a heartbeat begins with
  corp prompt cto ACME-12 --parts      how long each part is")]
pub struct Args {
    /// The agent
    agent: String,
    /// The ticket, such as `ACME-12`
    ticket: Option<String>,
    /// Why it is woken: `ticket_assigned`, `scheduled`, `commented` and the like
    #[arg(long, value_name = "WORD")]
    cause: Option<String>,
    /// Show how long each part is instead
    #[arg(long)]
    parts: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "parts")]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let usage = |why: String| CommandError::new(Exit::Usage, why);
    let agent = Slug::parse(&args.agent).map_err(|why| usage(format!("`{}` is no agent: {why}", args.agent)))?;
    let id = args
        .ticket
        .as_deref()
        .map(|id| TicketId::parse(id).map_err(|why| usage(format!("`{id}` is no ticket: {why}"))));
    let id = id.transpose()?;
    let office = office(context)?;
    let snapshot = office.snapshot();
    let ticket = match &id {
        None => None,
        Some(id) => {
            let found = snapshot.ticket(id).map(AsRef::as_ref);
            Some(found.ok_or_else(|| CommandError::new(Exit::Refused, format!("there is no ticket {id}")))?)
        }
    };
    let cause = match &args.cause {
        Some(word) => WakeCause::from_word(word).ok_or_else(|| {
            let words = WakeCause::ALL.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            usage(format!("`{word}` is no reason to wake an agent: {words}"))
        })?,
        None if ticket.is_some() => WakeCause::TicketAssigned,
        None => WakeCause::Scheduled,
    };
    let mut wake = Wake::new(agent.clone(), id, cause);
    // All of them: which are due says `corp heartbeat explain`.
    let beat = snapshot.worker(agent.as_str()).and_then(|worker| worker.agent.heartbeat.clone());
    wake.tasks = beat.iter().flat_map(|file| &file.tasks).map(|task| task.name.clone()).collect();
    let (prompt, skills) = office.prompt(&agent, ticket, &wake).map_err(|why| CommandError::new(Exit::Refused, why))?;
    let whole = prompt.whole();
    for (name, why) in &skills.unusable {
        ui.note(format_args!("the skill `{name}` is of no use here: {why}"));
    }
    if args.json {
        let parts: Vec<serde_json::Value> = prompt
            .parts
            .iter()
            .map(|part| json!({ "name": part.name, "standing": part.standing, "cut": part.cut, "tokens": tokens::estimate(&part.text), "text": part.text }))
            .collect();
        ui.line(format_args!("{:#}", json!({ "tokens": tokens::estimate(&whole), "parts": parts })));
        return Ok(Exit::Done);
    }
    if args.parts {
        for part in &prompt.parts {
            let cut = if part.cut { ", shortened" } else { "" };
            ui.line(format_args!("{:>7}  {}{cut}", tokens::estimate(&part.text), part.name));
        }
        ui.line(format_args!("{:>7}  all", tokens::estimate(&whole)));
        return Ok(Exit::Done);
    }
    ui.raw(&whole);
    let cut = prompt.parts.iter().filter(|part| part.cut).count();
    let cut = if cut > 0 { format!(", {cut} parts shortened") } else { String::new() };
    ui.note(format_args!("about {} tokens{cut}", tokens::estimate(&whole)));
    Ok(Exit::Done)
}
