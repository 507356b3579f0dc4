//! `corp merge`: home merges the branches of those whose remote does not take the company's branch from them.

use super::Context;
use super::sync::{Choices, branch, request, tell, told};
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::store::sync;

/// Merge a branch into the company's, by what its files say; without a branch, list what waits
///
/// Looks at it as at everything that comes from outside. Send the result with `corp sync`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp merge                          what waits to be merged
  corp merge origin/proposals && corp sync")]
pub struct Args {
    /// A branch of this repository, or of its remote as it was fetched last
    branch: Option<String>,
    #[command(flatten)]
    choices: Choices,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    let mut chance = context.environment.chance.clone();
    let request = request(&root, context, &mut chance, None, &args.choices)?;
    let Some(name) = &args.branch else {
        let waiting = sync::waiting(&request)?;
        waiting.iter().for_each(|branch| ui.line(branch));
        if waiting.is_empty() {
            ui.note("no branch waits to be merged, as far as was fetched");
            ui.hint("look again: corp sync");
        }
        return Ok(Exit::Done);
    };
    let mut writer = sync::writer(&root, &branch(&root))?;
    let report = sync::merge(&mut writer, &request, name).map_err(|error| told(error, ui))?;
    tell(&report, &request, false, ui);
    if report.brought.is_none() {
        ui.note(format_args!("everything of `{name}` is here already"));
    } else {
        ui.hint("send it: corp sync");
    }
    Ok(Exit::Done)
}
