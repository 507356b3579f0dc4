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
use super::routine::Routine;
use super::run::{Correction, Firing, Run, RunState};
use super::ticket::{Entry, Lock, Ticket, TicketHead};
use super::{ApprovalId, RunId, Slug, TicketId};
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
    /// These tickets, for views.
    pub tickets: BTreeSet<TicketId>,
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

impl Snapshot {
    /// A company of which nothing has been read yet.
    pub fn new(local: LocalFacts) -> Self {
        Self {
            revision: Revision::default(),
            company: Arc::default(),
            home: None,
            agents: BTreeMap::new(),
            goals: BTreeMap::new(),
            projects: BTreeMap::new(),
            teams: BTreeMap::new(),
            routines: BTreeMap::new(),
            tickets: BTreeMap::new(),
            drafts: BTreeMap::new(),
            strays: BTreeMap::new(),
            approvals: BTreeMap::new(),
            budgets: Arc::default(),
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

    // What came from outside. -------------------------------------------------------------------------------------

    /// How the company is operated, as it is now.
    pub fn put_company(&mut self, company: Company) {
        self.company = Arc::new(company);
        self.touched.all = true;
    }

    /// What the company says for all agents.
    pub fn defaults(&self) -> &Settings {
        &self.company.defaults
    }

    /// Limits, as they are now.
    pub fn put_budgets(&mut self, budgets: Vec<Budget>) {
        self.budgets = Arc::new(budgets);
        self.touched.all = true;
    }

    /// Changes an agent; one of which nothing is left goes.
    pub fn change_agent(&mut self, slug: &Slug, change: impl FnOnce(&mut Agent)) {
        let agent = Arc::make_mut(self.agents.entry(slug.clone()).or_default());
        change(agent);
        if *agent == Agent::default() {
            self.agents.remove(slug);
        }
        self.touched.agents.insert(slug.clone());
    }

    /// A goal, as it is now; `None`: it is gone.
    pub fn put_goal(&mut self, slug: &Slug, goal: Option<Goal>) {
        put(&mut self.goals, slug, goal);
        self.touched.all = true;
    }

    /// A project, as it is now; `None`: it is gone.
    pub fn put_project(&mut self, slug: &Slug, project: Option<Project>) {
        put(&mut self.projects, slug, project);
        self.touched.all = true;
    }

    /// A team, as it is now; `None`: it is gone.
    pub fn put_team(&mut self, slug: &Slug, team: Option<Team>) {
        put(&mut self.teams, slug, team);
        self.touched.all = true;
    }

    /// A routine, as it is now; `None`: it is gone.
    pub fn put_routine(&mut self, slug: &Slug, routine: Option<Routine>) {
        put(&mut self.routines, slug, routine);
        self.touched.routines.insert(slug.clone());
    }

    /// An approval, as it is now; `None`: it is gone.
    pub fn put_approval(&mut self, id: &ApprovalId, approval: Option<Approval>) {
        let before = self.approvals.get(id).cloned();
        let after = approval.map(Arc::new);
        let whom = before.iter().chain(&after).filter_map(|approval| approval.requested_by.clone());
        self.touched.agents.extend(whom);
        if let Some(ticket) = after.as_ref().and_then(|approval| approval.ticket.as_ref()) {
            self.see_number(ticket);
        }
        if let Some(before) = &before {
            self.index.turn_approval(id, before, false);
        }
        match after {
            Some(approval) => {
                self.index.turn_approval(id, &approval, true);
                self.approvals.insert(id.clone(), approval);
            }
            None => drop(self.approvals.remove(id)),
        }
    }

    /// Which clone executes, as it is now.
    pub fn put_home(&mut self, home: Option<Home>) {
        self.home = home;
        self.touched.all = true;
    }

    /// What a ticket says now, where it is. Its checkout and thread are files of their own and stay.
    pub fn put_ticket(&mut self, id: &TicketId, path: &str, head: TicketHead) {
        let formerly = head.formerly.clone();
        match self.tickets.get(id) {
            Some(_) => self.change_ticket(id, |ticket| {
                path.clone_into(&mut ticket.path);
                ticket.head = head;
            }),
            None => {
                let Stray { lock, thread } = self.strays.remove(id).unwrap_or_default();
                let ticket = Ticket { id: id.clone(), path: path.to_owned(), head, lock, thread };
                self.index.put(&ticket);
                self.touch_ticket(&ticket);
                self.tickets.insert(id.clone(), Arc::new(ticket));
            }
        }
        for id in formerly.iter().chain([id]) {
            self.see_number(id);
        }
    }

    /// A ticket's file is gone.
    pub fn remove_ticket(&mut self, id: &TicketId) {
        let Some(ticket) = self.tickets.remove(id) else { return };
        self.index.take(&ticket);
        self.touch_ticket(&ticket);
        if ticket.lock.is_some() || !ticket.thread.is_empty() {
            let stray = Stray { lock: ticket.lock.clone(), thread: ticket.thread.clone() };
            self.strays.insert(id.clone(), stray);
        }
    }

    /// What a file in `tickets/` without an id says now; `None`: it is gone.
    pub fn put_draft(&mut self, path: &str, head: Option<TicketHead>) {
        match head {
            Some(head) => drop(self.drafts.insert(path.to_owned(), Arc::new(head))),
            None => drop(self.drafts.remove(path)),
        }
    }

    /// A ticket's checkout, as it is now; `None`: it is gone.
    pub fn put_lock(&mut self, id: &TicketId, lock: Option<Lock>) {
        if self.tickets.contains_key(id) {
            self.change_ticket(id, |ticket| ticket.lock = lock);
        } else if lock.is_some() || self.strays.contains_key(id) {
            self.strays.entry(id.clone()).or_default().lock = lock;
            self.drop_empty_stray(id);
        }
    }

    /// An entry of a thread, as it is now.
    pub fn put_entry(&mut self, id: &TicketId, entry: Entry) {
        if self.tickets.contains_key(id) {
            self.change_ticket(id, |ticket| put_entry(&mut ticket.thread, entry));
        } else {
            put_entry(&mut self.strays.entry(id.clone()).or_default().thread, entry);
        }
    }

    /// The file of an entry is gone.
    pub fn remove_entry(&mut self, id: &TicketId, file: &str) {
        if self.tickets.contains_key(id) {
            self.change_ticket(id, |ticket| ticket.thread.retain(|entry| entry.file != file));
        } else if let Some(stray) = self.strays.get_mut(id) {
            stray.thread.retain(|entry| entry.file != file);
            self.drop_empty_stray(id);
        }
    }

    /// A run's file in `ledger/open/`, as it is now. A run never goes back: one that ended stays ended whatever the file
    /// says, and is written again.
    pub fn put_run(&mut self, run: Run) {
        let known = self.runs.get(&run.id).cloned();
        let rank = |run: &Run| match run.state {
            RunState::Queued => 0,
            RunState::Open { .. } => 1,
            RunState::Ended { .. } => 2,
        };
        if let Some(known) = &known {
            if **known == run {
                self.unwritten.remove(&run.id);
                return;
            }
            if rank(known) > rank(&run) || known.end().is_some() {
                self.unwritten.insert(run.id.clone());
                return;
            }
            self.index.take_run(known);
        } else if self.history.has_counted(&run.id) {
            // It is sealed, and somebody brought its file back.
            return;
        }
        self.unwritten.remove(&run.id);
        self.index.put_run(&run);
        self.history.run(known.as_deref(), &run);
        self.touch_run(&run);
        if let Some(ticket) = &run.ticket {
            self.see_number(ticket);
        }
        self.runs.insert(run.id.clone(), Arc::new(run));
    }

    /// A run's file in `ledger/open/` is gone. Unless it was sealed, it is to be written again: what was spent stays spent.
    pub fn remove_run(&mut self, id: &str) {
        if let Some((id, _)) = self.runs.get_key_value(id) {
            if !self.sealed.contains(id) {
                self.unwritten.insert(id.clone());
            }
        } else {
            self.firings.remove(id);
        }
    }

    /// A line of a sealed segment.
    pub fn seal_run(&mut self, run: Run) {
        if let Some(ticket) = &run.ticket {
            self.see_number(ticket);
        }
        if self.history.has_counted(&run.id) {
            self.unwritten.remove(&run.id);
        } else {
            self.history.run(None, &run);
        }
        let known = run.end().is_some_and(|end| end.spent.cost.is_some() && end.spent.usage.is_some());
        if known {
            self.runs.remove(&run.id);
        } else {
            self.sealed.insert(run.id.clone());
            self.runs.insert(run.id.clone(), Arc::new(run));
        }
    }

    /// A firing, open or sealed.
    pub fn put_firing(&mut self, firing: Firing, sealed: bool) {
        if !self.history.has_counted(&firing.id) {
            self.history.count(&firing.id);
            self.history.firing(&firing);
            self.touched.routines.insert(firing.routine.clone());
            self.touched.agents.insert(firing.agent.clone());
        }
        if let Some(ticket) = &firing.ticket {
            self.see_number(ticket);
        }
        if sealed {
            self.firings.remove(&firing.id);
        } else {
            self.firings.insert(firing.id.clone(), Arc::new(firing));
        }
    }

    /// A correction of a run.
    pub fn put_correction(&mut self, correction: &Correction) {
        self.history.correction(correction, self.runs.get(&correction.run));
        self.touched.room = true;
    }

    /// A file holds errors (the first of them), or holds none any more.
    pub fn put_broken(&mut self, path: &str, error: Option<String>) {
        let changed = match error {
            Some(error) => self.broken.insert(path.to_owned(), error.clone()).as_ref() != Some(&error),
            None => self.broken.remove(path).is_some(),
        };
        self.touched.all |= changed;
    }

    // ---------------------------------------------------------------------------------------------------------------

    fn change_ticket(&mut self, id: &TicketId, change: impl FnOnce(&mut Ticket)) {
        let Some(ticket) = self.tickets.get_mut(id) else { return };
        self.index.take(ticket);
        let before = ticket.clone();
        change(Arc::make_mut(ticket));
        let after = ticket.clone();
        self.index.put(&after);
        self.touch_ticket(&before);
        self.touch_ticket(&after);
    }

    /// Notes whom a change of a ticket concerns: who does it, who is named in it, who waits for it, whose part it is, for
    /// whom a run about it is queued or an answer of the board is waiting.
    fn touch_ticket(&mut self, ticket: &Ticket) {
        let touched = &mut self.touched;
        touched.tickets.insert(ticket.id.clone());
        touched.agents.extend(ticket.head.assignee.clone());
        touched.agents.extend(ticket.thread.iter().flat_map(|entry| entry.mentions.iter().chain(&entry.to)).cloned());
        let waiting = self.index.blocked.get(&ticket.id).into_iter().flatten();
        let parts = self.index.children.get(&ticket.id).into_iter().flatten();
        let around = waiting.chain(parts).chain(&ticket.head.parent).chain(&ticket.head.blocked_by);
        let around = around.filter_map(|id| self.tickets.get(id)?.head.assignee.clone());
        touched.agents.extend(around);
        let queued = self.index.queued_about.get(&ticket.id).into_iter().flatten();
        touched.agents.extend(queued.filter_map(|id| Some(self.runs.get(id)?.agent().clone())));
        let about = self.index.about.get(&ticket.id).into_iter().flatten();
        touched.agents.extend(about.filter_map(|id| self.approvals.get(id)?.requested_by.clone()));
        if let Some(seed) = &ticket.head.seed
            && let Some(routine) = seed.rsplit('/').next().and_then(|name| self.routines.get_key_value(name))
        {
            touched.routines.insert(routine.0.clone());
        }
    }

    fn touch_run(&mut self, run: &Run) {
        self.touched.room = true;
        self.touched.agents.insert(run.agent().clone());
        for id in run.wake.ticket.iter().chain(&run.ticket) {
            if let Some(ticket) = self.tickets.get(id).cloned() {
                self.touch_ticket(&ticket);
            }
        }
    }

    fn drop_empty_stray(&mut self, id: &TicketId) {
        if self.strays.get(id).is_some_and(|stray| *stray == Stray::default()) {
            self.strays.remove(id);
        }
    }

    fn see_number(&mut self, id: &TicketId) {
        let highest = self.highest.entry(id.prefix().into()).or_default();
        *highest = id.number().max(*highest);
    }
}

fn put<T>(map: &mut BTreeMap<Slug, Arc<T>>, slug: &Slug, value: Option<T>) {
    match value {
        Some(value) => drop(map.insert(slug.clone(), Arc::new(value))),
        None => drop(map.remove(slug)),
    }
}

fn put_entry(thread: &mut Vec<Arc<Entry>>, entry: Entry) {
    match thread.binary_search_by(|other| other.file.cmp(&entry.file)) {
        Ok(at) => thread[at] = Arc::new(entry),
        Err(at) => thread.insert(at, Arc::new(entry)),
    }
}
