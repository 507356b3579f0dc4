//! A file system, and numbers of processes, of a process's own, made by bubblewrap: what its policy does not name is not
//! even there. The rest of the policy is laid on inside.

use crate::sandbox::Policy;
use crate::sandbox::launch::LaunchError;
use nix::sys::signal::{SigSet, Signal};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

/// What every wall has: processes, shared memory, messages and a name of the machine of its own, and an end with its
/// supervisor's. Not a network: the gateway listens at this machine's own address, and ports are held by rules.
const ALWAYS: &[&str] = &[
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--die-with-parent",
    "--proc",
    "/proc",
];

/// What is shown whole although less of it may be read: each path is a mount, and of these there would be hundreds.
const WHOLE: &str = "/etc";

/// What has a file system of its own.
const PROCESSES: &str = "/proc";

/// Where devices are: beside them, links that programs rely upon.
const DEVICES: &str = "/dev";
const OF_DEVICES: [(&str, &str); 4] = [
    ("/proc/self/fd", "/dev/fd"),
    ("/proc/self/fd/0", "/dev/stdin"),
    ("/proc/self/fd/1", "/dev/stdout"),
    ("/proc/self/fd/2", "/dev/stderr"),
];

/// Asked of a run's group when it is to end. What stands between the supervisor and the program must not end of it: the
/// program has time to, and how it ends is how the run ended.
const ASKED: [Signal; 3] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP];

/// How a path is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Read,
    Written,
    Device,
}

impl Shown {
    fn word(self) -> &'static str {
        match self {
            Self::Read => "--ro-bind-try",
            Self::Written => "--bind-try",
            Self::Device => "--dev-bind-try",
        }
    }
}

/// Becomes bubblewrap, which starts this program again with the same words, within. Returns only if that fails.
pub(in crate::sandbox) fn enter(policy: &Policy, record: &Path, words: &[OsString]) -> LaunchError {
    let failed = |why: String| LaunchError::Confine { doing: "starting bubblewrap", why };
    let Some(wall) = &policy.wall else { return failed("no policy asks for it".to_owned()) };
    let (itself, folder) = match std::env::current_exe().and_then(|itself| Ok((itself, std::env::current_dir()?))) {
        Ok(found) => found,
        Err(error) => return failed(error.to_string()),
    };
    if let Err(error) = asked().thread_block() {
        return failed(error.to_string());
    }
    #[expect(clippy::disallowed_methods, reason = "this process becomes bubblewrap, and is none of its own any more")]
    let error = std::process::Command::new(&wall.program)
        .args(arguments(policy, &[&itself], Some(record), &folder))
        .arg(itself)
        .args(words)
        .exec();
    failed(error.to_string())
}

/// Lets this process, which was started within, be asked to end again.
pub(in crate::sandbox) fn listen_again() -> io::Result<()> {
    Ok(asked().thread_unblock()?)
}

fn asked() -> SigSet {
    ASKED.into_iter().collect()
}

/// The arguments of bubblewrap up to the program: all that the policy names, `beside` too, and nothing else.
pub(in crate::sandbox) fn arguments(
    policy: &Policy,
    beside: &[&Path],
    record: Option<&Path>,
    folder: &Path,
) -> Vec<OsString> {
    let mut shown: BTreeMap<&Path, Shown> = BTreeMap::new();
    for path in policy.read.iter().map(PathBuf::as_path).chain(beside.iter().copied()) {
        shown.insert(if path.starts_with(WHOLE) { Path::new(WHOLE) } else { path }, Shown::Read);
    }
    let written = policy.write.iter().chain(&policy.sockets).map(PathBuf::as_path).chain(record);
    shown.extend(written.map(|path| (path, if path.starts_with(DEVICES) { Shown::Device } else { Shown::Written })));
    let mut words: Vec<OsString> = ALWAYS.iter().map(OsString::from).collect();
    let mut add = |word: &str, from: &OsStr, to: &OsStr| words.extend([word.into(), from.to_owned(), to.to_owned()]);
    let mut there: Vec<(&Path, Shown)> = Vec::new();
    // Part by part, so that a folder is there before what lies in it.
    for (path, how) in shown {
        let around = there.iter().rev().find(|(tree, _)| path.starts_with(tree));
        let is_there = around.is_some_and(|(_, around)| how == Shown::Read || *around == how);
        if is_there || path.starts_with(PROCESSES) {
            continue;
        }
        add(how.word(), path.as_os_str(), path.as_os_str());
        there.push((path, how));
    }
    for (to, link) in OF_DEVICES {
        add("--symlink", to.as_ref(), link.as_ref());
    }
    let at_the_root = std::fs::read_dir("/").into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let mut links: Vec<PathBuf> = at_the_root.filter(|path| path.is_symlink()).chain(links(policy)).collect();
    links.sort();
    links.dedup();
    // One that lies in what is shown is there.
    links.retain(|link| !there.iter().any(|(tree, _)| link.starts_with(tree)) && !link.starts_with(DEVICES));
    for link in &links {
        if let Ok(to) = std::fs::read_link(link) {
            add("--symlink", to.as_os_str(), link.as_os_str());
        }
    }
    words.extend(["--remount-ro".into(), "/".into(), "--chdir".into(), folder.as_os_str().to_owned(), "--".into()]);
    words
}

fn links(policy: &Policy) -> Vec<PathBuf> {
    policy.wall.iter().flat_map(|wall| wall.links.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Wall;

    #[test]
    fn what_the_policy_names_is_shown_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(folder.path()).unwrap();
        let at = |name: &str| root.join(name);
        std::os::unix::fs::symlink("disk", at("sets")).unwrap();
        let policy = Policy {
            read: vec!["/etc/a".into(), "/etc/b/c".into(), "/proc".into(), at("run"), at("disk"), at("disk/own")],
            write: vec!["/dev/null".into(), at("run/tmp"), at("work")],
            sockets: vec![at("door")],
            wall: Some(Wall { program: "/usr/bin/bwrap".into(), links: vec![at("sets"), at("run/link"), at("gone")] }),
            ..Policy::default()
        };
        let record = at("run/confinement.json");
        let words = arguments(&policy, &[&at("work/tool"), &at("launcher")], Some(&record), &at("work"));
        let words: Vec<&str> = words.iter().map(|word| word.to_str().unwrap()).collect();
        let shown = |word: &str| -> Vec<String> {
            let found = words.windows(3).filter(|three| three[0] == word);
            found.map(|three| three[2].replace(root.to_str().unwrap(), "")).collect()
        };
        assert_eq!(shown("--ro-bind-try"), ["/etc", "/disk", "/launcher", "/run"]);
        assert_eq!(shown("--bind-try"), ["/door", "/run/confinement.json", "/run/tmp", "/work"]);
        assert_eq!(shown("--dev-bind-try"), ["/dev/null"]);
        let links = shown("--symlink");
        assert!(links.contains(&"/sets".to_owned()) && !links.iter().any(|link| link.contains("run/")), "{links:?}");
        let at_of = |word: &str| words.iter().position(|found| *found == word).unwrap();
        assert!(at_of(at("run").to_str().unwrap()) < at_of(at("run/tmp").to_str().unwrap()), "a folder comes first");
        assert_eq!(words.last(), Some(&"--"));
    }
}
