//! Who only wants to see is answered from what is in force; nothing is decided and nothing written.

use super::{Office, OfficeError};
use crate::store::force::ForceError;
use crate::view::look::{Look, see};

impl Office {
    /// Answers a question about the company.
    pub(super) fn look(&self, look: Look) -> Result<serde_json::Value, String> {
        let look = self.found_by_text(look).map_err(|error| error.to_string())?;
        let seen = see(&self.snapshot, &look, self.now())?;
        serde_json::to_value(seen).map_err(|error| error.to_string())
    }

    /// The question, with the tickets whose texts hold the words it names: the snapshot has no texts.
    ///
    /// # Errors
    /// [`OfficeError`] if the texts cannot be read.
    pub fn found_by_text(&self, mut look: Look) -> Result<Look, OfficeError> {
        if let (Look::Tickets(filter), Some(tip)) = (&mut look, self.force.tip())
            && let Some(words) = filter.text.as_deref()
        {
            let found = self.search.borrow_mut().find(self.force.history(), tip, words);
            let found = found.map_err(ForceError::from)?;
            filter.found = Some(found.iter().map(ToString::to_string).collect());
        }
        Ok(look)
    }
}
