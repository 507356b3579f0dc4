//! `corp status`: whether the daemon runs, and what it is doing.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::{leave, office, place};
use crate::cli::error::Exit;
use crate::cli::escape;
use crate::cli::ui::Ui;
use crate::model::Slug;
use crate::runtime::client;
use crate::runtime::office::Standing;
use crate::runtime::wire::{Ask, Reply, Request};
use serde_json::{Value, json};
use std::time::Duration;

/// Between two looks with `--watch`, in milliseconds.
const WATCH_MS: u64 = 1_000;

/// Whether the daemon runs, and what it is doing
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "\
Examples:
  corp status
  corp status --watch                 again every second")]
pub struct Args {
    /// Look again every second, until Ctrl-C
    #[arg(long)]
    watch: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    loop {
        once(args, context, ui)?;
        if !args.watch {
            return Ok(Exit::Done);
        }
        std::thread::sleep(Duration::from_millis(WATCH_MS));
        if context.environment.terminal && !args.json {
            ui.raw("\u{1b}[2J\u{1b}[H");
        }
    }
}

fn once(args: &Args, context: &Context, ui: &mut Ui) -> Result<(), crate::cli::error::CommandError> {
    let request = Request { id: String::new(), by: None, run: None, token: None, ask: Ask::Status };
    // Whoever runs the company knows how it stands; without a daemon, or with one that has no answer, the files are read.
    let status = match client::ask(&place(context)?, &request) {
        Ok(Reply::Ok(status)) => apart(status),
        Ok(Reply::Seen(_) | Reply::Refused(_) | Reply::Held(_) | Reply::Failed(_)) | Err(_) => None,
    };
    let (status, standing) = match status {
        Some((status, standing)) => (Some(status), standing),
        None => {
            let office = office(context)?;
            let standing = office.standing();
            leave(office);
            (None, standing)
        }
    };
    if args.json {
        ui.line(json!({
            "daemon": status,
            "tickets": standing.tickets,
            "broken": standing.broken,
            "unconfined": standing.unconfined,
        }));
        return Ok(());
    }
    match &status {
        Some(status) => {
            ui.line(format_args!("the daemon runs as process {} since {}", status["pid"], time(&status["since"])));
        }
        None => ui.line("no daemon runs; `corp up` starts one"),
    }
    for run in status.iter().flat_map(|status| status["runs"].as_array().into_iter().flatten()) {
        let ticket = run["ticket"].as_str().map(|ticket| format!(" on {ticket}")).unwrap_or_default();
        ui.line(format_args!("  {} {}{ticket} since {}", text(&run["run"]), text(&run["agent"]), time(&run["since"])));
    }
    for (job, state) in status.iter().flat_map(|status| status["upkeep"].as_object().into_iter().flatten()) {
        if let Some(line) = upkeep(state) {
            ui.line(format_args!("{job}: {line}"));
        }
    }
    for channel in &standing.channels {
        let waiting = channel["waiting"].as_u64().unwrap_or(0);
        if let Some(why) = channel["wrong"].as_str() {
            let since = time(&channel["wrong_since"]);
            ui.line(format_args!(
                "notify: {} fails since {since}: {}; {waiting} wait{}",
                text(&channel["channel"]),
                escape::line(why),
                if waiting == 1 { "s" } else { "" }
            ));
        }
    }
    for line in &standing.unconfined {
        ui.warning(line);
    }
    let counts: Vec<String> = standing.tickets.iter().map(|(status, count)| format!("{count} {status}")).collect();
    ui.line(format_args!("tickets: {}", if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }));
    for (why, agents) in &standing.unready {
        let agents: Vec<&str> = agents.iter().map(Slug::as_str).collect();
        ui.line(format_args!("no run of {}: {why}", agents.join(", ")));
    }
    for void in &standing.void {
        let (by, approval, why) = (&void.by, &void.approval, escape::line(&void.why));
        ui.line(format_args!("unsigned: what {by} decided of {approval} does not count: {why}"));
    }
    for (path, error) in &standing.broken {
        ui.line(format_args!("broken: {path}: {error}"));
    }
    for path in &standing.out_of_force {
        let path = escape::line(path);
        ui.line(format_args!("broken: {path}: its last good version is in force; `corp check` shows what is wrong"));
    }
    Ok(())
}

/// What the daemon says of itself, and of the company.
fn apart(mut status: Value) -> Option<(Value, Standing)> {
    let standing = status.as_object_mut()?.shift_remove("standing")?;
    Some((status, serde_json::from_value(standing).ok()?))
}

/// What is said of something the daemon does beside deciding; nothing if there was nothing to do yet.
fn upkeep(state: &Value) -> Option<String> {
    match (state["wrong"].as_str(), state["said"].as_str()) {
        (Some(wrong), _) => Some(wrong.to_owned()),
        (None, Some(said)) => Some(format!("{said}, {}", text(&state["said_at"]))),
        (None, None) => None,
    }
}

/// A time to the second: nobody who looks wants more.
fn time(value: &Value) -> String {
    let at = text(value).parse::<jiff::Timestamp>().ok().and_then(|at| at.round(jiff::Unit::Second).ok());
    at.map_or_else(|| text(value).to_owned(), |at| at.to_string())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
