//! `corp approval`: what the board is asked, and its answers. The same can be said by hand, with `decision` in the file.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::ask;
use crate::cli::error::Exit;
use crate::cli::looking::{ago, another_answer, look};
use crate::cli::signed;
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::runtime::wire::{Ask, Question};
use crate::view::look::{Look, Seen};
use serde_json::json;

/// See what the board is asked, decide it, or ask
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp approval list                                  what the board is asked
  corp approval approve AP-3 --comment \"The small one.\"
  corp approval new \"Buy a server\" --body \"The old one is slow.\" --ticket ACME-12")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// What is to be decided
    List {
        /// What was decided, called off or has lapsed too
        #[arg(long)]
        all: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// One question, with its text and what was said to it
    Show {
        /// The approval, such as `AP-7`
        approval: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Say yes
    Approve(Approve),
    /// Say no
    Reject(Decide),
    /// Have it revised: whoever asked puts it before you again
    Revise(Decide),
    /// Ask the board for something
    New(New),
    /// Put before the board again what was to be revised
    Resubmit {
        /// The approval, such as `AP-7`
        approval: String,
        /// The text that takes the place of the old one
        #[arg(long, value_name = "TEXT")]
        body: Option<String>,
        /// What is different
        #[arg(long, value_name = "TEXT")]
        comment: Option<String>,
    },
    /// Take a question back
    Cancel {
        /// The approval, such as `AP-7`
        approval: String,
        /// Why; it stands in the history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
struct Decide {
    /// The approval, such as `AP-7`
    approval: String,
    /// Why, or what is to be different; whoever asked is told
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// In whose place, if not your own: somebody who named you as `delegate`
    #[arg(long = "for", value_name = "WHO")]
    on_behalf_of: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Approve {
    #[command(flatten)]
    said: Decide,
    /// For a budget: what its limit becomes, such as `300.00 USD`, if not what is proposed
    #[arg(long, value_name = "LIMIT")]
    raise_to: Option<String>,
    /// For a budget: raise it for the window that goes on, and no longer
    #[arg(long, conflicts_with = "for_good")]
    once: bool,
    /// For a budget: raise it in budgets.yaml
    #[arg(long)]
    for_good: bool,
}

#[derive(Debug, clap::Args)]
struct New {
    /// What is asked, in a few words
    title: String,
    /// What is asked and why, in full
    #[arg(long, value_name = "TEXT", default_value = "")]
    body: String,
    /// `request`, `strategy`, `hire`, `budget_override` or `agent_edit`
    #[arg(long, value_name = "WORD", default_value = "request")]
    kind: String,
    /// The ticket it is about
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,
    /// The agent it is about
    #[arg(long, value_name = "SLUG")]
    agent: Option<String>,
    /// The branch or commit that is put before the board
    #[arg(long, value_name = "REF")]
    proposal: Option<String>,
    /// Who decides; everyone on the board who may, if it is left out
    #[arg(long = "decider", value_name = "WHO")]
    deciders: Vec<String>,
    /// How many of them have to say yes
    #[arg(long, value_name = "N")]
    needs: Option<u64>,
    /// When it lapses, such as 2026-12-01T09:00:00Z
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    match &args.verb {
        Verb::List { all, json } => list(*all, *json, context, ui),
        Verb::Show { approval, json } => show(approval, *json, context, ui),
        Verb::Approve(Approve { said, raise_to, once, for_good }) => {
            let lasts = [(*once, "once"), (*for_good, "for_good")].into_iter().find(|(asked, _)| *asked);
            decide(said, "approved", raise_to.as_deref(), lasts.map(|(_, word)| word), context, ui)
        }
        Verb::Reject(said) => decide(said, "rejected", None, None, context, ui),
        Verb::Revise(said) => decide(said, "revision_requested", None, None, context, ui),
        Verb::New(new) => {
            let question = Question {
                kind: new.kind.clone(),
                title: new.title.clone(),
                body: new.body.clone(),
                ticket: new.ticket.clone(),
                agent: new.agent.clone(),
                proposal: new.proposal.clone(),
                deciders: new.deciders.clone(),
                needs: new.needs,
                expires: new.expires.clone(),
            };
            let answer = ask(context, Ask::AskBoard(Box::new(question)))?;
            ui.line(answer["approval"].as_str().unwrap_or_default());
            Ok(Exit::Done)
        }
        Verb::Resubmit { approval, body, comment } => {
            let again = Ask::Resubmit { approval: approval.clone(), body: body.clone(), comment: comment.clone() };
            ask(context, again)?;
            ui.note(format_args!("{approval} is before the board again"));
            Ok(Exit::Done)
        }
        Verb::Cancel { approval, reason } => {
            ask(context, Ask::CallOff { approval: approval.clone(), reason: reason.clone() })?;
            ui.note(format_args!("{approval} is called off"));
            Ok(Exit::Done)
        }
    }
}

fn decide(
    said: &Decide,
    verdict: &str,
    raise_to: Option<&str>,
    lasts: Option<&str>,
    context: &Context,
    ui: &mut Ui,
) -> Outcome {
    let Decide { approval, comment, on_behalf_of } = said;
    let wanted = Ask::Decide {
        approval: approval.clone(),
        verdict: verdict.to_owned(),
        raise_to: raise_to.map(str::to_owned),
        lasts: lasts.map(str::to_owned),
        on_behalf_of: on_behalf_of.clone(),
        comment: comment.clone(),
    };
    let answer = if signed::is_asked(context)? { signed::decide(context, wanted)? } else { ask(context, wanted)? };
    if answer["already"] == true {
        ui.note(format_args!("you have said so already; nothing changed"));
        return Ok(Exit::Done);
    }
    let status = answer["status"].as_str().unwrap_or(verdict).replace('_', " ");
    match answer["missing"].as_u64() {
        Some(missing) if status == "pending" => ui.note(format_args!("{approval} is pending, {missing} more needed")),
        _ => ui.note(format_args!("{approval} is {status}")),
    }
    Ok(Exit::Done)
}

fn list(all: bool, as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let Seen::Approvals(rows) = look(context, Look::Approvals { all })? else {
        return Err(another_answer("approvals"));
    };
    if as_json {
        ui.line(format_args!("{:#}", json!(rows)));
        return Ok(Exit::Done);
    }
    let mut table = Table::new(5);
    for row in &rows {
        let votes = if row.needs > 1 { format!("{}/{}", row.yes, row.needs) } else { String::new() };
        let from = row.from.clone().unwrap_or_default();
        let since = ago(row.since, context.environment.clock.now());
        table.row([&row.id, &row.kind, &row.status, &votes, &from, &row.title, &since]);
    }
    table.show(context.environment.width, ui);
    if rows.is_empty() {
        ui.note("the board is asked nothing");
    }
    Ok(Exit::Done)
}

fn show(approval: &str, as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let Seen::Approval(asked) = look(context, Look::Approval { approval: approval.to_owned() })? else {
        return Err(another_answer("an approval"));
    };
    if as_json {
        ui.line(format_args!("{:#}", json!(asked)));
        return Ok(Exit::Done);
    }
    let row = &asked.row;
    ui.line(format_args!("{}  {}", row.id, row.title));
    let mut facts = vec![row.kind.clone(), row.status.replace('_', " ")];
    facts.extend(row.from.as_ref().map(|from| format!("asked by {from}")));
    facts.extend(asked.ticket.as_ref().map(|ticket| format!("about {ticket}")));
    facts.extend(asked.agent.as_ref().map(|agent| format!("agent {agent}")));
    facts.extend(asked.proposal.as_ref().map(|proposal| format!("proposal {proposal}")));
    facts.extend(asked.raise.as_ref().map(|raise| {
        let lasts = if raise.lasts == "once" { format!("for this {}", raise.window) } else { "for good".to_owned() };
        format!("{} per {}: {} to {}, {lasts}", raise.budget, raise.window, raise.limit, raise.to)
    }));
    if row.needs > 1 {
        facts.push(format!("{} of {} say yes", row.yes, row.needs));
    }
    if !asked.deciders.is_empty() {
        facts.push(format!("for {}", asked.deciders.join(", ")));
    }
    facts.extend(row.expires.map(|at| format!("lapses {at}")));
    ui.line(facts.join(" · "));
    if !asked.body.is_empty() {
        ui.line("");
        ui.line(&asked.body);
    }
    if !asked.decisions.is_empty() {
        ui.line("");
    }
    for said in &asked.decisions {
        let for_whom = said.on_behalf_of.as_ref().map(|whom| format!(" for {whom}")).unwrap_or_default();
        let when = ago(said.at, context.environment.clock.now());
        let comment = said.comment.as_ref().map(|comment| format!(": {comment}")).unwrap_or_default();
        ui.line(format_args!("{}{for_whom} · {} · {when}{comment}", said.by, said.decision.replace('_', " ")));
        if let Some(why) = &said.void {
            ui.line(format_args!("    does not count: {why}"));
        }
    }
    Ok(Exit::Done)
}
