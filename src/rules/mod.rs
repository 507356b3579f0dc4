//! What must be true of the files together: one rule per file.
//!
//! A rule reads; it never repairs. Each file holds a rule's code, its documentation (`corp explain CODE`,
//! `docs/rules.md`) and its check. What is wrong with one file by itself is found in [`crate::format`]; those
//! codes are documented here too.

use crate::diag::{Diagnostic, Severity};
use crate::format::Draft;

/// A rule: its name, its documentation, its check.
pub struct Rule {
    /// The stable kebab-case name.
    pub code: &'static str,
    /// The severity of what it reports.
    pub severity: Severity,
    /// What it finds, in a few words.
    pub summary: &'static str,
    /// What it finds, why that is bad, what to do: Markdown.
    pub docs: &'static str,
    /// Looks at the files together; `None` for what [`crate::format`] reports while it reads.
    pub check: Option<fn(&Draft, &mut Vec<Diagnostic>)>,
}

/// Every rule, in the order of the documentation.
pub const RULES: &[&Rule] = &[];

/// Judges the files together.
pub fn check(draft: &Draft) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for check in RULES.iter().filter_map(|rule| rule.check) {
        check(draft, &mut found);
    }
    found
}
