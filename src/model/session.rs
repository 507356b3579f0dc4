//! A conversation of an agent with its program: what is kept of it between runs, and what it has used so far.

use super::run::Usage;
use super::{Money, TicketId};
use jiff::Timestamp;

/// What a conversation is about, when it is about no ticket.
pub const HEARTBEAT: &str = "__heartbeat__";

/// What a conversation is about: its ticket, or everything that has none. There is one for each agent and program.
pub fn about(ticket: Option<&TicketId>) -> String {
    ticket.map_or_else(|| HEARTBEAT.to_owned(), ToString::to_string)
}

/// A conversation, as this machine knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What the program calls it.
    pub id: String,
    /// The folder it was begun in. Some programs find it only from there.
    pub folder: String,
    /// What the agent's instructions were, as a digest.
    pub instructions: String,
    /// What else was told at its beginning, as a digest.
    pub standing: String,
    /// When it was begun.
    pub begun: Timestamp,
    /// Runs in it.
    pub runs: u64,
    /// Input tokens of all its runs, those from the cache among them.
    pub input: u64,
}

/// What a conversation came to with a run, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talked {
    /// What the program calls it.
    pub id: String,
    /// What it had used since its beginning, for programs that count so.
    pub so_far: Option<SoFar>,
}

/// What a conversation had used since its beginning.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SoFar {
    /// Tokens.
    pub usage: Usage,
    /// Money.
    pub cost: Option<Money>,
}
