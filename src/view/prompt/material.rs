//! [`Material`]: everything a prompt is made of, gathered by whoever can read files.

use super::skills::Listed;
use crate::model::run::WakeCause;
use crate::model::ticket::EntryKind;
use jiff::Timestamp;

/// Everything a prompt is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Material {
    /// The company's name.
    pub company: String,
    /// Whom it is for.
    pub agent: Agent,
    /// The run; marks around texts of others are made from it.
    pub run: String,
    /// The body of `COMPANY.md`.
    pub mission: String,
    /// The goal the work serves and those that one serves, the root first.
    pub goals: Vec<Piece>,
    /// The project the work belongs to.
    pub project: Option<Piece>,
    /// The tickets the ticket is a part of, the outermost first.
    pub parents: Vec<TicketText>,
    /// The ticket the run is about.
    pub ticket: Option<TicketText>,
    /// For a run its heartbeat started.
    pub beat: Option<Beat>,
    /// Why it is woken.
    pub wake: Wake,
    /// The body of its `AGENTS.md`.
    pub instructions: Piece,
    /// Its other papers but the memory, in the order in which they are told.
    pub papers: Vec<Piece>,
    /// Its `MEMORY.md`, which it writes itself.
    pub memory: Option<Piece>,
    /// Its skills.
    pub skills: Vec<Listed>,
    /// Its own prompt.
    pub template: Option<String>,
    /// What a fresh conversation begins with.
    pub bootstrap: Option<String>,
    /// The conversation it is told in.
    pub talk: Talk,
    /// Where things are.
    pub places: Places,
}

/// Whom a prompt is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// The slug.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The job title.
    pub title: Option<String>,
    /// The agent it reports to.
    pub reports_to: Option<String>,
    /// Agents that report to it.
    pub reports: Vec<String>,
}

/// A text of the company's definitions, and where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Piece {
    /// The name, if it has one.
    pub name: Option<String>,
    /// Where the whole of it is, relative to the desk.
    pub path: String,
    /// What it says, without its front matter.
    pub text: String,
}

/// A ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketText {
    /// The id.
    pub id: String,
    /// The title.
    pub title: String,
    /// Where it stands.
    pub status: &'static str,
    /// How urgent it is.
    pub priority: &'static str,
    /// Who made it.
    pub by: Option<String>,
    /// Where the whole of it is, relative to the desk.
    pub path: String,
    /// What is wanted.
    pub body: String,
    /// What must be there before it is done, in words.
    pub deliverables: Vec<String>,
    /// What was said about it, oldest first. Of a parent, nothing.
    pub thread: Vec<Said>,
}

/// One entry of a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub author: String,
    /// What kind of entry.
    pub kind: EntryKind,
    /// When.
    pub at: Timestamp,
    /// Its file, relative to the desk.
    pub path: String,
    /// What.
    pub text: String,
}

/// What a heartbeat is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// What is to be done, as the engine words it: the due tasks, or that HEARTBEAT.md is to be followed.
    pub prompt: String,
    /// `HEARTBEAT.md`, if `prompt` does not hold it already.
    pub file: Option<Piece>,
}

/// Why an agent is woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wake {
    /// The cause.
    pub cause: WakeCause,
    /// Who asked, if somebody did.
    pub by: Option<String>,
    /// What was said about it.
    pub note: Option<String>,
}

/// The conversation a prompt is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Talk {
    /// It begins.
    Fresh,
    /// It goes on; what was told at its beginning holds.
    Resumed,
    /// It goes on, and what was told at its beginning has changed.
    Renewed,
    /// It begins, and one before it had grown too long.
    Rotated,
}

/// Where things are in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The agent's desk.
    pub desk: String,
    /// Its own papers there.
    pub home: String,
    /// The folder it works in.
    pub workspace: String,
    /// The branch it works on, if the folder is a clone of a repository.
    pub branch: Option<String>,
}
