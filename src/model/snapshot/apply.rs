//! [`Snapshot::apply`]: the next snapshot, without reading a file.

use super::Snapshot;
use super::keep::put_entry;
use crate::model::budget::Budget;
use crate::model::plan::{Body, Edit};
use crate::model::ticket::Ticket;
use std::sync::Arc;

impl Snapshot {
    /// Makes an edit. It comes to the same as making it in the text and reading that again.
    pub fn apply(&mut self, edit: &Edit) {
        match edit {
            Edit::Ticket { id, change } => self.change_ticket(id, |ticket| ticket.head.change(change)),
            Edit::NewTicket(new) => {
                let Ticket { id, path, head, .. } = &new.ticket;
                match &new.body {
                    Body::Draft { path } => self.put_draft(path, None),
                    Body::Text(_) | Body::Task { .. } => {}
                }
                self.put_ticket(id, path, head.clone());
            }
            Edit::NewDraft { path, head, .. } => self.put_draft(path, Some((**head).clone())),
            Edit::NewEntry { ticket, entry, .. } => {
                self.change_ticket(ticket, |ticket| put_entry(&mut ticket.thread, (**entry).clone()));
            }
            Edit::NewApproval { id, approval, .. } => self.put_approval(id, Some((**approval).clone())),
            Edit::Approval { id, change } => {
                if let Some(mut approval) = self.approvals.get(id).map(|approval| (**approval).clone()) {
                    approval.change(change);
                    self.put_approval(id, Some(approval));
                }
            }
            Edit::Lock { ticket, lock } => self.put_lock(ticket, Some((**lock).clone())),
            Edit::Unlock { ticket } => self.put_lock(ticket, None),
            Edit::Run(run) => self.put_run((**run).clone()),
            Edit::Firing(firing) => self.put_firing((**firing).clone(), false),
            Edit::Correction(correction) => self.put_correction(correction),
            Edit::AgentStatus { agent, status } => self.change_agent(agent, |agent| {
                agent.settings.get_or_insert_default().status = Some(*status);
            }),
            Edit::CompanyStatus(status) => {
                Arc::make_mut(&mut self.company).status = *status;
                self.touched.all = true;
            }
            Edit::Home(home) => self.put_home(Some((**home).clone())),
            Edit::NewPrice(price) => {
                let mut prices = self.prices().to_vec();
                prices.push((**price).clone());
                self.put_prices(prices);
            }
            Edit::BudgetLimit { budget, limit } => {
                let mut budgets = self.budgets().to_vec();
                let this = |one: &&mut Budget| {
                    (&one.scope, one.window, one.limit) == (&budget.scope, budget.window, budget.limit)
                };
                if let Some(found) = budgets.iter_mut().find(this) {
                    found.limit = *limit;
                }
                self.put_budgets(budgets);
            }
            // Nobody decides by what it says.
            Edit::Paper(_) => {}
        }
    }

    /// Makes all edits of a plan, in order.
    pub fn apply_all(&mut self, edits: &[Edit]) {
        for edit in edits {
            self.apply(edit);
        }
    }
}
