//! `corp goal`: what the company wants, and how far it is.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::looking::{another_answer, look};
use crate::cli::ui::Ui;
use crate::view::look::{GoalNode, Look, Seen};
use serde_json::json;

/// Look at goals
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp goal tree                      how far each goal is")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// All goals, what serves them, and how many of their tickets are done
    Tree {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let Verb::Tree { json: as_json } = args.verb;
    let Seen::Goals(goals) = look(context, Look::Goals)? else { return Err(another_answer("goals")) };
    if as_json {
        ui.line(format_args!("{:#}", json!(goals)));
        return Ok(Exit::Done);
    }
    for goal in &goals {
        branch(goal, "", "", ui);
    }
    if goals.is_empty() {
        ui.note("there are no goals; a file in `goals/` makes one");
    }
    Ok(Exit::Done)
}

fn branch(goal: &GoalNode, lead: &str, below: &str, ui: &mut Ui) {
    let progress = match goal.tickets {
        0 => "no tickets".to_owned(),
        tickets => format!("{} of {tickets} done", goal.done),
    };
    let owner = goal.owner.as_ref().map(|owner| format!(", {owner}")).unwrap_or_default();
    let projects = match &goal.projects[..] {
        [] => String::new(),
        projects => format!("  projects: {}", projects.join(", ")),
    };
    let line = format!("{}  {}  ({}{owner}; {progress}){projects}", goal.slug, goal.name, goal.status);
    ui.line(format_args!("{lead}{}", escape::line(&line)));
    for (at, child) in goal.goals.iter().enumerate() {
        let (lead, further) = if at + 1 == goal.goals.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
        branch(child, &format!("{below}{lead}"), &format!("{below}{further}"), ui);
    }
}
