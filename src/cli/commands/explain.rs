//! `corp explain`: prints a rule's documentation, or says why an agent, a ticket or a run does what it does.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::office;
use crate::cli::error::{CommandError, Exit};
use crate::cli::markdown;
use crate::cli::ui::Ui;
use crate::format::record::nearest;
use crate::model::{RunId, Scalar as _, Slug, TicketId};
use crate::rules::{self, RULES};
use crate::view::explain as view;

/// Explain what a code of `corp check` means, or why an agent, a ticket or a run does what it does
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The code in the brackets of a message, such as `unknown-key`; an agent, a ticket or a run
    code: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let Some(code) = &args.code else {
        let width = RULES.iter().map(|rule| rule.code.len()).max().unwrap_or_default();
        for rule in RULES {
            ui.line(format_args!("{:width$}  {:7}  {}", rule.code, rule.severity.word(), rule.summary));
        }
        return Ok(Exit::Done);
    };
    if let Some(lines) = thing(code, context)? {
        for line in lines {
            ui.line(line);
        }
        return Ok(Exit::Done);
    }
    // What stands in a message is taken as well: `error[unknown-key]`.
    let code = code.split_once('[').map_or(code.as_str(), |(_, rest)| rest.trim_end_matches(']')).to_lowercase();
    let Some(rule) = rules::find(&code) else {
        let error = CommandError::new(Exit::Usage, format!("there is no rule `{}`", code.escape_debug()));
        let error = match nearest(&code, RULES.iter().map(|rule| rule.code)) {
            Some(near) => error.hint(format!("did you mean `corp explain {near}`?")),
            None => error,
        };
        return Err(error.hint("`corp explain` lists them all"));
    };
    let title = format!("{}[{}]: {}", rule.severity.word(), rule.code, rule.summary);
    ui.line(if ui.colour() { format!("\u{1b}[1m{title}\u{1b}[0m") } else { title });
    ui.line("");
    ui.raw(&markdown::plain(rule.docs, markdown::WIDTH));
    Ok(Exit::Done)
}

/// Why something of the company does what it does; `None`: `name` is nothing of a company.
fn thing(name: &str, context: &Context) -> Result<Option<Vec<String>>, CommandError> {
    // A code is a code, whatever an agent is called.
    if rules::find(name).is_some() || context.company_root().is_err() {
        return Ok(None);
    }
    let office = office(context)?;
    let (snapshot, now) = (office.snapshot(), office.now());
    if let Ok(id) = RunId::parse(name) {
        return match snapshot.run(id.as_str()) {
            Some(run) => Ok(Some(view::run(run))),
            None => Err(CommandError::new(Exit::Refused, format!("there is no run `{name}`"))
                .hint("`corp run list` shows the recent ones")),
        };
    }
    if let Ok(id) = TicketId::parse(name) {
        return match snapshot.ticket(&id) {
            Some(ticket) => Ok(Some(view::ticket(snapshot, ticket, now))),
            None => Err(CommandError::new(Exit::Refused, format!("there is no ticket {id}"))),
        };
    }
    Ok(Slug::parse(name).ok().and_then(|slug| view::agent(snapshot, &slug, now)))
}
