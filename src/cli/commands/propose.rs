//! `corp propose`: a branch walks the road on which agents' desks do.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::ask;
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::ui::Ui;
use crate::runtime::wire::Ask;

/// Have what a branch changes taken up: what your role allows is merged, the rest is put before the board
///
/// Each file is judged by itself, as what an agent changed on its desk is. The branch stays as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git switch -c idea                  change what you like, commit, and git switch back
  corp propose idea                   what your role allows is merged, the board is asked about the rest")]
pub struct Args {
    /// A branch of this repository
    branch: String,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let answer = ask(context, Ask::ProposeBranch { branch: args.branch.clone() })?;
    if args.json {
        ui.line(format_args!("{answer:#}"));
        return Ok(Exit::Done);
    }
    let merged: Vec<&str> =
        answer["merged"].as_array().into_iter().flatten().filter_map(|path| path.as_str()).collect();
    merged.iter().for_each(|path| ui.line(escape::line(path)));
    let left: Vec<_> = answer["not_taken"].as_array().into_iter().flatten().collect();
    for one in &left {
        let text = |key: &str| escape::line(one[key].as_str().unwrap_or_default());
        ui.note(format_args!("{} is not taken: {}", text("path"), text("why")));
    }
    match answer["asked"].as_str() {
        Some(approval) => ui.note(format_args!("the board is asked about the rest: {approval}")),
        None if merged.is_empty() && left.is_empty() => {
            ui.note(format_args!("everything of `{}` is here already, or was proposed before", args.branch));
        }
        None => {}
    }
    Ok(if left.is_empty() { Exit::Done } else { Exit::Refused })
}
