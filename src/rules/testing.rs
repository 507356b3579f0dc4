//! Small companies for the tests of rules.

use crate::format::draft::{Draft, Entry, EntryType};
use crate::format::{document, layout};

/// Reads `files` as a company; they must be sound one by one.
pub(crate) fn draft(files: &[(&str, &str)]) -> Draft {
    let mut draft = Draft::default();
    for (path, text) in files {
        let (document, diagnostics) = document::read(path, text);
        assert_eq!(diagnostics, [], "{path} ({:?})", layout::locate(path).kind);
        draft.insert(path, document);
        draft.entries.insert((*path).to_owned(), Entry { kind: EntryType::File, bytes: text.len() as u64 });
    }
    draft
}
