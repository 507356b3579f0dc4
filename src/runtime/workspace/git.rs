//! The git program, called so that nothing an agent wrote is run by it.
//!
//! Two ways: [`Git::local`] for what stays on this machine, without any configuration but what is said here; and
//! [`Git::remote`] for speaking to a project's repository, with the person's own ssh, helpers and proxies. Neither ever
//! runs in a folder an agent could have written to: it runs in our mirror, or in a clone nobody has seen yet. What is
//! fetched from an agent's folder is read by git's own `upload-pack`, which runs no code of that folder.

use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How often a running git is looked at, in milliseconds.
const LOOK_EVERY_MS: u64 = 5;

/// Longest that one git may take, in milliseconds: a large repository over a slow line.
const GIT_MS_MAX: u64 = 20 * 60_000;

/// What of git's answer and of its messages is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 4 << 20;

/// Settings that come before every command.
const SETTINGS: [&str; 14] = [
    "advice.detachedHead=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.untrackedCache=false",
    "fetch.fsckObjects=true",
    "fetch.recurseSubmodules=false",
    "gc.auto=0",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
    "push.recurseSubmodules=no",
    "submodule.recurse=false",
    "transfer.credentialsInUrl=die",
];

/// What the person's own git needs around it.
const KEPT: [&str; 13] = [
    "ALL_PROXY",
    "GIT_ASKPASS",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "HOME",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "SSH_AUTH_SOCK",
    "USER",
    "XDG_CONFIG_HOME",
];

/// Where git is found if nobody says.
const USUAL_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Why git did not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Its last words.
    pub why: String,
    /// Whether there was no room on the disk.
    pub full: bool,
}

impl Failed {
    /// What the system said.
    pub fn system(error: &io::Error) -> Self {
        Self { why: error.to_string(), full: error.kind() == io::ErrorKind::StorageFull }
    }
}

/// What the surroundings give for speaking to other machines: the names of [`KEPT`], and the search path.
pub fn surroundings(get: impl Fn(&str) -> Option<std::ffi::OsString>) -> Vec<(&'static str, std::ffi::OsString)> {
    KEPT.iter().chain(&["PATH"]).filter_map(|name| Some((*name, get(name)?))).collect()
}

/// A repository of ours.
#[derive(Debug, Clone)]
pub struct Git {
    folder: PathBuf,
}

impl Git {
    /// The repository in `folder`, which no agent can write to.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Runs a command that stays on this machine.
    pub fn local(&self, arguments: &[&str]) -> Result<String, Failed> {
        let mut command = self.command();
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("HOME", "/nonexistent")
            .env("GIT_ALLOW_PROTOCOL", "file");
        command.args(arguments);
        run(&self.folder, command)
    }

    /// Runs a command that speaks to a project's repository.
    #[expect(clippy::disallowed_methods, reason = "a person's git is told by its environment how to reach others")]
    pub fn remote(&self, arguments: &[&str]) -> Result<String, Failed> {
        let mut command = self.command();
        command
            .envs(surroundings(|name| std::env::var_os(name)))
            .env("GIT_ALLOW_PROTOCOL", "https:ssh:file")
            .env("GIT_TERMINAL_PROMPT", "0");
        command.args(arguments);
        run(&self.folder, command)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the place that starts git for workspaces")]
    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command
            .env_clear()
            .env("PATH", USUAL_PATH)
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("LC_ALL", "C")
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command
    }
}

/// Runs it within its time. Into files: a pipe nobody reads would stop it when it is full, and one that somebody else holds
/// open would never end.
fn run(folder: &Path, mut command: Command) -> Result<String, Failed> {
    let system = |error: io::Error| Failed::system(&error);
    let (mut answer, mut messages) = (scratch(folder).map_err(system)?, scratch(folder).map_err(system)?);
    let mut child = command
        .stdout(answer.try_clone().map_err(system)?)
        .stderr(messages.try_clone().map_err(system)?)
        .spawn()
        .map_err(|error| Failed { why: format!("git cannot be run: {error}"), full: false })?;
    let mut waited_ms = 0;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(system)? {
            break status;
        }
        if waited_ms >= GIT_MS_MAX {
            // It has its chance to end by itself; who does not take it is ended.
            drop(child.kill());
            drop(child.wait());
            return Err(Failed { why: format!("it was not done after {} minutes", GIT_MS_MAX / 60_000), full: false });
        }
        std::thread::sleep(Duration::from_millis(LOOK_EVERY_MS));
        waited_ms += LOOK_EVERY_MS;
    };
    let answer = read(&mut answer).map_err(system)?;
    if status.success() {
        return Ok(answer);
    }
    let messages = read(&mut messages).map_err(system)?;
    Err(Failed { full: is_full(&messages), why: last_words(&format!("{answer}\n{messages}")) })
}

/// A file without a name, in memory: what git says about a full disk needs no disk.
#[cfg(target_os = "linux")]
fn scratch(_: &Path) -> io::Result<std::fs::File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(std::fs::File::from(memfd_create("git", MemfdFlags::CLOEXEC)?))
}

