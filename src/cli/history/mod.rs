//! What the commands that read the history share: opening it, telling times, people and commits.

pub mod change;

use super::commands::Context;
use super::error::{CommandError, Exit, no_repository, unborn};
use super::escape;
use crate::diag::KeyPath;
use crate::format::difference::{Change, Difference, words};
use crate::format::patch::Value;
use crate::format::record::nearest;
use crate::redact;
use crate::store::found;
use crate::store::history::{Commit, History, HistoryError, Id};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Longest value that is shown whole, in characters.
const VALUE_CHARACTERS_MAX: usize = 400;

/// A company's history, and how its times are told.
#[derive(Debug)]
pub struct Opened {
    /// The history.
    pub history: History,
    /// The company's zone, or this machine's.
    pub zone: TimeZone,
    /// Now.
    pub now: Timestamp,
}

impl From<HistoryError> for CommandError {
    fn from(error: HistoryError) -> Self {
        let (exit, hint) = match &error {
            HistoryError::NoRepository { folder } => return no_repository(folder),
            HistoryError::Unborn { .. } => return unborn(escape::line(&error.to_string())),
            HistoryError::NoRevision { .. } => {
                (Exit::Refused, "name a branch, a tag, the beginning of a commit's id, `HEAD~2`, or a time")
            }
            HistoryError::TooEarly { .. } => (Exit::Refused, "look with `corp log` when the history begins"),
            HistoryError::Open { .. } | HistoryError::Object { .. } => {
                (Exit::Environment, "ask git what is damaged: `git fsck`")
            }
            HistoryError::NoWorkTree { .. } => (Exit::Usage, "name two states: `corp diff HEAD~1 HEAD`"),
            HistoryError::Io { .. } => (Exit::Environment, "look at its permissions with `ls -l`"),
        };
        let message = match &error {
            // Names of commits come from the command line and from branches.
            HistoryError::NoRevision { text, reason } if reason.contains("ambiguous") => {
                format!("`{}` is the beginning of several names", escape::line(text))
            }
            other => escape::line(&other.to_string()),
        };
        Self::new(exit, message).hint(hint)
    }
}

/// Opens the history of the company that `context` means. Its files need not be readable, or there at all.
///
/// # Errors
/// There is no repository.
pub fn open(context: &Context) -> Result<Opened, CommandError> {
    let root = match context.company_root() {
        Ok(root) => root,
        // Whoever names a company means no other.
        Err(error) if context.named_company().is_some() => return Err(error),
        Err(error) => around().ok_or(error)?,
    };
    let history = History::open(&root)?;
    let machine = || TimeZone::get(&context.environment.timezone).unwrap_or(TimeZone::UTC);
    let zone = history.zone().cloned().unwrap_or_else(machine);
    Ok(Opened { history, zone, now: context.environment.now })
}

/// The repository around the current folder, when nothing in it says that it is a company.
fn around() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().find(|folder| found::has_repository(folder)).map(PathBuf::from)
}

impl Opened {
    /// A time as people read it.
    pub fn time(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%F %H:%M").to_string()
    }

    /// A time for programs: with its offset.
    pub fn local(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%FT%H:%M:%S%:z").to_string()
    }

    /// The commit that `text` names.
    ///
    /// # Errors
    /// There is none.
    pub fn find(&self, text: &str) -> Result<Id, CommandError> {
        self.history.find(text, self.now, &self.zone).map_err(|error| match error {
            HistoryError::TooEarly { time } => {
                CommandError::new(Exit::Refused, format!("nothing was committed before {}", self.time(time)))
                    .hint("look with `corp log` when the history begins")
            }
            error => error.into(),
        })
    }

    /// A commit in a few words: `3f2a1b9 (2026-11-20 11:00)`.
    pub fn told(&self, commit: &Commit) -> String {
        format!("{} ({})", self.history.short(commit.id), self.time(commit.time))
    }

    /// A commit for programs.
    pub fn json(&self, commit: &Commit) -> serde_json::Value {
        let trailers = &commit.message.trailers;
        json!({
            "commit": commit.id.to_string(),
            "parents": commit.parents.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "at": commit.time.to_string(),
            "local": self.local(commit.time),
            "authored": commit.authored.to_string(),
            "who": { "kind": commit.who.kind(), "name": commit.who.name() },
            "author": { "name": commit.author.name, "email": commit.author.email },
            "by_program": commit.by_program,
            "subject": redact::mask(commit.message.subject()),
            "body": redact::mask(commit.message.body()),
            "trailers": {
                "actor": trailers.actor,
                "run": trailers.run,
                "tickets": trailers.tickets,
                "cause": trailers.cause.as_ref().map(|line| redact::mask(line.as_str())),
                "cost": trailers.cost.as_ref().map(ToString::to_string),
                "fence": trailers.fence,
                "confinement": trailers.confinement.as_ref().map(|line| line.as_str()),
                "mutation": trailers.mutation.as_ref().map(|line| redact::mask(line.as_str())),
            },
            "parents_missing": commit.boundary,
        })
    }

