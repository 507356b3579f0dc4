//! `corp blame`: who set a key, when, and why.

use super::Context;
use super::log::noted;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::history::{self, Opened};
use crate::cli::ui::Ui;
use crate::diag::KeyPath;
use crate::format::difference;
use crate::format::patch::Value;
use crate::format::record::nearest;
use crate::store::history::{Content, Id, KeyChange, Thing};
use serde_json::json;

/// Say who set a key of a file, when and why
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp blame agents/cto/agent.yaml heartbeat.every
  corp blame cto heartbeat.every           the same
  corp blame ACME-12 status --all          every change of it
  corp blame budgets.yaml 'budgets[0].limit'")]
pub struct Args {
    /// A path, a ticket, or an agent
    #[arg(value_name = "FILE")]
    file: String,
    /// The key, such as `heartbeat.every` or `stages[0].review`
    #[arg(value_name = "KEY")]
    key: String,
    /// List every change of the key, newest first
    #[arg(long)]
    all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let opened = history::open(context)?;
    let head = opened.history.head()?;
    let key = KeyPath::parse(&args.key).ok_or_else(|| {
        CommandError::new(Exit::Usage, format!("`{}` is not a key", escape::line(&args.key)))
            .hint("write it with dots, such as `heartbeat.every` or `stages[0].review`")
    })?;
    let path = file(&opened, &args.file, head, &key)?;
    let mut changes = Vec::new();
    for change in opened.history.key_changes(head, &path, &key)? {
        changes.push(change?);
        if !args.all {
            break;
        }
    }
    if changes.is_empty() {
        return Err(never_set(&opened, &path, &key, head)?);
    }
    let now = changes[0].after.clone();
    if now != opened.history.value(head, &path, &key)? {
        ui.note("the file as last committed cannot be read; this is what it said when it could be");
    }
    if args.json {
        let one = |change: &KeyChange| {
            let side = |value: &Option<Value>| value.as_ref().map(|value| history::plain(&key, value));
            let mut value = opened.json(&change.commit);
            value["path"] = change.path.clone().into();
            value["before"] = side(&change.before).into();
            value["after"] = side(&change.after).into();
            value["older"] = change.boundary.into();
            value
        };
        let value = json!({
            "path": path,
            "key": key.to_string(),
            "value": now.as_ref().map(|value| history::plain(&key, value)),
            "changes": changes.iter().map(one).collect::<Vec<_>>(),
        });
        ui.line(format_args!("{value:#}"));
        return Ok(Exit::Done);
    }
    let is = now.as_ref().map_or("is not set".to_owned(), |now| format!("is {}", history::value(&key, Some(now))));
    ui.line(format_args!("{}: {} {is}", escape::line(&path), escape::line(&key.to_string())));
    for change in &changes {
        told(&opened, &path, &key, change, ui);
    }
    Ok(Exit::Done)
}

fn told(opened: &Opened, path: &str, key: &KeyPath, change: &KeyChange, ui: &mut Ui) {
    let commit = &change.commit;
    let (id, time) = (opened.history.short(commit.id), opened.time(commit.time));
    let value = |value: &Option<Value>| history::value(key, value.as_ref());
    let what = match (&change.before, &change.after) {
        (None, after) => format!("set to {}", value(after)),
        (before, None) => format!("removed, it was {}", value(before)),
        (before, after) => format!("{} → {}", value(before), value(after)),
    };
    let who = escape::line(commit.who.name());
    ui.line(format_args!("{id}  {time}  {who}  {what}"));
    ui.line(format_args!("    {}", escape::line(commit.message.subject())));
    for line in escape::lines(commit.message.body()).lines() {
        ui.line(format!("    {line}").trim_end());
    }
    if let Some(noted) = noted(commit) {
        ui.line(format_args!("    {noted}"));
    }
    if change.path != path {
        ui.line(format_args!("    (the file was {} then)", escape::line(&change.path)));
    }
    if change.boundary {
        ui.note("it is older than this shallow clone; the commit is the oldest that was fetched");
    }
}

/// The file meant by a path, ticket or agent: of several files, the one that has the key.
fn file(opened: &Opened, text: &str, head: Id, key: &KeyPath) -> Result<String, CommandError> {
    // A file that is gone still has a history.
    let gone = || Thing::parse(text).filter(|thing| thing.is_path || !thing.tickets.is_empty());
    let Some(thing) = opened.history.thing(text, head)?.or_else(gone) else {
        return Err(opened.no_thing(text, Some(head)));
    };
    let is_file = thing.is_path && opened.history.files(head, &thing.paths[0])?.is_empty();
    let first = thing.paths[0].clone();
    if is_file || !thing.tickets.is_empty() || opened.history.entry(head, &first)?.is_some() {
        return Ok(first);
    }
    let files = opened.history.files(head, &first)?;
    let keyed = |path: &&String| matches!(path.rsplit('/').next(), Some(name) if name.ends_with(".yaml") || name.ends_with(".md"));
    let candidates: Vec<&String> = files.iter().map(|(path, _)| path).filter(keyed).collect();
    for path in &candidates {
        if opened.history.value(head, path, key)?.is_some() {
            return Ok((*path).clone());
        }
    }
    // A key that was removed is found in the file that once had it.
    for path in &candidates {
        if opened.history.key_changes(head, path, key)?.next().is_some() {
            return Ok((*path).clone());
        }
    }
    let message = format!("no file of `{}` has or had `{}`", escape::line(text), escape::line(&key.to_string()));
    Err(CommandError::new(Exit::Refused, message).hint("name the file, such as `agents/cto/agent.yaml`"))
}

fn never_set(opened: &Opened, path: &str, key: &KeyPath, head: Id) -> Result<CommandError, CommandError> {
    let (shown, name) = (escape::line(path), key.to_string());
    let error = CommandError::new(Exit::Refused, format!("no commit set `{}` in {shown}", escape::line(&name)));
    let Some(entry) = opened.history.entry(head, path)? else { return Ok(error) };
    let Content::Text(text) = opened.history.content(entry)? else { return Ok(error) };
    let mut keys = Vec::new();
    if let Some(value) = difference::value(path, &text) {
        collect(&KeyPath::default(), &value, &mut keys);
    }
    Ok(match nearest(&name, keys.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{}`?", escape::line(near))),
        None => error.hint(format!("`corp log {shown}` shows what changed in the file")),
    })
}

/// The keys of a file that can be asked about.
fn collect(here: &KeyPath, value: &Value, found: &mut Vec<String>) {
    const KEYS_MAX: usize = 1_000;
    if let Value::Map(entries) = value {
        for (name, value) in entries {
            if found.len() < KEYS_MAX {
                let path = here.clone().key(name);
                found.push(path.to_string());
                collect(&path, value, found);
            }
        }
    }
}
