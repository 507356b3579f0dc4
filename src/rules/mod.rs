//! What must be true of the files together: one rule per file.
//!
//! A rule reads; it never repairs. Each file holds a rule's code, its documentation (`corp explain CODE`,
//! `docs/rules.md`) and its check. What is wrong with one file by itself is found in [`crate::format`]; those
//! codes are documented in `format_codes.rs`. Every rule has a sound and a wrong company in
//! `tests/fixtures/rules/<code>`.

mod format_codes;

use crate::diag::{Diagnostic, Severity};
use crate::format::Draft;

/// A rule: its name, its documentation, its check.
#[derive(Debug)]
pub struct Rule {
    /// The stable kebab-case name.
    pub code: &'static str,
    /// The severity of what it reports.
    pub severity: Severity,
    /// What it finds, in a few words: lower case, no full stop.
    pub summary: &'static str,
    /// What it finds, why that is bad, what to do: Markdown paragraphs.
    pub docs: &'static str,
    /// Looks at the files together; `None` for what is found while a single file is read.
    pub check: Option<fn(&Draft, &mut Vec<Diagnostic>)>,
}

/// Every rule, in the order of the documentation.
pub const RULES: &[&Rule] = &[
    // One file by itself.
    &format_codes::UNREADABLE,
    &format_codes::NOT_UTF8,
    &format_codes::FRONT_MATTER,
    &format_codes::YAML_SYNTAX,
    &format_codes::YAML_DUPLICATE_KEY,
    &format_codes::YAML_MERGE_KEY,
    &format_codes::YAML_TOO_DEEP,
    &format_codes::YAML_TOO_LARGE,
    &format_codes::MISSING_KEY,
    &format_codes::CHOOSE_ONE,
    &format_codes::BAD_VALUE,
    &format_codes::UNKNOWN_WORD,
    &format_codes::UNKNOWN_KEY,
    // Files together.
];

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code).copied()
}

/// Judges the files together.
pub fn check(draft: &Draft) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for check in RULES.iter().filter_map(|rule| rule.check) {
        check(draft, &mut found);
    }
    found
}
