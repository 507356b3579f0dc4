//! `corp show`: a thing as it was, or a commit and what it changed.

use super::Context;
use super::log::noted;
use crate::cli::Outcome;
use crate::cli::error::{CommandError, Exit};
use crate::cli::escape;
use crate::cli::history::{self, Opened};
use crate::cli::ui::Ui;
use crate::format::layout::{self, Kind};
use crate::model::{Scalar as _, Slug};
use crate::store::history::{Content, Entry, Id, Thing};
use serde_json::json;

/// Most files that are printed for one thing; of more, the names are told.
const FILES_SHOWN_MAX: usize = 100;

/// Show a thing as it was, or what a commit changed
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  corp show ACME-12                      a ticket as it was last committed, with its thread
  corp show cto@yesterday                an agent
  corp show agents/cto/AGENTS.md@HEAD~3  a file
  corp show goal:launch@2026-11-20T10:00
  corp show 3f2a1b9                      a commit, and what it changed in words")]
pub struct Args {
    /// A path, an agent, a ticket, `goal:launch`, `project:web`, `team:x`, `skill:x`, or a commit
    #[arg(value_name = "THING[@REV|@TIME]")]
    thing: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A file of a thing.
struct Shown {
    path: String,
    entry: Entry,
    content: Content,
}

pub(super) fn run(args: &Args, context: &Context, ui: &mut Ui) -> Outcome {
    let opened = history::open(context)?;
    let head = opened.history.head()?;
    let (name, at) = split(&opened, &args.thing)?;
    let Some(thing) = opened.history.thing(name, at.unwrap_or(head))? else {
        if at.is_none()
            && let Ok(commit) = opened.find(name)
        {
            return commit_shown(args, &opened, commit, ui);
        }
        let gone = Thing::parse(name).or_else(|| Slug::parse(name).is_ok().then(|| Thing::agent(name)));
        return match (gone, at) {
            (Some(thing), None) => from_the_past(args, context, &opened, &thing, head, ui),
            (_, Some(at)) => Err(not_then(&opened, name, at)?),
            (None, None) => Err(opened.no_thing(name, Some(head))),
        };
    };
    let files = files(&opened, &thing, at.unwrap_or(head))?;
    match (files.is_empty(), at) {
        (true, None) => from_the_past(args, context, &opened, &thing, head, ui),
        (true, Some(at)) => Err(not_then(&opened, name, at)?),
        (false, _) => shown(args, context, &opened, at.unwrap_or(head), files, ui),
    }
}

/// The thing and the commit it is asked of. What stands behind the last `@` may belong to a path.
pub(super) fn split<'t>(opened: &Opened, text: &'t str) -> Result<(&'t str, Option<Id>), CommandError> {
    let Some((name, at)) = text.rsplit_once('@').filter(|(name, _)| !name.is_empty()) else {
        return Ok((text, None));
    };
    match opened.find(at) {
        Ok(id) => Ok((name, Some(id))),
        Err(_) if opened.history.thing(text, opened.history.head()?)?.is_some() => Ok((text, None)),
        Err(error) => Err(error),
    }
}

fn not_then(opened: &Opened, name: &str, at: Id) -> Result<CommandError, CommandError> {
    let commit = opened.history.commit(at)?;
    let message = format!("there is no `{}` in {}", escape::line(name), opened.told(&commit));
    Ok(CommandError::new(Exit::Refused, message).hint(format!("`corp log {}` shows when it was", escape::line(name))))
}

/// Shows a thing that is no longer there as it was last.
fn from_the_past(args: &Args, context: &Context, opened: &Opened, thing: &Thing, head: Id, ui: &mut Ui) -> Outcome {
    let Some((last, end)) = opened.history.last_seen(thing, head)? else {
        return Err(opened.no_thing(&thing.name, Some(head)));
    };
    let end = opened.history.commit(end)?;
    ui.note(format_args!("it went away with {}: {}", opened.told(&end), escape::line(end.message.subject())));
    let files = files(opened, thing, last)?;
    shown(args, context, opened, last, files, ui)
}

/// The files of a thing in a commit. Of an agent or project, those the format knows.
fn files(opened: &Opened, thing: &Thing, at: Id) -> Result<Vec<(String, Entry)>, CommandError> {
    let mut found = Vec::new();
    for path in &thing.paths {
        found.extend(opened.history.files(at, path)?);
    }
    let own = |path: &str| match layout::locate(path).kind {
        Kind::Other => false,
        // A project's tasks are things of their own.
        Kind::Task | Kind::Routine => !path.starts_with("projects/"),
        _ => true,
    };
    if !thing.is_path {
        found.retain(|(path, _)| own(path));
    }
    Ok(found)
}

