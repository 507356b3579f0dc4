//! bubblewrap, as it is installed: whether it can be trusted, and whether it can do here what a wall takes.

use super::wall;
use crate::sandbox::{Policy, machine};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Where systems install it. No search path is asked: an agent's, or the operator's, names folders that others write.
const PLACES: [&str; 4] = ["/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap", "/run/current-system/sw/bin/bwrap"];

/// What the trial runs: a shell is on every machine that runs agents.
const TRIED: [&str; 3] = ["/bin/sh", "-c", ":"];

/// Between two looks whether the trial is over, in milliseconds, and most looks: five seconds for what takes ten milliseconds.
const LOOK_EVERY_MS: u64 = 5;
const LOOKS_MAX: usize = 1_000;

/// Most bytes of what it says that are told.
const SAID_MAX: u64 = 1_000;

/// bubblewrap, if it is there, is root's alone and has just done what is asked of it; otherwise why not, in words.
pub(in crate::sandbox) fn tried() -> Result<PathBuf, String> {
    let found = PLACES.iter().map(Path::new).find_map(|path| std::fs::canonicalize(path).ok());
    let program = found.ok_or("bubblewrap is not installed (`apt-get install bubblewrap`)")?;
    if let Some(open) = program.ancestors().find(|path| !is_roots_alone(path)) {
        return Err(format!("{} is not taken: others than root may write {}", program.display(), open.display()));
    }
    trial(&program).map_err(|why| format!("{} does not work here: {why}", program.display()))?;
    Ok(program)
}

/// Whether nobody but root can put something else there.
fn is_roots_alone(path: &Path) -> bool {
    const BY_OTHERS: u32 = 0o022;
    std::fs::metadata(path).is_ok_and(|about| about.uid() == 0 && about.mode() & BY_OTHERS == 0)
}

/// Has it do all that a wall takes, around a program that does nothing.
#[expect(clippy::disallowed_methods, reason = "it is what runs are started by, on trial")]
fn trial(program: &Path) -> Result<(), String> {
    let policy = Policy { read: machine::read(), write: machine::write(true), ..Policy::default() };
    let mut child = Command::new(program)
        .args(wall::arguments(&policy, &[], None, Path::new("/")))
        .args(TRIED)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    for _ in 0..LOOKS_MAX {
        let Some(status) = child.try_wait().map_err(|error| error.to_string())? else {
            std::thread::sleep(Duration::from_millis(LOOK_EVERY_MS));
            continue;
        };
        if status.success() {
            return Ok(());
        }
        let mut said = String::new();
        // What cannot be read says nothing.
        drop(child.stderr.take().map(|from| from.take(SAID_MAX).read_to_string(&mut said)));
        let said = said.trim().lines().last().unwrap_or_default().trim_start_matches("bwrap: ").to_owned();
        return Err(if said.is_empty() { status.to_string() } else { said });
    }
    drop(child.kill());
    drop(child.wait());
    Err("it did not come to an end".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_roots_alone_is_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("bwrap");
        std::fs::write(&program, "").unwrap();
        std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        assert!(!is_roots_alone(&program), "others may write it");
        assert!(!is_roots_alone(&folder.path().join("none")));
        assert!(is_roots_alone(Path::new("/")));
    }

    #[test]
    fn a_program_that_fails_says_why() {
        let why = trial(Path::new("/bin/false")).unwrap_err();
        assert!(why.contains("exit status: 1"), "{why}");
        assert!(trial(Path::new("/no/bwrap")).is_err());
    }
}
