//! `corp explain`: prints a rule's documentation.

use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::markdown;
use crate::cli::ui::Ui;
use crate::format::record::nearest;
use crate::rules::{self, RULES};

/// Explain what a code of `corp check` means, or list the codes
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The code in the brackets of a message, such as `unknown-key`
    code: Option<String>,
}

pub(super) fn run(args: &Args, ui: &mut Ui) -> Outcome {
    let Some(code) = &args.code else {
        let width = RULES.iter().map(|rule| rule.code.len()).max().unwrap_or_default();
        for rule in RULES {
            ui.line(format_args!("{:width$}  {:7}  {}", rule.code, rule.severity.word(), rule.summary));
        }
        return Ok(Exit::Done);
    };
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
