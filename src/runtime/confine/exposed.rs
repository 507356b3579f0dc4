//! What lies within reach of a run that never should.

use crate::runtime::place::Place;
use crate::sandbox::{Policy, Trail};
use std::path::{Path, PathBuf};

/// What lies within reach of a run that never should: where somebody keeps the company in a folder of programs, say. No
/// hole can be cut into a folder that is read. Folders are told apart by what they are, not by their names: one can have
/// several.
pub fn exposed(policy: &Policy, place: &Place) -> Vec<String> {
    let trees: Vec<(&PathBuf, Option<Itself>)> =
        policy.read.iter().chain(&policy.write).map(|tree| (tree, Itself::of(tree))).collect();
    let within = |path: &Path| {
        let real = Trail::of(path).real;
        let above: Vec<Itself> = real.ancestors().filter_map(Itself::of).collect();
        let found = trees.iter().find(|(tree, itself)| {
            real.starts_with(tree) || itself.as_ref().is_some_and(|itself| above.contains(itself))
        });
        found.map(|(tree, _)| *tree)
    };
    let company = within(&place.root).map(|tree| format!("the company's folder lies in {}", tree.display()));
    let state = within(&place.state).map(|tree| format!("{} lies in {}", place.state.display(), tree.display()));
    let keys = [place.identity(), place.identity_copy()];
    let keys = keys.iter().find_map(|key| within(key));
    let keys = keys.map(|tree| format!("the keys that open this account's secrets lie in {}", tree.display()));
    let read = company.into_iter().chain(state).chain(keys).map(|what| format!("{what}, which the run reads"));
    let root = Trail::of(&place.root).real;
    let written = policy.write.iter().filter(|tree| tree.starts_with(&root) && **tree != root);
    let written = written.map(|tree| format!("it writes {}, which lies in the company's folder", tree.display()));
    read.chain(written).collect()
}

/// What a folder or file is, whatever it is called: its file system, and its number there.
#[derive(Debug, PartialEq, Eq)]
struct Itself {
    device: u64,
    number: u64,
}

impl Itself {
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let found = std::fs::symlink_metadata(path).ok()?;
        Some(Self { device: found.dev(), number: found.ino() })
    }
}
