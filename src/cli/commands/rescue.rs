//! `corp rescue`: what the company's branch has lost when somebody put it elsewhere, and the answer to it.

use super::Context;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::history::{self, Opened, change};
use crate::cli::ui::Ui;
use crate::store::force;
use crate::store::history::{Commit, History};
use crate::store::rewrite::{Asked, Look, Rewrite};
use crate::store::writer::{How, Options, Writer};
use serde_json::{Value, json};

/// Most commits that are shown of one that is gone.
const SHOWN_MAX: usize = 20;

/// Show what left the company's branch by reset, rebase or a forced pull, and answer for it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp rescue                 what is gone, and where it is kept
  git merge refs/corp/rescue/20261120T100000Z-1a2b3c4d     bring it back
  corp rescue accept 20261120T100000Z-1a2b3c4d             let it go

What was spent stays spent: accepting brings lost lines of the ledger back, and nothing else.")]
pub struct Args {
    #[command(subcommand)]
    answer: Option<Answer>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Answer {
    /// What is gone was meant to go
    Accept {
        /// The last part of the ref's name, or its beginning
        name: String,
    },
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let opened = history::open(context)?;
    match &args.answer {
        Some(Answer::Accept { name }) => accept(name, context, &opened, ui),
        None => list(args.json, context, &opened, ui),
    }
}

fn accept(name: &str, context: &Context, opened: &Opened, ui: &mut Ui) -> Outcome {
    let mut writer = Writer::open(Options::of(opened.history.root()))?;
    writer.on_wait(ui.waiter());
    let asked = writer.look(context.environment.now)?;
    let mut fitting = asked.iter().filter(|asked| asked.name().starts_with(name));
    let (Some(asked), None) = (fitting.next(), fitting.next()) else {
        let message = format!("nothing is asked about `{}`", escape::line(name));
        return Err(CommandError::new(Exit::Refused, message).hint("`corp rescue` shows what is asked"));
    };
    let done = writer.accept(asked, &change::author(context, opened), context.environment.now)?;
    ui.note(format_args!("let go: {}; the history that had it stays at {}", asked.told(), asked.rescue));
    if done.how == How::Now {
        let id = opened.history.short_of(&done.commit);
        ui.note(format_args!("what was spent stays spent: {id} brings the lines of the ledger back"));
    }
    Ok(Exit::Done)
}

fn list(json: bool, context: &Context, opened: &Opened, ui: &mut Ui) -> Outcome {
    let history = &opened.history;
    // Looking notes what is found, so that it is kept from now on; a branch that cannot be written to is only read.
    let asked = match Writer::open(Options::of(opened.history.root())) {
        Ok(mut writer) => writer.look(context.environment.now).unwrap_or_else(|_| history.asked()),
        _ => history.asked(),
    };
    let branch = force::branch(history)?;
    let now = history.branch_tip(&branch)?;
    let mut shown = Vec::new();
    for (name, id) in history.rescues()? {
        let rewrite = match history.look(id, now)? {
            Look::Onward => None,
            Look::Rewritten(rewrite) => Some(rewrite),
        };
        let question = asked.iter().find(|asked| asked.rescue == name);
        if json {
            shown.push(as_json(&name, &id.to_string(), question, rewrite.as_deref()));
        } else {
            told(opened, &name, question, rewrite.as_deref(), ui);
        }
    }
    if json {
        ui.line(format_args!("{:#}", json!({ "branch": branch, "rescues": shown })));
    } else if asked.is_empty() {
        ui.note("nothing is asked");
    }
    Ok(if asked.is_empty() { Exit::Done } else { Exit::Held })
}

fn told(opened: &Opened, name: &str, question: Option<&Asked>, rewrite: Option<&Rewrite>, ui: &mut Ui) {
    let state = match (question, rewrite) {
        (Some(asked), _) => format!("asked about: {}", asked.told()),
        (None, Some(_)) => "kept".to_owned(),
        (None, None) => "on the branch again".to_owned(),
    };
    ui.line(format_args!("{name}  {state}"));
    let Some(rewrite) = rewrite else { return };
    let commit = |commit: &Commit| {
        let who = escape::line(commit.who.name());
        format!("  {} {who}: {}", opened.told(commit), escape::line(commit.message.subject()))
    };
    rewrite.vanished.iter().take(SHOWN_MAX).for_each(|one| ui.line(commit(one)));
    if rewrite.vanished.len() > SHOWN_MAX {
        ui.line(format_args!("  and {} more; `git log {name}` shows them", rewrite.vanished.len() - SHOWN_MAX));
    }
    for line in &rewrite.lines {
        let run = line.line.run.as_ref().map(ToString::to_string).unwrap_or_default();
        let cost = line.line.cost.as_ref().map(|cost| format!(", {cost}")).unwrap_or_default();
        ui.line(format_args!("  ledger: {}{cost}", escape::line(&run)));
    }
    for checkout in &rewrite.checkouts {
        ui.line(format_args!("  checkout: {}", escape::line(&checkout.path)));
    }
    if let Some(asked) = question {
        ui.hint(format_args!("bring it back with `git merge {}`", asked.rescue));
        ui.hint(format_args!("or let it go with `corp rescue accept {}`", asked.name()));
    }
}

fn as_json(name: &str, id: &str, question: Option<&Asked>, rewrite: Option<&Rewrite>) -> Value {
    let commits = rewrite.map(|rewrite| {
        let one = |commit: &Commit| {
            json!({
                "id": commit.id.to_string(),
                "subject": commit.message.subject(),
                "by": commit.who.name(),
                "kind": commit.who.kind(),
            })
        };
        rewrite.vanished.iter().map(one).collect::<Vec<_>>()
    });
    json!({
        "ref": name,
        "commit": id,
        "asked": question.is_some(),
        "commits": commits.unwrap_or_default(),
        "ledger": rewrite.map(|rewrite| rewrite.lines.iter().map(|line| &line.text).collect::<Vec<_>>()).unwrap_or_default(),
        "checkouts": rewrite
            .map(|rewrite| rewrite.checkouts.iter().map(|one| &one.path).collect::<Vec<_>>())
            .unwrap_or_default(),
    })
}

/// Says after another command that the branch has lost something, if it has. What cannot be found out is not said: the
/// command itself has said what is wrong.
pub(super) fn remind(context: &Context, ui: &mut Ui) {
    let Ok(root) = context.company_root() else { return };
    let Ok(history) = History::open(&root) else { return };
    if let Some(asked) = history.asked().first() {
        ui.hint(format_args!("`{}` has lost {}: `corp rescue` tells more", asked.branch, asked.told()));
        return;
    }
    let Ok(branch) = force::branch(&history) else { return };
    if let Ok(Some(rewrite)) = history.rewritten(&branch)
        && rewrite.asks()
    {
        ui.hint(format_args!("`{branch}` was put elsewhere, and something is gone: `corp rescue` tells what"));
    }
}
