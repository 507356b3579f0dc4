//! Keeping up: what came from outside is taken in thing by thing, with whom it concerns and what belongs to what.
//!
//! Nothing is read anew and nothing rebuilt. A run never goes back, whatever a file says.

use super::{Snapshot, Stray};
use crate::model::agent::Agent;
use crate::model::approval::Approval;
use crate::model::budget::Budget;
use crate::model::company::{Company, Home};
use crate::model::local::AccountHold;
use crate::model::place::{Goal, Project, Team};
use crate::model::price::Price;
use crate::model::routine::Routine;
use crate::model::run::{Correction, End, Firing, Run, RunState};
use crate::model::secret::Secret;
use crate::model::ticket::{Entry, Lock, Ticket, TicketHead};
use crate::model::{ApprovalId, SecretName, Slug, TicketId};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Snapshot {
    /// How the company is operated, as it is now.
    pub fn put_company(&mut self, company: Company) {
        self.company = Arc::new(company);
        self.touched.all = true;
    }

    /// Limits, as they are now.
    pub fn put_budgets(&mut self, budgets: Vec<Budget>) {
        self.budgets = Arc::new(budgets);
        self.touched.all = true;
    }

    /// Sets which accounts were told to come back later.
    pub fn put_holds(&mut self, holds: BTreeMap<String, AccountHold>) {
        if self.local.holds != holds {
            self.local.holds = holds;
            self.touched.all = true;
        }
    }

    /// Sets the company's own prices.
    pub fn put_prices(&mut self, prices: Vec<Price>) {
        self.prices = Arc::new(prices);
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

    /// A secret, as it is now; `None`: it is gone.
    pub fn put_secret(&mut self, name: &SecretName, secret: Option<Secret>) {
        match secret {
            Some(secret) => drop(self.secrets.insert(name.clone(), Arc::new(secret))),
            None => drop(self.secrets.remove(name)),
        }
        self.touched.all = true;
    }

    /// Sets why this machine cannot open which secrets.
    pub fn put_unopened(&mut self, unopened: BTreeMap<SecretName, String>) {
        if self.local.unopened != unopened {
            self.local.unopened = unopened;
            self.touched.all = true;
        }
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
        // Whoever waits for money may go on, or need not ask for it any more.
        self.touched.room |= before.iter().chain(&after).any(|approval| approval.raise.is_some());
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
        // A price that becomes known corrects what was used without one, and somebody may know of a run that never said it. Of what
        // used nothing there is nothing to correct.
        let used = |end: &End| end.spent.usage.is_none_or(|usage| usage.total() > 0);
        let priceable = run.end().is_none_or(|end| end.spent.cost.is_none() && used(end));
        if priceable {
            self.sealed.insert(run.id.clone());
            self.runs.insert(run.id.clone(), Arc::new(run));
        } else {
            self.runs.remove(&run.id);
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

    pub(super) fn change_ticket(&mut self, id: &TicketId, change: impl FnOnce(&mut Ticket)) {
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
        // Everybody is concerned already: a whole company is taken in one by one.
        if touched.all {
            return;
        }
        touched.agents.extend(ticket.head.assignee.iter().chain(&ticket.head.unblock_owner).cloned());
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
        match self.highest.get_mut(id.prefix()) {
            Some(highest) => *highest = id.number().max(*highest),
            None => drop(self.highest.insert(id.prefix().into(), id.number())),
        }
    }
}

fn put<T>(map: &mut BTreeMap<Slug, Arc<T>>, slug: &Slug, value: Option<T>) {
    match value {
        Some(value) => drop(map.insert(slug.clone(), Arc::new(value))),
        None => drop(map.remove(slug)),
    }
}

pub(super) fn put_entry(thread: &mut Vec<Arc<Entry>>, entry: Entry) {
    match thread.binary_search_by(|other| other.file.cmp(&entry.file)) {
        Ok(at) => thread[at] = Arc::new(entry),
        Err(at) => thread.insert(at, Arc::new(entry)),
    }
}
