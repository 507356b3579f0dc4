//! `behind`: a file is what an earlier commit had.

use super::{Check, Depth, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::reading::{Below as _, Reading as _};
use gix::bstr::ByteSlice as _;
use gix::index::entry::{Flags, Stat};
use gix::{ObjectId, Repository};
use std::fs;
use std::path::Path;

pub(super) static CHECK: Check = Check {
    code: "behind",
    group: Group::Repository,
    summary: "a file, or what is staged of it, is an earlier commit's",
    docs: "\
The work tree or the index has a file as an earlier commit had it, and the last commit has it differently. The next commit
of it would take back what was committed since. Either you put it there yourself (`git restore --source`, `git reset PATH`),
or something went wrong between a commit and its files.

Take the last commit's, or make the earlier one a commit:

```sh
git restore --staged --worktree -- agents/cto/agent.yaml
corp commit agents/cto/agent.yaml
```

Other edits are yours, and are not told here: `corp diff` shows them.
",
    invariant: true,
    look,
    fix: None,
};

/// Commits before the last in which an earlier version is searched.
const COMMITS_MAX: usize = 100;
/// The same in a quick look.
const COMMITS_QUICK: usize = 30;
/// Files that differ and are looked up; somebody with more has begun something large.
const FILES_MAX: usize = 200;

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(repository) = &scene.repository else { return };
    let odd = candidates(repository, &scene.root).unwrap_or_default();
    if odd.is_empty() {
        return;
    }
    let commits = if scene.depth == Depth::Full { COMMITS_MAX } else { COMMITS_QUICK };
    let older = older_trees(repository, commits);
    for (path, id, staged) in odd {
        let had = |tree: &ObjectId| {
            let tree = repository.read_tree(*tree).ok()?;
            Some(tree.read_entry(&path).ok()?.map(|entry| entry.object_id()))
        };
        if older.iter().filter_map(had).any(|version| version == id) {
            let what = if staged {
                "what is staged is an earlier commit's, and would take back what was committed since"
            } else {
                "the file is an earlier commit's, and would take back what was committed since"
            };
            let help = format!("git restore --staged --worktree -- {path}, or `corp commit {path}` if you meant it");
            found.push(Finding::new(&CHECK, Severity::Warning, path, what).help(help));
        }
    }
}

/// The trees of the commits before the last.
fn older_trees(repository: &Repository, commits: usize) -> Vec<ObjectId> {
    let Ok(head) = repository.head_id() else { return Vec::new() };
    let walked = repository.read_back(&[head.detach()], None, commits.saturating_add(1));
    let ids = walked.commits.into_iter().skip(1).map(|commit| commit.id);
    ids.filter_map(|id| Some(repository.read_commit(id).ok()?.tree_id().ok()?.detach())).collect()
}

/// Files that are not what the last commit has, with what they are and whether that is staged.
fn candidates(repository: &Repository, root: &Path) -> Option<Vec<(String, Option<ObjectId>, bool)>> {
    let tree = repository.read_head_tree().ok()?;
    let head = repository.read_index_of(tree.id).ok()?;
    let index = repository.index_or_empty().ok()?;
    let mut found = Vec::new();
    for entry in head.entries() {
        let (path, full) = (entry.path(&head), root.join(entry.path(&head).to_str_lossy().as_ref()));
        if entry.mode.is_submodule() || found.len() >= FILES_MAX {
            continue;
        }
        let Some(listed) = index.entry_by_path(path) else {
            // Out of the index while the file is there as committed: a commit whose index was taken back.
            let left_out = crate::store::writer::is_left_out(&index, &path.to_str_lossy());
            if !left_out && hash(repository, &full) == Some(entry.id) {
                found.push((path.to_str_lossy().into_owned(), None, true));
            }
            continue;
        };
        if listed.flags.contains(Flags::SKIP_WORKTREE) || listed.stage_raw() != 0 {
            continue;
        }
        if listed.id != entry.id {
            found.push((path.to_str_lossy().into_owned(), Some(listed.id), true));
            continue;
        }
        let Ok(metadata) = gix::index::fs::Metadata::from_path_no_follow(&full) else { continue };
        if metadata.is_file() && Stat::from_fs(&metadata).is_ok_and(|stat| stat != listed.stat) {
            let id = hash(repository, &full);
            if id.is_some() && id != Some(entry.id) {
                found.push((path.to_str_lossy().into_owned(), id, false));
            }
        }
    }
    Some(found)
}

fn hash(repository: &Repository, path: &Path) -> Option<ObjectId> {
    let content = fs::read(path).ok()?;
    gix::objs::compute_hash(repository.object_hash(), gix::objs::Kind::Blob, &content).ok()
}
