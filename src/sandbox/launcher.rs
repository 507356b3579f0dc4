//! The program that a launch is: a small one of its own beside this one if it is there, and this one otherwise.
//!
//! Nothing of a program is needed for a launch but [`launch`], and the system takes longer to start a large
//! program than to confine it: most of its pages hold addresses, which are put right each time. Whoever installs one file has
//! everything as well, and waits a little longer for each run.

use super::launch::{self, LaunchError};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the small program is called. It lies in the folder of this one.
pub const NAME: &str = "corp-confine";

/// All that says how a policy is read and laid on.
const SOURCES: &[&[u8]] = &[
    env!("CARGO_PKG_VERSION").as_bytes(),
    include_bytes!("launch.rs"),
    include_bytes!("launcher.rs"),
    include_bytes!("policy.rs"),
    include_bytes!("linux/mod.rs"),
    include_bytes!("linux/files.rs"),
    include_bytes!("linux/filter.rs"),
    include_bytes!("linux/filter/by_number.rs"),
    include_bytes!("linux/privileges.rs"),
    include_bytes!("linux/wall.rs"),
];

/// A number that the two programs of one version have in common: a launcher that somebody left there would read a policy of
/// ours as it was understood then. It tells apart what was mixed up, not what was forged: who can write there writes both.
const STAMP: u64 = stamp();

const fn stamp() -> u64 {
    // FNV-1a.
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    let mut source = 0;
    while source < SOURCES.len() {
        let mut at = 0;
        while at < SOURCES[source].len() {
            sum = (sum ^ SOURCES[source][at] as u64).wrapping_mul(0x0100_0000_01b3);
            at += 1;
        }
        source += 1;
    }
    sum
}

/// The command that becomes a program held to the policy at `policy`: its own words, to which that program and its arguments
/// are added. `ourselves` is this program.
pub fn words(ourselves: &Path, policy: &Path) -> (PathBuf, Vec<OsString>) {
    if let Some(small) = beside(ourselves) {
        return (small, vec![format!("{STAMP:016x}").into(), ourselves.into(), policy.into()]);
    }
    (ourselves.to_owned(), vec![launch::VERB.into(), policy.into()])
}

/// The launcher beside this program, if whoever could change it could change this program as well.
#[cfg(target_os = "linux")]
fn beside(ourselves: &Path) -> Option<PathBuf> {
    use std::os::unix::fs::MetadataExt as _;
    const BY_OTHERS: u32 = 0o022;
    const RUN: u32 = 0o111;
    let small = ourselves.with_file_name(NAME);
    let theirs = std::fs::symlink_metadata(&small).ok().filter(std::fs::Metadata::is_file)?;
    let ours = std::fs::metadata(ourselves).ok()?;
    let is_as_safe = theirs.uid() == ours.uid()
        && theirs.gid() == ours.gid()
        && theirs.mode() & BY_OTHERS & !ours.mode() == 0
        && theirs.mode() & RUN == ours.mode() & RUN;
    is_as_safe.then_some(small)
}

#[cfg(not(target_os = "linux"))]
fn beside(_ourselves: &Path) -> Option<PathBuf> {
    None
}

/// What the small program does with its arguments, the first of which is its name. Returns only if nothing was started.
pub fn run(args: &[OsString]) -> LaunchError {
    let [_, stamp, ourselves, policy, program, arguments @ ..] = args else {
        let why = "it is started by `corp` alone".to_owned();
        return LaunchError::Confine { doing: "looking at what is asked", why };
    };
    if *stamp == *format!("{STAMP:016x}") {
        return launch::launch(Path::new(policy), program, arguments);
    }
    other(Path::new(ourselves), policy, program, arguments)
}

/// Has the program that asked do it itself: it is of another version.
#[cfg(target_os = "linux")]
#[expect(
    clippy::disallowed_methods,
    reason = "this process becomes the other program, and is none of its own any more"
)]
fn other(ourselves: &Path, policy: &OsString, program: &OsString, arguments: &[OsString]) -> LaunchError {
    use std::os::unix::process::CommandExt as _;
    let source = std::process::Command::new(ourselves).arg(launch::VERB).args([policy, program]).args(arguments).exec();
    LaunchError::Program { program: ourselves.to_string_lossy().into_owned(), source }
}

#[cfg(not(target_os = "linux"))]
fn other(_ourselves: &Path, policy: &OsString, program: &OsString, arguments: &[OsString]) -> LaunchError {
    launch::launch(Path::new(policy), program, arguments)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    #[test]
    fn a_launcher_that_others_could_have_laid_there_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (ours, small) = (at("corp"), at(NAME));
        let policy = Path::new("/p");
        let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        let itself = (ours.clone(), vec![OsString::from(launch::VERB), "/p".into()]);
        std::fs::write(&ours, "").unwrap();
        mode(&ours, 0o755);
        assert_eq!(words(&ours, policy), itself, "there is none");
        std::fs::write(&small, "").unwrap();
        for (bits, is_taken) in [(0o755, true), (0o775, false), (0o757, false), (0o644, false)] {
            mode(&small, bits);
            assert_eq!(words(&ours, policy).0 == small, is_taken, "{bits:o}");
        }
        mode(&ours, 0o775);
        mode(&small, 0o775);
        assert_eq!(words(&ours, policy).0, small, "who could change it could change both");
        std::fs::remove_file(&small).unwrap();
        symlink(&ours, &small).unwrap();
        assert_eq!(words(&ours, policy), itself, "a link leads anywhere");
    }
}
