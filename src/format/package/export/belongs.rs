//! Which files of a company belong into its package: a list of what goes in, and reasons for the rest.

use crate::choice;

choice! {
    /// Why a file is not in the package.
    pub enum Why {
        /// Tickets, threads, approvals, the ledger.
        "live-work" => LiveWork,
        /// Secrets and where they live.
        "secret" => Secret,
        /// What concerns how this company is run here: who executes, its prices, its editor files, what it imported.
        "operation" => Operation,
        /// What an agent remembers, and what it knows about a person.
        "private" => Private,
        /// Papers of an agent who was let go.
        "terminated" => Terminated,
        /// It was not chosen.
        "not-selected" => NotSelected,
        /// Made again by whoever imports the package.
        "generated" => Generated,
        /// Nothing of it is left when what concerns only this company is taken out.
        "empty" => Empty,
        /// A link, a pipe or a device.
        "link" => Link,
        /// Larger than an import takes.
        "too-large" => TooLarge,
        /// No part of a company's package.
        "stray" => Stray,
    }
}

impl Why {
    /// The reason as people read it, after "left out: 3 files, ".
    pub fn words(self) -> &'static str {
        match self {
            Self::LiveWork => "live work of this company (tickets, threads, approvals, the ledger)",
            Self::Secret => "secrets and where they are kept",
            Self::Operation => "how this company is operated here",
            Self::Private => "what agents remember, and what they know about people (`--with-memory` takes it along)",
            Self::Terminated => "agents who were let go",
            Self::NotSelected => "not selected",
            Self::Generated => "made again by whoever imports the package",
            Self::Empty => "nothing but what concerns this company alone",
            Self::Link => "links, pipes and devices",
            Self::TooLarge => "larger than an import takes",
            Self::Stray => "no part of a company's package",
        }
    }
}

/// Folders at the top whose files go in, beside those of agents.
const FOLDERS: [&str; 10] =
    ["teams", "projects", "tasks", "skills", "goals", "assets", "images", "scripts", "references", "docs"];
/// What the names of licence files begin with, in capitals.
const LICENCES: [&str; 5] = ["LICENSE", "LICENCE", "NOTICE", "COPYING", "COPYRIGHT"];
/// Papers and folders of an agent that hold what it experienced.
const MEMORY: [&str; 5] = ["MEMORY.md", "memory.md", "USER.md", "memory", "life"];
/// Hidden files that are private wherever they lie; other hidden files may be part of a skill.
const PRIVATE_HIDDEN: [&str; 9] =
    [".env", ".git", ".npmrc", ".netrc", ".ssh", ".aws", ".gnupg", ".DS_Store", ".pypirc"];

/// Whether the file at `path` belongs into the package, or why not.
pub(super) fn belongs(path: &str, with_memory: bool) -> Result<(), Why> {
    let parts: Vec<&str> = path.split('/').collect();
    let name = parts.last().copied().unwrap_or_default();
    match parts[..] {
        ["tickets" | "approvals" | "ledger", ..] => return Err(Why::LiveWork),
        ["secrets" | "vaults", ..] => return Err(Why::Secret),
        ["home.yaml" | "prices.yaml"] | [".schemas" | ".vscode" | ".github" | "packages", ..] => {
            return Err(Why::Operation);
        }
        ["company-package.lock.json"] => return Err(Why::Generated),
        [".paperclip.yaml" | ".paperclip.yml"] => return Ok(()),
        _ => {}
    }
    let in_skill = parts.len() > 2 && parts[0] == "skills";
    let hidden = |part: &&str| match part.strip_prefix('.') {
        Some(_) if in_skill => PRIVATE_HIDDEN.iter().any(|private| part.starts_with(private)),
        Some(_) => true,
        None => false,
    };
    let leftover = name.ends_with('~') || name.ends_with(".swp") || name.ends_with(".orig") || name == "Thumbs.db";
    if parts.iter().any(hidden) || leftover || parts.contains(&"node_modules") || name.ends_with(".age") {
        return Err(Why::Stray);
    }
    match parts[..] {
        ["corp.yaml" | "budgets.yaml"] => Ok(()),
        [file] if file.ends_with(".md") || is_licence(file) => Ok(()),
        ["agents", _, paper, ..] if MEMORY.contains(&paper) && !with_memory => Err(Why::Private),
        ["agents", _, ..] => Ok(()),
        [folder, _, ..] if FOLDERS.contains(&folder) => Ok(()),
        _ => Err(Why::Stray),
    }
}

/// Whether a file at the top says under which terms the package may be used.
pub(super) fn is_licence(file: &str) -> bool {
    let upper = file.to_ascii_uppercase();
    LICENCES.iter().any(|licence| upper.starts_with(licence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_file_has_its_answer() {
        for (path, expected) in [
            ("COMPANY.md", Ok(())),
            ("README.md", Ok(())),
            ("LICENSE", Ok(())),
            ("NOTICE.txt", Ok(())),
            (".paperclip.yaml", Ok(())),
            ("corp.yaml", Ok(())),
            ("agents/cto/AGENTS.md", Ok(())),
            ("agents/cto/docs/x.md", Ok(())),
            ("agents/cto/MEMORY.md", Err(Why::Private)),
            ("agents/cto/memory/2026-11-20.md", Err(Why::Private)),
            ("agents/cto/USER.md", Err(Why::Private)),
            ("skills/a/memory/x.md", Ok(())),
            ("skills/a/.env.example", Err(Why::Stray)),
            ("skills/a/.claude-plugin/x.json", Ok(())),
            ("agents/cto/.claude/settings.local.json", Err(Why::Stray)),
            ("goals/launch.md", Ok(())),
            ("images/org-chart.png", Ok(())),
            ("tickets/0000/ACME-1.md", Err(Why::LiveWork)),
            ("tickets/0000/ACME-1.lock", Err(Why::LiveWork)),
            ("approvals/AP-1.md", Err(Why::LiveWork)),
            ("ledger/open/r-1.json", Err(Why::LiveWork)),
            ("secrets/GH_TOKEN.age", Err(Why::Secret)),
            ("vaults/op.yaml", Err(Why::Secret)),
            ("home.yaml", Err(Why::Operation)),
            (".schemas/agent.json", Err(Why::Operation)),
            ("packages/acme/package.lock", Err(Why::Operation)),
            (".env", Err(Why::Stray)),
            ("dump.sql", Err(Why::Stray)),
            ("agents/cto/AGENTS.md~", Err(Why::Stray)),
            ("skills/a/node_modules/x/README.md", Err(Why::Stray)),
        ] {
            assert_eq!(belongs(path, false), expected, "{path}");
        }
        assert_eq!(belongs("agents/cto/MEMORY.md", true), Ok(()));
    }
}
