//! Which path holds what. The only place that knows the folders of a company.

use crate::choice;
use crate::model::Choice as _;

choice! {
    /// The kinds of files a company consists of.
    pub enum Kind {
        "company" => Company, "corp" => Corp, "home" => Home, "budgets" => Budgets, "prices" => Prices,
        "agent" => Agent, "agent-settings" => AgentSettings, "heartbeat" => Heartbeat, "team" => Team, "goal" => Goal,
        "project" => Project, "project-settings" => ProjectSettings, "task" => Task, "routine" => Routine,
        "skill" => Skill, "ticket" => Ticket, "lock" => Lock, "entry" => Entry, "approval" => Approval,
        "secret" => Secret, "ciphertext" => Ciphertext, "vault" => Vault, "ledger-run" => LedgerRun,
        "ledger-segment" => LedgerSegment,
        /// An agent's own paper, a README, a licence, an asset: kept as it is.
        "other" => Other,
    }
}

impl Kind {
    /// What kind of file this is, for people: "a ticket".
    pub fn noun(self) -> String {
        let word = self.word().replace('-', " ");
        let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        format!("{article} {word} file")
    }
}

/// A path and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located<'p> {
    /// The kind of file.
    pub kind: Kind,
    /// The name of the thing the file is about: an agent's slug, a ticket's id, a secret's name.
    /// Empty for files of the company as a whole.
    pub name: &'p str,
    /// The folder of the thing, without a slash at the end: `agents/cto`. Empty at the top.
    pub folder: &'p str,
}

/// The folders on top of a company in which people save files.
pub const FOLDERS: [&str; 12] = [
    "agents",
    "approvals",
    "goals",
    "packages",
    "projects",
    "secrets",
    "skills",
    "tasks",
    "teams",
    "tickets",
    "vaults",
    ".schemas",
];

/// The folder on top that only the program writes to.
pub const RECORDS: &str = "ledger";

/// Returns what the file at `path` (relative, with `/`) holds.
pub fn locate(path: &str) -> Located<'_> {
    // One part more than the deepest path has; a list of any length would be made anew for every file.
    let mut parts = [""; 6];
    let mut count = 0;
    for (slot, part) in parts.iter_mut().zip(path.split('/')) {
        *slot = part;
        count += 1;
    }
    let folder_of = |file: &str| path.strip_suffix(file).unwrap_or(path).trim_end_matches('/');
    let located = |kind, name, folder| Located { kind, name, folder };
    let other = located(Kind::Other, "", path.rsplit_once('/').map_or("", |(folder, _)| folder));
    match parts[..count] {
        ["COMPANY.md"] => located(Kind::Company, "", ""),
        ["corp.yaml"] => located(Kind::Corp, "", ""),
        ["home.yaml"] => located(Kind::Home, "", ""),
        ["budgets.yaml"] => located(Kind::Budgets, "", ""),
        ["prices.yaml"] => located(Kind::Prices, "", ""),
        // `AGENT.md` is what the format's official guide shows and nobody writes; both are read.
        ["agents", slug, file @ ("AGENTS.md" | "AGENT.md")] => located(Kind::Agent, slug, folder_of(file)),
        ["agents", slug, file @ "agent.yaml"] => located(Kind::AgentSettings, slug, folder_of(file)),
        ["agents", slug, file @ "HEARTBEAT.md"] => located(Kind::Heartbeat, slug, folder_of(file)),
        ["teams", slug, file @ "TEAM.md"] => located(Kind::Team, slug, folder_of(file)),
        ["goals", file] => match file.strip_suffix(".md") {
            Some("README") | None => other,
            Some(slug) => located(Kind::Goal, slug, "goals"),
        },
        ["projects", slug, file @ "PROJECT.md"] => located(Kind::Project, slug, folder_of(file)),
        ["projects", slug, file @ "project.yaml"] => located(Kind::ProjectSettings, slug, folder_of(file)),
        ["projects", _, "tasks", slug, file] | ["tasks", slug, file] => match file {
            "TASK.md" => located(Kind::Task, slug, folder_of(file)),
            "routine.yaml" => located(Kind::Routine, slug, folder_of(file)),
            _ => other,
        },
        ["skills", slug, file @ "SKILL.md"] => located(Kind::Skill, slug, folder_of(file)),
        ["tickets", file] => match file.strip_suffix(".md") {
            Some("README") | None => other,
            Some(name) => located(Kind::Ticket, name, "tickets"),
        },
        ["tickets", _, file] => match file.rsplit_once('.') {
            Some((name, "md")) => located(Kind::Ticket, name, folder_of(file)),
            Some((name, "lock")) => located(Kind::Lock, name, folder_of(file)),
            _ => other,
        },
        ["tickets", _, id, file] if file.ends_with(".md") => located(Kind::Entry, id, folder_of(file)),
        ["approvals", file] => match file.strip_suffix(".md") {
            Some("README") | None => other,
            Some(id) => located(Kind::Approval, id, "approvals"),
        },
        ["secrets", file] => match file.rsplit_once('.') {
            Some((name, "yaml")) => located(Kind::Secret, name, "secrets"),
            // An earlier version of a value stands beside it: `GH_TOKEN.3.age`.
            Some((name, "age")) => located(Kind::Ciphertext, version(name).map_or(name, |(name, _)| name), "secrets"),
            _ => other,
        },
        ["vaults", file] => match file.strip_suffix(".yaml") {
            Some(id) => located(Kind::Vault, id, "vaults"),
            None => other,
        },
        ["ledger", "open", file] => match file.strip_suffix(".json") {
            Some(run) => located(Kind::LedgerRun, run, "ledger/open"),
            None => other,
        },
        ["ledger", _, file] => match file.strip_suffix(".jsonl") {
            Some(name) => located(Kind::LedgerSegment, name, folder_of(file)),
            None => other,
        },
        _ => other,
    }
}

