//! What refers to what by name: one list for all rules about unknown names. It is walked once per check; what the
//! walk finds is kept in [`Index::unknown`] and [`Index::to_terminated`].
//!
//! Paths that refer to files are judged in `unknown_reference`, budgets in `budget_scope_unknown`. The past is not
//! judged: closed tickets, decided approvals, the ledger, and who wrote something may name those who are gone.

use super::index::{Index, status_of};
use crate::diag::{At, KeyPath, Place};
use crate::format::kind::{AgentSettings, TicketFile};
use crate::model::TicketId;
use crate::model::status::ApprovalStatus;

/// A name in a file that stands for something else.
#[derive(Debug, Clone, Copy)]
pub struct Reference<'d> {
    /// What is named.
    pub to: To<'d>,
    /// Where.
    pub spot: Spot<'d>,
}

/// What is named.
#[derive(Debug, Clone, Copy)]
pub enum To<'d> {
    /// An agent.
    Agent(&'d str),
    /// An agent or a person.
    Worker(&'d str),
    /// A person on the board.
    Person(&'d str),
    /// A project.
    Project(&'d str),
    /// A goal.
    Goal(&'d str),
    /// A task with a routine.
    Routine(&'d str),
    /// A ticket.
    Ticket(&'d TicketId),
    /// A skill.
    Skill(&'d str),
    /// A secret.
    Secret(&'d str),
    /// A vault.
    Vault(&'d str),
}

/// A place as a few steps, so that nothing is allocated for the many references that are sound.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'d> {
    file: &'d str,
    steps: [Part; 4],
}

#[derive(Debug, Clone, Copy)]
enum Part {
    End,
    Key(&'static str),
    Item(usize),
}

impl<'d> Spot<'d> {
    /// The value of `key` in `file`.
    pub fn new(file: &'d str, key: &'static str) -> Self {
        Self { file, steps: [Part::Key(key), Part::End, Part::End, Part::End] }
    }

    /// This place, one key further.
    #[must_use]
    pub fn key(self, key: &'static str) -> Self {
        self.push(Part::Key(key))
    }

    /// This place, one list position further.
    #[must_use]
    pub fn item(self, position: usize) -> Self {
        self.push(Part::Item(position))
    }

    fn push(mut self, part: Part) -> Self {
        // The deepest place a record of ours has takes four steps: `stages[0].review[1]`.
        if let Some(free) = self.steps.iter_mut().find(|step| matches!(step, Part::End)) {
            *free = part;
        }
        self
    }

    /// The file.
    pub fn file(&self) -> &'d str {
        self.file
    }

    /// The key at the top of the file.
    pub fn first_key(&self) -> Option<&'static str> {
        match self.steps[0] {
            Part::Key(key) => Some(key),
            Part::Item(_) | Part::End => None,
        }
    }

    /// The place for a diagnostic.
    pub fn place(self) -> Place {
        let mut path = KeyPath::default();
        for step in self.steps {
            path = match step {
                Part::End => break,
                Part::Key(key) => path.key(key),
                Part::Item(position) => path.index(position),
            };
        }
        Place { file: self.file.to_owned(), at: At::Value(path) }
    }
}

/// Shows every reference by name to `visit`: definitions first, then tickets, checkouts and threads.
pub fn each<'d>(index: &Index<'d>, visit: &mut dyn FnMut(Reference<'d>)) {
    definitions(index, visit);
    let mut see = |spot, to| visit(Reference { to, spot });
    for (path, file) in &index.draft.tickets {
        if !status_of(file).is_closed() {
            ticket(path, file, &mut see);
        }
    }
    for (path, lock) in &index.draft.locks {
        if let Some(holder) = &lock.holder {
            see(Spot::new(path, "holder"), To::Worker(holder.as_str()));
        }
    }
    for (path, entry) in &index.draft.thread {
        // A question to somebody who is gone is in the past once its ticket is closed, which an entry does not know.
        if let Some(to) = &entry.file.to
            && question_is_open(index, path)
        {
            see(Spot::new(path, "to"), To::Worker(to.as_str()));
        }
    }
}

/// Shows every reference by name in what people define, and in approvals, to `visit`, file by file.
pub fn definitions<'d>(index: &Index<'d>, visit: &mut dyn FnMut(Reference<'d>)) {
    let draft = index.draft;
    let mut see = |spot, to| visit(Reference { to, spot });
    if let Some(needs) = draft.company.as_ref().and_then(|company| company.requirements.as_ref()) {
        let spot = Spot::new("COMPANY.md", "requirements").key("secrets");
        for (position, name) in needs.secrets.iter().flatten().enumerate() {
            see(spot.item(position), To::Secret(name));
        }
    }
    if let Some(corp) = &draft.corp {
        let webhooks = corp.notify.iter().flatten().map(|target| target.webhook.as_ref());
        for (position, webhook) in webhooks.enumerate() {
            if let Some(name) = webhook.and_then(|webhook| webhook.secret.as_ref()) {
                let spot = Spot::new("corp.yaml", "notify").item(position).key("webhook").key("secret");
                see(spot, To::Secret(name.as_str()));
            }
        }
        if let Some(defaults) = &corp.defaults {
            settings(defaults, Spot::new("corp.yaml", "defaults").key("secrets"), &mut see);
        }
    }
    for (path, agent) in &draft.agents {
        if let Some(manager) = &agent.reports_to {
            see(Spot::new(path, "reportsTo"), To::Agent(manager));
        }
        for (position, skill) in agent.skills.iter().flatten().enumerate() {
            see(Spot::new(path, "skills").item(position), To::Skill(skill));
        }
    }
    for (path, file) in &draft.agent_settings {
        settings(file, Spot::new(path, "secrets"), &mut see);
    }
    for (path, team) in &draft.teams {
        // A path is looked up as a path.
        if let Some(manager) = team.manager.as_deref().filter(|manager| !manager.contains('/')) {
            see(Spot::new(path, "manager"), To::Agent(manager));
        }
    }
    for (path, goal) in &draft.goals {
        if let Some(parent) = &goal.parent {
            see(Spot::new(path, "parent"), To::Goal(parent.as_str()));
        }
        if let Some(owner) = &goal.owner {
            see(Spot::new(path, "owner"), To::Worker(owner.as_str()));
        }
    }
    for (path, project) in &draft.projects {
        if let Some(owner) = &project.owner {
            see(Spot::new(path, "owner"), To::Worker(owner));
        }
    }
    for (path, file) in &draft.project_settings {
        if let Some(goal) = &file.goal {
            see(Spot::new(path, "goal"), To::Goal(goal.as_str()));
        }
        for (position, secret) in file.secrets.iter().flatten().enumerate() {
            see(Spot::new(path, "secrets").item(position), To::Secret(secret.as_str()));
        }
    }
    for (path, task) in &draft.tasks {
        if let Some(assignee) = &task.assignee {
            see(Spot::new(path, "assignee"), To::Worker(assignee));
        }
        if let Some(project) = &task.project {
            see(Spot::new(path, "project"), To::Project(project));
        }
    }
    for (path, routine) in &draft.routines {
        for (position, secret) in routine.secrets.iter().flatten().enumerate() {
            see(Spot::new(path, "secrets").item(position), To::Secret(secret.as_str()));
        }
    }
    for (path, approval) in &draft.approvals {
        if approval.status.unwrap_or(ApprovalStatus::Pending) != ApprovalStatus::Pending {
            continue;
        }
        if let Some(ticket) = &approval.ticket {
            see(Spot::new(path, "ticket"), To::Ticket(ticket));
        }
        if let Some(agent) = &approval.agent {
            see(Spot::new(path, "agent"), To::Agent(agent.as_str()));
        }
        for (position, person) in approval.deciders.iter().flatten().enumerate() {
            see(Spot::new(path, "deciders").item(position), To::Person(person.as_str()));
        }
        for (position, decision) in approval.decisions.iter().flatten().enumerate() {
            let spot = Spot::new(path, "decisions").item(position);
            if let Some(person) = &decision.by {
                see(spot.key("by"), To::Person(person.as_str()));
            }
            if let Some(person) = &decision.on_behalf_of {
                see(spot.key("for"), To::Person(person.as_str()));
            }
        }
    }
    for (path, secret) in &draft.secrets {
        if let Some(vault) = &secret.vault {
            see(Spot::new(path, "vault"), To::Vault(vault.as_str()));
        }
        for (position, binding) in secret.bindings.iter().flatten().enumerate() {
            let spot = Spot::new(path, "bindings").item(position);
            if let Some(agent) = &binding.agent {
                see(spot.key("agent"), To::Agent(agent.as_str()));
            }
            if let Some(project) = &binding.project {
                see(spot.key("project"), To::Project(project.as_str()));
            }
            if let Some(routine) = &binding.routine {
                see(spot.key("routine"), To::Routine(routine.as_str()));
            }
        }
    }
}

fn settings<'d>(settings: &'d AgentSettings, spot: Spot<'d>, see: &mut dyn FnMut(Spot<'d>, To<'d>)) {
    for (position, secret) in settings.secrets.iter().flatten().enumerate() {
        see(spot.item(position), To::Secret(secret.as_str()));
    }
}

fn ticket<'d>(path: &'d str, ticket: &'d TicketFile, see: &mut dyn FnMut(Spot<'d>, To<'d>)) {
    if let Some(assignee) = &ticket.assignee {
        see(Spot::new(path, "assignee"), To::Worker(assignee.as_str()));
    }
    if let Some(project) = &ticket.project {
        see(Spot::new(path, "project"), To::Project(project.as_str()));
    }
    if let Some(goal) = &ticket.goal {
        see(Spot::new(path, "goal"), To::Goal(goal.as_str()));
    }
    if let Some(parent) = &ticket.parent {
        see(Spot::new(path, "parent"), To::Ticket(parent));
    }
    for (position, blocker) in ticket.blocked_by.iter().flatten().enumerate() {
        see(Spot::new(path, "blocked_by").item(position), To::Ticket(blocker));
    }
    if let Some(owner) = &ticket.unblock_owner {
        see(Spot::new(path, "unblock_owner"), To::Worker(owner.as_str()));
    }
    for (position, stage) in ticket.stages.iter().flatten().enumerate() {
        for (key, who) in [("review", &stage.review), ("approval", &stage.approval)] {
            for (inner, name) in who.iter().flatten().enumerate() {
                let spot = Spot::new(path, "stages").item(position).key(key).item(inner);
                see(spot, To::Worker(name.as_str()));
            }
        }
    }
}

fn question_is_open(index: &Index<'_>, entry: &str) -> bool {
    let ticket = super::index::key_of_name(crate::format::layout::locate(entry).name);
    ticket.and_then(|id| index.ticket(id)).is_some_and(|ticket| !status_of(ticket.file).is_closed())
}
