//! What in a repository decides what git runs: its settings, its hooks, its attributes; each with what it is now.
//!
//! Only looked at here. Whether it is as it was is for whoever remembers; which of it runs something, `corp doctor` says.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

/// Most of one file that is looked at, in bytes: a hook or a file of settings has a few kilobytes.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Files of a repository that decide what git does, from its folder.
const FILES: [&str; 4] = ["config", "config.worktree", "info/attributes", "info/sparse-checkout"];

/// The files that decide what git runs in the repository of this folder, by name, each with its SHA-256. Empty where there
/// is no repository.
pub fn of(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let Ok(repository) = gix::open(root) else { return found };
    let folder = repository.common_dir();
    let mut note = |name: String| {
        if let Some(digest) = digest(&folder.join(&name)) {
            found.insert(format!(".git/{name}"), digest);
        }
    };
    FILES.map(str::to_owned).into_iter().for_each(&mut note);
    for entry in fs::read_dir(folder.join("hooks")).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        // What git puts there itself runs under no name that it looks for.
        if !name.ends_with(".sample") {
            note(format!("hooks/{name}"));
        }
    }
    found
}

fn digest(path: &Path) -> Option<String> {
    // What is no plain file, a pipe say, is not waited for.
    let about = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mut hash = Sha256::new();
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(FILE_BYTES_MAX).read_to_end(&mut bytes).ok()?;
    hash.update(about.len().to_be_bytes());
    hash.update(&bytes);
    Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The names of those that are other than they were, appeared, or are gone.
pub fn changed<'s>(before: &'s BTreeMap<String, String>, now: &'s BTreeMap<String, String>) -> Vec<&'s str> {
    let mut names: Vec<&str> = before
        .keys()
        .chain(now.keys())
        .filter(|name| before.get(*name) != now.get(*name))
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(of(folder.path()), BTreeMap::new());
        gix::init(folder.path()).unwrap();
        let at = |name: &str| folder.path().join(".git").join(name);
        let first = of(folder.path());
        assert!(first.contains_key(".git/config"), "{first:?}");
        assert!(!first.keys().any(|name| name.ends_with(".sample")), "{first:?}");
        assert_eq!(changed(&first, &of(folder.path())), [""; 0]);
        fs::create_dir_all(at("hooks")).unwrap();
        fs::create_dir_all(at("info")).unwrap();
        fs::write(at("hooks/post-commit"), "#!/bin/sh\n").unwrap();
        fs::write(at("info/attributes"), "* filter=evil\n").unwrap();
        fs::write(at("config"), "[core]\n\tbare = false\n\tfsmonitor = evil\n").unwrap();
        let second = of(folder.path());
        assert_eq!(changed(&first, &second), [".git/config", ".git/hooks/post-commit", ".git/info/attributes"]);
        fs::remove_file(at("hooks/post-commit")).unwrap();
        assert_eq!(changed(&second, &of(folder.path())), [".git/hooks/post-commit"]);
    }
}
