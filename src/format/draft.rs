//! [`Draft`]: all files of a company, read but not yet judged together.

use super::document::Document;
use super::heartbeat::Heartbeat;
use super::kind::{
    AgentFile, AgentSettings, ApprovalFile, BudgetsFile, CompanyFile, CorpFile, GoalFile, HomeFile, LedgerLine,
    LockFile, Metadata, PricesFile, ProjectFile, ProjectSettings, RoutineFile, SecretFile, SkillFile, Source, TaskFile,
    TeamFile, TicketFile, VaultFile,
};
use super::layout::{self, Kind};
use super::mentions::ThreadEntry;
use super::package::digest::Vendored;
use crate::diag::KeyPath;
use crate::model::TicketId;
use std::collections::BTreeMap;

/// What a path of the work tree is, apart from its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryType {
    /// An ordinary file.
    File,
    /// A file with the executable bit.
    Executable,
    /// A symbolic link.
    Symlink,
    /// A pipe, socket or device.
    Special,
}

/// One file of a company before it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryType,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Where in a file a source record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceAt {
    /// In the list `sources`.
    Top(usize),
    /// In the list `metadata.sources`.
    Metadata(usize),
}

impl SourceAt {
    /// The way to the record.
    pub fn path(self) -> KeyPath {
        match self {
            Self::Top(position) => KeyPath::from("sources").index(position),
            Self::Metadata(position) => KeyPath::from("metadata").key("sources").index(position),
        }
    }
}

/// A ticket that has left the work tree.
#[derive(Debug, Clone, PartialEq)]
pub struct ArchivedTicket {
    /// Its path in the last commit.
    pub path: String,
    /// What it says. Read only if something that is here names it: there may be a hundred thousand.
    pub file: Option<Box<TicketFile>>,
}

/// All files of a company, read but not yet judged together. Ordered by path, so that two runs say the same.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// Every path with what it is, read or not.
    pub entries: BTreeMap<String, Entry>,
    /// `COMPANY.md`
    pub company: Option<Box<CompanyFile>>,
    /// `corp.yaml`
    pub corp: Option<Box<CorpFile>>,
    /// `home.yaml`
    pub home: Option<Box<HomeFile>>,
    /// `budgets.yaml`
    pub budgets: Option<Box<BudgetsFile>>,
    /// `prices.yaml`
    pub prices: Option<Box<PricesFile>>,
    /// `AGENTS.md` by path.
    pub agents: BTreeMap<String, Box<AgentFile>>,
    /// `agent.yaml` by path.
    pub agent_settings: BTreeMap<String, Box<AgentSettings>>,
    /// `HEARTBEAT.md` by path.
    pub heartbeats: BTreeMap<String, Box<Heartbeat>>,
    /// `TEAM.md` by path.
    pub teams: BTreeMap<String, Box<TeamFile>>,
    /// Goals by path.
    pub goals: BTreeMap<String, Box<GoalFile>>,
    /// `PROJECT.md` by path.
    pub projects: BTreeMap<String, Box<ProjectFile>>,
    /// `project.yaml` by path.
    pub project_settings: BTreeMap<String, Box<ProjectSettings>>,
    /// `TASK.md` by path.
    pub tasks: BTreeMap<String, Box<TaskFile>>,
    /// `routine.yaml` by path.
    pub routines: BTreeMap<String, Box<RoutineFile>>,
    /// `SKILL.md` by path.
    pub skills: BTreeMap<String, Box<SkillFile>>,
    /// Tickets by path.
    pub tickets: BTreeMap<String, Box<TicketFile>>,
    /// Checkouts by path.
    pub locks: BTreeMap<String, Box<LockFile>>,
    /// Entries of threads by path.
    pub thread: BTreeMap<String, Box<ThreadEntry>>,
    /// Approvals by path.
    pub approvals: BTreeMap<String, Box<ApprovalFile>>,
    /// Secrets by path.
    pub secrets: BTreeMap<String, Box<SecretFile>>,
    /// Vaults by path.
    pub vaults: BTreeMap<String, Box<VaultFile>>,
    /// Ledger files by path.
    pub ledger: BTreeMap<String, Vec<LedgerLine>>,
    /// The highest numbers of tickets in lines that were let go of, by prefix.
    pub let_go: BTreeMap<String, u32>,
    /// Tickets that have left the work tree and are in the history; none where nobody looked.
    pub archived: BTreeMap<TicketId, ArchivedTicket>,
    /// Content that claims to be what its source record says, compared. Filled by whoever can see content; a
    /// draft made of keys alone has none.
    pub vendored: Vec<Vendored>,
}

