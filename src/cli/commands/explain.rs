//! `corp explain`: prints a rule's documentation, or says why an agent, a ticket or a run does what it does.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::office;
use crate::cli::error::{CommandError, Exit};
use crate::cli::markdown;
use crate::cli::ui::Ui;
use crate::engine::explain::{self, Explanation};
use crate::format::record::nearest;
use crate::model::{RunId, Scalar as _, TicketId};
use crate::rules::{self, RULES};
use crate::view::explain::{self as view, Told};

/// Explain what a code of `corp check` means, or why an agent, a ticket or a run does what it does
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp explain                        every code of `corp check`
  corp explain unknown-agent          what a code means
  corp explain engineer               why an agent runs, or waits
  corp explain ACME-12                why a ticket is worked on, or is not")]
pub struct Args {
    /// The code in the brackets of a message, such as `unknown-key`; an agent, a ticket, a run or a routine
    code: Option<String>,
    /// Print what is known of an agent, a ticket, a run or a routine as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let Some(code) = &args.code else {
        let width = RULES.iter().map(|rule| rule.code.len()).max().unwrap_or_default();
        for rule in RULES {
            ui.line(format_args!("{:width$}  {:7}  {}", rule.code, rule.severity.word(), rule.summary));
        }
        return Ok(Exit::Done);
    };
    if thing(code, args.json, context, ui)? {
        return Ok(Exit::Done);
    }
    // What stands in a message is taken as well: `error[unknown-key]`.
    let code = code.split_once('[').map_or(code.as_str(), |(_, rest)| rest.trim_end_matches(']')).to_lowercase();
    let Some(rule) = rules::find(&code) else {
        let company = match context.company_root() {
            Ok(_) => "and no agent, ticket, run or routine of this company",
            Err(_) => "and there is no company here whose agents and tickets could be meant",
        };
        let message = format!("`{}` is no code of `corp check`, {company}", code.escape_debug());
        let error = CommandError::new(Exit::Usage, message);
        let error = match nearest(&code, RULES.iter().map(|rule| rule.code)) {
            Some(near) => error.hint(format!("did you mean `corp explain {near}`?")),
            None => error,
        };
        return Err(
            error.hint("`corp explain` lists the codes, `corp agent list` the agents, `corp ticket list` the tickets")
        );
    };
    let title = format!("{}[{}]: {}", rule.severity.word(), rule.code, rule.summary);
    ui.line(if ui.colour() { format!("\u{1b}[1m{title}\u{1b}[0m") } else { title });
    ui.line("");
    ui.raw(&markdown::plain(rule.docs, markdown::WIDTH));
    Ok(Exit::Done)
}

/// Says why something of the company does what it does; whether `name` is something of a company.
fn thing(name: &str, json: bool, context: &Context, ui: &mut Ui) -> Result<bool, CommandError> {
    // A code is a code, whatever an agent is called.
    if rules::find(name).is_some() || context.company_root().is_err() {
        return Ok(false);
    }
    let office = office(context)?;
    let (snapshot, now) = (office.snapshot(), office.now());
    let unknown = |what: &str, hint: &str| {
        CommandError::new(Exit::Refused, format!("there is no {what} `{name}`")).hint(hint.to_owned())
    };
    let explained: Option<Explanation> = if let Ok(id) = RunId::parse(name) {
        Some(explain::run(snapshot, &id).ok_or_else(|| unknown("run", "`corp run list` shows the recent ones"))?)
    } else if let Ok(id) = TicketId::parse(name) {
        let found = explain::ticket(snapshot, &id, now);
        Some(found.ok_or_else(|| unknown("ticket", "`corp plan` shows what is worked on and what waits"))?)
    } else {
        explain::agent(snapshot, name, now).or_else(|| explain::routine(snapshot, name, now))
    };
    let Some(explained) = explained else { return Ok(false) };
    if json {
        ui.line(serde_json::to_string_pretty(&explained).unwrap_or_default());
        return Ok(true);
    }
    for line in view::explanation(&explained, Told { zone: &snapshot.company.timezone, now }) {
        ui.line(line);
    }
    Ok(true)
}
