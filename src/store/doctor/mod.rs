//! `corp doctor`: what is wrong around a company, in its repository and in its files, and what to do about each.
//!
//! One check per file: its code, its documentation (`docs/doctor.md`), what it looks at, and what `--fix` does. A check
//! reads and never repairs by itself; a fix is a setting of this repository, or goes the writer's road. What a file says
//! is judged by [`crate::rules`]; here it is only counted.
//!
//! [`examine`] is also what a daemon calls when it starts, and, with [`Ask::strict`], what every test ends with.

mod account;
mod alternates;
mod archive;
mod behind;
mod branch;
mod checkouts;
mod clock;
mod file_system;
mod files;
mod git_version;
mod housekeeping;
mod identity;
mod index;
mod journal;
mod ledger;
mod leftovers;
mod locks;
mod loose;
mod merge_driver;
mod objects;
pub mod page;
mod repository;
mod rescued;
mod runs_code;
mod scene;
mod split_index;
mod strays;
mod under_way;
mod watches;

pub use scene::Scene;

use crate::diag::Severity;
use crate::store::writer::WriteError;
use std::path::PathBuf;

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The machine and the account.
    Environment,
    /// The repository.
    Repository,
    /// The company's files.
    Company,
}

impl Group {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::Repository => "repository",
            Self::Company => "company",
        }
    }
}

/// Repairs what is safe to repair, and says what it did.
pub type Fix = fn(&Scene) -> Result<Vec<String>, WriteError>;

/// One thing that is looked at.
#[derive(Debug)]
pub struct Check {
    /// The stable kebab-case name.
    pub code: &'static str,
    /// What it is about.
    pub group: Group,
    /// What it finds, in a few words: lower case, no full stop.
    pub summary: &'static str,
    /// What it finds, why that is bad, what to do: Markdown paragraphs.
    pub docs: &'static str,
    /// Whether it holds whatever people do, so that `--strict` fails when it does not.
    pub invariant: bool,
    /// Looks.
    pub look: fn(&Scene, &mut Vec<Finding>),
    /// Repairs what is safe to repair, and says what it did.
    pub fix: Option<Fix>,
}

/// Every check, in the order of the documentation.
pub const CHECKS: &[&Check] = &[
    &git_version::CHECK,
    &file_system::CHECK,
    &watches::CHECK,
    &clock::CHECK,
    &identity::CHECK,
    &account::CHECK,
    &runs_code::CHECK,
    &alternates::CHECK,
    &repository::CHECK,
    &split_index::CHECK,
    &branch::CHECK,
    &under_way::CHECK,
    &locks::CHECK,
    &journal::CHECK,
    &index::CHECK,
    &archive::CHECK,
    &objects::CHECK,
    &behind::CHECK,
    &strays::CHECK,
    &leftovers::CHECK,
    &rescued::CHECK,
    &housekeeping::CHECK,
    &loose::CHECK,
    &merge_driver::CHECK,
    &files::CHECK,
    &checkouts::CHECK,
    &ledger::CHECK,
];

/// Something to know or to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The check that found it.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Where: a path, a setting, a ref.
    pub place: String,
    /// What: lower case, no full stop.
    pub what: String,
    /// What to type or do.
    pub help: Option<String>,
    /// Whether `--fix` repairs it.
    pub fixable: bool,
}

impl Finding {
    /// A finding that `--fix` leaves alone.
    pub fn new(check: &Check, severity: Severity, place: impl Into<String>, what: impl Into<String>) -> Self {
        let (place, what) = (place.into(), what.into());
        Self { code: check.code, severity, place, what, help: None, fixable: false }
    }

    /// Says what to type.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says that `--fix` repairs it.
    #[must_use]
    pub fn fixable(mut self) -> Self {
        self.fixable = true;
        self.help.get_or_insert_with(|| "`corp doctor --fix` repairs it".to_owned());
        self
    }
}

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What changes from day to day: for a start, and for the end of every test.
    Quick,
    /// All of it, within the limits of each check.
    Full,
}

/// What is asked of the doctor.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The company's folder.
    pub root: PathBuf,
    /// Now, by the clock of the edge.
    pub now: jiff::Timestamp,
    /// How much is looked at.
    pub depth: Depth,
    /// What is looked at.
    pub groups: Vec<Group>,
    /// Only what must hold whatever people do.
    pub strict: bool,
}

impl Ask {
    /// Everything.
    pub fn all(root: impl Into<PathBuf>, now: jiff::Timestamp) -> Self {
        let groups = vec![Group::Environment, Group::Repository, Group::Company];
        Self { root: root.into(), now, depth: Depth::Full, groups, strict: false }
    }

    /// What must hold of the repository, quickly: for the end of a test.
    pub fn invariants(root: impl Into<PathBuf>, now: jiff::Timestamp) -> Self {
        let groups = vec![Group::Repository];
        Self { root: root.into(), now, depth: Depth::Quick, groups, strict: true }
    }

    fn wants(&self, check: &Check) -> bool {
        self.groups.contains(&check.group) && (check.invariant || !self.strict)
    }
}

/// Looks only at what the checks with these codes are about. Nothing is changed.
pub fn look_for(codes: &[&str], ask: &Ask) -> Vec<Finding> {
    let scene = Scene::new(ask);
    let mut found = Vec::new();
    for check in CHECKS.iter().filter(|check| codes.contains(&check.code)) {
        (check.look)(&scene, &mut found);
    }
    found
}

/// Looks at everything that is asked for. Nothing is changed.
pub fn examine(ask: &Ask) -> Vec<Finding> {
    let scene = Scene::new(ask);
    let mut found = Vec::new();
    for check in CHECKS.iter().filter(|check| ask.wants(check)) {
        (check.look)(&scene, &mut found);
    }
    found
}

/// What a repair did, or why it could not.
#[derive(Debug)]
pub struct Repair {
    /// The check whose finding it was about.
    pub code: &'static str,
    /// What was done, a line each; or why it was not.
    pub outcome: Result<Vec<String>, WriteError>,
}

/// Repairs what `found` says can be repaired, in the order of the checks.
pub fn repair(ask: &Ask, found: &[Finding]) -> Vec<Repair> {
    let wanted = |check: &&&Check| found.iter().any(|finding| finding.fixable && finding.code == check.code);
    let checks = CHECKS.iter().filter(wanted);
    let repairs = checks.filter_map(|check| {
        // Each sees what those before it have changed.
        let fix = check.fix?;
        Some(Repair { code: check.code, outcome: fix(&Scene::new(ask)) })
    });
    repairs.collect()
}

/// `1 file`, `2 files`.
fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_told_apart_and_documented() {
        let codes: BTreeSet<&str> = CHECKS.iter().map(|check| check.code).collect();
        assert_eq!(codes.len(), CHECKS.len());
        for check in CHECKS {
            assert!(check.docs.len() > 80, "{} says too little", check.code);
            assert!(!check.summary.ends_with('.'), "{}", check.code);
        }
    }
}
