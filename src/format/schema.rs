//! The JSON Schema of every kind of file, generated from the types in [`crate::format::kind`].

use super::kind::{
    AgentFile, AgentSettings, ApprovalFile, BudgetsFile, CompanyFile, CorpFile, EntryFile, GoalFile, HomeFile,
    LedgerLine, LockFile, PricesFile, ProjectFile, ProjectSettings, RoutineFile, SecretFile, SkillFile, TaskFile,
    TeamFile, TicketFile, VaultFile,
};
use super::layout::Kind;
use super::record::{Parts, Record};
use crate::model::Choice as _;
use serde_json::{Value as Json, json};

/// The schema of a kind of file; for Markdown, of its front matter. `None` for kinds without keys.
pub fn of(kind: Kind) -> Option<Json> {
    let schema = match kind {
        Kind::Company => of_type::<CompanyFile>(kind),
        Kind::Corp => of_type::<CorpFile>(kind),
        Kind::Home => of_type::<HomeFile>(kind),
        Kind::Budgets => of_type::<BudgetsFile>(kind),
        Kind::Prices => of_type::<PricesFile>(kind),
        Kind::Agent => of_type::<AgentFile>(kind),
        Kind::AgentSettings => of_type::<AgentSettings>(kind),
        Kind::Team => of_type::<TeamFile>(kind),
        Kind::Goal => of_type::<GoalFile>(kind),
        Kind::Project => of_type::<ProjectFile>(kind),
        Kind::ProjectSettings => of_type::<ProjectSettings>(kind),
        Kind::Task => of_type::<TaskFile>(kind),
        Kind::Routine => of_type::<RoutineFile>(kind),
        Kind::Skill => of_type::<SkillFile>(kind),
        Kind::Ticket => of_type::<TicketFile>(kind),
        Kind::Lock => of_type::<LockFile>(kind),
        Kind::Entry => of_type::<EntryFile>(kind),
        Kind::Approval => of_type::<ApprovalFile>(kind),
        Kind::Secret => of_type::<SecretFile>(kind),
        Kind::Vault => of_type::<VaultFile>(kind),
        Kind::LedgerRun | Kind::LedgerSegment => of_type::<LedgerLine>(kind),
        Kind::Heartbeat | Kind::Ciphertext | Kind::Other => return None,
    };
    Some(schema)
}

/// Every kind that has a schema, in the order of the layout.
pub fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.iter().map(|(_, kind)| *kind).filter(|kind| of(*kind).is_some())
}

/// The text of `schemas/<kind>.json`.
pub fn text(kind: Kind) -> Option<String> {
    of(kind).map(|schema| format!("{schema:#}\n"))
}

fn of_type<T: Record>(kind: Kind) -> Json {
    let mut parts = Parts::new();
    let mut schema = T::record_schema(&mut parts);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(kind.noun());
    if !parts.is_empty() {
        schema["$defs"] = json!(parts);
    }
    schema
}
