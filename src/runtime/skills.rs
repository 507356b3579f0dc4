//! The skills of a run: what is there for them on this machine, and the folder in which a program finds them.

use crate::model::skill::{Around, Gate};
use crate::runtime::desk::repository::File;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// What is there of what `gates` ask for. `programs`: the folders in which runs find programs; `says`: whether a setting
/// of the company says something.
pub fn around<'g>(
    gates: impl Iterator<Item = &'g Gate> + Clone,
    programs: &[PathBuf],
    env: BTreeSet<String>,
    says: impl Fn(&str) -> bool,
) -> Around {
    let bins = gates.clone().flat_map(|gate| gate.bins.iter().chain(&gate.any_bins));
    let config = gates.flat_map(|gate| &gate.config);
    Around {
        os: if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS }.to_owned(),
        bins: bins.filter(|bin| is_program(bin, programs)).cloned().collect(),
        env,
        config: config.filter(|path| says(path)).cloned().collect(),
    }
}

/// Whether a program of this name can be run. A path is none: a skill names what it needs, not where it lies.
fn is_program(name: &str, programs: &[PathBuf]) -> bool {
    !name.is_empty()
        && !name.contains('/')
        && programs.iter().any(|folder| {
            let found = std::fs::metadata(folder.join(name));
            found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
        })
}

/// Puts skills into `folder`, each in a folder of its name.
///
/// # Errors
/// What the system says.
pub fn put(folder: &Path, skills: &BTreeMap<String, File>) -> io::Result<()> {
    for (path, file) in skills {
        let place = folder.join(path);
        if let Some(above) = place.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(above)?;
        }
        let mode = if file.executable { 0o700 } else { 0o600 };
        let mut open = std::fs::OpenOptions::new();
        open.write(true).create_new(true).mode(mode).open(&place)?.write_all(&file.bytes)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_looked_for_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let script = |name: &str, mode: u32| {
            std::fs::write(folder.path().join(name), "").unwrap();
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(folder.path().join(name), mode).unwrap();
        };
        script("there", 0o755);
        script("text", 0o644);
        let programs = [folder.path().to_owned()];
        let names = ["there", "text", "none", "", "../there"].map(str::to_owned).to_vec();
        let gate = Gate { bins: names, config: vec!["a".to_owned(), "b".to_owned()], ..Gate::default() };
        let found = around([&gate].into_iter(), &programs, BTreeSet::new(), |path| path == "a");
        assert_eq!(found.bins, BTreeSet::from(["there".to_owned()]));
        assert_eq!(found.config, BTreeSet::from(["a".to_owned()]));
    }

    #[test]
    fn skills_lie_in_folders_of_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let file = |executable| File { bytes: b"x".to_vec(), executable };
        let skills = BTreeMap::from([
            ("deploy/SKILL.md".to_owned(), file(false)),
            ("deploy/scripts/run".to_owned(), file(true)),
        ]);
        put(&folder.path().join("skills"), &skills).unwrap();
        let mode =
            |path: &str| std::fs::metadata(folder.path().join("skills").join(path)).unwrap().permissions().mode();
        assert_eq!(mode("deploy/SKILL.md") & 0o777, 0o600);
        assert_eq!(mode("deploy/scripts/run") & 0o777, 0o700);
    }
}
