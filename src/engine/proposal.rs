//! What an agent changed of the company's files, judged path by path: taken in its name, put before the board, or refused
//! with a reason it can read. `policy.agent_edits` says what is taken and what is asked, as it stands in the snapshot, that
//! is on the trusted tip: a change cannot widen what is allowed to itself.
//!
//! What the files say (whether they can be read, whether they break a rule, whether a secret stands in them) is not
//! looked at here.

use crate::model::authority::Act;
use crate::model::plan::Paper;
use crate::model::{Actor, Slug, Snapshot};

/// What becomes of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is taken, in the agent's name.
    Merge,
    /// The board is asked.
    Ask,
    /// It is not taken, and why.
    Refuse(String),
}

/// What of an agent's desk was taken up, and what was not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenUp {
    /// What is written into the company.
    pub papers: Vec<Paper>,
    /// What is not, each path with why.
    pub left: Vec<(String, String)>,
    /// What is put before the board.
    pub asked: Option<Asked>,
}

/// What somebody's branch brings, looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Who proposes it.
    pub by: Actor,
    /// Its name.
    pub name: String,
    /// What of it is taken up.
    pub taken: TakenUp,
    /// What it takes to change each of the papers.
    pub acts: Vec<Act>,
}

/// A change that the board is asked about, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// What it is, in a few words.
    pub title: String,
    /// What it is, in full.
    pub body: String,
    /// The name under which it is kept.
    pub proposal: String,
}

/// What is taken where `policy.agent_edits` does not say it.
const MERGE: &[&str] = &["agents/{self}/MEMORY.md", "agents/{self}/memory/**"];

/// What is put before the board where `policy.agent_edits` does not say it.
const ASK: &[&str] = &["agents/**", "projects/**", "goals/**", "tasks/**", "skills/**"];

/// What no policy gives to an agent, by the first part of its path, and why.
const NEVER: &[(&str, &str)] = &[
    ("corp.yaml", "how the company is operated, its policy and its board are the board's to change"),
    ("home.yaml", "which clone executes is the program's to write"),
    ("budgets.yaml", "what may be spent is the board's to say"),
    ("prices.yaml", "what is paid for tokens is the board's to say"),
    ("secrets", "secrets are people's to keep"),
    ("vaults", "secrets are people's to keep"),
    ("ledger", "what was spent is the program's to write"),
    ("approvals", "who asks does not decide; the board does"),
    ("ORG.md", "the program writes it; a change of it changes nothing"),
    ("COMPANY.md", "the mission is the board's to change"),
];

/// Judges a change of the file at `path` by an agent.
pub fn judge(snapshot: &Snapshot, agent: &Slug, path: &str) -> Verdict {
    if let Some(why) = never(snapshot, agent, path) {
        return Verdict::Refuse(why);
    }
    let policy = &snapshot.company.agent_edits;
    let said = |patterns: &Option<Vec<String>>, usual: &[&str]| match patterns {
        Some(patterns) => patterns.iter().any(|pattern| fits(&pattern.replace("{self}", agent.as_str()), path)),
        None => usual.iter().any(|pattern| fits(&pattern.replace("{self}", agent.as_str()), path)),
    };
    if said(&policy.refuse, &[]) {
        Verdict::Refuse("`policy.agent_edits.refuse` of corp.yaml names it".to_owned())
    } else if said(&policy.merge, MERGE) {
        Verdict::Merge
    } else if said(&policy.ask, ASK) {
        Verdict::Ask
    } else {
        Verdict::Refuse("no pattern of `policy.agent_edits` of corp.yaml names it".to_owned())
    }
}

/// Why no policy gives a file to an agent; `None`: one may.
fn never(snapshot: &Snapshot, agent: &Slug, path: &str) -> Option<String> {
    let mut parts = path.split('/');
    let first = parts.next().unwrap_or_default();
    if path.split('/').any(|part| part.to_ascii_lowercase().starts_with(".git")) {
        return Some("what git reads for itself is not the company's, and is never taken from a desk".to_owned());
    }
    // A file system that does not tell capitals apart would take the one for the other.
    if let Some((_, why)) = NEVER.iter().find(|(name, _)| name.eq_ignore_ascii_case(first)) {
        return Some((*why).to_owned());
    }
    if first.eq_ignore_ascii_case("tickets") {
        return Some(if path.to_ascii_lowercase().ends_with(".lock") {
            "a ticket is taken with `corp ticket checkout`, never by writing its lock".to_owned()
        } else {
            "tickets and threads are changed by asking: `corp ticket comment`, `edit`, `done`, `new`".to_owned()
        });
    }
    if !first.eq_ignore_ascii_case("agents") {
        return None;
    }
    let whose = parts.next().unwrap_or_default();
    let known = snapshot.workers().find(|worker| worker.slug.as_str().eq_ignore_ascii_case(whose));
    match known {
        Some(worker) if worker.slug != agent => Some(format!("it is {}'s", worker.slug)),
        Some(_) if whose != agent.as_str() => Some("it differs from your own folder by capitals only".to_owned()),
        Some(_) if parts.next().is_some_and(|name| name.eq_ignore_ascii_case("agent.yaml")) => {
            Some("how you are run, and what you may do, is not yours to say".to_owned())
        }
        Some(_) | None => None,
    }
}

