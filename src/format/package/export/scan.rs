//! A last look at every text of a package: secrets stop the export, paths and people of this place are told.

use crate::diag::{Diagnostic, Place, line_column};
use crate::format::Draft;
use crate::format::package::Tree;
use crate::format::package::sidecar::Sidecar;
use crate::redact;
use serde::Serialize;

/// Something that looks like a secret, in a file that would leave the house.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SecretHit {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What it looks like, with its article: "a GitHub token".
    pub what: String,
}

/// What begins paths that hold the name of a person on one machine.
const HOMES: [&str; 5] = ["/home/", "/Users/", "\\Users\\", "/root/", "\\\\wsl"];

/// Everything in the package that looks like a secret.
pub(super) fn secrets(files: &Tree) -> Vec<SecretHit> {
    let mut hits = Vec::new();
    for (path, file) in files {
        let Some(text) = file.as_text() else { continue };
        let of = |offset| line_column(text, offset).0;
        hits.extend(redact::find(text).into_iter().map(|found| SecretHit {
            file: path.clone(),
            line: of(found.span.start),
            what: found.kind.to_owned(),
        }));
    }
    if let Some(sidecar) = Sidecar::read(files) {
        let text = files.get(sidecar.path).and_then(|file| file.as_text()).unwrap_or_default();
        for place in sidecar.held_secrets() {
            let line = match place.at {
                crate::diag::At::Span(span) => line_column(text, span.start).0,
                _ => 1,
            };
            hits.push(SecretHit { file: place.file, line, what: "a value given to a secret".to_owned() });
        }
    }
    hits.sort();
    hits.dedup();
    hits
}

/// Texts that name a folder of one machine or a member of the board.
pub(super) fn traces(files: &Tree, draft: &Draft) -> Vec<Diagnostic> {
    let board = draft.corp.as_ref().and_then(|corp| corp.board.as_ref());
    let emails: Vec<&str> = board
        .into_iter()
        .flatten()
        .filter_map(|member| member.email.as_deref())
        .filter(|email| email.contains('@'))
        .collect();
    let mut found = Vec::new();
    for (path, file) in files {
        let Some(text) = file.as_text() else { continue };
        let homes: Vec<usize> = HOMES
            .iter()
            .flat_map(|home| text.match_indices(home))
            .filter(|(at, home)| is_home(text, *at, home))
            .map(|(at, _)| at)
            .collect();
        if let Some(first) = homes.iter().min() {
            let end = *first
                + text[*first..]
                    .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ')'))
                    .unwrap_or(text.len() - first);
            let more =
                if homes.len() > 1 { format!(", and {} more in this file", homes.len() - 1) } else { String::new() };
            let diagnostic = Diagnostic::warning(
                "machine-path",
                Place::span(path, *first..end),
                format!("a folder of one machine{more}"),
            );
            found.push(diagnostic.help("others do not have it; write a path relative to the company"));
        }
        for email in &emails {
            if let Some(at) = text.find(email) {
                let place = Place::span(path, at..at + email.len());
                found.push(
                    Diagnostic::warning("board-address", place, "the address of a member of the board")
                        .help("take it out if it should not be public"),
                );
            }
        }
    }
    found
}

/// Whether a path begins here, and names somebody: not `https://x/home/`, not `/home/<user>`.
fn is_home(text: &str, at: usize, home: &str) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + home.len()..].chars().next();
    let begins = match home.as_bytes()[0] {
        b'/' => before
            .is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | '=' | ':' | '[' | '{' | ',')),
        _ => true,
    };
    let names = after.is_some_and(|c| c.is_ascii_alphanumeric());
    begins && names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::package::PackageFile;

    fn one(text: &str) -> Tree {
        Tree::from([("agents/a/TOOLS.md".to_owned(), PackageFile::text(text))])
    }

    #[test]
    fn folders_of_one_machine() {
        for (text, expected) in [
            ("see /home/ada/x", true),
            ("`/Users/ada/x`", true),
            ("C:\\Users\\ada", true),
            ("https://example.com/home/page", false),
            ("/home/<user>/x", false),
            ("/home/$USER", false),
            ("a/home/b", false),
        ] {
            assert_eq!(!traces(&one(text), &Draft::default()).is_empty(), expected, "{text}");
        }
    }

    #[test]
    fn secrets_are_found_with_their_line() {
        let token = crate::format::package::sensitive::token();
        let hits = secrets(&one(&format!("a\nuse {token}\n")));
        assert_eq!(hits.len(), 1);
        assert_eq!((hits[0].file.as_str(), hits[0].line), ("agents/a/TOOLS.md", 2));
        let sidecar = "schema: paperclip/v1\nagents:\n  a:\n    inputs:\n      env:\n        GH_TOKEN:\n          kind: secret\n          default: abc\n        NONE: {kind: secret, default: ''}\n";
        let tree = Tree::from([(".paperclip.yaml".to_owned(), PackageFile::text(sidecar))]);
        assert_eq!(
            secrets(&tree),
            [SecretHit { file: ".paperclip.yaml".to_owned(), line: 6, what: "a value given to a secret".to_owned() }]
        );
    }
}
