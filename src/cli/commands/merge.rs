//! `corp merge`: home merges the branches of those whose remote does not take the company's branch from them.

use super::Context;
use super::sync::{branch, request, tell, told};
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::ui::Ui;
use crate::store::sync::{self, Chosen, Side};

/// Merge a branch into the company's, by what its files say; without a branch, list what waits
///
/// Looks at it as at everything that comes from outside. Send the result with `corp sync`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A branch of this repository, or of its remote as it was fetched last
    branch: Option<String>,
    /// Take this commit as it is: you have looked at it
    #[arg(long, value_name = "COMMIT")]
    accept: Option<String>,
    /// Where both changed the same in this file (`.`: in any), keep what is here
    #[arg(long, value_name = "FILE")]
    here: Vec<String>,
    /// Where both changed the same in this file (`.`: in any), take what came
    #[arg(long, value_name = "FILE")]
    there: Vec<String>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let root = context.company_root()?;
    let mut chance = context.environment.chance.clone();
    let path = |path: &String| if path == "." { String::new() } else { path.clone() };
    let mut chosen: Chosen = args.here.iter().map(|file| (path(file), Side::Here)).collect();
    chosen.extend(args.there.iter().map(|file| (path(file), Side::There)));
    let request = request(&root, context, &mut chance, None, args.accept.clone(), chosen)?;
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
