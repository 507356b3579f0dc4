//! Who only wants to see is answered from what is in force; nothing is decided and nothing written.

use super::{Office, message};
use crate::engine::sight;
use crate::format::front_matter;
use crate::model::run::Run;
use crate::model::{ApprovalId, Scalar as _, TicketId};
use crate::runtime::desk::repository::File;
use crate::runtime::wire::Request;
use crate::view::look::{Look, Seen, Texts, see};
use std::collections::{BTreeMap, BTreeSet};

impl Office {
    /// Answers a question about the company. Whether whoever asks is who they say is for [`Self::admit`] to know.
    ///
    /// # Errors
    /// What is asked for does not exist, or is not for whoever asks.
    pub fn look(&self, request: &Request, look: &Look) -> Result<Seen, String> {
        let meant = self.meant(request, look)?;
        let run = request.run.as_deref().and_then(|run| self.snapshot.run(run));
        match (&meant, run) {
            (Look::Papers, Some(run)) => Ok(Seen::Papers(self.papers(run)?.into_keys().collect())),
            (Look::Paper { path }, Some(run)) => {
                let paper = self.papers(run)?.remove(path);
                let paper = paper.ok_or_else(|| format!("{path} does not lie on your desk"))?;
                let text = String::from_utf8(paper.bytes).map_err(|_| format!("{path} is not text"))?;
                Ok(Seen::Paper(text))
            }
            _ => see(self.snapshot(), &meant, self, self.now()),
        }
    }

    /// What lies on the desk of a run, as it is in the company now.
    fn papers(&self, run: &Run) -> Result<BTreeMap<String, File>, String> {
        let ticket = run.ticket.as_ref().and_then(|id| self.snapshot.ticket(id)).map(AsRef::as_ref);
        self.desk_files(run.agent(), ticket, &self.skills(run.agent())?)
    }

    /// The question, with whoever asks in it.
    fn meant(&self, request: &Request, look: &Look) -> Result<Look, String> {
        let run = request.run.as_deref().and_then(|run| self.snapshot.run(run));
        match (run.map(|run| run.agent().as_str()), look) {
            (Some(agent), Look::Inbox { who }) if who.as_deref().is_none_or(|who| who == agent) => {
                Ok(Look::Inbox { who: Some(agent.to_owned()) })
            }
            // What stands on every desk, or is asked about one's own.
            (Some(_), Look::Goals | Look::Org | Look::Papers | Look::Paper { .. }) => Ok(look.clone()),
            (Some(_), Look::Ticket { ticket } | Look::Why { ticket }) => {
                let agent = run.map(|run| run.agent()).ok_or("the run is over")?;
                let id = TicketId::parse(ticket).map_err(|why| format!("`{ticket}` is no ticket: {why}"))?;
                match self.snapshot.ticket(&id) {
                    Some(found) if !sight::sees(&self.snapshot, agent, found) => {
                        Err(format!("{id} is not yours to see: {}", sight::RULE))
                    }
                    Some(_) | None => Ok(look.clone()),
                }
            }
            (Some(agent), Look::Approval { approval }) if self.asked(agent, approval) => Ok(look.clone()),
            (Some(_), Look::BudgetLeft { run: about }) if about.is_none() || *about == request.run => {
                Ok(Look::BudgetLeft { run: request.run.clone() })
            }
            (
                Some(_),
                Look::Inbox { .. }
                | Look::Tickets { .. }
                | Look::Board { .. }
                | Look::Tree { .. }
                | Look::BudgetLeft { .. }
                | Look::Names { .. }
                | Look::Budgets
                | Look::Approvals { .. }
                | Look::Approval { .. }
                | Look::Cost { .. }
                | Look::CostReport { .. }
                | Look::Prices,
            ) => Err(
                "a run sees its agent's inbox, tickets that concern it, the goals and who works here; what else it \
                     may read is on its desk"
                    .to_owned(),
            ),
            (None, Look::Inbox { who: None }) => {
                let by = request.by.as_ref().and_then(|who| message::person(who, &self.snapshot));
                let by = by.ok_or("git has no name for you: `git config user.name`")?;
                Ok(Look::Inbox { who: Some(by.to_string()) })
            }
            (None, _) => Ok(look.clone()),
        }
    }
}

impl Office {
    /// Whether an agent asked this of the board.
    fn asked(&self, agent: &str, approval: &str) -> bool {
        let id = ApprovalId::parse(approval).ok();
        let approval = id.and_then(|id| self.snapshot.approvals().get(&id));
        approval.and_then(|approval| approval.requested_by.as_ref()).is_some_and(|by| by.as_str() == agent)
    }
}

impl Texts for Office {
    fn body(&self, path: &str) -> Result<String, String> {
        let text = self.text(path)?.unwrap_or_default();
        Ok(text[front_matter::split(&text).body].trim_matches(['\n', '\r']).to_owned())
    }

    fn find(&self, words: &str) -> Result<BTreeSet<TicketId>, String> {
        let Some(tip) = self.force.tip() else { return Ok(BTreeSet::new()) };
        let found = self.search.borrow_mut().find(self.force.history(), tip, words);
        found.map_err(|error| error.to_string())
    }
}