fn shown(args: &Args, context: &Context, opened: &Opened, at: Id, files: Vec<(String, Entry)>, ui: &mut Ui) -> Outcome {
    let commit = opened.history.commit(at)?;
    let more: Vec<String> = files.iter().skip(FILES_SHOWN_MAX).map(|(path, _)| path.clone()).collect();
    let mut all = Vec::new();
    for (path, entry) in files.into_iter().take(FILES_SHOWN_MAX) {
        let content = opened.history.content(entry)?;
        all.push(Shown { path, entry, content });
    }
    if args.json {
        let files: Vec<serde_json::Value> = all.iter().map(file_json).collect();
        let value = json!({
            "commit": commit.id.to_string(),
            "at": commit.time.to_string(),
            "local": opened.local(commit.time),
            "files": files,
            "more": more,
        });
        ui.line(format_args!("{value:#}"));
        return Ok(Exit::Done);
    }
    ui.note(format_args!("as of {}", opened.told(&commit)));
    if let [only] = &all[..] {
        return one(context, only, ui);
    }
    for (position, file) in all.iter().enumerate() {
        if position > 0 {
            ui.line("");
        }
        ui.line(format_args!("==> {} <==", escape::line(&file.path)));
        match &file.content {
            Content::Text(text) => {
                let text = escape::harmless(text);
                ui.raw(&text);
                if !text.ends_with('\n') && !text.is_empty() {
                    ui.line("");
                }
            }
            Content::Binary(bytes) => ui.line(format_args!("({} bytes that are not text)", bytes.len())),
            Content::Large(bytes) => ui.line(format_args!("({bytes} bytes; too large to be shown)")),
        }
    }
    if !more.is_empty() {
        ui.note(format_args!("and {} more files; name one of them, or use `--json`", more.len()));
    }
    Ok(Exit::Done)
}

/// A single file: exact where a program reads it, harmless on a terminal.
fn one(context: &Context, file: &Shown, ui: &mut Ui) -> Outcome {
    let terminal = context.environment.terminal;
    match &file.content {
        Content::Text(text) if terminal => ui.raw(&escape::harmless(text)),
        Content::Text(text) => ui.raw(text),
        Content::Binary(bytes) if terminal => {
            let message = format!("{} is not text ({} bytes)", escape::line(&file.path), bytes.len());
            return Err(CommandError::new(Exit::Refused, message).hint("write it to a file with `>`"));
        }
        Content::Binary(bytes) => ui.bytes(bytes),
        Content::Large(bytes) => {
            let message = format!("{} has {bytes} bytes, too many to be shown", escape::line(&file.path));
            let hint = format!("let git write it: `git cat-file blob {} > FILE`", file.entry.id);
            return Err(CommandError::new(Exit::Refused, message).hint(hint));
        }
    }
    Ok(Exit::Done)
}

fn file_json(file: &Shown) -> serde_json::Value {
    let (text, bytes) = match &file.content {
        Content::Text(text) => (Some(text), text.len() as u64),
        Content::Binary(bytes) => (None, bytes.len() as u64),
        Content::Large(bytes) => (None, *bytes),
    };
    json!({ "path": file.path, "type": file.entry.kind.word(), "bytes": bytes, "text": text })
}

/// A commit: what it says, and what it changed.
fn commit_shown(args: &Args, opened: &Opened, id: Id, ui: &mut Ui) -> Outcome {
    let commit = opened.history.commit(id)?;
    let compared = opened.history.changes_of(&commit)?;
    if args.json {
        let mut value = opened.json(&commit);
        value["changes"] = history::json(&compared.differences);
        value["cut"] = compared.cut.into();
        ui.line(format_args!("{value:#}"));
        return Ok(Exit::Done);
    }
    let (who, author) = (commit.who.name(), &commit.author);
    ui.line(format_args!("commit {}", commit.id));
    if commit.parents.len() > 1 {
        let parents: Vec<String> = commit.parents.iter().map(|id| opened.history.short(*id)).collect();
        ui.line(format_args!("brings together {}; told is what it changed of the first", parents.join(" and ")));
    }
    ui.line(format_args!(
        "{}  {}",
        opened.time(commit.time),
        escape::line(&format!("{who} ({} <{}>)", author.name, author.email))
    ));
    ui.line("");
    ui.line(format_args!("    {}", escape::line(commit.message.subject())));
    if !commit.message.body().is_empty() {
        ui.line("");
        for line in escape::lines(commit.message.body()).lines() {
            ui.line(format!("    {line}").trim_end());
        }
    }
    if let Some(noted) = noted(&commit) {
        ui.line("");
        ui.line(format_args!("    {noted}"));
    }
    ui.line("");
    for line in history::told(&compared.differences) {
        ui.line(line);
    }
    if commit.boundary {
        ui.note("what it changed is not known: this clone is shallow, and its parents were not fetched");
    } else if compared.cut {
        ui.note("more files were changed than are compared");
    } else if compared.differences.is_empty() {
        ui.note("it changed no file");
    }
    Ok(Exit::Done)
}
