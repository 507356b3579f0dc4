//! Where a path leads, and through which links: whoever may write where one of those lies decides where it leads.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// Most links that one path leads through; the kernel's own bound.
const LINKS_MAX: usize = 40;

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trail {
    /// The path without links and dots. What is not there yet is as it is written.
    pub real: PathBuf,
    /// Where the links lie that it leads through, each named without links itself.
    pub links: Vec<PathBuf>,
}

impl Trail {
    /// Where this path leads now, which must be a full one.
    pub fn of(path: &Path) -> Self {
        if is_straight(path) {
            return Self { real: straightened(path), links: Vec::new() };
        }
        let (mut real, mut links) = (PathBuf::new(), Vec::new());
        let mut ahead: Vec<OsString> = parts(path);
        while let Some(part) = ahead.pop() {
            match Path::new(&part).components().next() {
                Some(Component::ParentDir) => drop(real.pop()),
                Some(Component::Normal(name)) => {
                    let here = real.join(name);
                    match std::fs::read_link(&here) {
                        Ok(target) if links.len() < LINKS_MAX => {
                            links.push(here);
                            ahead.extend(parts(&target));
                        }
                        _ => real = here,
                    }
                }
                Some(root) => real = PathBuf::from(root.as_os_str()),
                None => {}
            }
        }
        Self { real, links }
    }

    /// The first of its links that lies in one of these folders, which are named without links.
    pub fn link_in<'f>(&self, folders: impl IntoIterator<Item = &'f PathBuf> + Clone) -> Option<&Path> {
        let lies = |link: &&PathBuf| folders.clone().into_iter().any(|folder| link.starts_with(folder));
        self.links.iter().find(lies).map(PathBuf::as_path)
    }
}

/// Whether it is known that this path is there and leads through no link: that is asked at once, in place of each part.
#[cfg(target_os = "linux")]
fn is_straight(path: &Path) -> bool {
    path.is_absolute() && super::linux::is_without_links(path)
}

#[cfg(not(target_os = "linux"))]
fn is_straight(_path: &Path) -> bool {
    false
}

/// The path without dots, where none of it is a link.
fn straightened(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(straight.pop()),
            Component::CurDir => {}
            part => straight.push(part),
        }
    }
    straight
}

/// The parts of a path, the last first.
fn parts(path: &Path) -> Vec<OsString> {
    path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
}

/// The outermost of these paths, which are named without links: what lies below another is part of it.
pub fn outermost(paths: impl IntoIterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut sorted: Vec<PathBuf> = paths.into_iter().collect();
    // Part by part, so that all that lies in a folder comes right after it.
    sorted.sort();
    let mut outer: Vec<PathBuf> = Vec::with_capacity(sorted.len());
    for path in sorted {
        if !outer.last().is_some_and(|last| path.starts_with(last)) {
            outer.push(path);
        }
    }
    outer
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn every_link_on_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        let at = |name: &str| root.join(name);
        for name in ["work/deep", "home/keys"] {
            std::fs::create_dir_all(at(name)).unwrap();
        }
        symlink("work", at("short")).unwrap();
        symlink("../home/keys", at("work/out")).unwrap();
        symlink(at("work/out"), at("chain")).unwrap();
        symlink("round", at("round")).unwrap();
        for (path, real, links) in [
            ("work/deep", "work/deep", &[][..]),
            ("work/none/there", "work/none/there", &[]),
            ("work/deep/../deep/.", "work/deep", &[]),
            ("short/deep", "work/deep", &["short"]),
            ("chain/id", "home/keys/id", &["chain", "work/out"]),
            ("short/out/id", "home/keys/id", &["short", "work/out"]),
        ] {
            let trail = Trail::of(&at(path));
            let links: Vec<PathBuf> = links.iter().map(|link| at(link)).collect();
            assert_eq!(trail, Trail { real: at(real), links }, "{path}");
        }
        let chain = Trail::of(&at("chain"));
        assert_eq!(chain.link_in(&[at("work")]), Some(&*at("work/out")));
        assert_eq!(chain.link_in(&[at("home")]), None);
        assert_eq!(Trail::of(&at("round")).links.len(), LINKS_MAX, "it comes to an end");
    }

    #[test]
    fn what_lies_in_another_is_part_of_it() {
        let paths = ["/a/b", "/a-b", "/a", "/a/b/c", "/b/c", "/b/c"].map(PathBuf::from);
        assert_eq!(outermost(paths), ["/a", "/a-b", "/b/c"].map(PathBuf::from));
    }
}
