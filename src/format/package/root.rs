//! Which of the folders of a package is the company.

use super::Tree;
use super::refused::shown;
use std::collections::BTreeSet;

/// The file by which a company is recognised.
const COMPANY: &str = "COMPANY.md";

/// The company could not be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootError {
    /// There is none.
    #[error("there is no company in it: no COMPANY.md in any folder")]
    None,
    /// There are several.
    #[error("there are {} companies in it: {}", folders.len(), list(folders))]
    Several {
        /// Their folders.
        folders: Vec<String>,
    },
    /// The folder that was asked for is not there.
    #[error("there is no folder `{}` in it", shown(folder.as_bytes()))]
    NoFolder {
        /// The folder.
        folder: String,
    },
}

/// Files and folders by which the top of a part of a company is recognised: an agent's workspace, a skill.
const PARTS: [&str; 11] = [
    "AGENTS.md",
    "SKILL.md",
    "TEAM.md",
    "PROJECT.md",
    "TASK.md",
    "agents/",
    "teams/",
    "projects/",
    "tasks/",
    "skills/",
    "goals/",
];

/// Returns the folder of the company: `wanted` if that is there, else the only one with a COMPANY.md, else the
/// top if a part of a company lies there. The top is the empty path. `paths` are files, in any order.
///
/// A company inside another one does not count, and `wanted` may be below the one folder an archive wraps
/// everything in. Whether there is a company in `wanted` is left to the caller.
///
/// # Errors
/// [`RootError`].
pub fn find<'t>(paths: impl IntoIterator<Item = &'t str>, wanted: Option<&str>) -> Result<String, RootError> {
    let paths: BTreeSet<&str> = paths.into_iter().collect();
    if let Some(wanted) = wanted.map(|folder| folder.trim_matches('/')).filter(|folder| !folder.is_empty()) {
        let holds = |folder: &str| paths.iter().any(|path| below(path, folder).is_some());
        let wrapped = wrapper(&paths).map(|wrapper| format!("{wrapper}/{wanted}"));
        return [Some(wanted.to_owned()), wrapped]
            .into_iter()
            .flatten()
            .find(|folder| holds(folder))
            .ok_or_else(|| RootError::NoFolder { folder: wanted.to_owned() });
    }
    let mut folders: Vec<&str> = Vec::new();
    let mut candidates: Vec<&str> = paths
        .iter()
        .filter_map(|path| match path.rsplit_once('/') {
            Some((folder, COMPANY)) => Some(folder),
            None if *path == COMPANY => Some(""),
            _ => None,
        })
        .collect();
    // Outer folders first, so that what lies inside one already found is passed over.
    candidates.sort_by_key(|folder| (folder.len(), *folder));
    for candidate in candidates {
        if !folders.iter().any(|folder| below(candidate, folder).is_some()) {
            folders.push(candidate);
        }
    }
    folders.sort_unstable();
    match folders[..] {
        [] => part(&paths).ok_or(RootError::None),
        [folder] => Ok(folder.to_owned()),
        _ => Err(RootError::Several { folders: folders.into_iter().map(str::to_owned).collect() }),
    }
}

/// The top, or the one folder everything lies in, if a part of a company is there.
fn part(paths: &BTreeSet<&str>) -> Option<String> {
    let is_part = |path: &str| PARTS.iter().any(|part| path == *part || part.ends_with('/') && path.starts_with(part));
    let mut tops = std::iter::once("").chain(wrapper(paths));
    tops.find(|top| paths.iter().filter_map(|path| below(path, top)).any(is_part)).map(str::to_owned)
}

/// The files below `folder`, with paths from there.
pub fn cut(tree: Tree, folder: &str) -> Tree {
    tree.into_iter().filter_map(|(path, file)| Some((below(&path, folder)?.to_owned(), file))).collect()
}

/// The rest of `path` below `folder`, if it lies there.
pub fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

/// The one folder everything lies in.
fn wrapper<'p>(paths: &BTreeSet<&'p str>) -> Option<&'p str> {
    let (top, _) = paths.first()?.split_once('/')?;
    paths.iter().all(|path| below(path, top).is_some()).then_some(top)
}

fn list(folders: &[String]) -> String {
    const SHOWN_MAX: usize = 8;
    let mut names: Vec<String> =
        folders.iter().take(SHOWN_MAX).map(|folder| format!("`{}`", shown(folder.as_bytes()))).collect();
    if folders.len() > SHOWN_MAX {
        names.push(format!("{} more", folders.len() - SHOWN_MAX));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::PackageFile;
    use super::*;

    #[test]
    fn the_company_is_found_or_asked_for() {
        let several = |folders: &[&str]| {
            Err(RootError::Several { folders: folders.iter().map(|folder| (*folder).to_owned()).collect() })
        };
        type Case<'c> = (&'c [&'c str], Option<&'c str>, Result<&'c str, RootError>);
        let cases: &[Case<'_>] = &[
            (&["COMPANY.md", "agents/a/AGENTS.md"], None, Ok("")),
            (&["COMPANY.md", "examples/b/COMPANY.md"], None, Ok("")),
            (&["repo-main/COMPANY.md", "repo-main/x"], None, Ok("repo-main")),
            (&["README.md", "a/b/COMPANY.md", "a/b/c/COMPANY.md"], None, Ok("a/b")),
            (&["a/COMPANY.md", "a-b/COMPANY.md"], None, several(&["a", "a-b"])),
            (&["a/COMPANY.md", "b/COMPANY.md"], Some("b/"), Ok("b")),
            (&["w/a/COMPANY.md", "w/b/COMPANY.md"], Some("b"), Ok("w/b")),
            (&["w/a/COMPANY.md", "w/b/x"], Some("b"), Ok("w/b")),
            (&["a/x"], Some("c"), Err(RootError::NoFolder { folder: "c".to_owned() })),
            (&["SKILL.md", "scripts/x.sh"], None, Ok("")),
            (&["w/AGENTS.md", "w/SOUL.md"], None, Ok("w")),
            (&["agents/a/AGENTS.md"], None, Ok("")),
            (&["a/b/SKILL.md", "c"], None, Err(RootError::None)),
            (&["a/company.md"], None, Err(RootError::None)),
            (&[], None, Err(RootError::None)),
        ];
        for (paths, wanted, expected) in cases {
            let found = find(paths.iter().copied(), *wanted);
            assert_eq!(found.as_deref(), expected.as_deref(), "{paths:?} {wanted:?}");
        }
        let error = find(["a/COMPANY.md", "b/COMPANY.md"], None).unwrap_err();
        assert_eq!(error.to_string(), "there are 2 companies in it: `a`, `b`");
    }

    #[test]
    fn a_tree_is_cut_at_the_folder() {
        let tree: Tree = ["a/x", "a/b/y", "ab/z"].map(|path| (path.to_owned(), PackageFile::text(path))).into();
        assert_eq!(cut(tree, "a").into_keys().collect::<Vec<_>>(), ["b/y", "x"]);
    }
}