impl Draft {
    /// Puts a file that was read in its place.
    pub fn insert(&mut self, path: &str, document: Document) {
        let path = path.to_owned();
        match document {
            Document::Company(file) => self.company = Some(file),
            Document::Corp(file) => self.corp = Some(file),
            Document::Home(file) => self.home = Some(file),
            Document::Budgets(file) => self.budgets = Some(file),
            Document::Prices(file) => self.prices = Some(file),
            Document::Agent(file) => drop(self.agents.insert(path, file)),
            Document::AgentSettings(file) => drop(self.agent_settings.insert(path, file)),
            Document::Heartbeat(file) => drop(self.heartbeats.insert(path, file)),
            Document::Team(file) => drop(self.teams.insert(path, file)),
            Document::Goal(file) => drop(self.goals.insert(path, file)),
            Document::Project(file) => drop(self.projects.insert(path, file)),
            Document::ProjectSettings(file) => drop(self.project_settings.insert(path, file)),
            Document::Task(file) => drop(self.tasks.insert(path, file)),
            Document::Routine(file) => drop(self.routines.insert(path, file)),
            Document::Skill(file) => drop(self.skills.insert(path, file)),
            Document::Ticket(file) => drop(self.tickets.insert(path, file)),
            Document::Lock(file) => drop(self.locks.insert(path, file)),
            Document::Entry(file) => drop(self.thread.insert(path, file)),
            Document::Approval(file) => drop(self.approvals.insert(path, file)),
            Document::Secret(file) => drop(self.secrets.insert(path, file)),
            Document::Vault(file) => drop(self.vaults.insert(path, file)),
            Document::Ledger(lines) => drop(self.ledger.insert(path, lines)),
            Document::Plain => {}
        }
    }

    /// Lets go of the lines of a ledger file: whoever wants them again reads it. What no rule may forget stays.
    pub fn let_go(&mut self, path: &str) {
        let Some(lines) = self.ledger.get_mut(path) else { return };
        for ticket in std::mem::take(lines).iter().filter_map(|line| line.ticket.as_ref()) {
            let highest = self.let_go.entry(ticket.prefix().to_owned()).or_default();
            *highest = ticket.number().max(*highest);
        }
    }

    /// Notes that lines nobody reads again name a ticket of this number: no rule may forget it.
    pub fn note_number(&mut self, prefix: &str, number: u32) {
        let highest = self.let_go.entry(prefix.to_owned()).or_default();
        *highest = number.max(*highest);
    }

    /// Takes the file at `path` out again; [`Document::Plain`] if none was read there. Its entry stays.
    pub fn take(&mut self, path: &str) -> Document {
        match layout::locate(path).kind {
            Kind::Company => self.company.take().map(Document::Company),
            Kind::Corp => self.corp.take().map(Document::Corp),
            Kind::Home => self.home.take().map(Document::Home),
            Kind::Budgets => self.budgets.take().map(Document::Budgets),
            Kind::Prices => self.prices.take().map(Document::Prices),
            Kind::Agent => self.agents.remove(path).map(Document::Agent),
            Kind::AgentSettings => self.agent_settings.remove(path).map(Document::AgentSettings),
            Kind::Heartbeat => self.heartbeats.remove(path).map(Document::Heartbeat),
            Kind::Team => self.teams.remove(path).map(Document::Team),
            Kind::Goal => self.goals.remove(path).map(Document::Goal),
            Kind::Project => self.projects.remove(path).map(Document::Project),
            Kind::ProjectSettings => self.project_settings.remove(path).map(Document::ProjectSettings),
            Kind::Task => self.tasks.remove(path).map(Document::Task),
            Kind::Routine => self.routines.remove(path).map(Document::Routine),
            Kind::Skill => self.skills.remove(path).map(Document::Skill),
            Kind::Ticket => self.tickets.remove(path).map(Document::Ticket),
            Kind::Lock => self.locks.remove(path).map(Document::Lock),
            Kind::Entry => self.thread.remove(path).map(Document::Entry),
            Kind::Approval => self.approvals.remove(path).map(Document::Approval),
            Kind::Secret => self.secrets.remove(path).map(Document::Secret),
            Kind::Vault => self.vaults.remove(path).map(Document::Vault),
            Kind::LedgerRun | Kind::LedgerSegment => self.ledger.remove(path).map(Document::Ledger),
            Kind::Ciphertext | Kind::Other => None,
        }
        .unwrap_or(Document::Plain)
    }

