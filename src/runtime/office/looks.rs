//! Who only wants to see is answered from what is in force; nothing is decided and nothing written.

use super::{Office, message};
use crate::format::front_matter;
use crate::model::TicketId;
use crate::runtime::wire::Request;
use crate::view::look::{Look, Seen, Texts, see};
use std::collections::BTreeSet;

impl Office {
    /// Answers a question about the company.
    pub(super) fn look(&self, request: &Request, look: &Look) -> Result<Seen, String> {
        see(self.snapshot(), &self.meant(request, look)?, self, self.now())
    }

    /// The question, with whoever asks in it.
    fn meant(&self, request: &Request, look: &Look) -> Result<Look, String> {
        let run = request.run.as_deref().and_then(|run| self.snapshot.run(run));
        match (run.map(|run| run.agent().as_str()), look) {
            (Some(agent), Look::Inbox { who }) if who.as_deref().is_none_or(|who| who == agent) => {
                Ok(Look::Inbox { who: Some(agent.to_owned()) })
            }
            // What stands on every desk.
            (Some(_), Look::Goals | Look::Org) => Ok(look.clone()),
            (Some(_), _) => {
                Err("a run sees its agent's inbox, the goals and who works here; what else it may read is \
                                 on its desk"
                    .to_owned())
            }
            (None, Look::Inbox { who: None }) => {
                let by = request.by.as_ref().and_then(|who| message::person(who, &self.snapshot));
                let by = by.ok_or("git has no name for you: `git config user.name`")?;
                Ok(Look::Inbox { who: Some(by.to_string()) })
            }
            (None, _) => Ok(look.clone()),
        }
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
