//! What tickets have to come with lies outside of the company: it is named here, looked at beside deciding, and put before
//! whoever decides.

use super::Office;
use crate::model::local::Looked;
use crate::model::status::TicketStatus;
use crate::model::ticket::Ticket;
use crate::model::{Actor, RunId, Scalar as _, TicketId};
use crate::runtime::confine;
use crate::runtime::wire::{Ask, Request};
use crate::runtime::workspace::deliver::Deliverables;
use crate::sandbox::Policy;
use std::path::Path;

/// Something to be looked at before it can be decided.
#[derive(Debug, Clone)]
pub struct ToLook {
    /// The ticket.
    pub ticket: TicketId,
    /// What it has to come with.
    pub what: Deliverables,
}

impl Office {
    /// What of a ticket has to be looked at.
    pub(super) fn to_look(&self, ticket: &Ticket) -> ToLook {
        let (folder, _) = self.work_folder(ticket.head.assignee.as_ref(), Some(ticket));
        let log = self.place.workspace(&format!("{}.deliverables.log", ticket.id));
        let (of, environment) = (ticket.head.deliverables.clone(), self.command_environment(ticket, &folder));
        let policy = self.command_policy(ticket, &folder);
        ToLook { ticket: ticket.id.clone(), what: Deliverables { folder, of, environment, policy, log } }
    }

    /// Puts what was found before whoever decides next. It holds for one walk: whatever is asked after that is looked at
    /// anew.
    pub fn put_looked(&mut self, ticket: TicketId, found: Looked) {
        self.snapshot.local.looked.insert(ticket, found);
    }

    /// Tickets that were set to done by hand since the last call, by whom, and what is to be looked at.
    pub fn take_looks(&mut self) -> Vec<(Actor, ToLook)> {
        let looks = std::mem::take(&mut self.looks);
        let found =
            looks.into_iter().filter_map(|(ticket, by)| Some((by, self.to_look(self.snapshot.ticket(&ticket)?))));
        found.collect()
    }

    /// What has to be looked at before a run is settled: of what it asked while the daemon was away, the tickets that are to
    /// be done.
    pub fn kept_looks(&self, run: &RunId) -> Vec<ToLook> {
        let kept = self.kept_requests(&self.folder(run));
        let tickets = kept.iter().filter_map(|request| self.wants_done(request)).map(|ticket| self.to_look(ticket));
        tickets.collect()
    }

    fn wants_done(&self, request: &Request) -> Option<&Ticket> {
        let ticket = match &request.ask {
            Ask::Done { ticket } | Ask::Review { ticket, approves: true, .. } => ticket,
            Ask::EditTicket { ticket, change, .. } if change.status.as_deref() == Some("done") => ticket,
            _ => return None,
        };
        let ticket = self.snapshot.ticket(&TicketId::parse(ticket).ok()?)?;
        let open = ticket.head.status != TicketStatus::Done && !ticket.head.deliverables.is_empty();
        open.then_some(ticket)
    }

    /// What a command may touch that somebody wrote down to be run in a ticket's folder: what it calls there may be an agent's.
    pub(super) fn command_policy(&self, ticket: &Ticket, folder: &Path) -> Option<Policy> {
        let name = ticket.head.assignee.as_ref().map_or("nobody", |assignee| assignee.as_str());
        let company = self.snapshot.company.confinement;
        confine::command(&self.place, company, folder, &self.place.home(name), &self.programs(), &self.program)
    }

    /// The environment of a command that somebody wrote down to be run in a ticket's folder: nothing of the daemon's own.
    pub(super) fn command_environment(&self, ticket: &Ticket, folder: &Path) -> Vec<(String, String)> {
        let name = ticket.head.assignee.as_ref().map_or("nobody", |assignee| assignee.as_str());
        let environment = [
            ("PATH", self.search_path()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TERM", "dumb".to_owned()),
            // The agent's, with no login of the operator's.
            ("HOME", self.place.home(name).to_string_lossy().into_owned()),
            ("CORP_COMPANY_NAME", self.snapshot.company.name.clone()),
            ("CORP_TICKET", ticket.id.to_string()),
            ("CORP_WORKSPACE", folder.to_string_lossy().into_owned()),
        ];
        environment.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }
}
