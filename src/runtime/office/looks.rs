//! Who only wants to see is answered from what is in force; nothing is decided and nothing written.

use super::Office;
use crate::format::front_matter;
use crate::model::TicketId;
use crate::view::look::{Look, Seen, Texts, see};
use std::collections::BTreeSet;

impl Office {
    /// Answers a question about the company.
    ///
    /// # Errors
    /// What is asked for does not exist, or cannot be read.
    pub fn look(&self, look: &Look) -> Result<Seen, String> {
        see(self.snapshot(), look, self, self.now())
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
