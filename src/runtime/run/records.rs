//! The records in a run's folder. They are the program's own: read by another version of it after an update, so keys
//! are added and never change their meaning.

use super::meter::Meter;
use crate::adapters::{FailureKind, Usage};
use crate::model::{Choice as _, Money, Scalar as _};
use crate::runtime::homes::Shared;
use crate::runtime::machine::Process;
use crate::runtime::session::Begun;
use crate::runtime::workspace::{Plan, Work};
use crate::sandbox::Policy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What to call, where, for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The company, as its folder of state is called: with the run it marks every process.
    pub company: String,
    /// The run.
    pub run: String,
    /// The agent.
    pub agent: String,
    /// The ticket.
    pub ticket: Option<String>,
    /// The adapter that reads what it says.
    pub adapter: String,
    /// The program; none: this one.
    pub program: Option<String>,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// All of its environment but the door.
    pub environment: BTreeMap<String, String>,
    /// Variables it gets as they are around the supervisor: those by which the operator is logged in. Their values are
    /// never written down.
    #[serde(default)]
    pub inherited: Vec<String>,
    /// The file it reads from standard input.
    pub stdin: Option<PathBuf>,
    /// Whether its supervisor is told secrets on its standard input.
    #[serde(default)]
    pub letter: bool,
    /// The conversation it is to go on with. One that begins another instead is stopped.
    #[serde(default)]
    pub session: Option<String>,
    /// What that conversation used before this run, by its own word; for a program that counts on.
    #[serde(default)]
    pub used_before: Option<Used>,
    /// What it was told about its conversation.
    #[serde(default)]
    pub begun: Option<Begun>,
    /// The folder it works in.
    pub workspace: PathBuf,
    /// How that folder is made ready. None: it is there, or is a plain one.
    #[serde(default)]
    pub work: Option<Plan>,
    /// Its agent's desk.
    #[serde(default)]
    pub desk: Option<PathBuf>,
    /// Folders and links that were made for this run alone, and go when it is over.
    #[serde(default)]
    pub passing: Vec<PathBuf>,
    /// Logins in its agent's home that are shared.
    #[serde(default)]
    pub shared: Vec<Shared>,
    /// Longest run, in milliseconds.
    pub timeout_ms: u64,
    /// Longest silence, in milliseconds.
    pub idle_timeout_ms: u64,
    /// Time between asking it to stop and ending it, in milliseconds.
    pub grace_ms: u64,
    /// Most of the transcript that is kept, in bytes.
    pub transcript_bytes_max: u64,
    /// The most it may use, as far as it says what it uses.
    pub ceiling: Ceiling,
    /// What what it uses costs, and whose it is.
    #[serde(default)]
    pub meter: Meter,
    /// What it may touch. None: it is not confined.
    #[serde(default)]
    pub confinement: Option<Policy>,
    /// Where it is not, or not wholly: why, in words.
    #[serde(default)]
    pub unconfined: Option<String>,
    /// What the run shows at its door.
    pub token: String,
    /// Where the door is.
    pub door: PathBuf,
    /// Where the daemon listens.
    pub daemon: PathBuf,
}

/// The most a run may use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ceiling {
    /// Money.
    pub money: Option<String>,
    /// Tokens, of every kind together.
    pub tokens: Option<u64>,
}

impl From<&crate::model::run::Ceiling> for Ceiling {
    fn from(ceiling: &crate::model::run::Ceiling) -> Self {
        Self { money: ceiling.money.map(|money| money.to_string()), tokens: ceiling.tokens }
    }
}

impl Ceiling {
    /// What of it was reached, in words: nothing more is to be used.
    pub fn reached(&self, usage: &Usage) -> Option<String> {
        let money = self.money.as_deref().and_then(|money| Money::parse(money).ok());
        if let (Some(limit), Some(cost)) = (money, usage.cost)
            && limit.currency() == cost.currency()
            && cost.micro() >= limit.micro()
        {
            return Some(format!("it spent {cost}, and its ceiling is {limit}"));
        }
        let tokens = usage.total();
        let limit = self.tokens.filter(|limit| tokens >= *limit)?;
        Some(format!("it used {tokens} tokens, and its ceiling is {limit}"))
    }

    /// What of it was passed, in words.
    pub fn passed(&self, usage: &Usage) -> Option<String> {
        let money = self.money.as_deref().and_then(|money| Money::parse(money).ok());
        if let (Some(limit), Some(cost)) = (money, usage.cost)
            && limit.currency() == cost.currency()
            && cost.micro() > limit.micro()
        {
            return Some(format!("it spent {cost}, more than its ceiling of {limit}"));
        }
        let tokens = usage.total();
        let limit = self.tokens.filter(|limit| tokens > *limit)?;
        Some(format!("it used {tokens} tokens, more than its ceiling of {limit}"))
    }
}

/// Which process supervises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supervisor {
    /// The boot it lives in.
    pub boot: String,
    /// The process.
    pub process: Process,
    /// The control group its run is in, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<PathBuf>,
}

/// That a run should end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Why, in words.
    pub why: String,
    /// Whether somebody stopped this very run; otherwise what it worked on was taken from it.
    #[serde(default)]
    pub cancelled: bool,
}

