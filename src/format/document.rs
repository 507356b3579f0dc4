//! One file as a typed [`Document`], with diagnostics about it.

use super::front_matter;
use super::heartbeat::{self, Heartbeat};
use super::kind::{
    AgentFile, AgentSettings, ApprovalFile, BudgetsFile, CompanyFile, CorpFile, GoalFile, HomeFile, LedgerLine,
    LockFile, PricesFile, ProjectFile, ProjectSettings, RoutineFile, SecretFile, SkillFile, TaskFile, TeamFile,
    TicketFile, VaultFile,
};
use super::layout::{self, Kind};
use super::mentions::ThreadEntry;
use super::record::{Reader, Record};
use super::yaml::{self, Data};
use crate::diag::{Diagnostic, Label, Place};
use std::ops::Range;

/// Largest file that is read, in bytes. Larger ones are reported and left alone.
pub const FILE_BYTES_MAX: usize = 4 << 20;

/// What a file says, by its kind. Texts that nobody needs in memory, such as bodies, are not kept.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    /// `COMPANY.md`
    Company(Box<CompanyFile>),
    /// `corp.yaml`
    Corp(Box<CorpFile>),
    /// `home.yaml`
    Home(Box<HomeFile>),
    /// `budgets.yaml`
    Budgets(Box<BudgetsFile>),
    /// `prices.yaml`
    Prices(Box<PricesFile>),
    /// `AGENTS.md`
    Agent(Box<AgentFile>),
    /// `agent.yaml`
    AgentSettings(Box<AgentSettings>),
    /// `TEAM.md`
    Team(Box<TeamFile>),
    /// `goals/<slug>.md`
    Goal(Box<GoalFile>),
    /// `PROJECT.md`
    Project(Box<ProjectFile>),
    /// `project.yaml`
    ProjectSettings(Box<ProjectSettings>),
    /// `TASK.md`
    Task(Box<TaskFile>),
    /// `routine.yaml`
    Routine(Box<RoutineFile>),
    /// `SKILL.md`
    Skill(Box<SkillFile>),
    /// A ticket.
    Ticket(Box<TicketFile>),
    /// A checkout.
    Lock(Box<LockFile>),
    /// An entry in a thread.
    Entry(Box<ThreadEntry>),
    /// A decision asked of the board.
    Approval(Box<ApprovalFile>),
    /// Who may use a secret.
    Secret(Box<SecretFile>),
    /// A vault.
    Vault(Box<VaultFile>),
    /// One run, or a segment of them.
    Ledger(Vec<LedgerLine>),
    /// `HEARTBEAT.md`
    Heartbeat(Box<Heartbeat>),
    /// Anything without keys of ours: papers, ciphertexts, assets.
    Plain,
}

/// Reads a file of YAML that is no part of a company, such as a person's settings. Never fails, like [`read`].
pub fn read_as<T: Record>(path: &str, text: &str) -> (T, Vec<Diagnostic>) {
    let mut reader = Reader::new(path);
    let read = whole(text, &mut reader);
    (read, reader.finish())
}

/// Reads the file at `path`. Never fails: what could not be understood is left out and reported.
pub fn read(path: &str, text: &str) -> (Document, Vec<Diagnostic>) {
    let mut reader = Reader::new(path);
    let document = match layout::locate(path).kind {
        Kind::Company => Document::Company(Box::new(markdown(text, &mut reader, true))),
        Kind::Agent => Document::Agent(Box::new(markdown(text, &mut reader, false))),
        Kind::Team => Document::Team(Box::new(markdown(text, &mut reader, false))),
        Kind::Goal => Document::Goal(Box::new(markdown(text, &mut reader, false))),
        Kind::Project => Document::Project(Box::new(markdown(text, &mut reader, false))),
        Kind::Task => Document::Task(Box::new(markdown(text, &mut reader, false))),
        Kind::Skill => Document::Skill(Box::new(markdown(text, &mut reader, true))),
        Kind::Ticket => Document::Ticket(Box::new(markdown(text, &mut reader, true))),
        Kind::Entry => {
            let file = markdown(text, &mut reader, true);
            let mentions = crate::model::mentions::find(&text[front_matter::split(text).body]);
            Document::Entry(Box::new(ThreadEntry { file, mentions }))
        }
        Kind::Approval => Document::Approval(Box::new(markdown(text, &mut reader, true))),
        Kind::Corp => Document::Corp(Box::new(whole(text, &mut reader))),
        Kind::Home => Document::Home(Box::new(whole(text, &mut reader))),
        Kind::Budgets => Document::Budgets(Box::new(whole(text, &mut reader))),
        Kind::Prices => Document::Prices(Box::new(whole(text, &mut reader))),
        Kind::AgentSettings => Document::AgentSettings(Box::new(whole(text, &mut reader))),
        Kind::ProjectSettings => Document::ProjectSettings(Box::new(whole(text, &mut reader))),
        Kind::Routine => Document::Routine(Box::new(whole(text, &mut reader))),
        Kind::Lock => Document::Lock(Box::new(whole(text, &mut reader))),
        Kind::Secret => Document::Secret(Box::new(whole(text, &mut reader))),
        Kind::Vault => Document::Vault(Box::new(whole(text, &mut reader))),
        Kind::LedgerRun => Document::Ledger(vec![whole(text, &mut reader)]),
        Kind::LedgerSegment => Document::Ledger(lines(text, &mut reader)),
        Kind::Heartbeat => Document::Heartbeat(Box::new(heartbeat::read(text, &mut reader))),
        Kind::Ciphertext | Kind::Other => Document::Plain,
    };
    (document, reader.finish())
}

