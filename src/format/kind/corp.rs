//! `corp.yaml`: how this company is operated.

use super::agent_settings::AgentSettings;
use crate::format::record::choice_fields;
use crate::model::money::{Bytes, Count};
use crate::model::status::BoardRole;
use crate::model::time::Instant;
use crate::model::{Interval, SecretName, Slug, Zone};
use crate::{choice, record};

pub use crate::model::company::{CompanyStatus, ConfinementPolicy, HirePolicy, NotifyEvent, StrategyPolicy};

record! {
    /// How this company is operated: `corp.yaml`.
    pub struct CorpFile {
        /// The format of this file: `corp/v1`.
        "schema" => schema: String, required;
        /// What ticket ids begin with: `ACME` gives `ACME-12`. Capitals and digits, 12 at most.
        "ticket_prefix" => ticket_prefix: String, required;
        /// The zone of cron expressions, active hours and budget windows. Default `UTC`.
        "timezone" => timezone: Zone;
        /// Whether the company works. Default `active`; `paused`: nothing starts.
        "status" => status: CompanyStatus;
        /// The one branch the program works on. Default `main`.
        "branch" => branch: String;
        /// When a saved edit is in force. Default `commit`.
        "hand_edits" => hand_edits: HandEdits;
        /// What "saved" means. Default `full`.
        "durability" => durability: Durability;
        /// The people who decide.
        "board" => board: Vec<BoardMember>;
        /// How the board hears of things.
        "notify" => notify: Vec<NotifyTarget>;
        /// What needs whose consent.
        "policy" => policy: Policy;
        /// Who can open the company's secrets, beside the board.
        "secrets" => secrets: SecretSettings;
        /// Limits of the whole company.
        "limits" => limits: Limits;
        /// How long a closed ticket stays in the work tree. Default `30d`.
        "archive_after" => archive_after: Interval;
        /// How often the daemon brings this clone and its remote together. Default `1m`, at least `1s`; `0s`: never.
        "sync_every" => sync_every: Interval;
        /// What holds for every `agent.yaml` that is silent about it.
        "defaults" => defaults: AgentSettings;
    }
}

choice! {
    /// When a saved edit by hand is in force.
    pub enum HandEdits {
        /// After it was saved, is valid and has settled; the program commits it in the person's name.
        "commit" => Commit,
        /// Only once a person commits it.
        "hold" => Hold,
    }
}

choice! {
    /// What an acknowledged change has survived.
    pub enum Durability {
        /// It is on the platter.
        "full" => Full,
        /// The operating system has it.
        "relaxed" => Relaxed,
    }
}

record! {
    /// A person who decides.
    pub struct BoardMember {
        /// The person's short name, as used for `assignee` and in commits.
        "id" => id: Slug, required;
        /// The person's name.
        "name" => name: String;
        /// Matched with git's `user.email`.
        "email" => email: String;
        /// What the person may do. Default `viewer`.
        "role" => role: BoardRole;
        /// Who decides in the person's place while they are away.
        "delegate" => delegate: Slug;
        /// Until when the person is away. Default: as long as `delegate` stands there.
        "away_until" => away_until: Instant;
        /// SSH public keys; if any is listed, the person's decisions must be signed with one of them.
        "signing_keys" => signing_keys: Vec<String>;
        /// Public keys of age, `age1…`, or of ssh, `ssh-ed25519 …`: the company's secrets are sealed for them.
        "age_keys" => age_keys: Vec<String>;
    }
}

record! {
    /// Who can open the company's secrets, beside the board.
    pub struct SecretSettings {
        /// Machines the company runs on, and who else is to open its secrets.
        "recipients" => recipients: Vec<SecretRecipient>;
    }
}

record! {
    /// A machine, or who else is to open the company's secrets.
    pub struct SecretRecipient {
        /// A short name.
        "id" => id: Slug, required;
        /// Its public key of age, `age1…`, or of ssh, `ssh-ed25519 …`.
        "key" => key: String, required;
    }
}

record! {
    /// One way the board hears of things.
    pub struct NotifyTarget {
        /// What it hears of.
        "on" => on: Vec<NotifyEvent>, required;
        /// A command and its arguments, in which `{title}`, `{text}`, `{event}` and `{company}` are filled in, though not
        /// where a shell or the like would run them. It has the title, an empty line and the text on its standard input as
        /// well, which nobody else on the machine can read, and in `CORP_TITLE` and `CORP_TEXT`.
        "command" => command: Vec<String>;
        /// An address that gets a signed message.
        "webhook" => webhook: Webhook;
        /// Whether to show it on the desktop.
        "desktop" => desktop: bool;
    }
    exactly_one ["command", "webhook", "desktop"]
}

record! {
    /// An address that gets a signed message.
    pub struct Webhook {
        /// Where to.
        "url" => url: String, required;
        /// The secret it is signed with.
        "secret" => secret: SecretName;
    }
}

record! {
    /// What needs whose consent.
    pub struct Policy {
        /// Who lets a new agent in. Default `board`.
        "hire" => hire: HirePolicy;
        /// Who approves the first strategy; until then the CEO only drafts tickets. Default `board`.
        "strategy" => strategy: StrategyPolicy;
        /// Whether a run may start without kernel confinement. Default `best`.
        "confinement" => confinement: ConfinementPolicy;
        /// What a change proposed by an agent may touch.
        "agent_edits" => agent_edits: AgentEdits;
    }
}

record! {
    /// What a change proposed by an agent may touch: path patterns, where `{self}` is the agent's slug.
    pub struct AgentEdits {
        /// Taken without asking.
        "merge" => merge: Vec<String>;
        /// Put before the board.
        "ask" => ask: Vec<String>;
        /// Never taken.
        "refuse" => refuse: Vec<String>;
    }
}

record! {
    /// Limits of the whole company.
    pub struct Limits {
        /// Most runs at the same time.
        "runs" => runs: Count;
        /// Largest ticket or comment.
        "ticket_bytes" => ticket_bytes: Bytes;
        /// Largest attachment.
        "attachment_bytes" => attachment_bytes: Bytes;
    }
}

choice_fields!(CompanyStatus, HandEdits, Durability, NotifyEvent, HirePolicy, StrategyPolicy, ConfinementPolicy);
