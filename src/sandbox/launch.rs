//! Becoming another program that is confined: what `corp confine POLICY PROGRAM …` does.
//!
//! A process of its own, and one with a single thread, does it to itself: what is laid on then can be taken off by nobody,
//! and there is no moment in which the other program runs without. Anything that cannot be laid on means that nothing
//! is started.

use super::Policy;
use std::ffi::OsString;
use std::fs::File;
#[cfg(target_os = "linux")]
use std::io::Write as _;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The verb that starts a launch.
pub const VERB: &str = "confine";

/// Why a program was not started.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The policy could not be read.
    #[error("the policy {path} could not be read: {source}; each run has one written anew: start it again")]
    Policy {
        /// Where it is.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A part of it could not be laid on.
    #[error("the run could not be confined: {doing}: {why}; `corp doctor` says what this machine has for it")]
    Confine {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        why: String,
    },
    /// The program could not be started.
    #[error("{program} could not be started: {source}{}", hint(.source))]
    Program {
        /// The program.
        program: String,
        /// Why not.
        source: io::Error,
    },
}

fn hint(error: &io::Error) -> &'static str {
    if error.kind() == io::ErrorKind::PermissionDenied {
        "; it lies where the run may not read: name its folder with `reach: {read: […]}` in the agent's agent.yaml"
    } else {
        ""
    }
}

/// Reads the policy at `policy`, lays it upon this process and becomes `program`. Returns only if that fails.
///
/// `arguments` are the program's. Its environment, its folder and its three open files are this process's.
#[cfg(target_os = "linux")]
pub fn launch(policy: &Path, program: &OsString, arguments: &[OsString]) -> LaunchError {
    use std::os::unix::process::CommandExt as _;
    // Before anything is opened here: what came along beside the usual three is nobody's any more.
    if let Err(error) = super::linux::close_the_rest() {
        return LaunchError::Confine { doing: "closing what was left open", why: error.to_string() };
    }
    let (path, Opened { policy, mut record, bytes, is_alone, is_within }) = match open(policy) {
        Ok(opened) => (policy, opened),
        Err(error) => return error,
    };
    if policy.wall.is_some() && !is_within {
        // Only who is started within takes it back.
        if let Err(source) = record.write_all(format!("\n{NOT_WITHIN}\n").as_bytes()) {
            return LaunchError::Policy { path: path.to_owned(), source };
        }
        let words: Vec<OsString> = std::env::args_os().skip(1).collect();
        return told(&mut record, super::linux::wall::enter(&policy, path, &words));
    }
    if is_within && let Err(error) = super::linux::wall::listen_again() {
        return told(&mut record, LaunchError::Confine { doing: "listening to signals", why: error.to_string() });
    }
    if !is_alone && let Err(source) = record.set_len(bytes) {
        return LaunchError::Policy { path: path.to_owned(), source };
    }
    if let Err(error) = super::linux::lay_on(&policy) {
        return told(&mut record, error);
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "this process becomes the confined program, and is none of its own any more"
    )]
    let source = std::process::Command::new(program).args(arguments).exec();
    told(&mut record, LaunchError::Program { program: program.to_string_lossy().into_owned(), source })
}

/// Notes below the policy why nothing was started: the file was opened when that was still allowed.
#[cfg(target_os = "linux")]
fn told(record: &mut File, error: LaunchError) -> LaunchError {
    // What cannot be noted was said on the error output.
    drop(record.write_all(format!("\n{error}\n").as_bytes()));
    error
}

/// Why the launch with the policy at `path` came to nothing, if it did and said so. A program that was started could not
/// have written it: it may not write there.
pub fn failed(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let (_, why) = text.split_once('\n')?;
    Some(why.trim().to_owned())
}

/// Refuses: nothing can be confined on this platform, and what was asked for is not started without.
#[cfg(not(target_os = "linux"))]
pub fn launch(policy: &Path, _program: &OsString, _arguments: &[OsString]) -> LaunchError {
    match open(policy) {
        Ok(_) => LaunchError::Confine { doing: "looking for a way", why: "there is none on this platform".to_owned() },
        Err(error) => error,
    }
}

/// What stands below a policy while bubblewrap is starting.
const NOT_WITHIN: &str = "bubblewrap did not come to it: what it said is in what the run said";

/// A policy, and the file it is in.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "it is read, and nothing can be done by it"))]
struct Opened {
    policy: Policy,
    record: File,
    /// How long the policy is, in bytes.
    bytes: u64,
    /// Whether nothing stands below it.
    is_alone: bool,
    /// Whether bubblewrap was started for it.
    is_within: bool,
}

fn open(path: &Path) -> Result<Opened, LaunchError> {
    let fail = |source| LaunchError::Policy { path: path.to_owned(), source };
    let mut file = File::options().read(true).append(true).open(path).map_err(fail)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(fail)?;
    // It is one line; what stands below it was written here.
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (policy, below) = bytes.split_at(end);
    let is_within = below.trim_ascii() == NOT_WITHIN.as_bytes();
    let policy = serde_json::from_slice(policy).map_err(|error| fail(error.into()))?;
    Ok(Opened { policy, record: file, bytes: end as u64, is_alone: end == bytes.len(), is_within })
}
