//! `corp desk`: the folder an agent sees of the company.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::{ask, office};
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::ui::Ui;
use crate::model::{Scalar as _, Slug};
use crate::runtime::wire::Ask;
use serde_json::Value;

/// See an agent's desk, and bring it along with what changed meanwhile
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp desk refresh engineer          lay it anew, with what changed since
  corp desk propose                   inside a run: ask for what was changed on it")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Bring the desk of a run along: what the agent has not touched becomes as it is in the company now
    Refresh {
        /// The agent; inside a run, yourself
        agent: Option<String>,
    },
    /// Have what you changed on your desk taken up now instead of when the run ends; inside a run
    Propose,
    /// Lay an agent's desk as for its next run, and print where it is
    Lay {
        /// The agent
        agent: String,
    },
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    match &args.verb {
        Verb::Refresh { agent } => {
            let answer = ask(context, Ask::RefreshDesk { agent: agent.clone() })?;
            let list = |key: &str| -> Vec<String> {
                let paths = answer[key].as_array().into_iter().flatten();
                paths.filter_map(Value::as_str).map(escape::line).collect()
            };
            for path in list("changed") {
                ui.line(path);
            }
            for path in list("yours") {
                ui.note(format_args!("{path} stays as it is: it was changed on the desk"));
            }
        }
        Verb::Propose => {
            let answer = ask(context, Ask::Propose)?;
            for path in answer["merged"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                ui.line(escape::line(path));
            }
            for left in answer["not_taken"].as_array().into_iter().flatten() {
                let text = |key: &str| escape::line(left[key].as_str().unwrap_or_default());
                ui.note(format_args!("{} is not taken: {}", text("path"), text("why")));
            }
        }
        Verb::Lay { agent } => {
            let agent = Slug::parse(agent).map_err(|why| {
                CommandError::new(Exit::Usage, format!("`{}` is no agent: {why}", escape::line(agent)))
            })?;
            let laid = office(context)?.lay_desk(&agent);
            ui.line(laid.map_err(|why| CommandError::new(Exit::Refused, why))?.display());
        }
    }
    Ok(Exit::Done)
}