    /// Says that there is no such thing, with the agent that was probably meant.
    pub fn no_thing(&self, name: &str, at: Option<Id>) -> CommandError {
        let error = CommandError::new(
            Exit::Refused,
            format!("there is no agent, ticket, path or commit `{}` in this history", escape::line(name)),
        );
        let files = at.and_then(|at| self.history.files(at, "agents").ok()).unwrap_or_default();
        let mut agents: Vec<&str> = files.iter().filter_map(|(path, _)| path.split('/').nth(1)).collect();
        agents.dedup();
        match nearest(name, agents.into_iter()) {
            Some(agent) => error.hint(format!("did you mean `{}`?", escape::line(agent))),
            None => error.hint("name a path, an agent, `ACME-12`, `goal:launch`, `project:web`, `team:x` or `skill:x`"),
        }
    }
}

/// The differences, one line for each thing, in the words of people.
pub fn told(differences: &[Difference]) -> Vec<String> {
    let mut groups: Vec<(String, Vec<&Difference>)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for difference in differences {
        let thing = words::thing(&difference.path);
        let place = *places.entry(thing.clone()).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, group)) => group.push(difference),
            None => groups.push((thing, vec![difference])),
        }
    }
    groups
        .into_iter()
        .map(|(thing, group)| {
            // "ACME-1 created: Do it" reads better than "ACME-1: created: Do it".
            if let [one] = group[..] {
                return escape::line(&words::line(one));
            }
            let part = |difference: &&Difference| {
                let line = words::line(difference);
                line.strip_prefix(&thing).unwrap_or(&line).trim_start_matches(':').trim().to_owned()
            };
            escape::line(&format!("{thing}: {}", group.iter().map(part).collect::<Vec<_>>().join(", ")))
        })
        .collect()
}

/// The differences for programs.
pub fn json(differences: &[Difference]) -> serde_json::Value {
    let one = |difference: &Difference| {
        let mut value = json!({
            "path": difference.path,
            "thing": words::thing(&difference.path),
            "words": words::line(difference),
        });
        match &difference.change {
            Change::Added { title } => {
                value["change"] = "added".into();
                value["title"] = title.as_ref().map(|title| redact::mask(title)).into();
            }
            Change::Removed => value["change"] = "removed".into(),
            Change::Edited { keys, body, layout_only } => {
                value["change"] = "edited".into();
                value["keys"] = keys
                    .iter()
                    .map(|key| {
                        let side = |value: &Option<Value>| value.as_ref().map(|value| plain(&key.path, value));
                        json!({ "key": key.path.to_string(), "before": side(&key.before), "after": side(&key.after) })
                    })
                    .collect();
                value["body"] = (*body).into();
                value["layout_only"] = (*layout_only).into();
            }
        }
        value
    };
    differences.iter().map(one).collect()
}

/// A value of a key for programs; what looks like a secret is masked.
pub fn plain(key: &KeyPath, value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Text(text) | Value::Bare(text) => masked(key, text).into(),
        Value::List(items) => items.iter().map(|item| plain(key, item)).collect(),
        Value::Map(entries) => {
            let entry = |(name, value): &(String, Value)| (name.clone(), plain(&key.clone().key(name), value));
            serde_json::Value::Object(entries.iter().map(entry).collect())
        }
    }
}

/// A value of a key for people, on one line.
pub fn value(key: &KeyPath, value: Option<&Value>) -> String {
    fn hide(key: &KeyPath, value: &Value) -> Value {
        match value {
            Value::Null => Value::Null,
            Value::Text(text) => Value::Text(masked(key, text)),
            Value::Bare(text) => Value::Bare(masked(key, text)),
            Value::List(items) => Value::List(items.iter().map(|item| hide(key, item)).collect()),
            Value::Map(entries) => {
                let entry = |(name, value): &(String, Value)| (name.clone(), hide(&key.clone().key(name), value));
                Value::Map(entries.iter().map(entry).collect())
            }
        }
    }
    let Some(value) = value else { return "nothing".to_owned() };
    let text = escape::line(&hide(key, value).to_string());
    match text.char_indices().nth(VALUE_CHARACTERS_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// Masks a text that may be a secret by itself or because of the key it stands under.
fn masked(key: &KeyPath, text: &str) -> String {
    let lead = match key.0.last() {
        Some(crate::diag::Step::Key(name)) => format!("{name}: "),
        Some(crate::diag::Step::Index(_)) | None => String::new(),
    };
    let whole = format!("{lead}{text}");
    redact::mask(&whole)[lead.len()..].to_owned()
}
