//! What the daemon tells of its company's safety when it begins: how runs are held, and what changed of what git runs.

use crate::model::Snapshot;
use crate::runtime::confine;
use crate::runtime::place::Place;
use crate::store::surface;
use crate::store::whole::{self, Lasts, Readers};
use std::collections::BTreeMap;
use std::io;

/// Where it is remembered what of the repository decides what git runs: outside of it, where no run reaches.
const SURFACE: &str = "git-surface.json";

/// Tells of how runs are held.
pub(super) fn tell_of_runs(snapshot: &Snapshot) {
    for line in confine::told(snapshot) {
        tracing::warn!("{line}");
    }
}

/// Tells of settings and hooks of git that changed while nobody looked.
pub(super) fn tell_of_git(changed: io::Result<Vec<String>>) {
    match changed {
        Ok(changed) if changed.is_empty() => {}
        Ok(changed) => {
            let names = changed.join(", ");
            tracing::warn!(
                "changed since a daemon last began, and decides what your git runs: {names}; look at what it says, this is told once"
            );
        }
        Err(error) => tracing::warn!(%error, "what git runs here cannot be remembered"),
    }
}

/// What decides what git runs and is other than when a daemon last began, by name. How it is now is remembered.
///
/// # Errors
/// Of the disk.
pub(super) fn remember(place: &Place) -> io::Result<Vec<String>> {
    let now = surface::of(&place.root);
    let path = place.state.join(SURFACE);
    let before: Option<BTreeMap<String, String>> =
        std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if before.as_ref() != Some(&now) {
        std::fs::create_dir_all(&place.state)?;
        whole::write(&path, &serde_json::to_vec(&now)?, Lasts::OldOrNew, Readers::AsUsual)?;
    }
    let before = before.as_ref().unwrap_or(&now);
    Ok(surface::changed(before, &now).into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::place::Roots;

    #[test]
    fn what_git_runs_is_told_of_once_when_it_changed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let roots = Roots::below(folder.path());
        let place = Place::new(&roots, &at("company"));
        gix::init(&place.root).unwrap();
        let told = || remember(&place).unwrap();
        assert_eq!(told(), [""; 0], "there was no other time");
        let hooks = place.root.join(".git/hooks");
        std::fs::create_dir_all(&hooks).unwrap();
        std::fs::write(hooks.join("post-commit"), "evil").unwrap();
        std::fs::write(place.root.join(".git/config"), "[core]\n\tfsmonitor = evil\n").unwrap();
        assert_eq!(told(), [".git/config", ".git/hooks/post-commit"]);
        assert_eq!(told(), [""; 0]);
        std::fs::remove_file(hooks.join("post-commit")).unwrap();
        assert_eq!(told(), [".git/hooks/post-commit"], "gone is changed");
        // What cannot be read is as good as none.
        std::fs::write(place.state.join(SURFACE), "{").unwrap();
        assert_eq!(told(), [""; 0]);
    }
}
