//! `split-index`: git keeps the index in two files.

use super::{Check, Finding, Group, Scene};
use crate::diag::Severity;
use crate::store::writer::{self, Setting, WriteError, Writer};

pub(super) static CHECK: Check = Check {
    code: "split-index",
    group: Group::Repository,
    summary: "the index is split, which loses entries",
    docs: "\
With `core.splitIndex` git writes only what changed, and keeps the rest in `sharedindex.*`. Beside a program that writes
the index without a checksum (`index.skipHash`) that loses every entry: all files then look deleted. The writer refuses
such a repository.

`corp doctor --fix` puts the index together again, from the last commit if entries were lost already, and takes the setting
away. What you have staged stays staged, if it can still be read.
",
    invariant: true,
    look,
    fix: Some(fix),
};

pub(super) fn is_split(scene: &Scene) -> bool {
    scene.repository.as_ref().is_some_and(writer::is_split)
}

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    if is_split(scene) {
        found.push(
            Finding::new(&CHECK, Severity::Error, ".git/index", "the index is split, which loses entries").fixable(),
        );
    }
}

fn fix(scene: &Scene) -> Result<Vec<String>, WriteError> {
    let mut writer = Writer::open_to_mend(scene.options())?;
    writer.configure(&[Setting::gone("core.splitIndex")])?;
    let anew = writer.join_index()?;
    let how = if anew { "made anew from the last commit: entries were lost" } else { "put together again" };
    Ok(vec![format!("the index was {how}, and core.splitIndex is gone")])
}
