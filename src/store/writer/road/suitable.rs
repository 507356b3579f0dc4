//! Which repositories are written to: those that can be kept safe.

use crate::store::writer::{Options, WriteError, index};
use gix::Repository;

/// Refuses a repository that cannot be kept safe, with what to do; a split index is let through if it is `to_mend`.
pub(super) fn suitable(options: &Options, repository: &Repository, to_mend: bool) -> Result<(), WriteError> {
    let refuse = |reason: String| Err(WriteError::Unsuitable { reason });
    let shown = options.root.display();
    if repository.workdir().is_none() {
        return refuse(format!("{shown} is a bare repository; a company needs its files"));
    }
    if repository.git_dir() != repository.common_dir() {
        return refuse(format!(
            "{shown} is a second work tree of another repository; the company lives in the first one"
        ));
    }
    if index::is_split(repository) && !to_mend {
        return refuse(format!(
            "the index of {shown} is split, which loses entries; `corp doctor --fix` puts it together"
        ));
    }
    if repository.git_dir().join("reftable").exists() {
        return refuse(format!("{shown} keeps its branches in the reftable format, which is not supported"));
    }
    Ok(())
}
