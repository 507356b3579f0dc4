//! [`Snapshot`]: the whole company at one revision, as the engine sees it.
//!
//! It is made once from the files (`format::snapshot`), and from then on kept up with what changes: by
//! [`Snapshot::apply`] with what the program itself does, by the `put_…` and `remove_…` methods with what came from
//! outside. Nothing is ever rebuilt: [`index`] and [`history`] are updated with each change, and [`Touched`] collects
//! whom it concerns, so that the cost of an event grows with the change and not with the company.
//!
//! Things are shared ([`Arc`]), so that a second snapshot of the same company costs its maps and not its texts. Whoever
//! decides several plans before the first is committed keeps two: what is committed, and what is decided.

mod apply;
pub mod history;
pub mod index;
mod keep;
pub mod tally;

pub use history::{AgentHistory, History, RoutineHistory, RunNote};
pub use index::{Index, Turn};
pub use tally::{Sum, Tally};

use super::agent::{Agent, Settings, Worker};
use super::approval::Approval;
use super::budget::Budget;
use super::company::{Company, Home};
use super::local::LocalFacts;
use super::place::{Goal, Project, Team};
use super::plan::Revision;
use super::price::Price;
use super::routine::Routine;
use super::run::{Firing, Run};
use super::secret::Secret;
use super::ticket::{Entry, Lock, Ticket, TicketHead};
use super::{ApprovalId, RunId, SecretName, Slug, TicketId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Most steps up a chain of goals or parents. Longer ones are circles, which the rules report.
const CHAIN_MAX: usize = 64;

/// Whom changes since the last look concern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Everybody: the company itself changed.
    pub all: bool,
    /// These agents.
    pub agents: BTreeSet<Slug>,
    /// These routines.
    pub routines: BTreeSet<Slug>,
    /// A run began or ended, so that others who waited for room or money may go on.
    pub room: bool,
}

/// The whole company at one revision.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The commit.
    pub revision: Revision,
    /// How it is operated.
    pub company: Arc<Company>,
    /// Which clone executes; `None`: none does yet.
    pub home: Option<Home>,
    /// Agents by slug.
    agents: BTreeMap<Slug, Arc<Agent>>,
    /// Goals by slug.
    goals: BTreeMap<Slug, Arc<Goal>>,
    /// Projects by slug.
    projects: BTreeMap<Slug, Arc<Project>>,
    /// Teams by slug.
    teams: BTreeMap<Slug, Arc<Team>>,
    /// Routines by slug.
    routines: BTreeMap<Slug, Arc<Routine>>,
    /// Secrets by name, without their values.
    secrets: BTreeMap<SecretName, Arc<Secret>>,
    /// Tickets by id.
    tickets: BTreeMap<TicketId, Arc<Ticket>>,
    /// Files in `tickets/` without an id, by path.
    drafts: BTreeMap<String, Arc<TicketHead>>,
    /// Threads and checkouts that came before their ticket.
    strays: BTreeMap<TicketId, Stray>,
    /// Approvals by id.
    approvals: BTreeMap<ApprovalId, Arc<Approval>>,
    /// Limits.
    budgets: Arc<Vec<Budget>>,
    /// What the company pays for models.
    prices: Arc<Vec<Price>>,
    /// Runs that are not sealed, by id, and sealed ones whose price is not known.
    runs: BTreeMap<RunId, Arc<Run>>,
    /// Firings that are not sealed.
    firings: BTreeMap<RunId, Arc<Firing>>,
    /// Runs whose file is gone or went back in time, and which have to be written again.
    unwritten: BTreeSet<RunId>,
    /// Runs of `runs` that are sealed, and whose own file is gone rightly.
    sealed: BTreeSet<RunId>,
    /// The highest ticket number seen, by prefix. It never goes down.
    highest: BTreeMap<Box<str>, u32>,
    /// Files that cannot be read or hold errors, with the first of them. What was last good stays in force.
    broken: BTreeMap<String, String>,
    /// What the ledger tells.
    history: History,
    /// What belongs to what.
    index: Index,
    /// Whom changes concern.
    touched: Touched,
    /// What only this machine knows.
    pub local: LocalFacts,
}

/// A thread or a checkout without its ticket: files arrive in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Stray {
    lock: Option<Lock>,
    thread: Vec<Arc<Entry>>,
}

