//! `archive`: what is left out of the work tree should not be.

use super::{Check, Depth, Finding, Group, Scene, count};
use crate::diag::Severity;
use crate::store::archive;
use crate::store::writer::WriteError;
use std::collections::BTreeSet;

pub(super) static CHECK: Check = Check {
    code: "archive",
    group: Group::Repository,
    summary: "open tickets or new folders are left out of the work tree",
    docs: "\
Closed tickets leave the work tree by a sparse checkout ([closed tickets](archive.md)). Two things can go wrong beside it: a
`git pull` brings an open ticket into a folder that has left, where no agent sees it; and a new folder on top is not named
in the cone, so that git leaves it out and refuses to add it.

`corp doctor --fix` brings the tickets back, and names the folders, in a cone that `corp archive` made. In a sparse checkout
of your own nothing is changed.
",
    invariant: false,
    look,
    fix: Some(fix),
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(git_dir) = scene.git_dir() else { return };
    if !git_dir.join("corp/archive").exists() {
        return;
    }
    for folder in crate::store::writer::left_out_on_top(git_dir, &scene.root) {
        let what = "the sparse checkout does not name this folder, so git leaves it out";
        found.push(Finding::new(&CHECK, Severity::Warning, folder, what).fixable());
    }
    // Every archived ticket is read for this.
    if scene.depth == Depth::Full {
        let open = archive::open_ones(&scene.root);
        if let Some((id, _)) = open.first_key_value() {
            let what = match open.len() {
                1 => format!("{id} is open and left out of the work tree"),
                more => format!("{} are open and left out of the work tree, such as {id}", count(more, "ticket")),
            };
            let place = format!("tickets/{}", id.bucket());
            found.push(Finding::new(&CHECK, Severity::Warning, place, what).fixable());
        }
    }
}

fn fix(scene: &Scene) -> Result<Vec<String>, WriteError> {
    let mut writer = scene.writer()?;
    let folders = writer.widen()?;
    let mut said: Vec<String> =
        folders.into_iter().map(|folder| format!("{folder} is named in the sparse checkout")).collect();
    let open = archive::open_ones(&scene.root);
    if !open.is_empty() {
        let buckets: BTreeSet<String> = open.into_values().collect();
        let done = writer.unarchive(&buckets)?;
        said.push(format!("{} came back with {}", count(buckets.len(), "folder"), count(done.files_back, "file")));
    }
    Ok(said)
}
