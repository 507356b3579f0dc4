//! `corp agent`: who works here, and whether.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::{ask, office};
use crate::cli::error::{CommandError, Exit};
use crate::cli::table::Table;
use crate::cli::ui::Ui;
use crate::engine::secrets::{Given, given};
use crate::model::agent::Worker;
use crate::model::secret::SecretDelivery;
use crate::runtime::wire::Ask;
use serde_json::json;

/// Look at agents, pause them, let them go on, let them go
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp agent list                     who works here, and on what
  corp agent pause engineer           nothing wakes them any more
  corp agent resume engineer")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// All agents
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// One agent: how it is run, and what it is doing
    Show {
        /// The agent
        agent: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Pause an agent: its runs are interrupted, nothing wakes it
    Pause(Change),
    /// Let an agent go on
    Resume(Change),
    /// Let an agent go, for good
    Terminate(Change),
    /// Let a new agent in that waits for the board
    Hire(Change),
}

#[derive(Debug, clap::Args)]
struct Change {
    /// The agent
    agent: String,
    /// Why; it stands in the history
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    match &args.verb {
        Verb::List { json } => list(*json, context, ui),
        Verb::Show { agent, json } => show(agent, *json, context, ui),
        Verb::Pause(change) => set(change, "paused", context, ui),
        Verb::Resume(change) | Verb::Hire(change) => set(change, "active", context, ui),
        Verb::Terminate(change) => set(change, "terminated", context, ui),
    }
}

fn set(change: &Change, status: &str, context: &Context, ui: &mut Ui) -> Outcome {
    let Change { agent, reason } = change;
    let answer = ask(context, Ask::Agent { agent: agent.clone(), status: status.to_owned(), reason: reason.clone() })?;
    let already = if answer["already"] == true { " already" } else { "" };
    ui.note(format_args!("{agent} is {status}{already}"));
    Ok(Exit::Done)
}

fn described(worker: Worker<'_>, office: &crate::runtime::office::Office) -> serde_json::Value {
    let snapshot = office.snapshot();
    let adapter = worker.adapter();
    let open = snapshot.index().open.get(worker.slug).into_iter().flatten();
    let ceiling = worker.ceiling();
    json!({
        "agent": worker.slug.as_str(),
        "name": worker.agent.name,
        "status": worker.status().to_string(),
        "role": worker.role().to_string(),
        "reports_to": worker.agent.reports_to.as_ref().map(|slug| slug.as_str()),
        "adapter": adapter.kind,
        "fallback": worker.fallback().and_then(|adapter| adapter.kind),
        "model": adapter.model,
        "timeout": crate::model::Interval::from_ms(adapter.timeout_ms()).to_string(),
        "run_ceiling": {
            "money": ceiling.money.map(|money| money.to_string()),
            "tokens": ceiling.tokens,
        },
        "confinement": worker.confinement().to_string(),
        "secrets": secrets(worker, office),
        "runs": open.map(|run| run.as_str()).collect::<Vec<_>>(),
    })
}

/// The secrets an agent's runs get, with how far they are exposed to it; also those it gets on a project or for a routine.
fn secrets(worker: Worker<'_>, office: &crate::runtime::office::Office) -> Vec<String> {
    let snapshot = office.snapshot();
    let of = |project, routine| given(snapshot, worker, project, routine);
    let own = match of(None, None) {
        Ok(own) => own,
        Err(lacking) => return vec![lacking],
    };
    let mut shown: Vec<String> = own.iter().map(|given| exposure(given, "")).collect();
    let projects = snapshot
        .projects()
        .iter()
        .filter(|(_, project)| !(project.secrets.is_empty() && project.optional_secrets.is_empty()));
    let projects = projects.map(|(slug, _)| (of(Some(slug), None), format!(" on the project {slug}")));
    let routines = snapshot.routines().iter().filter(|(_, routine)| !routine.secrets.is_empty());
    let routines = routines.map(|(slug, _)| (of(None, Some(slug)), format!(" for the routine {slug}")));
    for (given, place) in projects.chain(routines) {
        match given {
            Ok(given) => {
                let more = given.iter().filter(|given| !own.iter().any(|own| own.name == given.name));
                shown.extend(more.map(|given| exposure(given, &place)));
            }
            Err(lacking) => shown.push(format!("{lacking}{place}")),
        }
    }
    shown
}

fn exposure(given: &Given, place: &str) -> String {
    let how = match given.delivery {
        SecretDelivery::File => "in a file; the agent can read it",
        SecretDelivery::Gateway => "added by the gateway; the agent never has it",
        SecretDelivery::Env => "in the environment; exposed to the agent and all it starts",
    };
    format!("{}{place} ({how})", given.name)
}

fn list(as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let office = office(context)?;
    let agents: Vec<serde_json::Value> = office.snapshot().workers().map(|worker| described(worker, &office)).collect();
    if as_json {
        ui.line(json!(agents));
        return Ok(Exit::Done);
    }
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
    let mut table = Table::new(0);
    for agent in &agents {
        let runs = agent["runs"].as_array().map_or(0, Vec::len);
        let doing = if runs == 0 { String::new() } else { format!("{runs} running") };
        table.row([
            text(&agent["agent"]),
            text(&agent["status"]),
            text(&agent["role"]),
            text(&agent["adapter"]),
            doing,
        ]);
    }
    table.show(context.environment.width, ui);
    Ok(Exit::Done)
}

/// A part of a ceiling, in words.
fn part_words(what: &str, part: &serde_json::Value) -> String {
    match part.as_str() {
        Some(money) => money.to_owned(),
        None => format!("{part} {what}"),
    }
}

/// What of an agent is told line by line: what it reaches.
const REACH: [&str; 4] = ["reads", "writes", "reaches", "knows"];

fn show(agent: &str, as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let office = office(context)?;
    let worker = office.snapshot().worker(agent).ok_or_else(|| {
        CommandError::new(Exit::Refused, format!("there is no agent `{agent}`")).hint("`corp agent list` shows all")
    })?;
    let mut shown = described(worker, &office);
    if let (Some(shown), serde_json::Value::Object(reach)) = (shown.as_object_mut(), office.reach(worker)) {
        shown.extend(reach);
    }
    if as_json {
        ui.line(shown);
        return Ok(Exit::Done);
    }
    for (key, value) in shown.as_object().into_iter().flatten() {
        let value = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Object(parts) => {
                let said = parts.iter().filter(|(_, part)| !part.is_null());
                let said: Vec<String> = said.map(|(what, part)| part_words(what, part)).collect();
                said.join(", ")
            }
            serde_json::Value::Array(lines) if REACH.contains(&key.as_str()) => {
                for (at, line) in lines.iter().filter_map(serde_json::Value::as_str).enumerate() {
                    ui.line(format_args!("{:<12} {line}", if at == 0 { key.as_str() } else { "" }));
                }
                continue;
            }
            serde_json::Value::Array(all) => {
                let all: Vec<&str> = all.iter().filter_map(serde_json::Value::as_str).collect();
                all.join(" ")
            }
            other => other.to_string(),
        };
        let line = format!("{key:<12} {value}");
        // Who is held by nothing must not be overlooked.
        if key == "held_by" && value.starts_with("not confined") {
            ui.warning(line);
        } else if !value.is_empty() {
            ui.line(line);
        }
    }
    Ok(Exit::Done)
}
