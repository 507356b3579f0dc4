//! What a `HEARTBEAT.md` says, without places and without syntax: tasks, prose, and whether it says anything.
//!
//! How the text is read is [`crate::format::heartbeat`]'s business; what a beat does is
//! [`crate::engine::heartbeat`]'s.

use super::ecma;
use std::collections::BTreeMap;

/// The word with which an agent says that nothing needs attention.
pub const OK_TOKEN: &str = "HEARTBEAT_OK";

/// A recurring task of a `HEARTBEAT.md`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeartbeatTask {
    /// Its name; the time of its last run is kept under it.
    pub name: String,
    /// How often, as it was written.
    pub interval: String,
    /// What to do.
    pub prompt: String,
}

impl HeartbeatTask {
    /// The interval in milliseconds; a bare number is minutes.
    ///
    /// # Errors
    /// What is wrong with it, in words. Such a task runs once and never again.
    pub fn interval_ms(&self) -> Result<u64, String> {
        ecma::duration_ms(&self.interval, "m")
    }
}

/// What a line of the file counts as, when it is asked whether the file says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    /// White space, or nothing.
    Blank,
    /// Nothing but comments, or inside of one.
    Comment,
    /// `#`, `##` … with or without a title.
    Heading,
    /// A list marker with nothing after it, or with an empty or ticked box.
    Stub,
    /// Three backticks, with or without a word.
    Fence,
    /// Anything else: the file is not empty.
    Content,
}

/// The first line that makes a file say something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstContent {
    /// Its number, from 1.
    pub line: usize,
    /// Its text without comments and white space around, cut at 80 characters.
    pub text: String,
}

/// Why a file is effectively empty, or is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Emptiness {
    /// How many lines there are of each kind that says nothing.
    pub lines: BTreeMap<LineKind, usize>,
    /// The first line that says something; without one the file is effectively empty.
    pub content: Option<FirstContent>,
}

impl Emptiness {
    /// Whether nothing in the file is worth a call of the model.
    pub fn is_empty(&self) -> bool {
        self.content.is_none()
    }
}

/// A `HEARTBEAT.md`, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeartbeatFile {
    /// Whether it says anything.
    pub emptiness: Emptiness,
    /// The tasks, in order; names may repeat.
    pub tasks: Vec<HeartbeatTask>,
    /// What stands outside of task blocks, comments included, as it is shown to the agent.
    pub prose: String,
}

/// When each task last ran: name to milliseconds since 1970. Names without a task may linger.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct HeartbeatState(pub BTreeMap<String, i64>);
