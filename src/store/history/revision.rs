//! Finding a commit: by branch, tag, beginning of its name, `HEAD~2`, or by a time.

use super::{History, HistoryError, Id};
use crate::model::When;
use crate::store::reading::Reading as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Longest text that is looked up, in bytes: branch names may have 255.
const TEXT_BYTES_MAX: usize = 1_024;

impl History {
    /// The commit that `text` names: a time in `zone`, counted from `now` (the newest commit then), or anything git
    /// has a name for.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn find(&self, text: &str, now: Timestamp, zone: &TimeZone) -> Result<Id, HistoryError> {
        match When::parse(text, now, zone) {
            Some(when) => self.at(when.last),
            None => self.revision(text),
        }
    }

    /// The commit that `text` names in git's own words.
    ///
    /// # Errors
    /// [`HistoryError`]
    pub fn revision(&self, text: &str) -> Result<Id, HistoryError> {
        let none = |reason: String| HistoryError::NoRevision { text: text.to_owned(), reason };
        if text.is_empty() || text.len() > TEXT_BYTES_MAX {
            return Err(none("the name is empty or too long".to_owned()));
        }
        self.repository.read_named(text).map_err(|error| none(error.to_string()))
    }

    /// The newest commit at or before `time` on the way from the newest one by first parents.
    ///
    /// # Errors
    /// [`HistoryError`]; `TooEarly` if there is none.
    pub fn at(&self, time: Timestamp) -> Result<Id, HistoryError> {
        let mut here = self.raw(self.head()?)?;
        while here.time() > time {
            let Some(parent) = here.parents.first() else { return Err(HistoryError::TooEarly { time }) };
            here = self.raw(*parent)?;
        }
        Ok(here.id)
    }
}
