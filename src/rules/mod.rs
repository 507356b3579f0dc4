//! What must be true of the files together: one rule per file.
//!
//! A rule reads; it never repairs. Each file holds a rule's code, its documentation (`corp explain CODE`,
//! `docs/rules.md`) and its check. What is wrong with one file by itself is found in [`crate::format`]; those
//! codes are documented in `format_codes.rs`. Every rule has a sound and a wrong company in
//! `tests/fixtures/rules/<code>`.

// Single files, their text and their paths.
pub mod allow;
mod bad_path;
mod case_clash;
mod conflict_markers;
mod file_kind;
pub mod page;
mod path_outside;
mod secret_in_text;

// Files together.
mod approval_about_nothing;
mod archived_ticket;
mod assignee_terminated;
mod bad_name;
mod blocked_without_reason;
mod blocker_cycle;
mod budget_above_parent;
mod budget_scope_unknown;
mod budgets;
mod checkout_mismatch;
mod currency_mixed;
mod cycle;
mod duplicate_budget;
mod duplicate_id;
mod duplicate_price;
mod duplicate_trigger;
mod empty_board;
mod fallback_account;
mod foreign_prefix;
mod format_codes;
mod goal_cycle;
mod heartbeat_codes;
mod id_against_path;
mod impossible_needs;
mod in_progress_unassigned;
pub mod index;
mod missing_licence;
mod name_clash;
mod no_adapter;
mod no_root;
mod notify_code;
mod open_blockers;
mod orphan_lock;
mod orphan_settings;
mod orphan_thread;
mod parent_cycle;
mod paths;
pub mod references;
mod reporting_cycle;
mod reports_to_terminated;
mod routine_never_fires;
mod routine_variable;
mod routine_without_assignee;
mod secret_not_bound;
mod secret_pair;
mod secret_source;
mod secret_to_be_rotated;
mod several_roots;
mod signing_key;
mod slug_against_folder;
mod source_mismatch;
mod stage_only_assignee;
#[cfg(test)]
mod testing;
mod timer_starts_nothing;
mod unknown_agent;
mod unknown_goal;
mod unknown_person;
mod unknown_project;
mod unknown_reference;
mod unknown_routine;
mod unknown_secret;
mod unknown_skill;
mod unknown_ticket;
mod unknown_vault;
mod unverifiable_source;
mod vault_default;
mod void_decision;
mod wording;

pub use index::Index;

use crate::diag::{Diagnostic, Severity};
use crate::format::Draft;

/// A rule: its name, its documentation, its check.
#[derive(Debug)]
pub struct Rule {
    /// The stable kebab-case name.
    pub code: &'static str,
    /// The severity of what it reports; always the same.
    pub severity: Severity,
    /// What it finds, in a few words: lower case, no full stop.
    pub summary: &'static str,
    /// What it finds, why that is bad, what to do: Markdown paragraphs.
    pub docs: &'static str,
    /// Looks at the files together; `None` for what is found while a single file is read.
    pub check: Option<fn(&Index<'_>, &mut Vec<Diagnostic>)>,
}

/// The code under which secret-looking text is reported: whoever shows something must know where it is.
pub const SECRET_IN_TEXT: &str = secret_in_text::CODE;

/// Every rule, in the order of the documentation.
pub const RULES: &[&Rule] = &[
    // Any text, and what lies where.
    &format_codes::MORE_OF_THESE,
    &secret_in_text::RULE,
    &conflict_markers::RULE,
    &allow::RULE,
    &file_kind::SYMLINK,
    &file_kind::SPECIAL_FILE,
    &file_kind::EXECUTABLE_FILE,
    &file_kind::FILE_TOO_LARGE,
    &bad_path::RULE,
    &case_clash::RULE,
    &path_outside::RULE,
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
    &format_codes::SCHEDULE_NEVER_FIRES,
    &heartbeat_codes::FIELD,
    &heartbeat_codes::ITEM,
    &heartbeat_codes::INCOMPLETE,
    &heartbeat_codes::BLOCK,
    &heartbeat_codes::INTERVAL,
    &heartbeat_codes::PROMPT,
    &heartbeat_codes::DUPLICATE,
    &heartbeat_codes::REPEATED,
    &heartbeat_codes::COMMENT,
    // Files together.
    &approval_about_nothing::RULE,
    &archived_ticket::RULE,
    &assignee_terminated::RULE,
    &bad_name::RULE,
    &blocked_without_reason::RULE,
    &blocker_cycle::RULE,
    &budget_above_parent::RULE,
    &budget_scope_unknown::RULE,
    &checkout_mismatch::RULE,
    &currency_mixed::RULE,
    &duplicate_budget::RULE,
    &duplicate_id::RULE,
    &duplicate_price::RULE,
    &duplicate_trigger::RULE,
    &empty_board::RULE,
    &fallback_account::RULE,
    &foreign_prefix::RULE,
    &goal_cycle::RULE,
    &id_against_path::RULE,
    &impossible_needs::RULE,
    &in_progress_unassigned::RULE,
    &missing_licence::RULE,
    &name_clash::RULE,
    &no_adapter::RULE,
    &notify_code::RULE,
    &open_blockers::RULE,
    &orphan_lock::RULE,
    &orphan_settings::RULE,
    &orphan_thread::RULE,
    &parent_cycle::RULE,
    &reporting_cycle::RULE,
    &reports_to_terminated::RULE,
    &routine_never_fires::RULE,
    &routine_variable::RULE,
    &routine_without_assignee::RULE,
    &secret_not_bound::RULE,
    &secret_pair::RULE,
    &secret_source::RULE,
    &secret_to_be_rotated::RULE,
    &vault_default::RULE,
    &no_root::RULE,
    &several_roots::RULE,
    &signing_key::RULE,
    &slug_against_folder::RULE,
    &source_mismatch::RULE,
    &stage_only_assignee::RULE,
    &timer_starts_nothing::RULE,
    &unknown_agent::RULE,
    &unknown_goal::RULE,
    &unknown_person::RULE,
    &unknown_project::RULE,
    &unknown_reference::RULE,
    &unknown_routine::RULE,
    &unknown_secret::RULE,
    &unknown_skill::RULE,
    &unknown_ticket::RULE,
    &unknown_vault::RULE,
    &unverifiable_source::RULE,
    &void_decision::RULE,
];

/// The rule with this code.
pub fn find(code: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.code == code).copied()
}

/// Judges the text of one file, whatever it holds.
pub fn check_text(path: &str, text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    secret_in_text::look(path, text, &mut found);
    found.extend(check_whole(path, text));
    found
}

/// Judges whether the text of one file is what somebody meant to save, whatever it says: the part of [`check_text`] that
/// does not look for secrets.
pub fn check_whole(path: &str, text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    conflict_markers::look(path, text, &mut found);
    found
}

/// Judges the files together.
pub fn check(draft: &Draft) -> Vec<Diagnostic> {
    let index = Index::new(draft);
    let mut found = Vec::new();
    for check in RULES.iter().filter_map(|rule| rule.check) {
        check(&index, &mut found);
    }
    wording::make_harmless(&mut found);
    found
}
