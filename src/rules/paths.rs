//! Paths that files write to refer to each other.

use crate::format::draft::Draft;
use crate::format::layout::{self, Kind};

/// What a path written in a file leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// A path of the company, which may or may not be there.
    Inside(String),
    /// Somewhere outside the company's folder on this machine.
    Outside,
    /// An address.
    Address,
}

/// Follows `reference`, written in a file of `folder` (no slash at the end; empty at the top).
pub(super) fn follow(folder: &str, reference: &str) -> Target {
    // `https://…`, `github:owner/name/path`: a path of ours never holds a colon.
    if reference.contains(':') && !reference.starts_with(['.', '/', '\\']) && reference.find(':') != Some(1) {
        return Target::Address;
    }
    if reference.starts_with(['/', '~', '\\']) || reference.find(':') == Some(1) {
        return Target::Outside;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in reference.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Target::Outside;
                }
            }
            part => parts.push(part),
        }
    }
    Target::Inside(parts.join("/"))
}

/// Whether there is a file at `path`, or a folder with files.
pub(super) fn is_there(draft: &Draft, path: &str) -> bool {
    let folder = format!("{path}/");
    draft.entries.contains_key(path)
        || draft.entries.range(folder.clone()..).next().is_some_and(|(first, _)| first.starts_with(&folder))
}

/// The agent or team whose main file or folder `path` is.
pub(super) fn member(path: &str) -> Option<(Kind, &str)> {
    let located = layout::locate(path);
    match located.kind {
        Kind::Agent | Kind::Team => Some((located.kind, located.name)),
        _ => match path.split('/').collect::<Vec<_>>()[..] {
            ["agents", slug] => Some((Kind::Agent, slug)),
            ["teams", slug] => Some((Kind::Team, slug)),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_followed_inside_the_company_only() {
        let inside = |path: &str| Target::Inside(path.to_owned());
        for (folder, reference, expected) in [
            ("teams/qa", "../../agents/cto/AGENTS.md", inside("agents/cto/AGENTS.md")),
            ("teams/qa", "./x/../y", inside("teams/qa/y")),
            ("", "agents//cto/", inside("agents/cto")),
            ("teams/qa", "../../../x", Target::Outside),
            ("", "..", Target::Outside),
            ("", "/etc/passwd", Target::Outside),
            ("", "~/x", Target::Outside),
            ("", r"C:\x", Target::Outside),
            ("", "https://acme.example/x", Target::Address),
            ("", "github:acme/x", Target::Address),
        ] {
            assert_eq!(follow(folder, reference), expected, "{folder} {reference}");
        }
    }
}
