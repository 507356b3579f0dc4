//! How the company as a whole is operated: what `corp.yaml` and `home.yaml` say.

use super::agent::Settings;
use super::status::BoardRole;
use super::{CloneId, Interval, SecretName, Slug, Zone};
use crate::choice;
use jiff::Timestamp;

/// Most runs at the same time, if nobody says: what a laptop carries.
pub const RUNS: u64 = 8;

choice! {
    /// Whether the company works.
    pub enum CompanyStatus {
        /// It does.
        "active" => Active,
        /// Nothing new starts.
        "paused" => Paused,
    }
}

choice! {
    /// What the board can hear of.
    pub enum NotifyEvent {
        "approval" => Approval, "question" => Question, "incident" => Incident, "blocked" => Blocked, "alert" => Alert,
    }
}

choice! {
    /// Who lets a new agent in.
    pub enum HirePolicy { "board" => Board, "manager" => Manager, "free" => Free }
}

choice! {
    /// Who approves a strategy.
    pub enum StrategyPolicy { "board" => Board, "free" => Free }
}

choice! {
    /// Whether a run may start without kernel confinement.
    pub enum ConfinementPolicy {
        /// No run without it.
        "required" => Required,
        /// What the platform has, and it is shown.
        "best" => Best,
        /// None.
        "off" => Off,
    }
}

/// A person who decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The short name.
    pub id: Slug,
    /// The name.
    pub name: Option<String>,
    /// Matched with git's `user.email`.
    pub email: Option<String>,
    /// What the person may do.
    pub role: BoardRole,
    /// Who decides in the person's place while they are away.
    pub delegate: Option<Slug>,
    /// Until when the person is away; `None`: as long as there is a delegate.
    pub away_until: Option<Timestamp>,
    /// SSH public keys; if any is listed, decisions must be signed with one of them.
    pub signing_keys: Vec<String>,
}

/// One way the board hears of things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// What it hears of.
    pub on: Vec<NotifyEvent>,
    /// How.
    pub means: Means,
}

/// How the board is told something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// A command and its arguments. What is told comes on its standard input.
    Command(Vec<String>),
    /// An address that gets a message.
    Webhook {
        /// Where to.
        url: String,
        /// The secret it is signed with.
        secret: Option<SecretName>,
    },
    /// The desktop of this account.
    Desktop,
}

/// What a change proposed by an agent may touch: path patterns, where `{self}` is the agent's slug.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentEdits {
    /// Taken without asking.
    pub merge: Option<Vec<String>>,
    /// Put before the board.
    pub ask: Option<Vec<String>>,
    /// Never taken.
    pub refuse: Option<Vec<String>>,
}

/// How the company is operated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// The company's name.
    pub name: String,
    /// What ticket ids begin with; `None`: no ticket can be made.
    pub ticket_prefix: Option<String>,
    /// The zone of cron expressions, active hours and budget windows.
    pub timezone: Zone,
    /// Whether it works.
    pub status: CompanyStatus,
    /// The people who decide.
    pub board: Vec<Person>,
    /// How the board hears of things.
    pub notify: Vec<Channel>,
    /// Who lets a new agent in.
    pub hire: HirePolicy,
    /// Who approves the first strategy.
    pub strategy: StrategyPolicy,
    /// Whether a run may start without kernel confinement.
    pub confinement: ConfinementPolicy,
    /// What a change proposed by an agent may touch.
    pub agent_edits: AgentEdits,
    /// Most runs at the same time.
    pub runs: u64,
    /// Largest attachment, in bytes.
    pub attachment_bytes: u64,
    /// How long a closed ticket stays in the work tree.
    pub archive_after: Interval,
    /// How often the daemon brings a clone and its remote together; zero: never.
    pub sync_every: Interval,
    /// What holds for every agent that is silent about it.
    pub defaults: Settings,
}

impl Default for Company {
    fn default() -> Self {
        Self {
            name: String::new(),
            ticket_prefix: None,
            timezone: Zone::utc(),
            status: CompanyStatus::Active,
            board: Vec::new(),
            notify: Vec::new(),
            hire: HirePolicy::Board,
            strategy: StrategyPolicy::Board,
            confinement: ConfinementPolicy::Best,
            agent_edits: AgentEdits::default(),
            runs: RUNS,
            attachment_bytes: ATTACHMENT_BYTES,
            archive_after: Interval::from_ms(ARCHIVE_AFTER_MS),
            sync_every: Interval::from_ms(SYNC_EVERY_MS),
            defaults: Settings::default(),
        }
    }
}

/// Largest attachment, if nobody says, in bytes: a picture or a report, and no recording.
pub const ATTACHMENT_BYTES: u64 = 10 << 20;

/// How long a closed ticket stays in the work tree, if nobody says, in milliseconds.
pub const ARCHIVE_AFTER_MS: u64 = 30 * 86_400_000;

/// Between two syncs, if nobody says, in milliseconds: what somebody else did is worked on within a minute, and a remote is
/// asked no more often than a person would.
pub const SYNC_EVERY_MS: u64 = 60_000;

impl Company {
    /// The person with this id.
    pub fn person(&self, id: &Slug) -> Option<&Person> {
        self.board.iter().find(|person| person.id == *id)
    }

    /// Who is asked first when something needs a person: the first owner, or admin, or operator.
    pub fn first_in_charge(&self) -> Option<&Person> {
        [BoardRole::Owner, BoardRole::Admin, BoardRole::Operator]
            .iter()
            .find_map(|role| self.board.iter().find(|person| person.role == *role))
    }
}

/// Which clone of the company executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The clone.
    pub clone: CloneId,
    /// The machine it lives on.
    pub machine: Option<String>,
    /// The machine's name, for people.
    pub host: Option<String>,
    /// Grows each time another clone becomes home.
    pub fence: u64,
    /// Since when.
    pub since: Option<Timestamp>,
}
