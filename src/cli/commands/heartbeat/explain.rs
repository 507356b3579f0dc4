//! `corp heartbeat explain`: whether a beat would start a run, with which prompt, and what of a reply is delivered.

use crate::cli::Outcome;
use crate::cli::commands::Context;
use crate::cli::error::{CommandError, Exit};
use crate::cli::ui::Ui;
use crate::diag::{Diagnostic, Severity};
use crate::engine::heartbeat::{Beat, Missing};
use crate::engine::reply;
use crate::format::document::FILE_BYTES_MAX;
use crate::format::heartbeat::{self, Heartbeat, state};
use crate::format::kind::{AgentSettings, HeartbeatSettings};
use crate::format::record::Reader;
use crate::model::heartbeat::HeartbeatState;
use crate::model::schedule::ActiveHours;
use crate::model::status::AgentStatus;
use crate::model::{Choice as _, Scalar as _, Slug, Zone};
use crate::store;
use crate::view::heartbeat::{Question, explain, line_numbers, text as view_text};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Say whether a beat would start a run now, why, and with which prompt
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// An agent's slug, or a file
    #[arg(value_name = "AGENT|FILE")]
    what: String,
    /// The time to look at instead of now: an instant, a local time, or milliseconds since 1970
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// When tasks last ran: a JSON object, name to milliseconds since 1970
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// A reply of the agent, to see what of it would be delivered
    #[arg(long, value_name = "FILE")]
    reply: Option<PathBuf>,
    /// What wakes the agent, such as `wake`, `hook:mail` or `cron:report`
    #[arg(long, value_name = "REASON", default_value = "interval")]
    reason: String,
    /// Another zone than the agent's; for a file the default is UTC
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Other active hours than the agent's, such as `08:00-20:00`
    #[arg(long, value_name = "HOURS")]
    active_hours: Option<String>,
    /// Longest text beside HEARTBEAT_OK that is dropped with it, in UTF-16 units
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    ack_max_chars: Option<String>,
    /// Print JSON (`docs/heartbeat.md` describes it)
    #[arg(long)]
    json: bool,
}

/// What is known before the options are looked at.
#[derive(Debug, Default)]
struct Subject {
    /// The file as it is named to people.
    name: Option<String>,
    /// Its full path.
    path: String,
    heartbeat: Option<Heartbeat>,
    agent: Option<Slug>,
    status: Option<AgentStatus>,
    settings: HeartbeatSettings,
    zone: Option<Zone>,
    diagnostics: Vec<Diagnostic>,
    /// The texts of the files that are looked at.
    sources: BTreeMap<String, Rc<str>>,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let subject = subject(&args.what, context)?;
    let zone = match &args.timezone {
        Some(name) => option(Zone::parse(name), "--timezone", name, Zone::EXPECTED)?,
        None => subject.settings.timezone.clone().or_else(|| subject.zone.clone()).unwrap_or(Zone::utc()),
    };
    let hours = match &args.active_hours {
        Some(text) => Some(option(ActiveHours::parse(text), "--active-hours", text, ActiveHours::EXPECTED)?),
        None => subject.settings.active_hours,
    };
    let now = match &args.now {
        Some(text) => time(text, &zone)?,
        None => context.environment.now,
    };
    let ack_max_chars = match (&args.ack_max_chars, subject.settings.ack_max_chars) {
        (Some(text), _) => reply::ack_max_chars(text),
        #[expect(clippy::cast_precision_loss, reason = "no reply is that long")]
        (None, Some(chars)) => chars as f64,
        (None, None) => reply::ACK_MAX_CHARS,
    };
    let state = match &args.state {
        None => None,
        Some(path) => match last_runs(path, ui)? {
            Some(state) => Some(state),
            None => return Ok(Exit::Invalid),
        },
    };
    let reply = args.reply.as_deref().map(read_text).transpose()?;
    let source = |file: &str| subject.sources.get(file).cloned();
    let offsets = subject.heartbeat.iter().flat_map(|heartbeat| &heartbeat.places).map(|place| place.start);
    let text = subject.name.as_deref().and_then(source).unwrap_or_default();
    let lines = line_numbers(&text, offsets);
    let explanation = explain(&Question {
        beat: Beat {
            file: subject.heartbeat.as_ref().map(|heartbeat| &heartbeat.file),
            missing: Missing::StartNothing,
            path: &subject.path,
            // A prompt in the settings is for agents without a file.
            prompt: subject.settings.prompt.as_deref().filter(|_| subject.heartbeat.is_none()),
            state: state.as_ref().unwrap_or(&HeartbeatState::default()),
            now,
            zone: zone.rules(),
            hours,
            reason: &args.reason,
        },
        file: subject.name.as_deref(),
        lines: &lines,
        agent: subject.agent.as_ref().map(Slug::as_str),
        status: subject.status.map(AgentStatus::word),
        schedule: schedule(&subject.settings),
        timezone: zone.name(),
        state_known: state.is_some(),
        reply: reply.as_deref(),
        ack_max_chars,
        diagnostics: &subject.diagnostics,
        sources: &source,
    });
    if args.json {
        let json = serde_json::to_string_pretty(&explanation)
            .map_err(|error| CommandError::bug(format!("the explanation cannot be written: {error}")))?;
        ui.line(json);
        return Ok(Exit::Done);
    }
    ui.raw(&view_text::render(&explanation, zone.rules()));
    if !subject.diagnostics.is_empty() {
        ui.line("");
    }
    for diagnostic in &subject.diagnostics {
        ui.diagnostic(diagnostic, &source);
    }
    Ok(Exit::Done)
}