/// Name and version in the name of a file that holds an earlier value.
fn version(name: &str) -> Option<(&str, u64)> {
    let (name, version) = name.rsplit_once('.')?;
    let digits = version.bytes().all(|byte| byte.is_ascii_digit()) && !version.starts_with('0');
    Some((name, version.parse().ok().filter(|_| digits)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_layout_is_known() {
        for (path, kind, name, folder) in [
            ("COMPANY.md", Kind::Company, "", ""),
            ("agents/cto/AGENTS.md", Kind::Agent, "cto", "agents/cto"),
            ("agents/cto/AGENT.md", Kind::Agent, "cto", "agents/cto"),
            ("agents/cto/agent.yaml", Kind::AgentSettings, "cto", "agents/cto"),
            ("agents/cto/memory/2026-11-20.md", Kind::Other, "", "agents/cto/memory"),
            ("goals/launch.md", Kind::Goal, "launch", "goals"),
            ("projects/web/tasks/fix/TASK.md", Kind::Task, "fix", "projects/web/tasks/fix"),
            ("tasks/digest/routine.yaml", Kind::Routine, "digest", "tasks/digest"),
            ("tickets/0012/ACME-1234.md", Kind::Ticket, "ACME-1234", "tickets/0012"),
            ("tickets/draft-1a2b3c4d.md", Kind::Ticket, "draft-1a2b3c4d", "tickets"),
            ("tickets/0012/ACME-1234.lock", Kind::Lock, "ACME-1234", "tickets/0012"),
            ("tickets/0012/ACME-1234/20261120T101500Z-cto-1a2b.md", Kind::Entry, "ACME-1234", "tickets/0012/ACME-1234"),
            ("tickets/0012/ACME-1234/shot.png", Kind::Other, "", "tickets/0012/ACME-1234"),
            ("secrets/GH_TOKEN.age", Kind::Ciphertext, "GH_TOKEN", "secrets"),
            ("secrets/GH_TOKEN.3.age", Kind::Ciphertext, "GH_TOKEN", "secrets"),
            ("secrets/GH_TOKEN.03.age", Kind::Ciphertext, "GH_TOKEN.03", "secrets"),
            ("ledger/open/r-01jd.json", Kind::LedgerRun, "r-01jd", "ledger/open"),
            ("ledger/2026-11/20-1.jsonl", Kind::LedgerSegment, "20-1", "ledger/2026-11"),
            ("README.md", Kind::Other, "", ""),
        ] {
            assert_eq!(locate(path), Located { kind, name, folder }, "{path}");
        }
    }
}
