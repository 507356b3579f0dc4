//! How many diagnostics of one file are kept: what a hostile file of a megabyte could cost is bounded here.

use super::{Diagnostic, Place, Severity};
use std::collections::BTreeMap;

/// Most diagnostics of one severity that are kept for one file. Nobody corrects more before looking again.
pub const PER_FILE_MAX: usize = 100;

/// The code under which the rest is told.
pub const MORE_OF_THESE: &str = "more-of-these";

/// Says that `dropped` further diagnostics of `file` are not shown.
pub fn more(file: &str, dropped: usize) -> Diagnostic {
    let message = format!("and {dropped} more of these in this file");
    Diagnostic::new(MORE_OF_THESE, Severity::Note, Place::file(file), message)
        .help("correct the first ones, and run `corp check` again")
}

/// Keeps the first [`PER_FILE_MAX`] diagnostics of each severity for each file, and says how many more there are.
pub fn cap(diagnostics: &mut Vec<Diagnostic>) {
    let mut kept: BTreeMap<(String, Severity), usize> = BTreeMap::new();
    let mut dropped: BTreeMap<String, usize> = BTreeMap::new();
    diagnostics.retain(|diagnostic| {
        let Some(place) = diagnostic.place() else { return true };
        let count = kept.entry((place.file.clone(), diagnostic.severity)).or_default();
        *count += 1;
        let keeps = *count <= PER_FILE_MAX;
        if !keeps {
            *dropped.entry(place.file.clone()).or_default() += 1;
        }
        keeps
    });
    diagnostics.extend(dropped.iter().map(|(file, dropped)| more(file, *dropped)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_and_severity_has_its_own_hundred() {
        let one = |file: &str, severity| Diagnostic::new("x", severity, Place::file(file), "said");
        let mut many = vec![one("a", Severity::Warning); PER_FILE_MAX + 3];
        many.extend(vec![one("a", Severity::Error); PER_FILE_MAX]);
        many.push(one("b", Severity::Warning));
        cap(&mut many);
        assert_eq!(many.len(), 2 * PER_FILE_MAX + 2);
        assert_eq!(many.last().map(|last| last.message.as_str()), Some("and 3 more of these in this file"));
    }
}