/// An agent if it is a slug and no file has that name, else a file.
fn subject(what: &str, context: &Context) -> Result<Subject, CommandError> {
    match Slug::parse(what) {
        Ok(slug) if !Path::new(what).is_file() => agent(slug, &context.company_root()?),
        _ => file(what),
    }
}

fn file(name: &str) -> Result<Subject, CommandError> {
    let path = Path::new(name);
    let text = read_text(path)?;
    let mut reader = Reader::new(name);
    let heartbeat = Some(heartbeat::read(&text, &mut reader));
    let diagnostics = reader.diagnostics;
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    let sources = BTreeMap::from([(name.to_owned(), text.into())]);
    Ok(Subject { name: Some(name.to_owned()), path, heartbeat, diagnostics, sources, ..Subject::default() })
}

fn agent(slug: Slug, root: &Path) -> Result<Subject, CommandError> {
    let checked = store::check(root)?;
    let folder = format!("agents/{slug}");
    let file = format!("{folder}/HEARTBEAT.md");
    let draft = &checked.draft;
    let heartbeat = draft.heartbeats.get(&file).map(|heartbeat| (**heartbeat).clone());
    let own = draft.settings_of(slug.as_str());
    if draft.agent_path(slug.as_str()).is_none() && own.is_none() && heartbeat.is_none() {
        let known: Vec<&str> = draft.agent_slugs().collect();
        let hint = match known[..] {
            [] => "the company has no agents yet".to_owned(),
            _ => format!("its agents are {}", known.join(", ")),
        };
        let message = format!("the company has no agent `{slug}`, and there is no file of that name");
        return Err(CommandError::new(Exit::Usage, message).hint(hint));
    }
    let defaults = draft.corp.as_ref().and_then(|corp| corp.defaults.as_ref());
    let files = ["corp.yaml".to_owned(), format!("{folder}/agent.yaml"), file.clone()];
    // Of corp.yaml only what takes its settings out of force; the rest of it is not about this agent.
    let beside = |found: &&Diagnostic| {
        let file = found.place().map(|place| place.file.as_str());
        files.iter().any(|other| Some(other.as_str()) == file)
            && (file != Some("corp.yaml") || found.severity == Severity::Error)
    };
    let path = std::path::absolute(root.join(&file)).unwrap_or_else(|_| root.join(&file)).display().to_string();
    let status = own.and_then(|own| own.status).or(defaults.and_then(|defaults| defaults.status));
    Ok(Subject {
        name: heartbeat.is_some().then(|| file.clone()),
        path,
        heartbeat,
        status: Some(status.unwrap_or(AgentStatus::Active)),
        settings: settings(own, defaults),
        zone: draft.corp.as_ref().and_then(|corp| corp.timezone.clone()),
        diagnostics: checked.diagnostics.iter().filter(beside).cloned().collect(),
        sources: files.iter().filter_map(|file| Some((file.clone(), checked.source(file)?))).collect(),
        agent: Some(slug),
    })
}

