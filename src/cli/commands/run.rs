//! `corp run`: what agents did and do, run by run.

use super::Context;
use crate::cli::Outcome;
use crate::cli::ask::{ask, office};
use crate::cli::conversation::Conversation;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::model::run::{Run, RunState};
use crate::runtime::office::Office;
use crate::runtime::run::{Folder, Life, TRANSCRIPT};
use crate::runtime::wire::Ask;
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::time::Duration;

/// Between two looks at a transcript that is followed, in milliseconds.
const FOLLOW_MS: u64 = 100;

/// Look at runs, read what they said, stop them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  corp run list --agent engineer
  corp run logs r-01jd -f             follow what a run says
  corp run stop r-01jd --reason \"The wrong repository.\"
  corp run correct r-01jd --cost '0.31 USD' --reason \"As their console says.\"")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Recent runs, newest first
    List {
        /// All there ever were, not only those whose record has a file of its own
        #[arg(long)]
        all: bool,
        /// Only of this agent
        #[arg(long, value_name = "AGENT")]
        agent: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// One run: why it was started, how it ended, what it cost, and what was said
    Show {
        /// The run
        run: String,
        /// What was said, as it is kept
        #[arg(long, conflicts_with = "json")]
        raw: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// What a run said
    Logs {
        /// The run
        run: String,
        /// Go on until it ends
        #[arg(short, long)]
        follow: bool,
        /// The transcript as it is kept
        #[arg(long)]
        raw: bool,
    },
    /// Stop a run: it is asked to, and after its grace made to
    Stop {
        /// The run
        run: String,
        /// Why; the agent is told, and it stands in the history
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Say what a run came to, where its program did not: it stands in the place of what was reserved
    Correct {
        /// The run; it is over
        run: String,
        /// What it cost, such as '0.31 USD'
        #[arg(long, value_name = "MONEY")]
        cost: String,
        /// Tokens that went in
        #[arg(long, value_name = "TOKENS", requires = "output")]
        input: Option<u64>,
        /// Tokens that came out
        #[arg(long, value_name = "TOKENS", requires = "input")]
        output: Option<u64>,
        /// How that is known; it stands in the history
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

impl Args {
    /// Whether it shows something to be read, which may be long.
    pub(super) fn is_read(&self) -> bool {
        matches!(self.verb, Verb::List { .. } | Verb::Show { .. } | Verb::Logs { follow: false, .. })
    }
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    match &args.verb {
        Verb::List { all, agent, json } => list(*all, agent.as_deref(), *json, context, ui),
        Verb::Show { run, raw, json } => show(run, *raw, *json, context, ui),
        Verb::Logs { run, follow, raw } => logs(run, *follow, *raw, context, ui),
        Verb::Stop { run, reason } => {
            let answer = ask(context, Ask::StopRun { run: run.clone(), reason: reason.clone() })?;
            let what = if answer["already"] == true { "was over already" } else { "is asked to stop" };
            ui.note(format_args!("{run} {what}"));
            Ok(Exit::Done)
        }
        Verb::Correct { run, cost, input, output, reason } => {
            let (run, cost, reason) = (run.clone(), cost.clone(), reason.clone());
            let tokens = input.zip(*output);
            let answer = ask(context, Ask::CorrectRun { run: run.clone(), cost: cost.clone(), tokens, reason })?;
            let already = if answer["already"] == true { ", as was known already" } else { "" };
            ui.note(format_args!("{run} cost {cost}{already}"));
            Ok(Exit::Done)
        }
    }
}

fn state(run: &Run) -> String {
    match &run.state {
        RunState::Queued => "queued".to_owned(),
        RunState::Open { .. } => "running".to_owned(),
        RunState::Ended { end, .. } => end.outcome.to_string(),
    }
}

fn described(run: &Run, office: &Office) -> Value {
    let end = run.end();
    let spent = office.snapshot().history().spent_by(run);
    json!({
        "run": run.id.as_str(),
        "agent": run.agent().as_str(),
        "state": state(run),
        "cause": run.wake.cause.to_string(),
        "by": run.wake.by.as_ref().map(|by| by.as_str()),
        "note": run.wake.note,
        "ticket": run.ticket.as_ref().map(ToString::to_string),
        "announced": run.announced().map(|at| at.to_string()),
        "ended": end.map(|end| end.at.to_string()),
        "why": end.and_then(|end| end.note.clone()),
        "reserved": run.reserved.money.map(|money| money.to_string()),
        "cost": spent.and_then(|spent| spent.cost).map(|money| money.to_string()),
        "cost_source": spent.and_then(|spent| spent.cost_source.as_deref()),
        "tokens": spent.and_then(|spent| spent.usage.as_ref()).map(crate::model::run::Usage::total),
        "usage": spent.and_then(|spent| spent.usage.as_ref()).map(|usage| json!({
            "input": usage.input,
            "cached_input": usage.cached_input,
            "cache_write": usage.cache_write,
            "output": usage.output,
        })),
        "session": end.and_then(|end| end.talked.as_ref()).map(|talked| talked.id.as_str()),
        "confinement": end.and_then(|end| end.confinement.clone()),
        "transcript_sha256": end.and_then(|end| end.transcript.clone()),
    })
}

fn list(all: bool, agent: Option<&str>, as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let office = office(context)?;
    let mut runs = if all {
        office.all_runs()
    } else {
        office.snapshot().runs().values().map(|run| run.as_ref().clone()).collect()
    };
    runs.retain(|run| agent.is_none_or(|agent| run.agent().as_str() == agent));
    let runs: Vec<Value> = runs.iter().rev().map(|run| described(run, &office)).collect();
    if as_json {
        ui.line(json!(runs));
        return Ok(Exit::Done);
    }
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    for run in &runs {
        ui.line(format_args!(
            "{:<18} {:<11} {:<16} {:<10} {:<17} {}",
            text(&run["run"]),
            text(&run["state"]),
            text(&run["agent"]),
            text(&run["ticket"]),
            text(&run["cause"]),
            text(&run["cost"]),
        ));
    }
    Ok(Exit::Done)
}

fn find(office: &Office, run: &str) -> Result<Run, CommandError> {
    office.run(run).ok_or_else(|| {
        CommandError::new(Exit::Refused, format!("there is no run `{run}`"))
            .hint("`corp run list` shows the recent ones, `corp run list --all` all of them")
    })
}

fn show(run: &str, raw: bool, as_json: bool, context: &Context, ui: &mut Ui) -> Outcome {
    if raw {
        return logs(run, false, true, context, ui);
    }
    let office = office(context)?;
    let found = find(&office, run)?;
    let shown = described(&found, &office);
    if as_json {
        ui.line(shown);
        return Ok(Exit::Done);
    }
    for (key, value) in shown.as_object().into_iter().flatten() {
        let value = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            Value::Object(parts) => {
                let parts = parts.iter().map(|(name, count)| format!("{} {count}", name.replace('_', " ")));
                parts.collect::<Vec<_>>().join(", ")
            }
            other => other.to_string(),
        };
        let line = format!("{key:<18} {value}");
        // A run that was held by nothing must not be overlooked.
        if key == "confinement" && value.starts_with("none") { ui.warning(line) } else { ui.line(line) }
    }
    let folder = office.folder(&found.id);
    let Ok(file) = std::fs::File::open(folder.path().join("transcript.jsonl")) else { return Ok(Exit::Done) };
    let mut conversation = Conversation::of(&adapter_of(&folder));
    ui.line("");
    for line in BufReader::new(file).lines().map_while(Result::ok) {
        conversation.lines(&line).iter().for_each(|line| ui.line(line));
    }
    Ok(Exit::Done)
}

/// Whose transcript it is, as far as the run's folder knows.
fn adapter_of(folder: &Folder) -> String {
    folder.job().map(|job| job.adapter).unwrap_or_default()
}

fn logs(run: &str, follow: bool, raw: bool, context: &Context, ui: &mut Ui) -> Outcome {
    let office = office(context)?;
    let folder = office.folder(&find(&office, run)?.id);
    let path = folder.path().join(TRANSCRIPT);
    let file = std::fs::File::open(&path).map_err(|error| {
        CommandError::new(Exit::Environment, format!("the transcript of {run} is not on this machine: {error}"))
    })?;
    let mut conversation = Conversation::of(&adapter_of(&folder));
    let mut reader = BufReader::new(file);
    let mut line = String::new();
    loop {
        // Asked before reading: what it said before it ended is read after that was seen.
        let over = !follow || !matches!(folder.look(), Ok(Life::Alive));
        while reader.read_line(&mut line).is_ok_and(|count| count > 0) {
            if !line.ends_with('\n') {
                break;
            }
            if raw {
                ui.raw(&line);
            } else {
                conversation.lines(&line).iter().for_each(|line| ui.line(line));
            }
            line.clear();
        }
        if over {
            return Ok(Exit::Done);
        }
        std::thread::sleep(Duration::from_millis(FOLLOW_MS));
    }
}
