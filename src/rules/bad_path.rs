//! `bad-path`: a path that not every system can hold.

use super::Rule;
use super::index::Index;
use super::wording::shown;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::package::limits::Limits;
use crate::format::package::name;
use crate::format::package::refused::Reason;
use unicode_normalization::{UnicodeNormalization as _, is_nfc_quick};

pub(super) static RULE: Rule = Rule {
    code: "bad-path",
    severity: Severity::Warning,
    summary: "a path that not every system can hold",
    docs: "\
The name of a file or folder has a character that some systems refuse or change: one of `\\ : * ? \" < > |`, a control or
an invisible character, a space or a dot at its end; it means a device on Windows (`aux`, `con`, `com1`); it passes for
one of git's own files; it is very long; or its letters are written in a decomposed form that looks the same and is not.

The company works here, and cannot be cloned or unpacked elsewhere. Two names that look the same are also an old way to
hide a file. A package with such a name is not imported.

Rename it with plain letters, digits, `-`, `_` and `.`.
",
    check: Some(check),
};

/// Longest name that is looked at with care, in bytes; longer ones are reported for their length.
const LIMITS: fn() -> Limits = Limits::default;

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let limits = LIMITS();
    // Every file names its folders again; each is judged at the first.
    let mut before: &str = "";
    for path in index.draft.entries.keys() {
        let shared = common_folder(before, path);
        before = path;
        let mut start = shared;
        if path.len() > limits.path_bytes {
            let why = format!("{} bytes; at most {} are safe everywhere", path.len(), limits.path_bytes);
            found.push(report(path, "this path", &why).help("shorten the names of its folders"));
        }
        for part in path[shared..].split('/') {
            let end = start + part.len();
            if let Some(why) = wrong(part, &limits) {
                let what = format!("the name `{}`", shown(part));
                let help = match part.nfc().collect::<String>() {
                    composed if composed != part => format!("rename it to `{}`", shown(&composed)),
                    _ => "rename it with plain letters, digits, `-`, `_` and `.`".to_owned(),
                };
                found.push(report(&path[..end], &what, &why).help(help));
            }
            start = end + 1;
        }
    }
}

fn report(path: &str, what: &str, why: &str) -> Diagnostic {
    Diagnostic::warning(RULE.code, Place::file(path), format!("{what} does not work on every system: {why}"))
}

/// How many bytes at the start of `path` are folders it shares with `before`.
fn common_folder(before: &str, path: &str) -> usize {
    let same = before.bytes().zip(path.bytes()).take_while(|(one, other)| one == other).count();
    path.as_bytes()[..same].iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1)
}

fn wrong(part: &str, limits: &Limits) -> Option<String> {
    if is_plain(part) && part.len() <= limits.name_bytes {
        return None;
    }
    match name::check(part.as_bytes(), limits) {
        // A company lies in a repository, and may have what belongs to one.
        Err(Reason::Git) if part.starts_with(".git") && part.is_ascii() && part.len() > 4 => None,
        Err(Reason::VersionControl) => None,
        Err(Reason::Git) => Some("it passes for one of git's own files".to_owned()),
        Err(why) => Some(why.to_string()),
        Ok(_)
            if is_nfc_quick(part.chars()) != unicode_normalization::IsNormalized::Yes
                && !part.nfc().eq(part.chars()) =>
        {
            Some("its letters are written in a decomposed form".to_owned())
        }
        Ok(_) => None,
    }
}

/// Whether a name is harmless beyond doubt, as nearly all are: this is asked for every file.
fn is_plain(part: &str) -> bool {
    let bytes = part.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let device = || {
        let head = bytes.get(..3).unwrap_or_default().to_ascii_lowercase();
        matches!(&head[..], b"con" | b"prn" | b"aux" | b"nul" | b"com" | b"lpt" | b"clo" | b"cvs")
    };
    bytes.first().is_some_and(|byte| *byte != b'.')
        && bytes.last().is_some_and(|byte| *byte != b'.')
        && bytes.iter().all(plain)
        && !device()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_one_by_one() {
        let limits = Limits::default();
        for (part, expected) in [
            ("README.md", None),
            (".gitattributes", None),
            (".gitlab-ci.yml", None),
            (".env", None),
            ("console.md", None),
            ("Grüße.md", None),
            ("ACME-1234.lock", None),
            (".GIT", Some("git")),
            ("aux.md", Some("device")),
            ("a:b", Some("drive")),
            ("say:b", Some("one of")),
            ("what?.md", Some("one of")),
            ("a\\b", Some("backslash")),
            ("end.", Some("dot")),
            ("a\u{301}.md", Some("decomposed")),
            ("a\u{202e}b", Some("invisible")),
            ("a\nb", Some("control")),
        ] {
            let why = wrong(part, &limits);
            match expected {
                None => assert_eq!(why, None, "{part:?}"),
                Some(word) => assert!(why.as_ref().is_some_and(|why| why.contains(word)), "{part:?}: {why:?}"),
            }
        }
    }

    #[test]
    fn folders_are_judged_once() {
        for (before, path, expected) in
            [("", "a/b", 0), ("a/b", "a/c", 2), ("a/bc/d", "a/be/d", 2), ("a/b/c", "a/b/d", 4)]
        {
            assert_eq!(common_folder(before, path), expected, "{before} {path}");
        }
    }
}
