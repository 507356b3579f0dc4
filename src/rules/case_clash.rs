//! `case-clash`: two paths that are one on some systems.

use super::Rule;
use super::index::Index;
use crate::diag::{Diagnostic, Place, Severity};
use crate::format::package::name::folded;
use std::borrow::Cow;

pub(super) static RULE: Rule = Rule {
    code: "case-clash",
    severity: Severity::Error,
    summary: "two paths that are one file on some systems",
    docs: "\
Two files or folders have names that differ only in capitals, or in how accented letters are written.

On the disks of most Macs and Windows machines they are one: whoever clones the company there gets one of the two, and
git reports the other as changed or deleted. The next commit loses it.

Rename one of them, or put what they hold together.
",
    check: Some(check),
};

fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    // A fingerprint of each path and folder as such a system sees it: eight bytes a path instead of a second
    // copy of all of them. Only where two are equal are the paths themselves compared.
    let mut seen: Vec<(u64, &str)> = Vec::with_capacity(index.draft.entries.len());
    let mut before: &str = "";
    for path in index.draft.entries.keys() {
        let same = before.bytes().zip(path.bytes()).take_while(|(one, other)| one == other).count();
        before = path;
        // Folders that the path before has too were taken with it.
        let ends = path.bytes().enumerate().skip(same).filter(|(_, byte)| *byte == b'/').map(|(at, _)| at);
        seen.extend(ends.chain([path.len()]).map(|end| (fingerprint(&path[..end]), &path[..end])));
    }
    seen.sort_unstable();
    seen.dedup();
    for pair in seen.windows(2) {
        let [(one_print, one), (other_print, other)] = *pair else { continue };
        // What lies in two folders that clash is not reported again.
        if one_print == other_print && parent(one) == parent(other) && form(one) == form(other) {
            found.push(
                Diagnostic::error(
                    RULE.code,
                    Place::file(other),
                    format!("on some systems this is the same as `{one}`"),
                )
                .also(Place::file(one), "")
                .help("rename one of the two"),
            );
        }
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The path as a system sees it that tells the fewest names apart.
fn form(path: &str) -> Cow<'_, str> {
    if !path.is_ascii() {
        Cow::Owned(folded(path))
    } else if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(path.to_ascii_lowercase())
    } else {
        Cow::Borrowed(path)
    }
}

/// FNV-1a of the [`form`] of a path.
fn fingerprint(path: &str) -> u64 {
    let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    if path.is_ascii() {
        path.bytes().map(|byte| byte.to_ascii_lowercase()).fold(START, hash)
    } else {
        folded(path).bytes().fold(START, hash)
    }
}