/// What sealed records come to, apart from the runs among them whose price is not known: so much of a [`Snapshot`] can be kept
/// and gone on from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    history: History,
    highest: BTreeMap<Box<str>, u32>,
}

impl Snapshot {
    /// What the records taken in so far come to. Those of [`sealed_runs`](Self::sealed_runs) come on top.
    pub fn folded(&self) -> Folded {
        Folded { history: self.history.clone(), highest: self.highest.clone() }
    }

    /// A company of which nothing is known but what records came to.
    pub fn upon(folded: Folded, local: LocalFacts) -> Self {
        let Folded { history, highest } = folded;
        Self { history, highest, ..Self::new(local) }
    }

    /// The highest ticket number seen, by prefix.
    pub fn highest(&self) -> impl Iterator<Item = (&str, u32)> {
        self.highest.iter().map(|(prefix, number)| (&**prefix, *number))
    }

    /// Sealed runs whose price is not known.
    pub fn sealed_runs(&self) -> impl Iterator<Item = &Run> {
        self.sealed.iter().filter_map(|id| self.runs.get(id)).map(AsRef::as_ref)
    }

    /// A company of which nothing has been read yet.
    pub fn new(local: LocalFacts) -> Self {
        Self {
            revision: Revision::default(),
            company: Arc::default(),
            home: None,
            agents: BTreeMap::new(),
            goals: BTreeMap::new(),
            projects: BTreeMap::new(),
            secrets: BTreeMap::new(),
            teams: BTreeMap::new(),
            routines: BTreeMap::new(),
            tickets: BTreeMap::new(),
            drafts: BTreeMap::new(),
            strays: BTreeMap::new(),
            approvals: BTreeMap::new(),
            budgets: Arc::default(),
            prices: Arc::default(),
            runs: BTreeMap::new(),
            firings: BTreeMap::new(),
            unwritten: BTreeSet::new(),
            sealed: BTreeSet::new(),
            highest: BTreeMap::new(),
            broken: BTreeMap::new(),
            history: History::default(),
            index: Index::default(),
            touched: Touched { all: true, ..Touched::default() },
            local,
        }
    }

    /// Whether this clone executes.
    pub fn is_home(&self) -> bool {
        self.home.as_ref().is_some_and(|home| Some(&home.clone) == self.local.clone.as_ref())
    }

    /// What belongs to what.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// What the ledger tells.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Whom changes since the last call concern.
    pub fn take_touched(&mut self) -> Touched {
        std::mem::take(&mut self.touched)
    }