/// The agent's own settings, and the company's where they are silent.
fn settings(own: Option<&AgentSettings>, defaults: Option<&AgentSettings>) -> HeartbeatSettings {
    let part =
        |settings: Option<&AgentSettings>| settings.and_then(|settings| settings.heartbeat.clone()).unwrap_or_default();
    let (mut own, defaults) = (part(own), part(defaults));
    // The three ways to say when exclude each other: who says one of them has said all of it.
    if own.every.is_none() && own.cron.is_none() && own.at.is_none() {
        (own.every, own.cron, own.at) = (defaults.every, defaults.cron, defaults.at);
    }
    own.timezone = own.timezone.or(defaults.timezone);
    own.active_hours = own.active_hours.or(defaults.active_hours);
    own.prompt = own.prompt.or(defaults.prompt);
    own.ack_max_chars = own.ack_max_chars.or(defaults.ack_max_chars);
    own
}

fn schedule(settings: &HeartbeatSettings) -> Option<String> {
    let every = settings.every.filter(|every| every.ms() > 0).map(|every| format!("every {every}"));
    let cron = || settings.cron.as_ref().map(|cron| format!("cron {cron}"));
    let at = || settings.at.as_ref().map(|at| format!("at {at}"));
    every.or_else(cron).or_else(at)
}

fn option<T>(value: Result<T, String>, name: &str, text: &str, expected: &str) -> Result<T, CommandError> {
    value.map_err(|why| {
        CommandError::new(Exit::Usage, format!("`{name} {text}` cannot be read: {why}"))
            .hint(format!("write {expected}"))
    })
}

/// An instant, a time of the clock in `zone`, or milliseconds since 1970.
fn time(text: &str, zone: &Zone) -> Result<Timestamp, CommandError> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    if let Ok(ms) = text.parse()
        && let Ok(at) = Timestamp::from_millisecond(ms)
    {
        return Ok(at);
    }
    let local = text.parse::<jiff::civil::DateTime>().and_then(|local| local.to_zoned(zone.rules().clone()));
    local.map(|at| at.timestamp()).map_err(|_| {
        CommandError::new(Exit::Usage, format!("`--now {text}` is not a time"))
            .hint("write an instant such as `2026-11-20T10:00:00Z`, or a local time such as `2026-11-20T11:00`")
    })
}

/// Reads the times of last runs; shows what is wrong with them and returns `None`.
fn last_runs(path: &Path, ui: &mut Ui) -> Result<Option<HeartbeatState>, CommandError> {
    let contents = read_text(path)?;
    let (state, diagnostics) = state::read(&path.display().to_string(), &contents);
    for diagnostic in &diagnostics {
        ui.note_diagnostic(diagnostic, &|_| Some(contents.as_str().into()));
    }
    Ok(diagnostics.is_empty().then_some(state))
}

fn read_text(path: &Path) -> Result<String, CommandError> {
    let shown = path.display();
    let failed = |error| CommandError::new(Exit::Environment, format!("{shown} cannot be read: {error}"));
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.len() > FILE_BYTES_MAX as u64 {
        return Err(CommandError::new(Exit::Invalid, format!("{shown} is larger than {} MiB", FILE_BYTES_MAX >> 20)));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    String::from_utf8(bytes)
        .map_err(|_| CommandError::new(Exit::Invalid, format!("{shown} is not UTF-8 text")).hint("save it as UTF-8"))
}