/// Whether a path fits a pattern: `*` stands for anything within a part, `**` for any number of parts.
fn fits(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    fits_parts(&pattern, &path)
}

fn fits_parts(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**"], [_, ..]) => true,
        (["**", rest @ ..], _) if !rest.is_empty() => {
            (0..=path.len()).any(|skipped| fits_parts(rest, &path[skipped..]))
        }
        ([one, rest @ ..], [part, further @ ..]) => fits_part(one, part) && fits_parts(rest, further),
        ([], [_, ..]) | ([_, ..], []) => false,
    }
}

fn fits_part(pattern: &str, part: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| part.strip_prefix(first)) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing;
    use crate::model::agent::Settings;

    #[test]
    fn patterns_fit_paths() {
        for (pattern, path, expected) in [
            ("agents/**", "agents/cto/MEMORY.md", true),
            ("agents/**", "agents", false),
            ("agents/cto/memory/**", "agents/cto/memory/a/b.md", true),
            ("agents/cto/memory/**", "agents/cto/MEMORY.md", false),
            ("**/SKILL.md", "skills/x/SKILL.md", true),
            ("**/SKILL.md", "SKILL.md", true),
            ("skills/*/SKILL.md", "skills/x/y/SKILL.md", false),
            ("goals/*.md", "goals/launch.md", true),
            ("goals/*.md", "goals/launch.yaml", false),
            ("goals/a*b*.md", "goals/axbx.md", true),
            ("goals/a*b*.md", "goals/ax.md", false),
            ("goals/a*a", "goals/a", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_change_is_judged_by_its_path() {
        let mut snapshot = testing::company();
        let agent = testing::slug("cto");
        for name in ["cto", "eng"] {
            testing::hire(&mut snapshot, name, Settings::default());
        }
        let told = |snapshot: &Snapshot, path: &str| match judge(snapshot, &agent, path) {
            Verdict::Merge => "merge".to_owned(),
            Verdict::Ask => "ask".to_owned(),
            Verdict::Refuse(why) => why,
        };
        for (path, expected) in [
            ("agents/cto/MEMORY.md", "merge"),
            ("agents/cto/memory/2026/x.md", "merge"),
            ("agents/cto/AGENTS.md", "ask"),
            ("agents/cto/agent.yaml", "how you are run"),
            ("agents/CTO/MEMORY.md", "it differs from your own folder by capitals only"),
            ("agents/eng/AGENTS.md", "it is eng's"),
            ("agents/Eng/agent.yaml", "it is eng's"),
            ("agents/newcomer/AGENTS.md", "ask"),
            ("agents/newcomer/agent.yaml", "ask"),
            ("goals/launch.md", "ask"),
            ("corp.yaml", "how the company is operated"),
            ("Corp.YAML", "how the company is operated"),
            ("budgets.yaml", "what may be spent"),
            ("secrets/KEY.age", "secrets are people's"),
            ("ledger/open/r-1.json", "what was spent"),
            ("approvals/AP-1.md", "who asks does not decide"),
            ("tickets/0000/ACME-1.lock", "a ticket is taken with"),
            ("tickets/0000/ACME-1.md", "tickets and threads are changed by asking"),
            (".gitattributes", "what git reads for itself"),
            ("goals/.GIT/config", "what git reads for itself"),
            ("README.md", "no pattern of"),
        ] {
            assert!(told(&snapshot, path).starts_with(expected), "{path}: {}", told(&snapshot, path));
        }
        // What the company says counts, and nothing it says gives away what is nobody's to give.
        let edits = &mut std::sync::Arc::make_mut(&mut snapshot.company).agent_edits;
        edits.merge = Some(vec!["**".to_owned()]);
        edits.refuse = Some(vec!["goals/secret.md".to_owned()]);
        assert_eq!(told(&snapshot, "goals/launch.md"), "merge");
        assert!(told(&snapshot, "goals/secret.md").contains("agent_edits.refuse"));
        for path in ["corp.yaml", "agents/eng/AGENTS.md", "agents/cto/agent.yaml", "ledger/x", "tickets/0000/ACME-1.md"]
        {
            assert_ne!(told(&snapshot, path), "merge", "{path}");
        }
    }
}
