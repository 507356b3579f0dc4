//! The kinds of files a company consists of: one file per kind, named as the kind is.

mod agent;
mod agent_settings;
mod approval;
mod budgets;
mod company;
mod corp;
mod entry;
mod goal;
mod home;
mod ledger;
mod lock;
mod prices;
mod project;
mod project_settings;
mod routine;
mod secret;
mod shared;
mod skill;
mod task;
mod team;
mod ticket;
mod vault;

pub use agent::AgentFile;
pub use agent_settings::{
    Adapter, AgentSettings, AssignScope, Ceiling, HeartbeatSettings, HirePermission, Login, Permissions,
};
pub use approval::{ApprovalFile, ApprovalKind, Decision, Verdict};
pub use budgets::{AtLimit, Budget, BudgetsFile};
pub use company::{CompanyFile, Requirements};
pub use corp::{
    AgentEdits, BoardMember, CompanyStatus, ConfinementPolicy, CorpFile, Durability, HandEdits, HirePolicy, Limits,
    NotifyEvent, NotifyTarget, Policy, StrategyPolicy, Webhook,
};
pub use entry::{EntryFile, EntryKind, ProductKind};
pub use goal::GoalFile;
pub use home::HomeFile;
pub use ledger::{Billing, LedgerLine, LineKind, Reservation, RunOutcome, Usage, WakeCause, WakeLine};
pub use lock::LockFile;
pub use prices::{Price, PricesFile};
pub use project::ProjectFile;
pub use project_settings::{ProjectSettings, Repository, WorkspaceMode};
pub use routine::{
    CatchUp, Concurrency, Payload, RoutineFile, RoutineStatus, SessionName, Trigger, Variable, VariableType,
};
pub use secret::{Binding, ExternalReference, SecretDelivery, SecretFile, SecretStatus, SecretVersion, VersionStatus};
pub use shared::{Author, Metadata, Source, SourceKind, SourceUsage};
pub use skill::SkillFile;
pub use task::{LegacyRecurrence, LegacySchedule, LegacyTime, TaskFile};
pub use team::TeamFile;
pub use ticket::{Deliverable, Review, Stage, TicketFile};
pub use vault::{VaultFile, VaultStatus};
