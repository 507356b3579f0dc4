//! `journal`: something durable is not shown yet, or the journal is odd.

use super::{Check, Finding, Group, Scene, count};
use crate::diag::Severity;
use crate::store::writer::{self, JournalState, WriteError};

pub(super) static CHECK: Check = Check {
    code: "journal",
    group: Group::Repository,
    summary: "a crash left something to be finished",
    docs: "\
What is committed is first written to `.git/corp/journal`, and shown in branch, index and work tree afterwards. After a
crash in between, the next program that writes finishes it. Until then the last changes are safe and not to be seen.

`corp doctor --fix` finishes them now. With a journal that cannot be read nothing is written; it is set aside as
`journal.odd`, and a new one is begun. What was shown before is not touched by that.
",
    invariant: true,
    look,
    fix: Some(fix),
};

const PLACE: &str = ".git/corp/journal";

fn look(scene: &Scene, found: &mut Vec<Finding>) {
    let Some(git_dir) = scene.git_dir() else { return };
    if writer::is_busy(git_dir) {
        return;
    }
    match writer::journal_state(git_dir) {
        JournalState::None | JournalState::Sound => {}
        JournalState::Odd => {
            let what = "the journal is not as it was made; nothing can be written";
            found.push(Finding::new(&CHECK, Severity::Error, PLACE, what).fixable());
        }
        JournalState::Unfinished(groups) => {
            let what = format!("{} of commits are durable and not shown yet", count(groups, "group"));
            found.push(Finding::new(&CHECK, Severity::Warning, PLACE, what).fixable());
        }
        JournalState::Archiving => {
            let what = "tickets were leaving the work tree or coming back";
            found.push(Finding::new(&CHECK, Severity::Warning, ".git/corp/archive-wanted", what).fixable());
        }
    }
}

fn fix(scene: &Scene) -> Result<Vec<String>, WriteError> {
    let mut writer = scene.writer()?;
    let aside = writer.set_journal_aside()?;
    let done = writer.recover()?;
    let mut said = vec!["the journal is in order".to_owned()];
    said.extend(aside.map(|path| format!("the one that could not be read is {}", path.display())));
    if !done.finished.is_empty() {
        said.push(format!("{} shown that a crash had left", count(done.finished.len(), "commit")));
    }
    said.extend(done.rescued.iter().map(|(name, commit)| format!("kept {commit} as {name}")));
    Ok(said)
}