/// A file without a name.
#[cfg(not(target_os = "linux"))]
fn scratch(folder: &Path) -> io::Result<std::fs::File> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!(".said-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let place = folder.join(name);
    let file = std::fs::File::options().read(true).write(true).create_new(true).open(&place)?;
    std::fs::remove_file(&place)?;
    Ok(file)
}

fn read(file: &mut std::fs::File) -> io::Result<String> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_full(messages: &str) -> bool {
    ["No space left on device", "Disk quota exceeded"].iter().any(|words| messages.contains(words))
}

/// What git said last that means something, on one line, without what could be a password in an address.
fn last_words(messages: &str) -> String {
    let told = |line: &&str| ["fatal: ", "error: ", "!\t", "remote: "].iter().any(|mark| line.starts_with(mark));
    let lines: Vec<&str> = messages.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let line = lines.iter().copied().find(told).or(lines.last().copied()).unwrap_or("git said nothing");
    let line = ["fatal: ", "error: "].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line);
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    crate::redact::mask(&line).into_owned()
}

/// Whether a name can be a branch that we hand to git: no option, no range, no control character.
pub fn is_branch(name: &str) -> bool {
    let odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    !name.is_empty()
        && name.len() <= 200
        && !name.starts_with(['-', '/', '.'])
        && !name.ends_with(['/', '.'])
        && !name.contains("..")
        && !name.contains("//")
        && !name.contains("@{")
        && name != "@"
        && !name.contains(odd)
        && !name.split('/').any(|part| part.starts_with('.') || part.ends_with(".lock"))
}

/// Whether the object folder of the clone in `folder` is its own: no word of other object folders, no link out of it. What
/// is fetched from it is then what the agent itself could read.
pub fn is_its_own(folder: &Path) -> Result<(), String> {
    let git = folder.join(".git");
    let real = |path: &Path| std::fs::symlink_metadata(path).is_ok_and(|found| found.is_dir());
    for part in [&git, &git.join("objects"), &git.join("refs")] {
        if !real(part) {
            return Err(format!("{} is no folder of its own", part.display()));
        }
    }
    for other in ["objects/info/alternates", "objects/info/http-alternates", "commondir", "gitdir"] {
        if std::fs::symlink_metadata(git.join(other)).is_ok() {
            return Err(format!(".git/{other} leads to another repository"));
        }
    }
    for part in ["objects", "refs"] {
        if let Some(link) = link_below(&git.join(part)) {
            return Err(format!("{} is a link", link.display()));
        }
    }
    for part in ["HEAD", "packed-refs", "config", "shallow"] {
        if std::fs::symlink_metadata(git.join(part)).is_ok_and(|found| !found.is_file()) {
            return Err(format!(".git/{part} is no file"));
        }
    }
    Ok(())
}

/// Something in a folder that is neither a file nor a folder.
fn link_below(folder: &Path) -> Option<PathBuf> {
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let kind = entry.file_type().ok()?;
        if kind.is_dir() {
            if let Some(link) = link_below(&entry.path()) {
                return Some(link);
            }
        } else if !kind.is_file() {
            return Some(entry.path());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_that_can_be_handed_to_git() {
        for name in ["main", "corp/ACME-1", "a.b-c_d", "ä/ö"] {
            assert!(is_branch(name), "{name}");
        }
        for name in [
            "", "-x", "a b", "a..b", "a//b", "/a", "a/", ".a", "a/.b", "a.lock", "x.lock/y", "a~1", "a^", "a:b", "a?",
            "a*", "a[", "a\\b", "a@{1}", "@", "a\nb", "a.",
        ] {
            assert!(!is_branch(name), "{name}");
        }
    }

    #[test]
    fn last_words_are_one_line_without_passwords() {
        for (said, expected) in [
            ("Cloning…\nfatal: repository '/x' does not exist\n", "repository '/x' does not exist"),
            ("!\ta:b\t[rejected] (stale info)\n\nerror: failed to push\n", "! a:b [rejected] (stale info)"),
            ("", "git said nothing"),
        ] {
            assert_eq!(last_words(said), expected);
        }
        assert!(is_full("error: unable to write file: No space left on device"));
    }

    #[test]
    fn a_clone_that_leads_elsewhere_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert!(is_its_own(root).is_err());
        for below in [".git/objects/info", ".git/objects/pack", ".git/refs/heads"] {
            std::fs::create_dir_all(root.join(below)).unwrap();
        }
        std::fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(is_its_own(root), Ok(()));
        std::fs::write(root.join(".git/objects/info/alternates"), "/elsewhere\n").unwrap();
        assert_eq!(is_its_own(root).unwrap_err(), ".git/objects/info/alternates leads to another repository");
        std::fs::remove_file(root.join(".git/objects/info/alternates")).unwrap();
        std::os::unix::fs::symlink("/elsewhere", root.join(".git/objects/pack/a.pack")).unwrap();
        assert!(is_its_own(root).unwrap_err().ends_with("a.pack is a link"));
    }
}
