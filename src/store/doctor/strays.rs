//! `strays`: temporary files that a crash left.

use super::scene::below;
use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::writer::WriteError;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) static CHECK: Check = Check {
    code: "strays",
    group: Group::Repository,
    summary: "temporary files were left in the work tree",
    docs: "\
A file is written under a name of its own (`.corp-new-…`) and then exchanged with the one in place. Killed in between, the
program leaves it. It may be what was to be written, which is in the history, or what you saved in that very moment, which is
nowhere else.

`corp doctor --fix` removes those whose content git has, and leaves the others. A file that ends in `.rescued` is always
yours: two saves of yours met a write of ours. Look at it, take what you need, and remove it.
",
    invariant: true,
    look,
    fix: Some(fix),
};

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    if scene.git_dir_at_rest().is_none() {
        return;
    }
    for path in strays(&scene.root) {
        let shown = scene.shown(&path);
        let finding = if is_known(scene, &path) {
            let what = "a crash left this temporary file, whose content git has";
            Finding::new(&CHECK, Severity::Warning, shown, what).fixable()
        } else {
            let what = "this was set aside in a crash, and its content is nowhere else";
            let help = format!("look at it, take what you need, and remove it: rm '{shown}'");
            Finding::new(&CHECK, Severity::Warning, shown, what).help(help)
        };
        found.push(finding);
    }
}

fn strays(root: &Path) -> Vec<PathBuf> {
    let enters = |name: &str| !matches!(name, ".git" | "node_modules");
    below(root, enters, |name| name.starts_with(".corp-") || name.ends_with(".rescued"))
}

/// Whether git has the content. What a person set aside is theirs even if git has it.
fn is_known(scene: &Scene, path: &Path) -> bool {
    let is_ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".corp-"));
    let (Some(repository), Ok(content)) = (&scene.repository, fs::read(path)) else { return false };
    let id = gix::objs::compute_hash(repository.object_hash(), gix::objs::Kind::Blob, &content);
    is_ours && id.is_ok_and(|id| content.is_empty() || repository.has_object(id))
}

fn fix(scene: &Scene) -> Result<Vec<String>, WriteError> {
    scene.writer()?.alone(|_, _, _| {
        let mut said = Vec::new();
        for path in strays(&scene.root).into_iter().filter(|path| is_known(scene, path)) {
            fs::remove_file(&path).map_err(|source| WriteError::Io { path: path.clone(), source })?;
            said.push(format!("removed {}, whose content git has", scene.shown(&path)));
        }
        Ok(said)
    })
}
