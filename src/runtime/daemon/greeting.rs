//! What the daemon tells of its company's safety when it begins: how runs are held, and what changed of what git runs.

use crate::model::Snapshot;
use crate::runtime::confine;
use crate::runtime::place::Place;
use crate::store::surface;
use std::collections::BTreeMap;

/// Where it is remembered what of the repository decides what git runs: outside of it, where no run reaches.
const SURFACE: &str = "git-surface.json";

/// Tells of how runs are held, and of settings and hooks of git that changed while nobody looked.
pub(super) fn tell(place: &Place, snapshot: &Snapshot) {
    for line in confine::told(snapshot) {
        tracing::warn!("{line}");
    }
    let now = surface::of(&place.root);
    let path = place.state.join(SURFACE);
    let before: Option<BTreeMap<String, String>> =
        std::fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let changed = before.as_ref().map(|before| surface::changed(before, &now)).unwrap_or_default();
    if !changed.is_empty() {
        let names = changed.join(", ");
        tracing::warn!(
            "changed since a daemon last began, and decides what your git runs: {names}; `corp doctor` says what"
        );
    }
    if before.as_ref() != Some(&now) {
        let written = serde_json::to_vec(&now).map_err(std::io::Error::from).and_then(|bytes| {
            std::fs::create_dir_all(&place.state)?;
            std::fs::write(&path, bytes)
        });
        if let Err(error) = written {
            tracing::warn!(%error, "what git runs here cannot be remembered");
        }
    }
}
