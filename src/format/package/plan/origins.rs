//! Where the parts of a package come from: licences, sources, and what is only pointed at.

use crate::format::document::yaml_part;
use crate::format::package::Tree;
use crate::format::package::digest::vendored;
use crate::format::{Draft, layout, yaml};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a package says about where its parts come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Origins {
    /// Whether the package says under which licence it may be used, and which that is.
    pub license: Option<String>,
    /// Whether it holds the text of a licence.
    pub license_file: Option<String>,
    /// How many sources there are.
    pub sources: usize,
    /// Licences of sources, and how many have each; empty: none is named.
    pub licenses: BTreeMap<String, usize>,
    /// Files with a source that names no licence.
    pub unlicensed: BTreeSet<String>,
    /// Files with a source on GitHub that is not pinned to a commit.
    pub unpinned: BTreeSet<String>,
    /// Files whose content is exactly what its source says.
    pub verified: BTreeSet<String>,
    /// Files whose content is not what its source says, and why. Nothing of such a package is imported.
    pub mismatched: BTreeMap<String, String>,
    /// Files whose source is only pointed at; nothing is fetched.
    pub referenced: BTreeSet<String>,
}

/// Licences under which a text may be used and changed with no more than its notice.
const PERMISSIVE: [&str; 10] =
    ["MIT", "MIT-0", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "CC0-1.0", "Unlicense", "CC-BY-4.0"];

impl Origins {
    /// Licences of sources that ask for more than their notice.
    pub fn restrictive(&self) -> impl Iterator<Item = (&str, usize)> {
        let asks = |name: &str| !name.is_empty() && !PERMISSIVE.iter().any(|known| name.eq_ignore_ascii_case(known));
        self.licenses.iter().filter(move |(name, _)| asks(name)).map(|(name, count)| (name.as_str(), *count))
    }
}

/// Reads the sources of every file for which `comes` is true.
pub fn origins(files: &Tree, draft: &Draft, comes: &dyn Fn(&str) -> bool) -> Origins {
    let mut found = Origins {
        license: draft.company.as_ref().and_then(|company| company.license.clone()),
        license_file: files.keys().find(|path| is_license(path)).cloned(),
        ..Origins::default()
    };
    for claim in vendored(files).into_iter().filter(|claim| comes(&claim.file)) {
        match claim.outcome {
            Ok(_) => drop(found.verified.insert(claim.target.unwrap_or(claim.file))),
            Err(why) => drop(found.mismatched.insert(claim.target.unwrap_or(claim.file), why.to_string())),
        }
    }
    for (path, file) in files.iter().filter(|(path, _)| comes(path)) {
        let Some(text) = file.as_text() else { continue };
        let Some(range) = yaml_part(layout::locate(path).kind, text) else { continue };
        let Some(root) = yaml::parse(&text[range], 0).root else { continue };
        let deeper = root.get("metadata").and_then(|metadata| metadata.get("sources"));
        for source in [root.get("sources"), deeper].into_iter().flatten().flat_map(yaml::Node::items) {
            found.source(path, source);
        }
    }
    found
}

impl Origins {
    fn source(&mut self, path: &str, source: &yaml::Node<'_>) {
        let value = |key| source.get(key).and_then(yaml::Node::text).unwrap_or_default();
        self.sources += 1;
        *self.licenses.entry(value("license").to_owned()).or_default() += 1;
        if value("license").is_empty() {
            self.unlicensed.insert(path.to_owned());
        }
        let pinned = value("commit").len() == 40 && value("commit").bytes().all(|byte| byte.is_ascii_hexdigit());
        if value("kind").starts_with("github-") && !pinned {
            self.unpinned.insert(path.to_owned());
        }
        if value("usage") != "vendored" && !value("kind").starts_with("local-") {
            self.referenced.insert(path.to_owned());
        }
    }
}

/// Whether this is the text of the package's licence.
fn is_license(path: &str) -> bool {
    let name = path.to_ascii_uppercase();
    !path.contains('/') && ["LICENSE", "LICENCE", "COPYING"].iter().any(|word| name.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::package::PackageFile;

    #[test]
    fn sources_are_counted() {
        let commit = "6254154899f510eb4a4de10561fecfc1f32ff17f";
        let skill = format!(
            "---\nname: a\nmetadata:\n  sources:\n    - {{kind: github-file, commit: {commit}, license: MIT, usage: referenced}}\n    - {{kind: github-file, commit: main, usage: vendored}}\n---\n"
        );
        let agent = "---\nsources:\n  - {kind: url, license: CC-BY-SA-4.0}\n---\n";
        let files = Tree::from([
            ("skills/a/SKILL.md".to_owned(), PackageFile::text(skill)),
            ("agents/b/AGENTS.md".to_owned(), PackageFile::text(agent)),
            ("LICENSE.txt".to_owned(), PackageFile::text("MIT")),
        ]);
        let found = origins(&files, &Draft::default(), &|_| true);
        assert_eq!((found.sources, found.license_file.as_deref()), (3, Some("LICENSE.txt")));
        assert_eq!(found.restrictive().collect::<Vec<_>>(), [("CC-BY-SA-4.0", 1)]);
        assert_eq!(found.unlicensed.iter().collect::<Vec<_>>(), ["skills/a/SKILL.md"]);
        assert_eq!(found.unpinned.iter().collect::<Vec<_>>(), ["skills/a/SKILL.md"]);
        assert_eq!(found.referenced.len(), 2);
    }
}