    /// The agents, with what the company says for all of them. A folder without `AGENTS.md` is no agent.
    pub fn workers(&self) -> impl Iterator<Item = Worker<'_>> {
        let agents = self.agents.iter().filter(|(_, agent)| agent.path.is_some());
        agents.map(|(slug, agent)| Worker { slug, agent, defaults: &self.company.defaults })
    }

    /// One agent, with what the company says for all.
    pub fn worker(&self, slug: &str) -> Option<Worker<'_>> {
        let (slug, agent) = self.agents.get_key_value(slug).filter(|(_, agent)| agent.path.is_some())?;
        Some(Worker { slug, agent, defaults: &self.company.defaults })
    }

    /// What the company says for all agents.
    pub fn defaults(&self) -> &Settings {
        &self.company.defaults
    }

    /// The ticket with this id, or the one that had it before.
    pub fn ticket(&self, id: &TicketId) -> Option<&Arc<Ticket>> {
        self.tickets.get(id).or_else(|| self.tickets.get(self.index.formerly.get(id)?))
    }

    /// The id of the ticket whose file is at `path`.
    pub fn ticket_at(&self, path: &str) -> Option<TicketId> {
        use super::Scalar as _;
        let name = path.rsplit('/').next()?.strip_suffix(".md")?;
        let named = TicketId::parse(name).ok().and_then(|id| self.tickets.get(&id)).filter(|found| found.path == path);
        named.map(|ticket| ticket.id.clone()).or_else(|| self.index.elsewhere.get(path).cloned())
    }

    /// All tickets, by id.
    pub fn tickets(&self) -> impl Iterator<Item = &Arc<Ticket>> {
        self.tickets.values()
    }

    /// Files in `tickets/` without an id, by path.
    pub fn drafts(&self) -> &BTreeMap<String, Arc<TicketHead>> {
        &self.drafts
    }

    /// Goals by slug.
    pub fn goals(&self) -> &BTreeMap<Slug, Arc<Goal>> {
        &self.goals
    }

    /// Secrets by name.
    pub fn secrets(&self) -> &BTreeMap<SecretName, Arc<Secret>> {
        &self.secrets
    }

    /// Projects by slug.
    pub fn projects(&self) -> &BTreeMap<Slug, Arc<Project>> {
        &self.projects
    }

    /// Teams by slug.
    pub fn teams(&self) -> &BTreeMap<Slug, Arc<Team>> {
        &self.teams
    }

    /// Routines by slug.
    pub fn routines(&self) -> &BTreeMap<Slug, Arc<Routine>> {
        &self.routines
    }

    /// Approvals by id.
    pub fn approvals(&self) -> &BTreeMap<ApprovalId, Arc<Approval>> {
        &self.approvals
    }

    /// Approvals an agent asked for.
    pub fn approvals_of(&self, agent: &Slug) -> impl Iterator<Item = (&ApprovalId, &Approval)> {
        let ids = self.index.asked.get(agent).into_iter().flatten();
        ids.filter_map(|id| Some((id, self.approvals.get(id)?.as_ref())))
    }

    /// Approvals about a ticket.
    pub fn approvals_about(&self, ticket: &TicketId) -> impl Iterator<Item = (&ApprovalId, &Approval)> {
        let ids = self.index.about.get(ticket).into_iter().flatten();
        ids.filter_map(|id| Some((id, self.approvals.get(id)?.as_ref())))
    }

    /// Limits.
    pub fn budgets(&self) -> &[Budget] {
        &self.budgets
    }

    /// What the company pays for models, where it is not the list price.
    pub fn prices(&self) -> &[Price] {
        &self.prices
    }

    /// Runs that are not sealed, by id.
    pub fn runs(&self) -> &BTreeMap<RunId, Arc<Run>> {
        &self.runs
    }

    /// One run that is not sealed.
    pub fn run(&self, id: &str) -> Option<&Arc<Run>> {
        self.runs.get(id)
    }

    /// Firings that are not sealed.
    pub fn firings(&self) -> &BTreeMap<RunId, Arc<Firing>> {
        &self.firings
    }

    /// Runs that were announced and have not ended.
    pub fn open_runs(&self) -> impl Iterator<Item = &Arc<Run>> {
        self.index.open.values().flatten().filter_map(|id| self.runs.get(id))
    }

    /// Runs whose file is gone and has to be written again.
    pub fn unwritten(&self) -> &BTreeSet<RunId> {
        &self.unwritten
    }

    /// Files that hold errors, with the first of them.
    pub fn broken(&self) -> &BTreeMap<String, String> {
        &self.broken
    }

    /// The number the next ticket with this prefix gets.
    pub fn next_number(&self, prefix: &str) -> u32 {
        self.highest.get(prefix).copied().unwrap_or(0) + 1
    }

    /// The goal a ticket serves: its own, or the nearest of those it is part of; otherwise that of its project, or of the
    /// nearest project among those it is part of.
    pub fn goal_of(&self, head: &TicketHead) -> Option<Slug> {
        let mut project = None;
        let mut next = Some(head);
        for _ in 0..CHAIN_MAX {
            let Some(head) = next else { break };
            if head.goal.is_some() {
                return head.goal.clone();
            }
            project = project.or(head.project.as_ref());
            next = head.parent.as_ref().and_then(|parent| self.ticket(parent)).map(|parent| &parent.head);
        }
        self.projects.get(project?)?.goal.clone()
    }

    /// A goal and those it serves, up to the top.
    pub fn goal_chain(&self, goal: &Slug) -> Vec<Slug> {
        let mut chain = vec![goal.clone()];
        while let Some(parent) = self.goals.get(&chain[chain.len() - 1]).and_then(|goal| goal.parent.clone()) {
            if chain.len() >= CHAIN_MAX || chain.contains(&parent) {
                break;
            }
            chain.push(parent);
        }
        chain
    }

    /// A goal and all that serve it.
    pub fn goals_below(&self, goal: &Slug) -> Vec<Slug> {
        let serves = |slug: &&Slug| self.goal_chain(slug).contains(goal);
        let mut below: Vec<Slug> = self.goals.keys().filter(serves).cloned().collect();
        if !below.contains(goal) {
            below.push(goal.clone());
        }
        below
    }
}