    /// The path of the agent's AGENTS.md, if the company has that agent.
    pub fn agent_path(&self, slug: &str) -> Option<&str> {
        ["AGENTS.md", "AGENT.md"]
            .iter()
            .find_map(|file| self.agents.get_key_value(&format!("agents/{slug}/{file}")).map(|(path, _)| path.as_str()))
    }

    /// The slugs of all agents, in order.
    pub fn agent_slugs(&self) -> impl Iterator<Item = &str> {
        self.agents.keys().map(|path| layout::locate(path).name)
    }

    /// Every source record with its file and where it stands, file by file within each kind.
    pub fn sources(&self) -> impl Iterator<Item = (&str, SourceAt, &Source)> {
        type Parts<'d> = (&'d str, Option<&'d Vec<Source>>, Option<&'d Metadata>);
        let company = self
            .company
            .iter()
            .map(|file| -> Parts<'_> { ("COMPANY.md", file.sources.as_ref(), file.metadata.as_ref()) });
        let agents = self
            .agents
            .iter()
            .map(|(path, file)| -> Parts<'_> { (path, file.sources.as_ref(), file.metadata.as_ref()) });
        let teams = self
            .teams
            .iter()
            .map(|(path, file)| -> Parts<'_> { (path, file.sources.as_ref(), file.metadata.as_ref()) });
        let projects = self
            .projects
            .iter()
            .map(|(path, file)| -> Parts<'_> { (path, file.sources.as_ref(), file.metadata.as_ref()) });
        let tasks = self
            .tasks
            .iter()
            .map(|(path, file)| -> Parts<'_> { (path, file.sources.as_ref(), file.metadata.as_ref()) });
        let skills = self.skills.iter().map(|(path, file)| -> Parts<'_> { (path, None, file.metadata.as_ref()) });
        company.chain(agents).chain(teams).chain(projects).chain(tasks).chain(skills).flat_map(
            |(file, own, metadata)| {
                let own = own.into_iter().flatten().enumerate();
                let other = metadata.into_iter().flat_map(|metadata| &metadata.sources).enumerate();
                own.map(move |(position, source)| (file, SourceAt::Top(position), source))
                    .chain(other.map(move |(position, source)| (file, SourceAt::Metadata(position), source)))
            },
        )
    }

    /// How the agent is run, if its `agent.yaml` says.
    pub fn settings_of(&self, slug: &str) -> Option<&AgentSettings> {
        self.agent_settings.get(&format!("agents/{slug}/agent.yaml")).map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::document;
    use crate::model::Choice as _;
    use std::collections::BTreeSet;

    #[test]
    fn what_was_put_in_is_taken_out_again() {
        let mut kinds = BTreeSet::new();
        for path in [
            "COMPANY.md",
            "corp.yaml",
            "home.yaml",
            "budgets.yaml",
            "prices.yaml",
            "agents/cto/AGENTS.md",
            "agents/cto/agent.yaml",
            "agents/cto/HEARTBEAT.md",
            "teams/web/TEAM.md",
            "goals/launch.md",
            "projects/web/PROJECT.md",
            "projects/web/project.yaml",
            "tasks/digest/TASK.md",
            "tasks/digest/routine.yaml",
            "skills/test/SKILL.md",
            "tickets/0000/ACME-1.md",
            "tickets/0000/ACME-1.lock",
            "tickets/0000/ACME-1/20261120T101500Z-cto-1a2b.md",
            "approvals/AP-1.md",
            "secrets/KEY.yaml",
            "secrets/KEY.age",
            "vaults/main.yaml",
            "ledger/open/r-1.json",
            "ledger/2026-11/20-1.jsonl",
            "README.md",
        ] {
            let (document, _) = document::read(path, "---\nname: x\n---\n");
            let mut draft = Draft::default();
            draft.insert(path, document.clone());
            assert_eq!(draft == Draft::default(), document == Document::Plain, "{path}");
            assert_eq!(draft.take(path), document, "{path}");
            assert_eq!(draft, Draft::default(), "{path}");
            kinds.insert(layout::locate(path).kind);
        }
        assert_eq!(kinds.len(), Kind::ALL.len(), "every kind is tried");
    }
}