impl Job {
    /// Its program, as people are told of it.
    pub fn program_name(&self) -> &str {
        self.program.as_deref().unwrap_or("this program")
    }

    /// What holds the run, in words: the level that is reached and by what; or that none is, and why.
    pub fn held_by(&self) -> String {
        let held = self.confinement.as_ref().map_or_else(|| "none".to_owned(), Policy::words);
        self.unconfined.as_ref().map_or_else(|| held.clone(), |why| format!("{held}: {why}"))
    }
}

impl Stop {
    /// That a run should end because what it worked on was taken from it.
    pub fn because(why: impl Into<String>) -> Self {
        Self { why: why.into(), cancelled: false }
    }

    /// How a run ends that heeds this.
    pub fn completion(&self) -> Completion {
        if self.cancelled { Completion::Cancelled } else { Completion::Stopped }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// How it went.
    pub completion: Completion,
    /// Why, in words; empty for success.
    pub why: String,
    /// The exit code, if it ended by itself.
    pub exit: Option<i32>,
    /// The signal, if it was ended by one.
    pub signal: Option<i32>,
    /// When its process started; none: it never did.
    pub started: Option<Timestamp>,
    /// When all of its processes were gone.
    pub ended: Timestamp,
    /// What it used, by its own word.
    pub used: Used,
    /// What it used at least, where it was stopped before it said how much it was.
    #[serde(default)]
    pub used_at_least: Option<Used>,
    /// Who named its cost: none, the program itself.
    #[serde(default)]
    pub cost_source: Option<String>,
    /// Whether it was told to come back later, even if it went well in the end.
    #[serde(default)]
    pub limited: bool,
    /// Whose model it used.
    #[serde(default)]
    pub provider: Option<String>,
    /// How that is paid for.
    #[serde(default)]
    pub billing: Option<String>,
    /// The conversation it was in.
    pub session: Option<String>,
    /// What that conversation used since it began, if the program counts on.
    #[serde(default)]
    pub used_so_far: Option<Used>,
    /// The model it used, by its own word.
    #[serde(default)]
    pub model: Option<String>,
    /// What can be done about a failure: a word of [`FailureKind`].
    #[serde(default)]
    pub failure: Option<String>,
    /// When it may come back, if it was told to come back later.
    #[serde(default)]
    pub retry_at: Option<Timestamp>,
    /// Whether it changed anything in the folder it worked in. None: nobody looked.
    #[serde(default)]
    pub changed: Option<bool>,
    /// What became of that folder.
    #[serde(default)]
    pub work: Work,
    /// What held it, in words.
    #[serde(default)]
    pub confinement: Option<String>,
    /// The last thing it said.
    pub reply: String,
    /// The SHA-256 of the transcript.
    pub transcript_sha256: String,
    /// What of its output was not kept, in bytes.
    pub dropped_bytes: u64,
    /// Processes it left behind, which were ended.
    pub leftovers: usize,
}

/// How a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completion {
    /// It did what it was for.
    Succeeded,
    /// It did not.
    Failed,
    /// What it worked on was taken from it.
    Stopped,
    /// Somebody stopped it.
    Cancelled,
    /// It took or was silent too long.
    TimedOut,
    /// It passed its ceiling and was stopped.
    OverCeiling,
}

/// What a run used, as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// Input tokens that were not in the cache.
    pub input: u64,
    /// Input tokens read from the cache.
    pub cached_input: u64,
    /// Tokens written to the cache.
    pub cache_write: u64,
    /// Output tokens.
    pub output: u64,
    /// What it cost; none: it did not say.
    pub cost: Option<String>,
}

impl End {
    /// What can be done about its failure, if it is one.
    pub fn failure_kind(&self) -> Option<FailureKind> {
        let word = self.failure.as_deref()?;
        FailureKind::ALL.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
    }
}

impl From<&Used> for Usage {
    fn from(used: &Used) -> Self {
        Self {
            input: used.input,
            cached_input: used.cached_input,
            cache_write: used.cache_write,
            output: used.output,
            cost: used.cost.as_deref().and_then(|cost| Money::parse(cost).ok()),
        }
    }
}

impl From<&Usage> for Used {
    fn from(usage: &Usage) -> Self {
        Self {
            input: usage.input,
            cached_input: usage.cached_input,
            cache_write: usage.cache_write,
            output: usage.output,
            cost: usage.cost.map(|cost| cost.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_is_passed_by_money_or_by_tokens() {
        let ceiling = Ceiling { money: Some("1.00 USD".to_owned()), tokens: Some(10) };
        let usage = |cost: &str, input| Usage { cost: Money::parse(cost).ok(), input, ..Usage::default() };
        assert_eq!(ceiling.passed(&usage("1.00 USD", 10)), None);
        assert_eq!(
            ceiling.passed(&usage("1.01 USD", 0)).as_deref(),
            Some("it spent 1.01 USD, more than its ceiling of 1.00 USD")
        );
        assert_eq!(
            ceiling.passed(&usage("0.00 USD", 11)).as_deref(),
            Some("it used 11 tokens, more than its ceiling of 10")
        );
        assert_eq!(ceiling.passed(&usage("9.00 EUR", 0)), None);
        assert_eq!(Ceiling::default().passed(&usage("9.00 USD", 99)), None);
    }
}
