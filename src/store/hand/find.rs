//! Which files of the work tree are not what was committed, and which of them are a company's.

use super::{Changed, HandError, TAKEN_BYTES_MAX, git};
use crate::format::layout::{self, Kind};
use crate::store::reading::Reading as _;
use crate::store::writer::is_left_out;
use gix::bstr::ByteSlice as _;
use gix::index::entry::Stat;
use gix::{ObjectId, Repository};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Files that differ from the last commit, and files that are passed over, each with why.
pub(super) type Found = (Vec<Changed>, Vec<(String, String)>);

/// Looks at every file.
pub(super) fn changed(root: &Path) -> Result<Found, HandError> {
    let repository = gix::open_opts(root, crate::store::repository::options()).map_err(git)?;
    let tree = repository.read_head_tree().map_err(git)?;
    let head = repository.read_index_of(tree.id).map_err(git)?;
    let index = repository.index_or_empty().map_err(git)?;
    let mut changed = Vec::new();
    let mut known = BTreeSet::new();
    for entry in head.entries() {
        let path = entry.path(&head).to_str_lossy().into_owned();
        let listed = index.entry_by_path(entry.path(&head));
        // A file that is there although it is left out was put there by somebody, and counts.
        let left_out = is_left_out(&index, &path) && fs::symlink_metadata(root.join(&path)).is_err();
        if entry.mode.is_submodule() || left_out {
            known.insert(path);
            continue;
        }
        let seen = listed.filter(|listed| listed.id == entry.id).map(|listed| listed.stat);
        if let Some(file) = compare(&repository, root, &path, entry.id, seen)? {
            changed.push(file);
        }
        known.insert(path);
    }
    let mut left = Vec::new();
    let mut excludes = repository
        .excludes(&index, None, gix::worktree::stack::state::ignore::Source::WorktreeThenIdMappingIfNotSkipped)
        .map_err(git)?;
    let mut new = BTreeMap::new();
    walk(root, "", &mut |path, metadata| {
        if !known.contains(path) {
            new.insert(path.to_owned(), metadata.len());
        }
    });
    for (path, bytes) in new {
        let ignored = excludes.at_path(&path, Some(gix::index::entry::Mode::FILE)).map_err(git)?.is_excluded();
        if ignored || is_leftover(&path) {
            continue;
        }
        if !belongs(&path) {
            left.push((path, "it is not where a company has files; `git add` it if it should be".to_owned()));
        } else if bytes > TAKEN_BYTES_MAX {
            left.push((path, format!("it is larger than {} MiB", TAKEN_BYTES_MAX >> 20)));
        } else if let Ok(content) = fs::read(root.join(&path)) {
            changed.push(Changed { path, before: None, after: Some(content) });
        }
    }
    changed.sort_by(|one, other| one.path.cmp(&other.path));
    Ok((changed, left))
}

/// The file at `path`, if it is not what was committed. `seen` is what git saw of the file when it last looked.
fn compare(
    repository: &Repository,
    root: &Path,
    path: &str,
    committed: ObjectId,
    seen: Option<Stat>,
) -> Result<Option<Changed>, HandError> {
    let full = root.join(path);
    let blob = |id: ObjectId| repository.read_object(id).map(|object| object.detach().data).map_err(git);
    let Ok(metadata) = gix::index::fs::Metadata::from_path_no_follow(&full) else {
        return Ok(Some(Changed { path: path.to_owned(), before: Some(blob(committed)?), after: None }));
    };
    // Something else than a file in its place is not an edit of it.
    if !metadata.is_file() {
        return Ok(None);
    }
    let same = seen.zip(Stat::from_fs(&metadata).ok()).is_some_and(|(seen, now)| seen.mtime.secs > 0 && seen == now);
    // A file as old as git's last look may have changed within the same tick of the clock.
    let racy = fs::metadata(repository.index_path())
        .and_then(|index| index.modified())
        .is_ok_and(|index| metadata.modified().is_some_and(|file| file >= index));
    if same && !racy {
        return Ok(None);
    }
    let Ok(content) = fs::read(&full) else { return Ok(None) };
    let id = gix::objs::compute_hash(repository.object_hash(), gix::objs::Kind::Blob, &content).map_err(git)?;
    if id == committed {
        return Ok(None);
    }
    Ok(Some(Changed { path: path.to_owned(), before: Some(blob(committed)?), after: Some(content) }))
}

/// Calls `file` with every ordinary file below `folder`; links are not followed.
pub(super) fn walk(root: &Path, folder: &str, file: &mut dyn FnMut(&str, &fs::Metadata)) {
    let Ok(listing) = fs::read_dir(root.join(folder)) else { return };
    for item in listing.flatten() {
        let Ok(name) = item.file_name().into_string() else { continue };
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        let Ok(metadata) = item.metadata() else { continue };
        if metadata.is_dir() {
            if name != ".git" && name != "node_modules" && !item.path().join(".git").exists() {
                walk(root, &path, file);
            }
        } else if metadata.is_file() {
            file(&path, &metadata);
        }
    }
}

/// Whether a file is what an editor, a merge or a crash leaves behind.
pub(crate) fn is_leftover(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ends = ["~", ".swp", ".swo", ".swx", ".tmp", ".bak", ".orig", ".rej", ".rescued"];
    let begins = [".#", "#", ".corp-", ".goutputstream-", ".nfs", ".fuse_hidden"];
    ends.iter().any(|end| name.ends_with(end))
        || begins.iter().any(|begin| name.starts_with(begin))
        // What `sed -i` writes to until it is done.
        || (name.len() == 9 && name.starts_with("sed") && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        || matches!(name, "4913" | ".DS_Store" | "Thumbs.db" | "desktop.ini")
}

/// Whether a new file lies where a company has files.
pub(crate) fn belongs(path: &str) -> bool {
    let folders = [
        "agents/",
        "teams/",
        "goals/",
        "projects/",
        "tasks/",
        "skills/",
        "tickets/",
        "approvals/",
        "packages/",
        ".schemas/",
    ];
    let top =
        ["README.md", "LICENSE", "LICENSE.md", ".paperclip.yaml", ".paperclip.yml", ".gitattributes", ".gitignore"];
    layout::locate(path).kind != Kind::Other
        || folders.iter().any(|folder| path.starts_with(folder))
        || top.contains(&path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_are_told_from_files() {
        for path in [
            "a.md~",
            "agents/x/.AGENTS.md.swp",
            "#a.md#",
            ".#a.md",
            "4913",
            "agents/.corp-new-x.md",
            "a.orig",
            "sedA1b2C3",
        ] {
            assert!(is_leftover(path), "{path}");
        }
        for path in
            ["a.md", ".paperclip.yaml", "agents/x/MEMORY.md", "tickets/0000/ACME-1/shot.png", ".schemas/corp.json"]
        {
            assert!(!is_leftover(path), "{path}");
            assert_eq!(belongs(path), path != "a.md", "{path}");
        }
    }
}
