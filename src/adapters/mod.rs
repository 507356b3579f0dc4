//! The programs that can be an agent, one file each: how each is called, and how what it says is read.
//!
//! Translators only. Nothing here starts a process, opens a file or looks at the surroundings: what is needed comes
//! in as values ([`RunContext`]), what is to be done goes out as values ([`Invocation`], [`Signal`], [`Verdict`]).
//! Processes belong to [`crate::runtime`].

pub mod claude_local;
pub mod codex_local;
pub mod context;
pub mod gateway;
pub mod http;
mod lines;
pub mod process;
pub mod script;
pub mod signal;
mod surroundings;

pub use context::{Apart, Around, Configuration, Limits, RunContext, TicketBrief};
pub use gateway::Way;
pub use signal::{Ended, Failure, FailureKind, Signal, Stream, Usage, Verdict};

use crate::model::run::Billing;
use std::collections::BTreeMap;

/// A program that can be an agent.
pub trait Adapter: Sync {
    /// What `adapter.type` says.
    fn name(&self) -> &'static str;

    /// What it can do, for people and for deciding.
    fn capabilities(&self) -> Capabilities;

    /// How the run is called.
    ///
    /// # Errors
    /// What is missing in the agent's settings, and where to write it.
    fn invocation(&self, context: &RunContext) -> Result<Invocation, Unusable>;

    /// A reader for what one run says.
    fn reader(&self) -> Box<dyn Reader>;

    /// What must be there before a run can start; looked at by whoever may touch the world.
    fn needs(&self, configuration: &Configuration) -> Vec<Need>;

    /// What shows that the program is logged in. None: it needs no login.
    fn login(&self, _configuration: &Configuration, _around: &Around) -> Option<Login> {
        None
    }

    /// The folder below [`Around::skills`] in which it looks for skills, each in a folder of its name. None: it knows
    /// none.
    fn skills_below(&self) -> Option<&'static str> {
        None
    }

    /// The variable by which an account says that the program's own folder is not in its home.
    fn moved_by(&self) -> Option<&'static str> {
        None
    }

    /// What a shared login is to be, `before` it was and `found` where the program keeps it: for a program that renews a login
    /// by putting another file in its place. None: that is not this login, renewed.
    fn renewed(&self, _before: &[u8], _found: &[u8]) -> Option<Vec<u8>> {
        None
    }

    /// Whose models it uses, by the name in lists of prices. None: that depends, or there are none.
    fn provider(&self) -> Option<&'static str> {
        None
    }

    /// How it is paid for, if this variable shows its login, or a file does.
    fn billing(&self, _variable: Option<&str>) -> Billing {
        Billing::Unknown
    }

    /// Whether what it asks of models goes through the gateway if nobody says so, where this variable shows its login.
    fn usually_metered(&self, _variable: &str) -> bool {
        false
    }

    /// What a person types to get the program. None: it is part of `corp`, or nobody can say.
    fn installed_by(&self) -> Option<&'static str> {
        None
    }

    /// What the program is called with to say which version it is.
    fn version_arguments(&self) -> &'static [&'static str] {
        &[]
    }
}

/// What shows that a program is logged in, and how it gets to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// One of these is enough. Empty: it cannot be seen from outside, and is found out by trying.
    pub shown_by: Vec<Proof>,
    /// The arguments of the program's own login, for a person at a terminal.
    pub arguments: Vec<String>,
    /// The environment in which that login is the one that the run uses.
    pub environment: BTreeMap<String, String>,
}

/// Something that shows a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A file that is there.
    File(String),
    /// A variable that is set: in the agent's environment, or for a shared login in that of `corp`.
    Variable(&'static str),
    /// On a Mac: the keychain, which is not looked into. There a login is taken as shown.
    Keychain,
}

/// Reads what one run says, line by line.
pub trait Reader: Send {
    /// What a line means. It has no line end and is at most [`LINE_BYTES_MAX`] long.
    fn line(&mut self, stream: Stream, line: &str) -> Vec<Signal>;

    /// How the run ended. The exit alone decides nothing where a program also says how it went.
    fn verdict(&self, ended: Ended) -> Verdict;
}

/// Longest line a reader is given, in bytes: what a program says in one event, pictures left out. Longer ones are cut.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// What a program can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether it goes on with an earlier conversation.
    pub resumes: bool,
    /// Whether it makes room in a conversation that grows too long by itself.
    pub manages_context: bool,
    /// Whether it takes instructions apart from the prompt ([`RunContext::apart`]). Where it does not, they
    /// belong into the prompt.
    pub system_prompt: bool,
    /// When what it used becomes known.
    pub metering: Metering,
    /// Whether it needs a login or a network.
    pub offline: bool,
}

/// When what a run used becomes known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metering {
    /// With every request, since they go through the gateway: exactly.
    Gateway,
    /// While it runs, as it says itself.
    Stream,
    /// When it is over: until then what it may spend is bounded by its reservation, its program's own limits and time.
    End,
}

/// How a run is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program.
    pub program: Program,
    /// Its arguments. Never a secret: everybody on the machine can read them.
    pub arguments: Vec<String>,
    /// What is added to the clean environment every run gets.
    pub environment: BTreeMap<String, String>,
    /// What it reads from standard input; without it there is nothing to read.
    pub stdin: Option<String>,
    /// Files to put into the run's folder before it starts, by name.
    pub files: BTreeMap<String, String>,
    /// Variables that it gets as they are around `corp` itself, if they are there: those by which the operator is
    /// logged in. Only their names are written down.
    pub inherited: Vec<String>,
    /// The APIs that it reaches through the gateway. Empty: it goes its own ways.
    pub ways: Vec<Way>,
    /// Files and folders beside its own places that it reads: of the operator's, what belongs to its login.
    pub reads: Vec<String>,
    /// The same, and writes.
    pub writes: Vec<String>,
    /// Folders to make before it starts, for this account only.
    pub folders: Vec<String>,
    /// Links to make before it starts, where there is nothing yet: path of the link, and where it leads.
    pub links: BTreeMap<String, String>,
    /// The same, of use to this run alone: they go when it is over.
    pub passing_links: BTreeMap<String, String>,
}

impl Invocation {
    /// A call of this program, with nothing else.
    pub fn of(program: Program) -> Self {
        Self {
            program,
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            stdin: None,
            files: BTreeMap::new(),
            inherited: Vec::new(),
            ways: Vec::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            folders: Vec::new(),
            links: BTreeMap::new(),
            passing_links: BTreeMap::new(),
        }
    }
}

/// A program to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// This one.
    Ourselves,
    /// A path, or a name to look up in the search path.
    Named(String),
}

/// Why a run cannot be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(pub String);

/// Something a program needs to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// A program in the search path, or at a path.
    Program(String),
    /// A file in the agent's folder.
    AgentFile(String),
}

/// Every adapter, by name.
pub const ALL: &[&dyn Adapter] =
    &[&claude_local::ClaudeLocal, &codex_local::CodexLocal, &http::Http, &process::Process, &script::Script];

/// The adapter of this name.
pub fn find(name: &str) -> Option<&'static dyn Adapter> {
    ALL.iter().copied().find(|adapter| adapter.name() == name)
}
