//! Which git is at work in the company's work tree at this moment, and at what. Only Linux tells which process works where;
//! elsewhere none is ever seen.

use std::path::{Path, PathBuf};

/// What git does after it has let go of the index: moving `HEAD` or the branch.
const MOVING: [&[u8]; 7] = [b"checkout", b"switch", b"reset", b"merge", b"pull", b"rebase", b"stash"];

/// What takes git's locks for a moment and fails where it finds them taken. What may wait for a network or for days is not
/// among these.
const WRITING: [&[u8]; 11] = [
    b"add",
    b"stage",
    b"commit",
    b"rm",
    b"mv",
    b"restore",
    b"reset",
    b"checkout",
    b"switch",
    b"stash",
    b"update-index",
];

/// How often processes that began meanwhile are looked at: whoever makes hundreds in a millisecond is no person.
const ROUNDS_MAX: usize = 4;

/// Most processes that are looked at again, by their numbers.
const BEGAN_MAX: u32 = 256;

/// Whether somebody's `git commit` has its message open in an editor.
pub(super) fn is_message_open(git_dir: &Path) -> bool {
    any(git_dir, is_commit)
}

/// Whether somebody's git is at work here that moves `HEAD` or the branch after it has written the index.
pub(super) fn is_moving(git_dir: &Path) -> bool {
    any(git_dir, |words| words.iter().any(|word| MOVING.contains(&word.as_slice())))
}

/// Whether somebody's git is at work here that takes git's locks for a moment.
pub(super) fn is_writing(git_dir: &Path) -> bool {
    any(git_dir, |words| words.iter().any(|word| WRITING.contains(&word.as_slice())))
}

/// Whether there is a git in the work tree whose words are of this kind, one that begins while we look included.
fn any(git_dir: &Path, kind: impl Fn(&[Vec<u8>]) -> bool) -> bool {
    let root = work_tree(git_dir);
    let found = |process: &Path| git_at(process, root.as_deref()).is_some_and(|words| kind(&words));
    let mut newest = newest();
    let listed = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    if listed.map(|process| process.path()).any(|process| found(&process)) {
        return true;
    }
    // The list is made at once, and to look through it takes as long as git needs to begin.
    for _ in 0..ROUNDS_MAX {
        let now = self::newest();
        let (Some(from), Some(to)) = (newest, now) else { return false };
        if from == to {
            return false;
        }
        let began = from.saturating_add(1)..=to;
        if began.take(BEGAN_MAX as usize).any(|number| found(&PathBuf::from(format!("/proc/{number}")))) {
            return true;
        }
        newest = now;
    }
    false
}

/// The number of the process that began last.
fn newest() -> Option<u32> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().last()?.parse().ok()
}

/// The command line of a process, if it is a git that works below `root`.
fn git_at(process: &Path, root: Option<&Path>) -> Option<Vec<Vec<u8>>> {
    // The short name is there at once; for the words of a busy program one waits, and there may be many.
    if !std::fs::read(process.join("comm")).ok()?.starts_with(b"git") {
        return None;
    }
    let line = std::fs::read(process.join("cmdline")).ok()?;
    let words: Vec<Vec<u8>> = line.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
    let name = words.first()?.rsplit(|byte| *byte == b'/').next()?;
    let here =
        || std::fs::read_link(process.join("cwd")).is_ok_and(|cwd| root.is_some_and(|root| cwd.starts_with(root)));
    (name == b"git" && here()).then_some(words)
}

/// Where the files of a repository are: around its folder, or, for another repository's submodule, where it says.
fn work_tree(git_dir: &Path) -> Option<PathBuf> {
    let config = std::fs::read_to_string(git_dir.join("config")).unwrap_or_default();
    let told = config.lines().find_map(|line| line.trim().strip_prefix("worktree = "));
    match told {
        Some(told) => git_dir.join(told).canonicalize().ok(),
        None => git_dir.parent()?.canonicalize().ok(),
    }
}

fn is_commit(words: &[Vec<u8>]) -> bool {
    // A message given on the command line opens no editor.
    let short = |word: &[u8]| word.first() == Some(&b'-') && word.get(1) != Some(&b'-') && word.contains(&b'm');
    let given = |word: &Vec<u8>| short(word) || word.starts_with(b"--message") || word == b"--no-edit";
    words.iter().any(|word| word == b"commit") && !words.iter().any(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_whose_message_is_given_opens_no_editor() {
        for (line, opens) in [
            ("git commit", true),
            ("git commit -a", true),
            ("git commit --amend", true),
            ("git commit -m text", false),
            ("git commit -qm text", false),
            ("git commit --message=text", false),
            ("git commit --amend --no-edit", false),
            ("git status", false),
        ] {
            let words: Vec<Vec<u8>> = line.split(' ').map(|word| word.as_bytes().to_vec()).collect();
            assert_eq!(is_commit(&words), opens, "{line}");
        }
    }

    #[cfg(target_os = "linux")]
    #[expect(clippy::disallowed_methods, reason = "a git as people start one")]
    #[test]
    fn a_git_that_waits_in_the_work_tree_is_seen_and_one_elsewhere_is_not() {
        let (here, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for folder in [&here, &elsewhere] {
            let made = std::process::Command::new("git").args(["init", "-q"]).current_dir(folder.path()).status();
            assert!(made.unwrap().success());
        }
        let git_dir = here.path().join(".git");
        assert!(!is_writing(&git_dir));
        // It reads what to add from us, and waits for it.
        let waits = |folder: &Path| {
            let mut git = std::process::Command::new("git");
            git.args(["update-index", "--stdin"]).current_dir(folder).stdin(std::process::Stdio::piped());
            git.spawn().unwrap()
        };
        let ends = |mut git: std::process::Child| {
            drop(git.stdin.take());
            assert!(git.wait().unwrap().success());
        };
        let other = waits(elsewhere.path());
        assert!(!is_writing(&git_dir), "in another repository");
        ends(other);
        let ours = waits(here.path());
        // Between its beginning and its first instruction it has our name.
        while !is_writing(&git_dir) {
            std::thread::yield_now();
        }
        assert!(!is_moving(&git_dir));
        ends(ours);
        assert!(!is_writing(&git_dir));
    }
}
