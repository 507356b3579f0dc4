//! An entry of a thread as it is kept: its front matter, and who is named in its body ([`crate::model::mentions`]).

use super::kind::EntryFile;
use crate::model::Slug;

/// The head of an entry of a thread, and who is named in its body.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ThreadEntry {
    /// The front matter.
    pub file: EntryFile,
    /// Who is named, in order of appearance, each once.
    pub mentions: Vec<Slug>,
}