/// The YAML part of a file: its front matter, or all of it. `None` if a Markdown file has none.
pub fn yaml_part(kind: Kind, text: &str) -> Option<Range<usize>> {
    match kind {
        Kind::Company
        | Kind::Agent
        | Kind::Team
        | Kind::Goal
        | Kind::Project
        | Kind::Task
        | Kind::Skill
        | Kind::Ticket
        | Kind::Entry
        | Kind::Approval => front_matter::split(text).yaml,
        Kind::Corp
        | Kind::Home
        | Kind::Budgets
        | Kind::Prices
        | Kind::AgentSettings
        | Kind::ProjectSettings
        | Kind::Routine
        | Kind::Lock
        | Kind::Secret
        | Kind::Vault
        | Kind::LedgerRun => Some(if text.starts_with('\u{feff}') { 3..text.len() } else { 0..text.len() }),
        Kind::Heartbeat | Kind::Ciphertext | Kind::LedgerSegment | Kind::Other => None,
    }
}

/// Reads a Markdown file's front matter. Where it is `needed`, its absence is an error.
fn markdown<T: Record>(text: &str, reader: &mut Reader<'_>, needed: bool) -> T {
    let split = front_matter::split(text);
    if let Some(fence) = split.unclosed {
        reader
            .error("front-matter", fence, "the front matter that begins here has no end")
            .help
            .push("close it with a line `---`".to_owned());
    }
    match split.yaml {
        Some(range) => record(text, range, reader),
        None => {
            if needed {
                let help = "begin the file with `---`, the keys, and `---`".to_owned();
                reader
                    .error("front-matter", split.body.start..split.body.start, "there is no front matter")
                    .help
                    .push(help);
            }
            T::default()
        }
    }
}

/// Reads a file that is YAML from end to end.
fn whole<T: Record>(text: &str, reader: &mut Reader<'_>) -> T {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    record(text, start..text.len(), reader)
}

fn record<T: Record>(text: &str, range: Range<usize>, reader: &mut Reader<'_>) -> T {
    let parsed = yaml::parse(&text[range.clone()], range.start);
    for problem in &parsed.problems {
        reader.report(diagnostic(problem, reader.file));
    }
    let Some(root) = parsed.root else {
        let nothing = yaml::Node { span: range.start..range.start, data: Data::Map(Vec::new()) };
        // Where the text is broken, what is missing is not known.
        return if parsed.problems.is_empty() { T::read_record(&nothing, reader) } else { T::default() };
    };
    if !matches!(root.data, Data::Map(_)) && !root.is_null() {
        let message = format!("keys with values belong here, not {}", root.kind());
        reader
            .error("bad-value", root.span.clone(), message)
            .help
            .push("write `name: value` on lines of their own".to_owned());
        return T::default();
    }
    let before = reader.diagnostics.len();
    let value = T::read_record(&root, reader);
    if !parsed.problems.is_empty() {
        // The rest of the file was not read, so absence proves nothing.
        let kept = |diagnostic: &Diagnostic| !matches!(diagnostic.code, "missing-key" | "choose-one");
        let late: Vec<_> = reader.diagnostics.drain(before..).filter(kept).collect();
        reader.diagnostics.extend(late);
    }
    value
}

/// A problem of the YAML reader as a diagnostic about `file`.
pub fn diagnostic(problem: &yaml::Problem, file: &str) -> Diagnostic {
    let mut diagnostic =
        Diagnostic::error(problem.code, Place::span(file, problem.span.clone()), problem.message.clone());
    if let Some((span, message)) = &problem.also {
        let place = Place::span(file, span.clone());
        diagnostic.labels.push(Label { place, message: (*message).to_owned() });
    }
    diagnostic.help.extend(problem.help.map(str::to_owned));
    diagnostic
}

/// Reads JSON lines, each a line of the ledger.
fn lines(text: &str, reader: &mut Reader<'_>) -> Vec<LedgerLine> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        // A file in which nothing is right is not one of these; reading on costs time and tells nothing.
        if reader.is_full() {
            break;
        }
        let range = start..start + line.trim_end().len();
        start += line.len();
        if !line.trim().is_empty() {
            found.push(record(text, range, reader));
        }
    }
    found
}
