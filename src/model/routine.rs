//! Work that comes again: a task, and what makes it fire.

use super::schedule::{At, Cron};
use super::status::Priority;
use super::{Interval, SecretName, Slug, Zone};
use crate::choice;
use std::collections::BTreeMap;

choice! {
    /// Whether a routine fires.
    pub enum RoutineStatus { "active" => Active, "paused" => Paused, "archived" => Archived }
}

choice! {
    /// What a firing makes.
    pub enum Payload {
        /// A ticket for the task's assignee.
        "ticket" => Ticket,
        /// A message in the assignee's next heartbeat.
        "message" => Message,
    }
}

choice! {
    /// What happens while an earlier firing is still being worked on.
    pub enum Concurrency {
        /// The two become one.
        "coalesce_if_active" => CoalesceIfActive,
        /// The new one is left out.
        "skip_if_active" => SkipIfActive,
        /// Both are worked on.
        "always_enqueue" => AlwaysEnqueue,
    }
}

choice! {
    /// What happens with firings that were missed.
    pub enum CatchUp {
        /// They are left out.
        "skip_missed" => SkipMissed,
        /// They are made up for, 25 at most.
        "enqueue_missed_with_cap" => EnqueueMissedWithCap,
    }
}

choice! {
    /// What may be filled in for a variable.
    pub enum VariableType {
        "text" => Text, "textarea" => Textarea, "number" => Number, "boolean" => Boolean, "select" => Select, "date" => Date,
    }
}

/// The session that the runs of a routine use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionName {
    /// The agent's heartbeat session.
    Main,
    /// A fresh one each time.
    Isolated,
    /// One of its own, kept from firing to firing.
    Named(String),
}

impl super::Scalar for SessionName {
    const EXPECTED: &'static str = "a session: `main`, `isolated` or `session:NAME`";
    const PATTERN: &'static str = "^(main|isolated|session:[a-z0-9]+(-[a-z0-9]+)*)$";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "main" => Ok(Self::Main),
            "isolated" => Ok(Self::Isolated),
            _ => match text.strip_prefix("session:") {
                Some(name) => Slug::parse(name).map(|name| Self::Named(name.to_string())),
                None => Err("there is no such session".to_owned()),
            },
        }
    }
}

/// When a routine fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriggerTime {
    /// At the times an expression describes.
    Cron(Cron),
    /// After equal lengths of time.
    Every(Interval),
    /// Once.
    At(At),
}

/// One thing that makes a routine fire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// When.
    pub time: TriggerTime,
    /// The zone, if not the company's.
    pub timezone: Option<Zone>,
    /// How far firings may be spread, if it says.
    pub stagger: Option<Interval>,
    /// Whether it fires.
    pub enabled: bool,
    /// A name for people.
    pub label: Option<String>,
}

impl Trigger {
    /// What tells a trigger from others of its routine, and stays the same when others come and go: `cron 0 9 * * *`.
    pub fn key(&self) -> String {
        match &self.time {
            TriggerTime::Cron(cron) => format!("cron {cron}"),
            TriggerTime::Every(every) => format!("every {every}"),
            TriggerTime::At(at) => format!("at {at}"),
        }
    }
}

/// A value for `{{name}}` in the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// What may be filled in.
    pub kind: VariableType,
    /// What it is without being filled in.
    pub default: Option<String>,
    /// Whether it must be filled in.
    pub required: bool,
    /// For `select`: the choices.
    pub options: Vec<String>,
}

/// Work that comes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routine {
    /// The folder of the task, such as `tasks/digest` or `projects/web/tasks/fix`.
    pub folder: String,
    /// Whether it fires.
    pub status: RoutineStatus,
    /// What makes it fire.
    pub triggers: Vec<Trigger>,
    /// What a firing makes.
    pub payload: Payload,
    /// The session its runs use.
    pub session: SessionName,
    /// What happens while an earlier firing is still being worked on.
    pub concurrency: Concurrency,
    /// What happens with firings that were missed.
    pub catch_up: CatchUp,
    /// Values for `{{name}}` in the task.
    pub variables: BTreeMap<String, Variable>,
    /// Names of the secrets its runs get.
    pub secrets: Vec<SecretName>,
    /// What the task beside it says.
    pub task: Task,
}

/// What a TASK.md says of the tickets made from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// What is to be done, in a few words.
    pub title: Option<String>,
    /// The agent who does it.
    pub assignee: Option<Slug>,
    /// The project it belongs to: its own word, or the folder it stands in.
    pub project: Option<Slug>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Words to sort it by.
    pub labels: Vec<String>,
}
